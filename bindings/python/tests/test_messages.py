"""Scenarios of `bindings/README.md`: sending and receiving."""

from __future__ import annotations

import asyncio
import itertools

import pytest

import wa_client
from conftest import FRIEND, NOBODY, PATIENCE, Rig, Seen
from wa_client import (
    Ack,
    ChangeStateEvent,
    LaggedEvent,
    Message,
    MessageAckEvent,
    MessageCreateEvent,
    MessageEditEvent,
    MessageEvent,
    MessageReactionEvent,
    MessageRevokeEveryoneEvent,
    MessageSentEvent,
    ReadyEvent,
    WaInvalidPhoneError,
    WaNotReadyError,
    WaNotRegisteredError,
    WaTimeoutError,
)


async def test_send_and_acks(rig: Rig) -> None:
    client, seen = await rig.ready()
    sent = await client.send_message("+55 (11) 98888-7777", "hello")
    assert [(message["id"], message["body"]) for message in rig.sim.outbox()] == [(sent.id, "hello")]
    last = Ack.PENDING
    while last is not Ack.READ:
        event = await seen.wait(MessageAckEvent)
        assert event.id == sent.id and event.key == sent.key and event.ack > last
        last = event.ack
    assert any(isinstance(it, MessageSentEvent) and it.sent.id == sent.id for it in seen.passed)
    assert any(isinstance(it, MessageCreateEvent) and it.message.id == sent.id for it in seen.passed)
    await client.shutdown()


async def test_send_with_options(rig: Rig) -> None:
    client, seen = await rig.ready()
    rig.sim.text(FRIEND, "a question")
    asked = (await seen.message("a question")).message
    first = await client.send_message(asked.chat, "an answer", quoted=asked, id="3EB0AABBCCDDEEFF00")
    again = await client.send_message(asked.chat, "an answer", id="3EB0AABBCCDDEEFF00")
    assert not first.duplicate and again.duplicate and first.key == again.key
    late = await client.send_message(asked.chat, "wait", until="delivered", deadline=PATIENCE)
    assert late.ack >= Ack.DELIVERED
    await client.send_message(asked.chat, "by key", quoted=asked.key)
    outbox = rig.sim.outbox()
    assert [message["quoted"] for message in outbox] == [asked.id, None, asked.id]
    await client.shutdown()


async def test_send_invalid_phone(rig: Rig) -> None:
    client, _ = await rig.ready()
    for number in ("12", "nobody", "+55 11 98888-7777 ext. 5"):
        with pytest.raises(WaInvalidPhoneError) as refused:
            await client.send_message(number, "hello")
        assert refused.value.operation == "send_message" and isinstance(refused.value, ValueError)
    assert rig.bodies() == []
    await client.shutdown()


async def test_send_not_registered(rig: Rig) -> None:
    client, _ = await rig.ready()
    with pytest.raises(WaNotRegisteredError) as refused:
        await client.send_message(NOBODY, "hello")
    assert refused.value.maybe_sent is False and refused.value.retry == "never"
    await client.shutdown()


async def test_send_not_ready(rig: Rig) -> None:
    client = rig.client()
    with pytest.raises(WaNotReadyError) as refused:
        await client.send_message(FRIEND, "hello")
    assert refused.value.maybe_sent is False and refused.value.retry == "now"
    for call in (client.generate_qr_code(), client.is_registered(FRIEND), client.logout(), client.wait_ready()):
        with pytest.raises(WaNotReadyError):
            await call
    await client.shutdown()


async def test_send_deadline_maybe_sent(rig: Rig) -> None:
    client, _ = await rig.ready()
    rig.sim.acks(server_ms=None)
    with pytest.raises(WaTimeoutError) as late:
        await client.send_message(FRIEND, "hello", id="3EB0AABBCCDDEEFF01", deadline=2)
    assert (late.value.maybe_sent, late.value.message_id) == (True, "3EB0AABBCCDDEEFF01")
    assert isinstance(late.value, TimeoutError)
    await client.shutdown()


async def test_check_number(rig: Rig) -> None:
    client, _ = await rig.ready()
    assert await client.is_registered(FRIEND) is True
    assert await client.is_registered(NOBODY) is False
    with pytest.raises(WaInvalidPhoneError):
        await client.is_registered("12")
    await client.shutdown()


async def test_message_status(rig: Rig) -> None:
    client, _ = await rig.ready()
    sent = await client.send_message(FRIEND, "hello")
    level = await client.message_status(sent.key)
    assert isinstance(level, Ack) and level >= Ack.SERVER
    assert await client.message_status(sent.key.replace(sent.id, "3EB0000000000000000009")) is None
    await client.shutdown()


async def test_receive(rig: Rig) -> None:
    client, seen = await rig.ready()
    rig.sim.text(FRIEND, "hello")
    match await seen.message("hello"):
        case MessageEvent(Message(body="hello", from_me=False, phone=phone)):
            assert phone == FRIEND
        case other:
            raise AssertionError(other.name)
    rig.sim.messages(FRIEND, body="burst {i}", count=500)
    for number in range(500):
        event = await seen.wait(MessageEvent)
        assert event.message.body == f"burst {number}"
    await client.shutdown()


async def test_edits_and_revokes(rig: Rig) -> None:
    client, seen = await rig.ready()
    id = rig.sim.text(FRIEND, "a text")["id"]
    message = (await seen.message("a text")).message
    rig.sim.edit(id, "another text")
    edit = await seen.wait(MessageEditEvent)
    assert (edit.message.body, edit.previous) == ("another text", "a text")
    rig.sim.react(FRIEND, id, "👍")
    liked = await seen.wait(MessageReactionEvent)
    assert (liked.reaction.emoji, liked.reaction.parent) == ("👍", message.key)
    rig.sim.revoke(id)
    gone = await seen.wait(MessageRevokeEveryoneEvent)
    assert (gone.key, gone.by) == (message.key, "sender")
    await client.shutdown()


async def test_event_overflow(rig: Rig) -> None:
    client, seen = await rig.ready(event_queue=100)
    slow = client.events()
    rig.sim.messages(FRIEND, body="flood {i}", count=300)
    await seen.message("flood 299")
    taken = []
    while (event := slow.try_next()) is not None:
        taken.append(event)
    match taken[0]:
        case LaggedEvent(missed):
            assert missed >= 200
        case other:
            raise AssertionError(other.name)
    last = taken[-1]
    assert len(taken) == 101 and isinstance(last, MessageEvent) and last.message.body == "flood 299"
    await client.shutdown()


async def test_replay_events(rig: Rig) -> None:
    client, seen = await rig.ready(event_replay=1000)
    rig.sim.text(FRIEND, "kept")
    last = (await seen.message("kept")).seq
    late = client.events_after(0)
    numbers = []
    while (event := late.try_next()) is not None:
        numbers.append(event.seq)
    assert len(numbers) >= last and numbers == list(range(1, len(numbers) + 1))
    newest = client.events_after(last - 1).try_next()
    assert newest is not None and newest.seq == last
    await client.shutdown()


async def test_cancel_pending_call(rig: Rig) -> None:
    client, seen = await rig.ready()
    rig.sim.acks(server_ms=None)
    since = rig.sim.mark()
    send = asyncio.create_task(client.send_message(FRIEND, "in doubt"))
    await rig.sim.aio.wait_event("message.received", since=since)
    assert await given_up(send) is True

    # One that waits for the connection has not left, and does not leave later.
    rig.sim.acks(server_ms=10)
    rig.sim.network("offline")
    await seen.wait(ChangeStateEvent, lambda event: event.phase.name == "reconnecting")
    send = asyncio.create_task(client.send_message(FRIEND, "never"))
    await asyncio.wait([send], timeout=0.05)
    assert await given_up(send) is False

    with pytest.raises(asyncio.TimeoutError) as late:
        await asyncio.wait_for(client.send_message(FRIEND, "nor this"), 0.05)
    outcome = wa_client.given_up(late.value)
    assert outcome is not None and outcome.maybe_sent is False
    rig.sim.network("online")
    await seen.wait(ReadyEvent)
    await client.send_message(FRIEND, "goes on")
    assert rig.bodies() == ["in doubt", "goes on"]
    await client.shutdown()


async def given_up(send: asyncio.Task[object]) -> bool | None:
    """Cancels a send; whether it may have left."""
    send.cancel()
    await asyncio.wait([send], timeout=PATIENCE)
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await send
    cause = wa_client.given_up(cancelled.value)
    assert send.cancelled() and cause is not None
    assert cause.message_id is not None and cause.operation == "send_message"
    return cause.maybe_sent


async def test_a_cancelled_wait_loses_no_event(rig: Rig) -> None:
    client, _ = await rig.ready()
    events = client.events()
    rig.sim.messages(FRIEND, body="n {i}", count=2000)
    got: list[str | None] = []
    interrupted = 0
    for turn in itertools.count():
        if len(got) == 2000:
            break
        # Given up before it began, at each of its pauses, and a little later.
        wait = asyncio.create_task(events.next())
        if turn % 6 == 5:
            await asyncio.wait([wait], timeout=0.0005)
            wait.cancel()
        else:
            cancel_after(turn % 6, wait)
        await asyncio.wait([wait], timeout=PATIENCE)
        interrupted += wait.cancelled()
        if not wait.cancelled() and isinstance(event := wait.result(), MessageEvent):
            got.append(event.message.body)
    assert got == [f"n {number}" for number in range(2000)]
    assert interrupted > 100, "hardly a wait was given up: nothing was tested"
    # And by `wait_for`, as people write it.
    for number in range(200):
        rig.sim.text(FRIEND, f"late {number}")
        while True:
            try:
                late = await asyncio.wait_for(events.next(), 0.0005)
            except asyncio.TimeoutError:
                continue
            if isinstance(late, MessageEvent):
                assert late.message.body == f"late {number}"
                break
    await client.shutdown()


def cancel_after(rounds: int, task: asyncio.Task[object]) -> None:
    """Cancels a task when the event loop has gone round so often."""
    if rounds == 0:
        task.cancel()
    else:
        asyncio.get_running_loop().call_soon(cancel_after, rounds - 1, task)


async def test_async_with_starts_and_ends_the_session_and_loses_no_event(rig: Rig) -> None:
    async with rig.client() as client:
        assert client.connection_status().status.value == "QR_READY"
        seen = Seen(client)
        first = await seen.wait(ChangeStateEvent)
        assert first.seq == 1
    with pytest.raises(Exception, match="stopped"):
        await client.wait_ready()
