"""The face for scripts: the same calls, blocking."""

from __future__ import annotations

import threading

import pytest

from conftest import FRIEND, NOBODY, OWN, PATIENCE, Rig
from wa_client import (
    Ack,
    CodeEvent,
    ConnectionStatus,
    MessageEvent,
    QrEvent,
    ReadyEvent,
    WaAlreadyAuthenticatedError,
    WaBrowserError,
    WaCancelledError,
    WaNotReadyError,
    WaNotRegisteredError,
    WaStoppedError,
    sync,
)


def test_a_script_links_sends_and_receives(rig: Rig) -> None:
    rig.sim.accounts(FRIEND)
    with sync.Client("script", **rig.whatsapp.settings()) as client:
        assert client.session == "script" and not client.is_authenticated()
        events = client.events()
        first = events.next(PATIENCE)
        assert first is not None and first.seq == 1, "from the start"
        fresh = None
        for event in events:
            match event:
                case QrEvent(code) if fresh is None:
                    assert client.qr_code() == code
                    fresh = client.generate_qr_code()
                    rig.sim.scan(fresh)
                case ReadyEvent():
                    rig.sim.text(FRIEND, "hello")
                case MessageEvent(message):
                    sent = client.send_message(message.chat, "hello yourself", quoted=message, until="read")
                    break
        assert sent.ack is Ack.READ and rig.bodies() == ["hello yourself"]
        assert client.message_status(sent.key) is Ack.READ
        assert (client.is_registered(FRIEND), client.is_registered(NOBODY)) == (True, False)
        with pytest.raises(WaNotRegisteredError):
            client.send_message(NOBODY, "hello")
        with pytest.raises(WaAlreadyAuthenticatedError):
            client.generate_qr_code()
        client.disconnect()
        client.reconnect()
        client.wait_ready(PATIENCE)
        report = client.doctor()
        assert report.complete and client.capability_report() == report
        status = client.cached_status()
        assert status is not None and status.session == "script"
        client.logout()
    assert client.connection_status().status is ConnectionStatus.DISCONNECTED
    with pytest.raises(WaStoppedError):
        client.initialize()
    assert [event.name for event in client.events()] == []


def test_a_pairing_code_links_a_script(rig: Rig) -> None:
    with sync.Client(**rig.whatsapp.settings()) as client:
        events = client.events()
        pairing = client.request_pairing_code(OWN)
        while not isinstance(event := events.next(PATIENCE), CodeEvent):
            assert event is not None
        assert event.code == pairing
        client.cancel_pairing_code()
        rig.sim.pair(client.request_pairing_code(OWN))
        client.wait_ready(PATIENCE)


def test_waits_end_in_time_and_lose_nothing(rig: Rig) -> None:
    client = sync.Client(executable="/nowhere", event_replay=10)
    events = client.events()
    with pytest.raises(TimeoutError):
        events.next(0.01)
    with pytest.raises(WaNotReadyError):
        client.wait_ready(PATIENCE)
    with pytest.raises(WaBrowserError):
        client.initialize()
    event = events.next(PATIENCE)
    assert event is not None and event.name == "change_state" and event.seq == 1
    assert client.events_after(0).next(PATIENCE) == event
    client.shutdown()
    assert [event.seq for event in events][0] == 2

    with sync.Client(**rig.whatsapp.settings()) as unlinked, pytest.raises(TimeoutError) as late:
        unlinked.wait_ready(0.01)
    assert isinstance(late.value.__cause__, WaCancelledError)


def test_closing_a_subscription_ends_its_wait_in_another_thread() -> None:
    client = sync.Client("closing")
    ended: list[object] = []
    began = threading.Event()

    def wait() -> None:
        with client.events() as events:
            opened.append(events)
            began.set()
            ended.append(events.next(PATIENCE))

    opened: list[sync.SyncEvents] = []
    thread = threading.Thread(target=wait)
    thread.start()
    assert began.wait(PATIENCE)
    while not opened[0]._waiting:
        pass
    opened[0].close()
    thread.join(PATIENCE)
    assert ended == [None]
