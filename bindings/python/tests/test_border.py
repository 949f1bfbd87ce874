"""The border between Python and the core: failures at each stage, impossible arguments, loops and threads."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import queue
import sys
import threading
import weakref
from typing import Any

import pytest

import wa_client
from conftest import FRIEND, PATIENCE, Rig, Seen
from wa_client import (
    Client,
    LaggedEvent,
    MessageEvent,
    QrEvent,
    ReadyEvent,
    WaCancelledError,
    WaConfigError,
    WaError,
    WaInternalError,
    WaInvalidArgumentError,
    WaNotReadyError,
    WaPageError,
    WaStoppedError,
    _native,
    errors,
    sync,
)
from wa_client._events import Events
from wa_client._pending import answer, answer_blocking


@pytest.mark.parametrize("stage", ["argument", "panic"])
def test_failures_that_are_told_at_once(stage: str) -> None:
    expected = WaInvalidArgumentError if stage == "argument" else WaInternalError
    with pytest.raises(expected) as failed:
        _native._testing_fail(stage)
    assert failed.value.operation == "testing_fail"


@pytest.mark.parametrize("stage", ["call", "call_panic", "result"])
async def test_failures_of_a_call(stage: str) -> None:
    expected = WaPageError if stage == "call" else WaInternalError
    with pytest.raises(expected) as failed:
        await answer(_native._testing_fail(stage))
    with pytest.raises(expected):
        answer_blocking(_native._testing_fail(stage))
    if stage == "call":
        assert failed.value.retry == "now"
        assert isinstance(failed.value.__cause__, errors.SourceError) and str(failed.value.__cause__) == "the cause"
    assert isinstance(failed.value, Exception), "not a panic, which would pass by `except Exception`"


async def test_a_panic_in_the_path_of_events() -> None:
    events = Events(_native._testing_stream())
    with pytest.raises(WaInternalError):
        events.try_next()
    with pytest.raises(WaInternalError):
        await events.next()


async def test_a_call_is_given_up() -> None:
    pending = _native._testing_fail("hang")
    task = asyncio.create_task(answer(pending))
    await asyncio.wait([task], timeout=0.01)
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert isinstance(wa_client.given_up(cancelled.value), WaCancelledError)
    assert wa_client.given_up(ValueError()) is None
    with pytest.raises(TimeoutError) as late:
        answer_blocking(_native._testing_fail("hang"), 0.01)
    assert isinstance(late.value.__cause__, WaCancelledError)
    answered, why = pending.result()
    assert not answered and "taken" in why


async def test_an_answer_that_comes_before_anybody_asks() -> None:
    pending = _native._testing_fail("call")
    done = threading.Event()
    pending.on_done(done.set)
    assert done.wait(PATIENCE)
    again: list[int] = []
    pending.on_done(lambda: again.append(1))
    assert again == [1]
    with pytest.raises(WaPageError):
        await answer(pending)


def test_a_callback_of_the_border_that_raises_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: queue.SimpleQueue[object] = queue.SimpleQueue()
    monkeypatch.setattr(sys, "unraisablehook", lambda what: reported.put(what.exc_type))

    def fail() -> None:
        raise ZeroDivisionError

    for _ in range(3):
        _native._testing_fail("call").on_done(fail)
        assert reported.get(timeout=PATIENCE) is ZeroDivisionError
    with pytest.raises(WaPageError):
        answer_blocking(_native._testing_fail("call"))


LONE = "half a pair: \ud800"


@pytest.mark.parametrize("wrong", [None, 5, b"bytes", ["list"]])
async def test_arguments_of_the_wrong_type(wrong: Any) -> None:
    client = Client("types")
    for call in (
        lambda: client.send_message(wrong, "text"),
        lambda: client.send_message(FRIEND, wrong),
        lambda: client.is_registered(wrong),
        lambda: client.message_status(wrong),
        lambda: client.request_pairing_code(wrong),
    ):
        with pytest.raises(TypeError) as refused:
            await call()
        assert FRIEND not in str(refused.value)
    with pytest.raises(TypeError):
        wa_client.mask(wrong)
    with pytest.raises(TypeError):
        wa_client.qr.svg(wrong)
    with pytest.raises(TypeError):
        client.on(wrong)


async def test_impossible_texts() -> None:
    client = Client("texts")
    for call in (
        client.send_message(LONE, "text"),
        client.send_message(FRIEND, LONE),
        client.send_message(FRIEND, "text", quoted=LONE),
        client.send_message(FRIEND, "text", quoted="no key"),
        client.send_message(FRIEND, "text", id=LONE),
        client.send_message(FRIEND, "text", until="whenever"),  # type: ignore[arg-type]
        client.send_message(FRIEND, "text", deadline=float("nan")),
        client.send_message(FRIEND, "text", deadline=-1),
        client.send_message(FRIEND, ""),
        client.send_message(FRIEND, "x" * 10_000_000),
        client.message_status("no key"),
        client.is_registered("1" * 1_000_000),
    ):
        with pytest.raises(WaInvalidArgumentError) as refused:
            await call
        assert "half a pair" not in repr(refused.value) and FRIEND not in repr(refused.value)
    for draw in (wa_client.qr.svg, wa_client.qr.terminal, wa_client.qr.data_url, wa_client.mask):
        with pytest.raises(WaInvalidArgumentError):
            draw(LONE)
    for scale in (0, 65):
        with pytest.raises(WaInvalidArgumentError):
            wa_client.qr.png("text", scale)


def test_settings_that_are_wrong_are_named() -> None:
    for settings, name in (
        ({"sesion_path": "x"}, "sesionPath"),
        ({"page_url": "ftp://x"}, "pageUrl"),
        ({"page_url": LONE}, "configuration"),
        ({"deadlines": {"sned": 5}}, "sned"),
        ({"event_queue": -1}, "-1"),
        ({"redis_url": "http://nowhere"}, "redis"),
        ({"pacing": {"per_minute": 0}}, "pacing"),
    ):
        with pytest.raises(WaConfigError, match=name):
            Client(**settings)
    with pytest.raises(WaConfigError, match="session"):
        Client("a/b")
    with pytest.raises(WaInvalidArgumentError, match="deadlines.send"):
        Client(deadlines={"send": float("inf")})
    with pytest.raises(TypeError, match="deadlines.send"):
        Client(deadlines={"send": "5"})  # type: ignore[typeddict-item]
    with pytest.raises(TypeError, match="deadlines"):
        Client(deadlines=5)  # type: ignore[arg-type]


async def test_on_refuses_what_is_no_event_or_no_callback() -> None:
    client = Client("on")
    with pytest.raises(WaInvalidArgumentError, match="nonsense"):
        client.on("nonsense")
    with pytest.raises(TypeError):
        client.on("message", 5)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        client.on(int)  # type: ignore[type-var]


async def test_callbacks_come_in_order_and_one_that_fails_ends_nobody(rig: Rig) -> None:
    client = rig.client()
    order: list[tuple[str, int]] = []
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    last = asyncio.Event()

    @client.on("message")
    def broken(event: MessageEvent) -> None:
        raise ZeroDivisionError

    @client.on(MessageEvent)
    async def slow(event: MessageEvent) -> None:
        await client.is_registered(FRIEND)
        order.append(("slow", event.seq))
        raise KeyError

    @client.on("*")
    def every(event: wa_client.Event) -> None:
        order.append((event.name, event.seq))

    def removed(event: MessageEvent) -> None:
        raise AssertionError

    client.on("message", removed)
    client.off("message", removed)

    @client.on("message")
    async def done(event: MessageEvent) -> None:
        if event.message.body == "two":
            last.set()

    await rig.whatsapp.link(client)
    rig.sim.text(FRIEND, "one")
    rig.sim.text(FRIEND, "two")
    await asyncio.wait_for(last.wait(), PATIENCE)
    numbers = [seq for _, seq in order]
    assert numbers == sorted(numbers) and [name for name, _ in order].count("slow") == 2
    kinds = [type(context["exception"]) for context in reported]
    assert kinds == [ZeroDivisionError, KeyError, ZeroDivisionError, KeyError]
    await client.shutdown()


async def test_callbacks_hear_the_end_and_may_shut_down(rig: Rig) -> None:
    heard: list[str] = []
    client = rig.client()
    client.on("*", lambda event: heard.append(event.name))

    async def stop(event: QrEvent) -> None:
        await client.shutdown()

    client.on(QrEvent, stop)
    async with client:
        await asyncio.wait_for(client._dispatcher._task, PATIENCE)  # type: ignore[union-attr,arg-type]
    assert "qr" in heard and heard[-1] == "disconnected"


async def test_lost_events_are_told_to_callbacks(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    client, seen = await rig.ready(event_queue=100)
    block, heard = asyncio.Event(), asyncio.Event()

    async def slow(event: MessageEvent) -> None:
        await block.wait()

    client.on("message", slow)
    rig.sim.messages(FRIEND, body="n {i}", count=500)
    await client.is_registered(FRIEND)
    await seen.message("n 499")
    client.on("message", lambda event: heard.set() if event.message.body == "n 499" else None)
    block.set()
    await asyncio.wait_for(heard.wait(), PATIENCE)
    assert "events were lost" in caplog.text
    lost: list[LaggedEvent] = []
    client.on(LaggedEvent, lost.append)
    await client.shutdown()


def test_two_event_loops_one_after_the_other(rig: Rig) -> None:
    client = rig.client()
    heard: list[str] = []
    client.on("ready", lambda event: heard.append(event.name))

    async def first() -> None:
        await client.initialize()
        rig.sim.scan(await client.qr_code())

    async def second() -> None:
        await client.wait_ready()
        while not heard:
            await asyncio.wait([asyncio.create_task(client.cached_status())])
        await client.shutdown()

    asyncio.run(first())
    asyncio.run(asyncio.wait_for(second(), PATIENCE))
    assert heard == ["ready"]


def test_two_event_loops_at_the_same_time(rig: Rig) -> None:
    client = rig.client()
    results: list[int] = []

    def run() -> None:
        async def listen() -> None:
            seen = Seen(client)
            ready.wait(PATIENCE)
            await seen.message("to both")
            results.append(len(seen.passed))

        asyncio.run(listen())

    ready = threading.Barrier(3)
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    ready.wait(PATIENCE)
    asyncio.run(rig.whatsapp.link(client))
    rig.sim.text(FRIEND, "to both")
    for thread in threads:
        thread.join(PATIENCE)
    assert len(results) == 2
    asyncio.run(client.shutdown())


def test_a_loop_that_is_closed_while_a_call_is_pending(rig: Rig) -> None:
    client = rig.client()
    loop = asyncio.new_event_loop()
    rig.sim.put("/sim/network", {"http": "hang"})
    start = loop.create_task(client.initialize())
    loop.run_until_complete(asyncio.wait([start], timeout=0.2))
    # As a program that goes away: the task never gets to its end.
    start.get_coro().close()
    start._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()
    pending = client._core.disconnect()
    pending.on_done(lambda: loop.call_soon_threadsafe(print))
    rig.sim.network("online", http="up")
    asyncio.run(client.shutdown())


def test_threads_send_at_the_same_time(rig: Rig) -> None:
    rig.sim.accounts(FRIEND)
    with sync.Client(**rig.whatsapp.settings()) as client:
        rig.sim.scan(client.qr_code())
        client.wait_ready(PATIENCE)
        failed: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(3):
                    client.send_message(FRIEND, f"{number} {turn}")
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(3 * PATIENCE)
        assert not failed and sorted(rig.bodies()) == sorted(f"{n} {t}" for n in range(8) for t in range(3))


async def test_an_unclosed_client_that_nobody_holds_ends_its_browser(rig: Rig) -> None:
    client, seen = await rig.ready()
    assert [page["connected"] for page in rig.sim.state()["pages"]].count(True) == 1
    gone, since = weakref.ref(client), rig.sim.mark()
    del client
    gc.collect()
    assert gone() is None
    await rig.sim.aio.wait_event("page.disconnected", since=since)
    # Its events end as well.
    while await asyncio.wait_for(seen.events.next(), PATIENCE) is not None:
        pass


async def test_after_the_end(rig: Rig) -> None:
    client = rig.client()
    events = client.events()
    await client.shutdown()
    assert [event async for event in events] == []
    assert [event async for event in client.events()] == []
    with pytest.raises(WaStoppedError):
        await client.send_message(FRIEND, "too late")
    assert client.connection_status().phase.name == "stopped"


async def test_closing_a_subscription_ends_its_waits() -> None:
    client = Client("closing")
    async with client.events() as events:
        waits = [asyncio.create_task(events.next()) for _ in range(3)]
        await asyncio.wait(waits, timeout=0.01)
    assert await asyncio.wait_for(asyncio.gather(*waits), PATIENCE) == [None] * 3
    assert events.try_next() is None


def test_errors_are_copied_and_pickled() -> None:
    text = (
        '{"code": "rate_limited", "operation": "send_message", "message": "slow down", "retry": "after", "retryAfterMs": 1500,'
        ' "maybeSent": false, "messageId": "3EB0AB", "phase": {"name": "syncing", "percent": 5}, "missing": ["a"],'
        ' "source": "why"}'
    )
    error = errors.from_json(text)
    assert str(error) == "send_message: rate_limited: slow down" and str(error.__cause__) == "why"
    for twin in (error, copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert isinstance(twin, errors.WaRateLimitedError) and str(twin) == str(error)
        assert (twin.retry, twin.retry_after, twin.maybe_sent, twin.message_id) == ("after", 1.5, False, "3EB0AB")
        assert twin.phase is not None and (twin.phase.name, twin.phase.percent) == ("syncing", 5)
        assert twin.missing == ("a",)
    plain = errors.from_json('{"code": "of_tomorrow", "operation": "x", "message": "", "retry": "never"}')
    assert type(plain) is WaError and plain.code == "of_tomorrow"


def test_every_code_has_a_class() -> None:
    assert list(errors.CLASSES) == _native.ERROR_CODES
    for code, cls in errors.CLASSES.items():
        made = errors.from_json(f'{{"code": "{code}", "operation": "x", "message": "y", "retry": "never"}}')
        assert type(made) is cls and made.code == code and issubclass(cls, WaError) and cls.__doc__
        assert pickle.loads(pickle.dumps(made)).code == code
    assert issubclass(WaNotReadyError, WaError) and ReadyEvent.__doc__
