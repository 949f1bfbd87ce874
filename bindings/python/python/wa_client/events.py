"""What happens in a session: one class an event, made for `match`.

    async for event in client.events():
        match event:
            case QrEvent(code):
                print(code.terminal())
            case MessageEvent(Message(body="!ping", from_me=False) as message):
                await client.send_message(message.chat, "pong", quoted=message)
            case LaggedEvent(missed):
                print(f"{missed} events were lost")
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from ._model import MessageKey, Model, Secret, build, converted, model, parse_time
from .models import (
    Ack,
    Call,
    CapabilityReport,
    ConnectionStatus,
    DisconnectReason,
    Me,
    Message,
    PairingCode,
    Phase,
    QrCode,
    Reaction,
    SentMessage,
)

__all__ = [
    "AccountRestrictedEvent",
    "AuthFailureEvent",
    "AuthenticatedEvent",
    "CacheDegradedEvent",
    "CallEvent",
    "ChangeStateEvent",
    "CodeEvent",
    "DisconnectedEvent",
    "Event",
    "IncompatibleEvent",
    "LaggedEvent",
    "LoadingScreenEvent",
    "ManualDisconnectEvent",
    "ManualReconnectEvent",
    "MessageAckEvent",
    "MessageCiphertextEvent",
    "MessageCreateEvent",
    "MessageEditEvent",
    "MessageEvent",
    "MessageReactionEvent",
    "MessageRevokeEveryoneEvent",
    "MessageRevokeMeEvent",
    "MessageSentEvent",
    "QrEvent",
    "ReadyEvent",
    "ReconnectingEvent",
    "UnknownEvent",
]


@model
class Event(Model):
    """Something that happened, with its place in the session. `raw` is its data as the core's JSON."""

    #: The stable name, for example `message_ack`.
    name: str
    #: The name of the session.
    session: str = ""
    #: Counts the events of the session from 1 without gaps. `lagged` bears the number of the last event it stands for.
    seq: int = 0
    #: When it happened.
    at: datetime | None = None


@model
class QrEvent(Event):
    """A new code is valid; it replaces the one before."""

    name: str = "qr"
    qr: QrCode
    __match_args__ = ("qr",)


@model
class CodeEvent(Event):
    """A pairing code is valid."""

    name: str = "code"
    code: PairingCode
    __match_args__ = ("code",)


@model
class LoadingScreenEvent(Event):
    """Progress of syncing."""

    name: str = "loading_screen"
    #: 0 to 100.
    percent: int
    __match_args__ = ("percent",)


@model
class AuthenticatedEvent(Event):
    """An account is linked."""

    name: str = "authenticated"
    #: Whether a stored session was taken up, rather than a new one linked.
    restored: bool
    __match_args__ = ("restored",)


@model
class AuthFailureEvent(Event):
    """Linking was refused, or the stored credentials are no longer accepted."""

    name: str = "auth_failure"
    #: What was refused.
    reason: DisconnectReason
    __match_args__ = ("reason",)


@model
class ReadyEvent(Event):
    """Messages can be sent. Once per transition into that status."""

    name: str = "ready"
    #: The linked account.
    me: Me | None = None
    #: The version of the page.
    web_version: str | None = None
    __match_args__ = ("me", "web_version")


@model
class DisconnectedEvent(Event):
    """The session is lost or over."""

    name: str = "disconnected"
    #: Why.
    reason: DisconnectReason
    #: Whether an attempt to return follows by itself.
    will_retry: bool
    __match_args__ = ("reason", "will_retry")


@model
class ChangeStateEvent(Event):
    """Status or phase changed."""

    name: str = "change_state"
    #: The status now.
    status: ConnectionStatus
    #: The status before; the same when only the phase changed.
    previous: ConnectionStatus
    #: The phase now.
    phase: Phase
    __match_args__ = ("status", "previous", "phase")


@model
class ReconnectingEvent(Event):
    """An attempt is planned."""

    name: str = "reconnecting"
    #: The number of the attempt, from 1.
    attempt: int
    #: When it starts.
    next_at: datetime
    #: What was lost.
    reason: DisconnectReason
    __match_args__ = ("attempt", "next_at", "reason")


@model
class MessageEvent(Event):
    """Somebody wrote."""

    name: str = "message"
    message: Message
    __match_args__ = ("message",)


@model
class MessageCreateEvent(Event):
    """A message exists that did not before, from others or from us."""

    name: str = "message_create"
    message: Message
    __match_args__ = ("message",)


@model
class MessageSentEvent(Event):
    """A send of ours was taken by the server."""

    name: str = "message_sent"
    sent: SentMessage
    __match_args__ = ("sent",)


@model
class MessageAckEvent(Event):
    """A message of ours came further."""

    name: str = "message_ack"
    #: The key of the message.
    key: MessageKey
    #: Its id within the chat.
    id: str
    #: The level.
    ack: Ack
    __match_args__ = ("id", "ack")


@model
class MessageCiphertextEvent(Event):
    """A message stayed unreadable."""

    name: str = "message_ciphertext"
    message: Message
    __match_args__ = ("message",)


@model
class MessageEditEvent(Event):
    """The text of a message changed."""

    name: str = "message_edit"
    #: The message with its new text.
    message: Message
    #: The text before, when known.
    previous: Secret | None = None
    __match_args__ = ("message", "previous")


@model
class MessageRevokeEveryoneEvent(Event):
    """A message was deleted for everyone."""

    name: str = "message_revoke_everyone"
    #: The key of the deleted message.
    key: MessageKey
    #: Who deleted it: its `sender`, or an `admin` of the group.
    by: str
    #: What is left in its place, when the page holds it.
    message: Message | None = None
    __match_args__ = ("key", "by", "message")


@model
class MessageRevokeMeEvent(Event):
    """A message was deleted on our side only."""

    name: str = "message_revoke_me"
    #: The key of the deleted message.
    key: MessageKey
    __match_args__ = ("key",)


@model
class MessageReactionEvent(Event):
    """Somebody reacted to a message, or took that back."""

    name: str = "message_reaction"
    reaction: Reaction
    __match_args__ = ("reaction",)


@model
class CallEvent(Event):
    """Somebody calls."""

    name: str = "call"
    call: Call
    __match_args__ = ("call",)


@model
class ManualDisconnectEvent(Event):
    """`disconnect` was called."""

    name: str = "manual_disconnect"


@model
class ManualReconnectEvent(Event):
    """`reconnect` was called."""

    name: str = "manual_reconnect"


@model
class IncompatibleEvent(Event):
    """The page lacks something the library uses."""

    name: str = "incompatible"
    #: Whether the session ends because of it.
    fatal: bool
    #: What was found.
    report: CapabilityReport
    __match_args__ = ("fatal", "report")


@model
class AccountRestrictedEvent(Event):
    """WhatsApp limits what the account may do."""

    name: str = "account_restricted"
    #: `reachout_timelock` (no messages to strangers for a while) or `new_chat_cap` (too many new chats). An open set.
    kind: str
    #: When it ends, when known.
    until: datetime | None = None
    __match_args__ = ("kind", "until")


@model
class CacheDegradedEvent(Event):
    """The cache fails; sent once per outage."""

    name: str = "cache_degraded"


@model
class LaggedEvent(Event):
    """This subscriber was too slow and has lost events."""

    name: str = "lagged"
    #: How many events it lost.
    missed: int
    __match_args__ = ("missed",)


@model
class UnknownEvent(Event):
    """An event that this version has no class for; `raw` is its data."""

    __match_args__ = ("name", "raw")


def _classes(names: dict[str, Any]) -> Iterator[tuple[str, type[Event]]]:
    for cls in names.values():
        if isinstance(cls, type) and issubclass(cls, Event) and cls not in (Event, UnknownEvent):
            yield next(str(it.default) for it in fields(cls) if it.name == "name"), cls


#: The class of every event, by name.
CLASSES: dict[str, type[Event]] = dict(_classes(dict(globals())))

#: Events whose data is one thing, and the field it is in; the data of the others are their fields.
_WHOLE: dict[str, tuple[str, type[Model]]] = {
    "qr": ("qr", QrCode),
    "code": ("code", PairingCode),
    "message": ("message", Message),
    "message_create": ("message", Message),
    "message_ciphertext": ("message", Message),
    "message_sent": ("sent", SentMessage),
    "message_reaction": ("reaction", Reaction),
    "call": ("call", Call),
}


def from_json(text: str) -> Event:
    """The event that the core wrote as `{"event", "session", "seq", "at", "data"}`."""
    envelope: dict[str, Any] = json.loads(text)
    name: str = envelope["event"]
    data: Mapping[str, Any] = envelope["data"]
    cls = CLASSES.get(name, UnknownEvent)
    whole = _WHOLE.get(name)
    values: dict[str, Any] = {whole[0]: build(whole[1], data)} if whole else converted(cls, data)
    values.update(name=name, session=envelope["session"], seq=envelope["seq"], at=parse_time(envelope["at"]), raw=data)
    return cls(**values)
