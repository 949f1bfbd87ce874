"""Plain data: what calls return and events carry.

Objects are frozen dataclasses with named fields. Times are aware `datetime`s in UTC. `repr` shows no number, name, text or
code. What this version does not name is in `raw`, as the core's JSON.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import ClassVar

from . import qr as _draw
from ._model import ChatId, MessageKey, Model, Phone, Secret, model

__all__ = [
    "Ack",
    "Call",
    "Capability",
    "CapabilityReport",
    "CapabilityStatus",
    "ChatId",
    "ConnectionSnapshot",
    "ConnectionStatus",
    "DisconnectReason",
    "Me",
    "Message",
    "MessageKey",
    "Model",
    "PairingCode",
    "Phase",
    "Phone",
    "QrCode",
    "Reaction",
    "Secret",
    "SentMessage",
]


class Ack(enum.IntEnum):
    """How far a message has come. Levels only rise, except to `FAILED`."""

    FAILED = -1
    """Refused by the server, or given up by the page."""
    PENDING = 0
    """In the page, not confirmed by the server."""
    SERVER = 1
    """The server has it."""
    DELIVERED = 2
    """On a device of the recipient."""
    READ = 3
    """Shown to the recipient."""
    PLAYED = 4
    """Played by the recipient (voice messages)."""


class ConnectionStatus(str, enum.Enum):
    """What an application needs to know about the session. A closed set."""

    DISCONNECTED = "DISCONNECTED"
    """No session runs, or one was lost and no attempt is under way."""
    CONNECTING = "CONNECTING"
    """The browser or the page starts, or a connection is attempted."""
    QR_READY = "QR_READY"
    """A QR code or a pairing code is valid right now."""
    AUTHENTICATED = "AUTHENTICATED"
    """Linked, still syncing."""
    READY = "READY"
    """Linked, synced and able to send."""
    AUTH_FAILURE = "AUTH_FAILURE"
    """Linking was refused, or the stored credentials are no longer accepted; needs a person."""

    def __str__(self) -> str:
        return self.value


class CapabilityStatus(str, enum.Enum):
    """What the check of the page found of one thing the library can do."""

    OK = "ok"
    """Present in its preferred place."""
    FALLBACK = "fallback"
    """Present in an older or alternative place."""
    MISSING = "missing"
    """Not found; calls that need it fail."""

    def __str__(self) -> str:
        return self.value


@model
class DisconnectReason(Model):
    """Why a session ended or was interrupted. An open set of codes: `manual`, `logged_out`, `unlinked_by_phone`, `replaced`,
    `banned`, `auth_failure`, `client_outdated`, `browser_crashed`, `page_crashed`, `page_unresponsive`, `network`,
    `navigation`, `profile_locked`, `incompatible_page`, `qr_retries_exhausted`, `reconnect_exhausted`, `other`."""

    code: str
    #: `logged_out`: what the page gave as its reason.
    page_reason: str | None = None
    #: `banned`: when the ban ends, if it does.
    until: datetime | None = None
    #: `incompatible_page`: the missing `capability (module.export)`.
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.code


@model
class Phase(Model):
    """What the session is doing, finer than the status and meant for people. An open set of names: `stopped`,
    `starting_browser`, `loading_page`, `probing`, `waiting_for_qr`, `waiting_for_scan`, `waiting_for_code`, `linking`,
    `syncing`, `ready`, `reconnecting`, `failed`."""

    name: str
    #: `syncing`: progress, 0 to 100.
    percent: int | None = None
    #: `reconnecting`: the number of the next attempt, from 1.
    attempt: int | None = None
    #: `reconnecting`: when it starts.
    next_at: datetime | None = None
    #: `reconnecting`, `failed`: what was lost, or what ended it.
    reason: DisconnectReason | None = None

    def __str__(self) -> str:
        return self.name


@model
class Me(Model):
    """The linked account."""

    #: Its phone number.
    phone: Phone
    #: Its opaque account id.
    lid: ChatId | None = None
    #: The name it shows to others.
    pushname: Secret | None = None
    #: The phone's system, for example `android`, `iphone`, `smba`.
    platform: str | None = None


@model
class ConnectionSnapshot(Model):
    """Everything about the session at one moment."""

    #: The status.
    status: ConnectionStatus
    #: Whether messages can be sent.
    ready: bool
    #: Whether a start or an attempt is under way.
    initializing: bool
    #: Whether a QR code is valid.
    has_qr_code: bool
    #: When the valid QR code ends.
    qr_code_expiry: datetime | None = None
    #: Attempts to reconnect since the session was last healthy.
    reconnect_attempts: int
    #: When any of this last changed.
    last_updated: datetime
    #: A sentence for people.
    message: str
    #: What the session is doing.
    phase: Phase
    #: Why it is not connected.
    reason: DisconnectReason | None = None
    #: The linked account.
    me: Me | None = None
    #: The version of the page, `2.3000.…`.
    web_version: str | None = None
    #: The name of the session.
    session: str

    _json: ClassVar[Mapping[str, str]] = {"has_qr_code": "hasQRCode"}


@model
class QrCode(Model):
    """A code to be scanned with the phone."""

    #: The text inside the code. Whoever scans it links the account: treat it as a secret.
    payload: Secret
    #: When the page made it.
    generated_at: datetime
    #: When the page replaces it; from then on it links nothing.
    expires_at: datetime
    #: Its number within the batch, from 1.
    attempt: int
    #: How many codes the batch has.
    of: int

    def is_valid(self) -> bool:
        """Whether it can be scanned now."""
        return datetime.now(timezone.utc) < self.expires_at

    def terminal(self) -> str:
        """The code in half blocks, for a terminal with a dark background; see `wa_client.qr.terminal`."""
        return _draw.terminal(self.payload)

    def svg(self) -> str:
        """An SVG picture; see `wa_client.qr.svg`."""
        return _draw.svg(self.payload)

    def png(self, scale: int) -> bytes:
        """A PNG picture with `scale` pixels a module; see `wa_client.qr.png`."""
        return _draw.png(self.payload, scale)

    def data_url(self) -> str:
        """A PNG picture as a `data:` URL; see `wa_client.qr.data_url`."""
        return _draw.data_url(self.payload)


@model
class PairingCode(Model):
    """A code to be typed into the phone."""

    #: `XXXX-XXXX`. Treat it as a secret.
    code: Secret
    #: From then on it links nothing.
    expires_at: datetime


@model
class Message(Model):
    """A message, as it was when the event happened."""

    #: Unique in the account; what `quoted` of an answer refers to.
    key: MessageKey
    #: Unique within the chat.
    id: str
    #: The chat it is in.
    chat: ChatId
    #: Who sent it; in a group, the group (see `author`).
    from_: ChatId
    #: Whom it was sent to.
    to: ChatId
    #: Who wrote it, in a group.
    author: ChatId | None = None
    #: Whether the own account wrote it, on any of its devices.
    from_me: bool
    #: The sender's phone number, when known.
    phone: Phone | None = None
    #: The sender's opaque account id, when known.
    lid: ChatId | None = None
    #: The other side's phone number in a one-to-one chat, when known.
    chat_phone: Phone | None = None
    #: The other side's opaque account id in a one-to-one chat, when known.
    chat_lid: ChatId | None = None
    #: The page's type: `chat` is text, others are `image`, `ptt`, `location`, … An open set.
    type: str
    #: The page's refinement of the type.
    subtype: str | None = None
    #: The text, or the caption of a picture.
    body: Secret | None = None
    #: When the server took it.
    timestamp: datetime
    #: How far it has come.
    ack: Ack | None = None
    #: The name the sender gives itself.
    notify_name: Secret | None = None
    #: The message it answers.
    quoted: MessageKey | None = None
    #: Whom it mentions.
    mentions: tuple[ChatId, ...] = ()
    #: Whether a picture, sound, film or document belongs to it.
    has_media: bool = False
    #: Whether it arrived while it was not watched, and was found afterwards.
    caught_up: bool = False


@model
class SentMessage(Model):
    """What became of a send."""

    #: Unique within the chat; chosen before sending.
    id: str
    #: Unique in the account.
    key: MessageKey
    #: The chat it went to.
    chat: ChatId
    #: When the server took it (when the page did, for a send that only waits for `queued`).
    timestamp: datetime
    #: How far it had come when the send answered.
    ack: Ack
    #: How long pacing held it back, in milliseconds.
    queued_ms: int
    #: Whether a message with this id existed before, so that nothing new was sent.
    duplicate: bool = False


@model
class Reaction(Model):
    """Somebody reacted to a message, or took that back."""

    #: The message reacted to.
    parent: MessageKey
    #: Who reacted.
    sender: ChatId
    #: The phone number of who reacted, when known.
    phone: Phone | None = None
    #: The opaque account id of who reacted, when known.
    lid: ChatId | None = None
    #: The emoji; empty when the reaction was taken back.
    emoji: Secret
    #: When.
    timestamp: datetime
    #: Whether the own account reacted, on any of its devices.
    from_me: bool


@model
class Call(Model):
    """Somebody calls the account."""

    #: The page's id of the call.
    id: str
    #: Who calls.
    peer: ChatId
    #: The caller's phone number, when known.
    phone: Phone | None = None
    #: The caller's opaque account id, when known.
    lid: ChatId | None = None
    #: Whether it is a video call.
    video: bool
    #: Whether it is a group call.
    group: bool
    #: Whether it was offered while we were away.
    offline: bool = False
    #: When it was offered.
    timestamp: datetime


@model
class Capability(Model):
    """One thing the library can do and where the page offers it."""

    #: Its name, for example `send_text`.
    name: str
    #: Whether nothing works without it, as far as the page has come.
    core: bool
    #: What was found.
    status: CapabilityStatus
    #: The page module that offers it, or should.
    module: str | None = None
    #: The export of that module.
    export: str | None = None
    #: Every `module.export` that was tried, in order of preference.
    tried: tuple[str, ...] = ()
    #: What is wrong with what was found there; `None` when nothing was found.
    problem: str | None = None

    _json: ClassVar[Mapping[str, str]] = {"name": "capability"}


@model
class CapabilityReport(Model):
    """What the start-up check of the page found."""

    #: The version of the page, `2.3000.…`.
    web_version: str | None = None
    #: Whether everything has been looked at; the page loads its modules bit by bit.
    complete: bool = False
    #: One entry a capability.
    capabilities: tuple[Capability, ...] = ()

    _json: ClassVar[Mapping[str, str]] = {"web_version": "version", "capabilities": "report"}

    def status(self, name: str) -> CapabilityStatus | None:
        """What was found of a capability; `None` when the check does not know it."""
        return next((it.status for it in self.capabilities if it.name == name), None)
