"""How the types look to users. Checked by `mypy --strict`, never run."""

from datetime import datetime, timedelta

from typing_extensions import assert_type

import wa_client
from wa_client import (
    Ack,
    CapabilityReport,
    Client,
    ConnectionSnapshot,
    Event,
    Message,
    MessageEvent,
    PairingCode,
    QrCode,
    QrEvent,
    ReadyEvent,
    SentMessage,
    Settings,
    sync,
)


async def calls(client: Client, message: Message) -> None:
    assert_type(await client.qr_code(), QrCode | None)
    assert_type(await client.generate_qr_code(), QrCode)
    assert_type(await client.request_pairing_code("5511988887777"), PairingCode)
    sent = await client.send_message("5511988887777", "hello", quoted=message, until="read", deadline=timedelta(seconds=5))
    assert_type(sent, SentMessage)
    assert_type(sent.ack, Ack)
    assert_type(await client.is_registered("5511988887777"), bool)
    assert_type(await client.message_status(sent.key), Ack | None)
    assert_type(client.connection_status(), ConnectionSnapshot)
    assert_type(await client.doctor(), CapabilityReport)
    await client.send_message("5511988887777", "hello", until="sometime")  # type: ignore[arg-type]


async def events(client: Client) -> None:
    async with client as entered:
        assert_type(entered, Client)
        async for event in entered.events():
            assert_type(event, Event)
            match event:
                case QrEvent(code):
                    assert_type(code, QrCode)
                    assert_type(code.expires_at, datetime)
                case MessageEvent(Message(body="!ping", from_me=False) as message):
                    assert_type(message, Message)
                case ReadyEvent(me=me) if me is not None:
                    assert_type(me.phone, str)
                case _:
                    pass


def callbacks(client: Client) -> None:
    @client.on("message")
    async def by_name(event: MessageEvent) -> None: ...

    @client.on(MessageEvent)
    def by_class(event: MessageEvent) -> None: ...

    @client.on(QrEvent)  # type: ignore[arg-type]
    def wrong(event: MessageEvent) -> None: ...

    client.on(ReadyEvent, lambda event: print(event.web_version))


def settings() -> None:
    Client("shop", deadlines={"send": 5, "close": timedelta(seconds=1)}, pacing=None, reconnect={"attempts": None})
    Client("shop", deadlines={"sned": 5})  # type: ignore[typeddict-unknown-key]
    Client("shop", sesion_path="x")  # type: ignore[call-arg]
    shared: Settings = {"page_url": "http://127.0.0.1:1/", "check_interval": 0.5}
    with sync.Client("script", **shared) as client:
        assert_type(client.send_message("5511988887777", "hello"), SentMessage)
        for event in client.events():
            assert_type(event, Event)


def errors(error: wa_client.WaError) -> None:
    assert_type(error.retry_after, float | None)
    assert_type(error.maybe_sent, bool | None)
    assert_type(error.code, str)
