"""What a call and an event cost in Python; see ../src/bin/border.rs, which does the same in Rust."""

import asyncio
import json
import sys
import tempfile
import time
import urllib.request

from wa_client import Client, MessageEvent

FRIEND = "5511988887777"
BURST = 5_000
STATUS_CALLS = 20_000
AWAITED_CALLS = 5_000
ROUNDS = 7
IDLE_CLIENTS = 50


def post(base: str, route: str, body: object) -> None:
    request = urllib.request.Request(base + route, json.dumps(body).encode(), {"content-type": "application/json"})
    urllib.request.urlopen(request).close()


def middle(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def resident_kb() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


async def main(base: str) -> None:
    data = tempfile.TemporaryDirectory()
    settings = {
        "page_url": f"{base}/",
        "session_path": data.name,
        "pacing": None,
        "event_queue": 50_000,
        "event_replay": 50_000,
    }
    client = Client(**settings)
    await client.initialize()
    code = await client.qr_code()
    assert code is not None
    post(base, "/sim/phone/scan", {"qr": code.payload})
    await client.wait_ready()
    arriving = client.events()
    post(base, "/sim/messages", {"from": FRIEND, "body": "number {i}", "count": BURST})
    messages = last = 0
    async for event in arriving:
        messages += isinstance(event, MessageEvent)
        if messages == BURST:
            last = event.seq
            break
    status, awaited, per_event = [], [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(STATUS_CALLS):
            assert client.connection_status().ready
        status.append((time.perf_counter() - start) / STATUS_CALLS)
        start = time.perf_counter()
        for _ in range(AWAITED_CALLS):
            await client.initialize()
        awaited.append((time.perf_counter() - start) / AWAITED_CALLS)
        start = time.perf_counter()
        async for event in client.events_after(0):
            if event.seq == last:
                break
        per_event.append((time.perf_counter() - start) / last)
    rss = resident_kb()
    idle = [Client(f"idle-{n}", **settings) for n in range(IDLE_CLIENTS)]
    per_client = (resident_kb() - rss) / IDLE_CLIENTS
    ns = [round(middle(times) * 1e9) for times in (status, awaited, per_event)]
    names = ("status_ns", "awaited_ns", "event_ns")
    print(json.dumps({**dict(zip(names, ns)), "events": last, "rss_kb": rss, "idle_client_kb": per_client}))
    for one in [*idle, client]:
        await one.shutdown()
    data.cleanup()


asyncio.run(main(sys.argv[1]))
