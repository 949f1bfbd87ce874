"""Keeps a session and does what `session --through` tells it, in Python; see ../src/bin/subject.rs, which does the same in Rust."""

import asyncio
import json
import sys
import time
from typing import Any

from wa_client import Client, Events, MessageEvent

#: How long messages may take to arrive, all of them.
PATIENCE = 120


def say(line: str) -> None:
    print(line, flush=True)


async def send(client: Client, prefix: str, count: int, until: Any, to: str) -> list[float]:
    times = []
    for n in range(count):
        start = time.perf_counter()
        await client.send_message(to, f"{prefix}{n}", until=until)
        times.append((time.perf_counter() - start) * 1e6)
    return times


async def receive(events: Events, prefix: str, count: int, seen: list[tuple[str, int]]) -> None:
    bodies = set()
    async for event in events:
        if isinstance(event, MessageEvent) and event.message.body and event.message.body.startswith(prefix):
            seen.append((event.message.body, time.time_ns() // 1000))
            bodies.add(event.message.body)
            if len(bodies) == count:
                return


async def main(base: str) -> None:
    client = Client(page_url=f"{base}/", pacing=None, event_queue=50_000)
    await client.initialize()
    code = await client.qr_code()
    assert code is not None
    say(json.dumps(code.payload))
    await client.wait_ready()
    say("ready")
    for order in sys.stdin:
        match order.split():
            case ["send", prefix, count, until, to]:
                say(json.dumps(await send(client, prefix, int(count), until, to)))
            case ["receive", prefix, count]:
                seen: list[tuple[str, int]] = []
                async with client.events() as events:
                    say("listening")
                    try:
                        await asyncio.wait_for(receive(events, prefix, int(count), seen), PATIENCE)
                    except asyncio.TimeoutError:
                        pass  # What came until then is told all the same.
                say(json.dumps(seen))
            case _:
                raise ValueError("an unknown order")
    await client.shutdown()


asyncio.run(main(sys.argv[1]))
