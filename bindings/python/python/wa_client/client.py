"""The client for asyncio."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from . import _native
from ._base import BaseClient, sent_after_all
from ._dispatch import ANY, Dispatcher
from ._events import Events
from ._model import build
from ._pending import answer
from .errors import WaInvalidArgumentError
from .events import CLASSES, Event
from .models import Ack, CapabilityReport, ConnectionSnapshot, Message, PairingCode, QrCode, SentMessage

if TYPE_CHECKING:
    from typing_extensions import Self

E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Callable[[Any], object])


class Client(BaseClient):
    """A session: one WhatsApp account in one browser.

        async with Client("shop") as client:
            async for event in client.events():
                ...

    `async with` calls `initialize()` when it is entered and `shutdown()` when it is left. The first `events()` of a client that
    was entered so begins with what happened since. A client can be used without it as well: then call both yourself.

    The keywords are those of `wa_client.Settings`: `session_path`, `page_url`, `executable`, `user_agent`, `no_sandbox`,
    `browser_args`, `deadlines`, `pacing`, `reconnect`, `page_recovery_grace`, `recycle_after`, `takeover_on_conflict`,
    `qr_max_retries`, `cache_timeout`, `check_interval`, `exists_ttl`, `event_queue`, `event_replay`, `redis_url`, `bridge_overrides`. Times are
    seconds or `timedelta`s. `WaConfigError` names a setting that is wrong or unknown.

    Calls made before `initialize()` raise `WaNotReadyError`; they do not hang. Every call ends, at the latest after the
    deadlines of the settings. A task that is cancelled gives its call up: `wa_client.given_up(error)` finds the `WaCancelledError`
    behind the `CancelledError`, which says for a send whether the message may have left.

    A client may be used by several event loops and threads. It does not survive a fork: see the README.
    """

    _dispatcher: Dispatcher | None = None
    #: The subscription of `async with`, until `events()` is called.
    _since_start: Events | None = None

    async def _call(self, pending: _native.Pending) -> Any:
        self._run_callbacks()
        return json.loads(await answer(pending))

    async def initialize(self) -> None:
        """Starts the session: browser, page, check of the page.

        Returns as soon as a code can be scanned (`QR_READY`) or a stored session was recognised; `wait_ready()` and the event
        `ready` tell when messages can be sent. Does nothing when the session is up already.

        Raises `WaBrowserError`, `WaProfileLockedError`, `WaSessionError`, `WaIncompatiblePageError`, `WaTimeoutError`,
        `WaPageError`, `WaStoppedError`; `WaCancelledError` when `disconnect()`, `reconnect()` or `shutdown()` is called meanwhile.
        """
        await self._call(self._core.initialize())

    async def wait_ready(self) -> None:
        """Waits until messages can be sent. Has no deadline of its own, because somebody may have to scan a code first.

        Raises `WaNotReadyError` when no session runs, `WaDisconnectedError` when it ends meanwhile, `WaStoppedError`.
        """
        await self._call(self._core.wait_ready())

    async def qr_code(self) -> QrCode | None:
        """The QR code that can be scanned now; `None` when the account is linked or none is valid. Never one that has expired.

        When no session runs in this process, the cache is asked, so that one process can show the code of another.
        """
        code = await self._call(self._core.qr_code())
        return None if code is None else build(QrCode, code)

    async def generate_qr_code(self) -> QrCode:
        """Makes the page start a new batch of QR codes and returns the first of it.

        Raises `WaAlreadyAuthenticatedError`, `WaNotReadyError`, `WaTimeoutError`, `WaPageError`, `WaDisconnectedError`,
        `WaCancelledError`, `WaStoppedError`.
        """
        return build(QrCode, await self._call(self._core.generate_qr_code()))

    async def request_pairing_code(self, phone: str) -> PairingCode:
        """Makes a code to be typed on the phone of the account `phone` (Linked devices, Link with phone number). It replaces an
        earlier one, and the QR code until it expires, is used or is cancelled.

        Raises `WaInvalidPhoneError`, `WaAlreadyAuthenticatedError`, `WaNotReadyError`, `WaRateLimitedError`, `WaTimeoutError`,
        `WaPageError`, `WaDisconnectedError`, `WaCancelledError`, `WaStoppedError`.
        """
        return build(PairingCode, await self._call(self._core.request_pairing_code(phone)))

    async def cancel_pairing_code(self) -> None:
        """Goes back from a pairing code to QR codes. Does nothing when there is none.

        Raises `WaTimeoutError`, `WaPageError`, `WaDisconnectedError`, `WaStoppedError`.
        """
        await self._call(self._core.cancel_pairing_code())

    async def cached_status(self) -> ConnectionSnapshot | None:
        """What the cache holds about this session, written by the process that runs it: for one that does not. `None` when
        there is nothing, or no answer within `cache_timeout`."""
        status = await self._call(self._core.cached_status())
        return None if status is None else build(ConnectionSnapshot, status)

    async def doctor(self) -> CapabilityReport:
        """Starts the session if none runs, and returns what the check of the page found, also when the page cannot be used.

        Raises what `initialize()` raises, except `WaIncompatiblePageError`.
        """
        return build(CapabilityReport, await self._call(self._core.doctor()))

    async def send_message(
        self,
        to: str,
        text: str,
        *,
        quoted: Message | str | None = None,
        id: str | None = None,
        until: Literal["queued", "server", "delivered", "read"] | None = None,
        deadline: float | timedelta | None = None,
    ) -> SentMessage:
        """Sends `text` to a phone number or a chat; returns when the server has it.

        Messages to one recipient keep their order; others do not wait for each other. While a session starts or reconnects, the
        message waits, within its deadline.

        * `quoted`: the message it answers, or its key.
        * `id`: the id of the message. Sending twice with the same id makes one message. Default: a new one.
        * `until`: what to wait for: `queued`, `server` (the default), `delivered` or `read`.
        * `deadline`: how long it may take, in seconds. Default: `deadlines["send"]`.

        Raises `WaInvalidPhoneError`, `WaInvalidArgumentError`, `WaNotReadyError` when no session runs,
        `WaNotAuthenticatedError`, `WaNotRegisteredError`, `WaRateLimitedError`, `WaSendError`, `WaTimeoutError`,
        `WaDisconnectedError`, `WaCapabilityError`, `WaPageError`, `WaStoppedError`. `error.message_id` and `error.maybe_sent`
        tell which message it was and whether it may have left; sending it again with the same `id` is always safe.
        """
        self._run_callbacks()
        pending = self._send(to, text, quoted, id, until, deadline)
        return build(SentMessage, json.loads(await answer(pending, sent_after_all)))

    async def is_registered(self, number: str) -> bool:
        """Whether `number` has a WhatsApp account.

        Raises `WaInvalidPhoneError`, `WaNotReadyError` when no session runs, `WaNotAuthenticatedError`, `WaTimeoutError`,
        `WaRateLimitedError`, `WaPageError`, `WaCapabilityError`, `WaDisconnectedError`, `WaStoppedError`.
        """
        return bool(await self._call(self._core.is_registered(number)))

    async def message_status(self, key: str) -> Ack | None:
        """Asks the page how far a message of ours has come, by its key or by its id alone; `None` for an unknown one.

        Raises `WaInvalidArgumentError`, `WaNotReadyError` when no session runs, `WaNotAuthenticatedError`,
        `WaRateLimitedError`, `WaTimeoutError`, `WaPageError`, `WaDisconnectedError`, `WaStoppedError`.
        """
        level = await self._call(self._core.message_status(key))
        return None if level is None else Ack(level)

    async def disconnect(self) -> None:
        """Closes the browser and cancels planned attempts. The account stays linked and its session data stays.

        Raises `WaStoppedError`.
        """
        await self._call(self._core.disconnect())

    async def reconnect(self) -> None:
        """Closes the browser, forgets failed attempts and starts again. Returns and raises as `initialize()` does; works in
        every state."""
        await self._call(self._core.reconnect())

    async def logout(self) -> None:
        """Unlinks this device from the account, closes the browser and deletes the session data.

        Raises `WaNotReadyError` when no session runs, `WaNotAuthenticatedError`, `WaTimeoutError` and `WaPageError` when the page
        did not log out (then nothing is deleted), `WaDisconnectedError`, `WaCancelledError`, `WaSessionError`, `WaStoppedError`.
        """
        await self._call(self._core.logout())

    async def shutdown(self) -> None:
        """Ends the session for good: closes the browser, keeps the session data, ends all subscriptions. Calls made afterwards
        raise `WaStoppedError`; calling it again is fine."""
        await self._call(self._core.shutdown())

    def events(self) -> Events:
        """A subscription to all events from now on: `async for event in client.events()`.

        It starts with this call, not with the first wait. The first one of a client that was entered by `async with` starts
        there.
        """
        since_start, self._since_start = self._since_start, None
        return Events(self._core.events()) if since_start is None else since_start

    def events_after(self, seq: int) -> Events:
        """A subscription that starts behind event number `seq`, as far as `event_replay` reaches back; what is lost comes as
        `LaggedEvent`."""
        return Events(self._core.events_after(seq))

    @overload
    def on(self, event: type[E]) -> Callable[[Callable[[E], object]], Callable[[E], object]]: ...
    @overload
    def on(self, event: str) -> Callable[[F], F]: ...
    @overload
    def on(self, event: type[E], callback: Callable[[E], object]) -> Callable[[E], object]: ...
    @overload
    def on(self, event: str, callback: F) -> F: ...
    def on(self, event: type[Event] | str, callback: Callable[[Any], object] | None = None) -> Any:
        """Calls `callback` with every event of that name (`"*"`: every event) or class; it may be a coroutine function.

            @client.on("message")
            async def answer(event: MessageEvent) -> None: ...

        Callbacks run on your event loop, in the order of events and one at a time, from the next call of this client that is
        awaited. One that raises is reported to the loop's exception handler and does not end the others. When events are lost
        because callbacks are too slow and none is there for `lagged`, the logger `wa_client` warns.

        Raises `WaInvalidArgumentError` when there is no such event.
        """
        name = _event_name(event)
        if callback is None:
            return lambda decorated: self.on(name, decorated)
        if not callable(callback):
            raise TypeError(f"callback: expected a callable, not {type(callback).__name__}")
        if self._dispatcher is None:
            self._dispatcher = Dispatcher(Events(self._core.events()))
        self._dispatcher.add(name, callback)
        return callback

    def off(self, event: type[Event] | str, callback: Callable[[Any], object]) -> None:
        """Takes back what `on(event, callback)` did."""
        if self._dispatcher is not None:
            self._dispatcher.remove(_event_name(event), callback)

    def _run_callbacks(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.start()

    async def __aenter__(self) -> Self:
        self._since_start = Events(self._core.events())
        try:
            await self.initialize()
        except BaseException:
            await self.shutdown()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._since_start = None
        try:
            await self.shutdown()
        finally:
            if self._dispatcher is not None:
                if error is None:
                    await self._dispatcher.finish()
                else:
                    self._dispatcher.cancel()


def _event_name(event: type[Event] | str) -> str:
    if isinstance(event, str):
        if event in CLASSES or event == ANY:
            return event
        raise WaInvalidArgumentError(f"there is no event {event!r}", operation="on")
    if isinstance(event, type) and issubclass(event, Event):
        if event is Event:
            return ANY
        return next(name for name, cls in CLASSES.items() if cls is event)
    raise TypeError("event: expected the name or the class of an event")
