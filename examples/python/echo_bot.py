"""Answers every text message with the same text. `WHATSAPP_WEB_URL` takes it to a simulator."""

import asyncio
import os
import signal
import sys

from wa_client import Client, DisconnectedEvent, LaggedEvent, Message, MessageEvent, QrEvent, ReadyEvent, Settings, WaError


async def echo(client: Client, message: Message) -> None:
    try:
        await client.send_message(message.chat, message.body or "", quoted=message)
    except WaError as error:
        # One failure must not end the bot. The error says what failed, and nothing about people.
        print(f"not answered: {error}", file=sys.stderr)


async def bot() -> None:
    settings: Settings = {}
    if url := os.environ.get("WHATSAPP_WEB_URL"):
        settings["page_url"] = url
    async with Client(**settings) as client:
        async for event in client.events():
            match event:
                case QrEvent(code):
                    print(code.terminal(), "Scan it with the phone.", sep="\n", flush=True)
                case ReadyEvent():
                    print("Ready.", flush=True)
                case MessageEvent(Message(type="chat") as message):
                    await echo(client, message)
                case LaggedEvent(missed):
                    print(f"{missed} events were lost", file=sys.stderr)
                case DisconnectedEvent(will_retry=False):
                    break


async def main() -> None:
    task = asyncio.create_task(bot())
    # Ctrl-C and SIGTERM end it in order: the browser closes, the account stays linked.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        print("Stopped.")


if __name__ == "__main__":
    asyncio.run(main())
