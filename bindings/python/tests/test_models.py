"""Data: from JSON to classes, what is shown of them, and that every name has its class."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import pickle
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import wa_client
from wa_client import (
    Ack,
    Client,
    ConnectionStatus,
    DisconnectReason,
    LaggedEvent,
    Message,
    MessageEvent,
    Phase,
    QrCode,
    QrEvent,
    UnknownEvent,
    _native,
    _settings,
    events,
    models,
    sync,
)

KEY = "false_5511988887777@c.us_3EB0AB"
MESSAGE: dict[str, Any] = {
    "key": KEY,
    "id": "3EB0AB",
    "chat": "5511988887777@c.us",
    "from": "5511988887777@c.us",
    "to": "5511900000001@c.us",
    "fromMe": False,
    "phone": "5511988887777",
    "type": "chat",
    "body": "a secret text",
    "timestamp": "2026-08-01T12:00:00.007Z",
    "ack": 1,
    "notifyName": "Ana Secret",
    "quoted": "true_5511988887777@c.us_3EB0CD",
    "mentions": ["5511900000001@c.us"],
    "ofTomorrow": {"a": 1},
}


def event(name: str, data: Any) -> events.Event:
    place = {"event": name, "session": "s", "seq": 7, "at": "2026-08-01T12:00:00.000Z", "data": data}
    return events.from_json(json.dumps(place))


def test_a_message_has_its_fields() -> None:
    made = event("message", MESSAGE)
    match made:
        case MessageEvent(Message(body="a secret text", from_me=False) as message):
            pass
        case other:
            raise AssertionError(other.name)
    assert message.timestamp == datetime(2026, 8, 1, 12, 0, 0, 7000, timezone.utc)
    assert (message.ack, message.mentions, message.has_media) == (Ack.SERVER, ("5511900000001@c.us",), False)
    assert (message.from_, message.type, message.author) == ("5511988887777@c.us", "chat", None)
    assert message.raw["ofTomorrow"] == {"a": 1} and made.raw is message.raw
    assert (made.name, made.session, made.seq) == ("message", "s", 7)


def test_nothing_about_people_is_shown() -> None:
    code = {"payload": "2@secret", "generatedAt": MESSAGE["timestamp"], "expiresAt": MESSAGE["timestamp"], "attempt": 1, "of": 6}
    me = {"phone": "5511900000001", "lid": "123456789012345@lid", "pushname": "Ana Secret", "platform": "android"}
    reaction = {
        "parent": KEY, "sender": "5511988887777@c.us", "emoji": "👍", "timestamp": MESSAGE["timestamp"], "fromMe": False
    }  # fmt: skip
    shown = "".join(
        repr(it)
        for it in (
            event("message", MESSAGE),
            event("message_edit", {"message": MESSAGE, "previous": "another secret"}),
            event("qr", code),
            event("code", {"code": "SECR-ET12", "expiresAt": MESSAGE["timestamp"]}),
            event("ready", {"me": me}),
            event("message_reaction", reaction),
            event("message_ack", {"key": KEY, "id": "3EB0AB", "ack": 3, "name": "read"}),
            event("of_tomorrow", MESSAGE),
        )
    )
    for secret in ("secret", "Secret", "SECR", "5511988887777", "5511900000001", "12345678", "👍"):
        assert secret not in shown, secret
    assert "body=<13 chars>" in shown and "3EB0AB" in shown and "chat=55*********77@c.us" in shown


def test_what_is_new_is_not_lost() -> None:
    match event("of_tomorrow", {"a": 1}):
        case UnknownEvent(name, data):
            assert (name, data) == ("of_tomorrow", {"a": 1})
        case other:
            raise AssertionError(other)
    changed = event("change_state", {"status": "OF_TOMORROW", "previous": "READY", "phase": {"name": "dreaming", "depth": 3}})
    assert isinstance(changed, wa_client.ChangeStateEvent)
    assert (changed.status, changed.previous) == ("OF_TOMORROW", ConnectionStatus.READY)
    assert changed.phase.name == "dreaming" and changed.phase.raw["depth"] == 3


def test_data_with_parts() -> None:
    reason = {"code": "incompatible_page", "missing": ["login (Conn.x)"]}
    lost = event("disconnected", {"reason": reason, "willRetry": True})
    assert isinstance(lost, wa_client.DisconnectedEvent) and lost.will_retry
    assert (str(lost.reason), lost.reason.missing) == ("incompatible_page", ("login (Conn.x)",))
    phase = Phase(name="failed", reason=DisconnectReason(code="banned"))
    assert str(phase) == "failed" and repr(phase) == "Phase(name='failed', reason=DisconnectReason(code='banned', missing=()))"
    match event("lagged", {"missed": 5}):
        case LaggedEvent(missed=5):
            pass
        case other:
            raise AssertionError(other)


def test_objects_are_frozen_and_are_compared_copied_and_pickled() -> None:
    made = event("message", MESSAGE)
    assert isinstance(made, MessageEvent)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.message.body = "x"  # type: ignore[misc]
    with pytest.raises((AttributeError, TypeError)):
        made.message.new = 1  # type: ignore[attr-defined]
    for twin in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert twin == made and hash(twin) == hash(made) and twin.message.raw == made.message.raw
    assert dataclasses.replace(made.message, body="y").body == "y"
    # Made by hand, in users' tests.
    by_hand = QrCode(payload="x", generated_at=made.message.timestamp, expires_at=made.message.timestamp, attempt=1, of=6)
    assert QrEvent(qr=by_hand).name == "qr" and not by_hand.is_valid()


def test_every_event_has_a_class_that_is_exported_and_documented() -> None:
    assert list(events.CLASSES) == _native.EVENT_NAMES
    for name, cls in events.CLASSES.items():
        camel = "".join(part.capitalize() for part in name.split("_"))
        assert cls.__name__ == f"{camel}Event" and getattr(wa_client, cls.__name__) is cls and cls.__doc__
    for module in (events, models, wa_client.errors, wa_client):
        assert sorted(set(module.__all__)) == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)
    assert set(models.__all__) | set(events.__all__) | set(wa_client.errors.__all__) <= set(wa_client.__all__)


def test_both_faces_have_every_operation_with_the_same_arguments() -> None:
    for name in _native.OPERATIONS:
        asynchronous = getattr(Client, name)
        assert inspect.getdoc(asynchronous), name
        if name == "on":
            continue
        blocking = getattr(sync.Client, name)
        assert inspect.getdoc(blocking), name
        arguments = [list(inspect.signature(it).parameters) for it in (asynchronous, blocking)]
        assert arguments[0] == [it for it in arguments[1] if it != "timeout"], name


def test_settings_are_those_of_the_core() -> None:
    client = Client(
        "settings",
        deadlines={"send": 5.0, "ping": timedelta(seconds=2), "close": 1},
        pacing={"per_minute": 3},
        reconnect={"attempts": None, "base": 0.25, "factor": 3.0},
        check_interval=timedelta(milliseconds=750),
        bridge_overrides={"send_text": ["WAWebX.y"]},
        executable=None,
        redis_url="redis://user:password@127.0.0.1:1/0",
    )
    config = client.config
    assert (config["session"], client.session, repr(client)) == ("settings",) * 2 + (repr(client),)
    assert (config["deadlines"]["send"], config["deadlines"]["ping"], config["deadlines"]["close"]) == (5.0, 2.0, 1.0)
    assert (config["pacing"]["per_minute"], config["pacing"]["per_day"]) == (3, 1000)
    assert (config["reconnect"]["attempts"], config["reconnect"]["base"], config["reconnect"]["factor"]) == (None, 0.25, 3.0)
    assert config["check_interval"] == 0.75 and config["bridge_overrides"] == {"send_text": ["WAWebX.y"]}
    assert "password" not in str(config)
    # Every setting of the core has its keyword, and the other way round; so have the parts.
    assert set(config) | {"redis_url"} == set(_settings.Settings.__annotations__) | {"session"}
    assert set(config["deadlines"]) == set(_settings.Deadlines.__annotations__)
    assert set(config["pacing"]) == set(_settings.Pacing.__annotations__)
    assert set(config["reconnect"]) == set(_settings.Reconnect.__annotations__)
    # What came out goes in again.
    again = {name: value for name, value in config.items() if name != "session"}
    assert Client("settings", **again).config == config


def test_helpers() -> None:
    assert wa_client.parse_phone("+55 (11) 98888-7777") == "5511988887777"
    with pytest.raises(wa_client.WaInvalidPhoneError):
        wa_client.parse_phone("12")
    assert wa_client.mask("5511988887799") == "55*********99"
    assert wa_client.__version__.count(".") == 2


def test_many_events_are_made_quickly() -> None:
    place = {"event": "message", "session": "s", "seq": 7, "at": "2026-08-01T12:00:00.000Z", "data": MESSAGE}
    text = json.dumps(place)
    start = time.perf_counter()
    for _ in range(5000):
        events.from_json(text)
    # Ten times what it takes on a slow machine: a plan that is made anew for each event takes longer.
    assert time.perf_counter() - start < 5


def test_help_shows_types_and_words() -> None:
    import pydoc

    text = pydoc.plain(pydoc.render_doc(Client.send_message))
    assert "deadline: 'float | timedelta | None' = None" in text and "Sends `text`" in text
    assert "-> 'SentMessage'" in text
