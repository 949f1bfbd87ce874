"""Callbacks: one task over one subscription, on the user's event loop."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

from ._events import Events
from .events import Event

log = logging.getLogger("wa_client")

#: Every event.
ANY = "*"


class Dispatcher:
    """Calls callbacks in the order of events, one at a time."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._callbacks: list[tuple[str, Callable[[Any], object]]] = []
        self._task: asyncio.Task[None] | None = None
        #: The task of the callback that runs.
        self._callback: asyncio.Future[Any] | None = None

    def add(self, name: str, callback: Callable[[Any], object]) -> None:
        self._callbacks.append((name, callback))

    def remove(self, name: str, callback: Callable[[Any], object]) -> None:
        self._callbacks = [it for it in self._callbacks if it != (name, callback)]

    def start(self) -> None:
        """Starts the task on the running loop, unless one runs. Another loop takes over when the first has ended."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop().is_closed():
            self._task = loop.create_task(self._run(), name="wa_client callbacks")
            self._task.add_done_callback(_ended)

    async def finish(self) -> None:
        """Waits until the last event was handed out. Not from within a callback."""
        task = self._task
        inside = asyncio.current_task() in (task, self._callback)
        if task is not None and task.get_loop() is asyncio.get_running_loop() and not inside:
            await asyncio.wait([task])

    def cancel(self) -> None:
        if self._task is not None and not self._task.get_loop().is_closed():
            self._task.cancel()

    async def _run(self) -> None:
        async for event in self._events:
            wanted = [callback for name, callback in self._callbacks if name in (event.name, ANY)]
            if not wanted and event.name == "lagged":
                # Loss is never silent.
                log.warning("callbacks were too slow: %s events were lost", getattr(event, "missed", "some"))
            for callback in wanted:
                await self._call(callback, event)

    async def _call(self, callback: Callable[[Any], object], event: Event) -> None:
        try:
            result = callback(event)
        except Exception as error:
            return self._report(callback, error)
        if not inspect.isawaitable(result):
            return None
        # In a task of its own, so that it being cancelled is not taken for us being cancelled.
        self._callback = task = asyncio.ensure_future(result)
        task.add_done_callback(_seen)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            self._callback = None
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, Exception):
            self._report(callback, failure)
        return None

    @staticmethod
    def _report(callback: Callable[[Any], object], error: Exception) -> None:
        context = {"message": "a callback of wa_client has failed", "exception": error, "callback": callback}
        asyncio.get_running_loop().call_exception_handler(context)


def _seen(task: asyncio.Future[Any]) -> BaseException | None:
    """What a task has raised. `SystemExit` ends the program by itself; asyncio need not tell of it once more."""
    return None if task.cancelled() else task.exception()


def _ended(task: asyncio.Task[None]) -> None:
    error = _seen(task)
    if isinstance(error, Exception):
        # Events cannot be taken, which is a defect.
        context = {"message": "callbacks of wa_client have ended", "exception": error, "task": task}
        task.get_loop().call_exception_handler(context)
