"""Scenarios of `bindings/README.md`: linking, the state of a session, and its end."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import wa_client
from conftest import FRIEND, OWN, PATIENCE, Rig, Seen
from wa_client import (
    AuthenticatedEvent,
    CodeEvent,
    ConnectionStatus,
    DisconnectedEvent,
    ManualDisconnectEvent,
    ManualReconnectEvent,
    QrEvent,
    ReadyEvent,
    WaAlreadyAuthenticatedError,
    WaDisconnectedError,
    WaStoppedError,
)


async def test_link_by_qr(rig: Rig) -> None:
    client = rig.client()
    seen = Seen(client)
    assert client.connection_status().status is ConnectionStatus.DISCONNECTED
    await client.initialize()
    code = await client.qr_code()
    assert code is not None and code.is_valid()
    assert code.svg().startswith("<?xml") and "<svg" in code.svg()
    assert "▀" in code.terminal() and code.terminal() == wa_client.qr.terminal(code.payload)
    assert code.png(4).startswith(b"\x89PNG\r\n")
    assert code.data_url().startswith("data:image/png;base64,")
    assert base64.b64decode(code.data_url().partition(",")[2]) == code.png(8)
    rig.sim.scan(code)
    event = await seen.wait(QrEvent)
    assert event.qr == code
    await seen.wait(AuthenticatedEvent, lambda event: not event.restored)
    await seen.wait(ReadyEvent)
    status = client.connection_status()
    assert status.ready and client.is_authenticated() and status.status is ConnectionStatus.READY
    assert status.me is not None and status.me.phone == OWN
    assert await client.qr_code() is None
    await client.shutdown()


async def test_link_by_pairing_code(rig: Rig) -> None:
    client = rig.client()
    seen = Seen(client)
    await client.initialize()
    pairing = await client.request_pairing_code(OWN)
    event = await seen.wait(CodeEvent)
    assert event.code == pairing
    rig.sim.pair(pairing)
    await asyncio.wait_for(client.wait_ready(), PATIENCE)
    await client.shutdown()


async def test_cancel_pairing_code(rig: Rig) -> None:
    client = rig.client()
    seen = Seen(client)
    await client.initialize()
    await client.request_pairing_code(OWN)
    await seen.wait(CodeEvent)
    await client.cancel_pairing_code()
    first = await seen.wait(QrEvent)
    on_demand = await client.generate_qr_code()
    assert first.qr != on_demand
    rig.sim.scan(on_demand)
    await seen.wait(ReadyEvent)
    with pytest.raises(WaAlreadyAuthenticatedError):
        await client.generate_qr_code()
    await client.shutdown()


async def test_restore(rig: Rig) -> None:
    client, _ = await rig.ready()
    await client.shutdown()
    again = rig.client()
    seen = Seen(again)
    await again.initialize()
    await seen.wait(AuthenticatedEvent, lambda event: event.restored)
    await seen.wait(ReadyEvent)
    assert "qr" not in seen.names()
    await again.shutdown()


async def test_disconnect_and_reconnect(rig: Rig) -> None:
    client, seen = await rig.ready()
    await client.disconnect()
    await seen.wait(ManualDisconnectEvent)
    assert client.connection_status().status is ConnectionStatus.DISCONNECTED
    await client.reconnect()
    await seen.wait(ManualReconnectEvent)
    since = len(seen.passed)
    await asyncio.wait_for(client.wait_ready(), PATIENCE)
    await seen.wait(ReadyEvent)
    assert "qr" not in seen.names()[since:]
    await client.shutdown()


async def test_logout(rig: Rig) -> None:
    client, seen = await rig.ready()
    since = rig.sim.mark()
    await client.logout()
    await rig.sim.aio.wait_event("device.logged_out", since=since)
    await seen.wait(DisconnectedEvent, lambda event: event.reason.code == "logged_out")
    assert not client.is_authenticated()
    assert not (Path(client.config["session_path"]) / "session-default").exists()
    await client.shutdown()


async def test_two_clients(rig: Rig) -> None:
    other = "5511900000002"
    rig.sim.accounts(other)
    first, firsts = await rig.ready()
    second = rig.client(session="other")
    seconds = Seen(second)
    await second.initialize()
    code = await second.qr_code()
    assert (first.session, second.session) == ("default", "other")
    rig.sim.scan(code, phone=other)
    await seconds.wait(ReadyEvent)
    rig.sim.text(FRIEND, "for the first", to=OWN)
    rig.sim.text(FRIEND, "for the second", to=other)
    await firsts.message("for the first")
    await seconds.message("for the second")
    assert (firsts.names().count("message"), seconds.names().count("message")) == (1, 1)
    await first.shutdown()
    assert second.connection_status().ready
    await second.shutdown()


async def test_close_while_pending(rig: Rig) -> None:
    client, _ = await rig.ready()
    rig.sim.acks(server_ms=None)
    since = rig.sim.mark()
    send = asyncio.create_task(client.send_message(FRIEND, "in doubt"))
    await rig.sim.aio.wait_event("message.received", since=since)
    await asyncio.wait_for(client.shutdown(), PATIENCE)
    with pytest.raises(WaDisconnectedError) as pending:
        await asyncio.wait_for(send, PATIENCE)
    assert pending.value.maybe_sent is True
    for call in (client.send_message(FRIEND, "too late"), client.initialize(), client.wait_ready()):
        with pytest.raises(WaStoppedError):
            await call
    await client.shutdown()


async def test_page_report(rig: Rig) -> None:
    client = rig.client()
    assert client.capability_report() is None
    report = await client.doctor()
    assert report.complete and report.capabilities and report.web_version is not None
    first = report.capabilities[0]
    assert report.status(first.name) is first.status and report.status("none") is None
    assert client.capability_report() == report
    await client.shutdown()


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A real redis-server on a socket and a port that the system has chosen."""
    import socket

    for _ in range(10):
        # Between finding a free port and using it, somebody else may take it.
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            ready = any(b"Ready to accept connections" in line for line in server.stdout)
            if ready:
                try:
                    yield f"redis://127.0.0.1:{port}/0"
                finally:
                    server.terminate()
                    server.stdout.read()
                return
    raise AssertionError("redis-server does not start")


async def test_status_from_redis(rig: Rig, redis_url: str) -> None:
    client, other = (rig.client(redis_url=redis_url, cache_timeout=5) for _ in range(2))
    assert redis_url not in str(client.config)
    await client.initialize()
    code = await client.qr_code()

    async def read() -> None:
        while await other.qr_code() != code:
            pass

    await asyncio.wait_for(read(), PATIENCE)
    status = await other.cached_status()
    assert status is not None and status.status is ConnectionStatus.QR_READY
    await other.shutdown()
    await client.shutdown()
