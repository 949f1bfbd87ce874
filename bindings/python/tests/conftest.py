"""What the tests share. They run with the installed package, whose pytest plugin brings the fixture `whatsapp`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from wa_client import Client, Event, MessageEvent, ReadyEvent
from wa_client.testing.plugin import WhatsApp

#: How long anything may take that is waited for.
PATIENCE = 30.0

OWN = "5511900000001"
FRIEND = "5511988887777"
NOBODY = "5511900009999"

E = TypeVar("E", bound=Event)


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs `async def` tests, each in an event loop of its own; debug mode tells of coroutines that nobody awaited."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), 3 * PATIENCE))
    return True


class Seen:
    """The events of a client, with those that were passed over."""

    def __init__(self, client: Client) -> None:
        self.events = client.events()
        self.passed: list[Event] = []

    async def wait(self, kind: type[E], accept: Callable[[E], bool] = lambda _: True) -> E:
        """The next event of a kind that is accepted."""
        while True:
            try:
                event = await asyncio.wait_for(self.events.next(), PATIENCE)
            except asyncio.TimeoutError:
                raise AssertionError(f"no {kind.__name__}; seen: {self.names()}") from None
            assert event is not None, f"no {kind.__name__}: the events have ended; seen: {self.names()}"
            if self.passed and event.name != "lagged":
                assert event.seq == self.passed[-1].seq + 1, f"a gap before {event.name}"
            self.passed.append(event)
            if isinstance(event, kind) and accept(event):
                return event

    async def message(self, body: str) -> MessageEvent:
        return await self.wait(MessageEvent, lambda event: event.message.body == body)

    def names(self) -> list[str]:
        return [event.name for event in self.passed]


class Rig:
    """Clients of one test on one simulator; all are shut down at its end."""

    def __init__(self, whatsapp: WhatsApp) -> None:
        self.sim = whatsapp.simulator
        self.whatsapp = whatsapp

    def client(self, **more: Any) -> Client:
        return Client(**{**self.whatsapp.settings(), **more})

    async def ready(self, **more: Any) -> tuple[Client, Seen]:
        """A client that is linked, with its events from the start, and a friend to write to."""
        self.sim.accounts(FRIEND)
        client = self.client(**more)
        seen = Seen(client)
        await self.whatsapp.link(client)
        await seen.wait(ReadyEvent)
        return client, seen

    def bodies(self) -> list[str]:
        """What the server got."""
        return [message["body"] for message in self.sim.outbox()]


@pytest.fixture
def rig(whatsapp: WhatsApp) -> Iterator[Rig]:
    yield Rig(whatsapp)
