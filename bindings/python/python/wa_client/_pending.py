"""Waiting for a call that is under way, in asyncio and in plain threads."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable

from . import _native
from .errors import WaError, from_json

#: What an answer that came too late means.
Late = Callable[[str], WaError]


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def _done(pending: _native.Pending) -> None:
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()
    # When the loop is closed by then, the native side takes the `RuntimeError` for what it is: nobody waits.
    pending.on_done(functools.partial(loop.call_soon_threadsafe, _wake, waiter))
    await waiter


async def answer(pending: _native.Pending, late: Late | None = None) -> str:
    """The answer, as JSON. When the task is cancelled, the call is given up, and what became of it is the `__cause__` of the
    `CancelledError`: the error, or what `late` makes of an answer that was there by then."""
    try:
        await _done(pending)
    except asyncio.CancelledError as cancelled:
        pending.cancel()
        # At once: the core answers a call that is given up without waiting for anything outside.
        await _done(pending)
        raise cancelled from _outcome(pending, late)
    return _result(pending)


def answer_blocking(pending: _native.Pending, timeout: float | None = None, late: Late | None = None) -> str:
    """The same for a thread. `TimeoutError` when it takes longer than `timeout` seconds; the call is given up then, as it is
    on `KeyboardInterrupt`."""
    # Python waits for a lock without holding the interpreter, and signals interrupt it: no polling is needed.
    done = threading.Lock()
    done.acquire()
    pending.on_done(done.release)
    try:
        in_time = done.acquire(timeout=-1 if timeout is None else max(0.0, min(timeout, threading.TIMEOUT_MAX)))
    except BaseException as interrupted:
        pending.cancel()
        done.acquire()
        raise interrupted from _outcome(pending, late)
    if not in_time:
        pending.cancel()
        done.acquire()
        raise TimeoutError("no answer within the time given") from _outcome(pending, late)
    return _result(pending)


def _result(pending: _native.Pending) -> str:
    answered, text = pending.result()
    if not answered:
        raise from_json(text)
    return text


def _outcome(pending: _native.Pending, late: Late | None) -> WaError | None:
    """What became of a call that was given up."""
    try:
        text = _result(pending)
    except WaError as error:
        return error
    return None if late is None else late(text)
