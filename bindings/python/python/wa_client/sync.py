"""The same client for scripts and threads: calls block, and events come by `for`.

    from wa_client.sync import Client

    with Client("shop") as client:
        client.wait_ready()
        client.send_message("+55 11 98888-7777", "Hello")

Calls raise what those of `wa_client.Client` raise. While one waits, other threads run, and Ctrl-C interrupts it: then the call
is given up, and the `KeyboardInterrupt` has a `WaCancelledError` as its `__cause__`. A client may be used by several threads.
"""

from __future__ import annotations

import json
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from . import _native
from ._base import BaseClient, sent_after_all
from ._events import SyncEvents
from ._model import build
from ._pending import answer_blocking
from .models import Ack, CapabilityReport, ConnectionSnapshot, Message, PairingCode, QrCode, SentMessage

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Client", "SyncEvents"]


class Client(BaseClient):
    """A session: one WhatsApp account in one browser. The keywords are those of `wa_client.Settings`.

    `with` calls `initialize()` when it is entered and `shutdown()` when it is left. The first `events()` of a client that was
    entered so begins with what happened since.
    """

    _since_start: SyncEvents | None = None

    def _call(self, pending: _native.Pending) -> Any:
        return json.loads(answer_blocking(pending))

    def initialize(self) -> None:
        """Starts the session: browser, page, check of the page. Returns as soon as a code can be scanned or a stored session was
        recognised. Does nothing when the session is up already."""
        self._call(self._core.initialize())

    def wait_ready(self, timeout: float | None = None) -> None:
        """Waits until messages can be sent. `TimeoutError` when that takes longer than `timeout` seconds."""
        answer_blocking(self._core.wait_ready(), timeout)

    def qr_code(self) -> QrCode | None:
        """The QR code that can be scanned now; `None` when the account is linked or none is valid. Never one that has expired."""
        code = self._call(self._core.qr_code())
        return None if code is None else build(QrCode, code)

    def generate_qr_code(self) -> QrCode:
        """Makes the page start a new batch of QR codes and returns the first of it."""
        return build(QrCode, self._call(self._core.generate_qr_code()))

    def request_pairing_code(self, phone: str) -> PairingCode:
        """Makes a code to be typed on the phone of the account `phone` (Linked devices, Link with phone number)."""
        return build(PairingCode, self._call(self._core.request_pairing_code(phone)))

    def cancel_pairing_code(self) -> None:
        """Goes back from a pairing code to QR codes. Does nothing when there is none."""
        self._call(self._core.cancel_pairing_code())

    def cached_status(self) -> ConnectionSnapshot | None:
        """What the cache holds about this session, written by the process that runs it: for one that does not."""
        status = self._call(self._core.cached_status())
        return None if status is None else build(ConnectionSnapshot, status)

    def doctor(self) -> CapabilityReport:
        """Starts the session if none runs, and returns what the check of the page found, also when the page cannot be used."""
        return build(CapabilityReport, self._call(self._core.doctor()))

    def send_message(
        self,
        to: str,
        text: str,
        *,
        quoted: Message | str | None = None,
        id: str | None = None,
        until: Literal["queued", "server", "delivered", "read"] | None = None,
        deadline: float | timedelta | None = None,
    ) -> SentMessage:
        """Sends `text` to a phone number or a chat; returns when the server has it. For the options see
        `wa_client.Client.send_message`."""
        pending = self._send(to, text, quoted, id, until, deadline)
        return build(SentMessage, json.loads(answer_blocking(pending, late=sent_after_all)))

    def is_registered(self, number: str) -> bool:
        """Whether `number` has a WhatsApp account."""
        return bool(self._call(self._core.is_registered(number)))

    def message_status(self, key: str) -> Ack | None:
        """Asks the page how far a message of ours has come, by its key or by its id alone; `None` for an unknown one."""
        level = self._call(self._core.message_status(key))
        return None if level is None else Ack(level)

    def disconnect(self) -> None:
        """Closes the browser and cancels planned attempts. The account stays linked and its session data stays."""
        self._call(self._core.disconnect())

    def reconnect(self) -> None:
        """Closes the browser, forgets failed attempts and starts again. Works in every state."""
        self._call(self._core.reconnect())

    def logout(self) -> None:
        """Unlinks this device from the account, closes the browser and deletes the session data."""
        self._call(self._core.logout())

    def shutdown(self) -> None:
        """Ends the session for good: closes the browser, keeps the session data, ends all subscriptions."""
        self._call(self._core.shutdown())

    def events(self) -> SyncEvents:
        """A subscription to all events from now on: `for event in client.events()`. The first one of a client that was entered
        by `with` starts there."""
        since_start, self._since_start = self._since_start, None
        return SyncEvents(self._core.events()) if since_start is None else since_start

    def events_after(self, seq: int) -> SyncEvents:
        """A subscription that starts behind event number `seq`, as far as `event_replay` reaches back; what is lost comes as
        `LaggedEvent`."""
        return SyncEvents(self._core.events_after(seq))

    def __enter__(self) -> Self:
        self._since_start = SyncEvents(self._core.events())
        try:
            self.initialize()
        except BaseException:
            self.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._since_start = None
        self.shutdown()
