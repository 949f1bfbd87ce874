"""Subscriptions: events are taken from the core when they are wanted, and an interrupted wait has taken none."""

from __future__ import annotations

from collections import deque
from types import TracebackType

from . import _native
from ._pending import answer, answer_blocking
from .errors import WaCancelledError
from .events import Event, from_json

#: Events taken from the core at once. Those not handed out yet count as taken: they are not lost to `lagged`.
BATCH = 64

class Subscription:
    """The events of a session from one moment on, for one subscriber.

    Who falls behind by more than `event_queue` events loses the oldest and gets one `LaggedEvent` in their place. The
    subscription ends when the client is shut down, or with `close()`.
    """

    def __init__(self, stream: _native.Stream) -> None:
        self._stream: _native.Stream | None = stream
        self._taken: deque[str] = deque()
        self._waiting: set[_native.Pending] = set()

    def try_next(self) -> Event | None:
        """The next event if there is one at this moment. Does not wait."""
        if not self._taken and self._stream is not None:
            self._taken.extend(self._stream.take(BATCH))
        return from_json(self._taken.popleft()) if self._taken else None

    def close(self) -> None:
        """Ends the subscription; whoever waits for its next event is told that it has ended."""
        self._stream = None
        self._taken.clear()
        for pending in self._waiting:
            pending.cancel()

    def _wait(self) -> _native.Pending | None:
        """The wait for the next event; `None` when there can be none."""
        if self._stream is None:
            return None
        pending = self._stream.ready()
        self._waiting.add(pending)
        return pending

    def _ended(self, error: WaCancelledError) -> bool:
        """After a wait was given up: by `close()`, or an error?"""
        if self._stream is None:
            return True
        raise error


class Events(Subscription):
    """A `Subscription` for asyncio: `async for event in client.events()`.

    Cancelling a wait (`asyncio.wait_for`) loses no event.
    """

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        event = await self.next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def next(self) -> Event | None:
        """The next event; `None` when the subscription has ended."""
        while True:
            event = self.try_next()
            if event is not None:
                return event
            pending = self._wait()
            if pending is None:
                return None
            try:
                if await answer(pending) == "false":
                    return None
            except WaCancelledError as error:
                if self._ended(error):
                    return None
            finally:
                self._waiting.discard(pending)

    async def __aenter__(self) -> Events:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SyncEvents(Subscription):
    """A `Subscription` for plain threads: `for event in client.events()`."""

    def __iter__(self) -> SyncEvents:
        return self

    def __next__(self) -> Event:
        event = self.next()
        if event is None:
            raise StopIteration
        return event

    def next(self, timeout: float | None = None) -> Event | None:
        """The next event; `None` when the subscription has ended. `TimeoutError` when there is none within `timeout` seconds;
        nothing is lost then."""
        while True:
            event = self.try_next()
            if event is not None:
                return event
            pending = self._wait()
            if pending is None:
                return None
            try:
                if answer_blocking(pending, timeout) == "false":
                    return None
            except WaCancelledError as error:
                if self._ended(error):
                    return None
            finally:
                self._waiting.discard(pending)

    def __enter__(self) -> SyncEvents:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

