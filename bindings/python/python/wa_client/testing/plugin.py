"""The pytest plugin: the fixture `whatsapp`, a simulator that is fresh for each test.

    async def test_my_bot(whatsapp):                     # with a plugin for asyncio
        async with Client(**whatsapp.settings()) as client:
            await whatsapp.link(client)
            ...

    def test_my_script(whatsapp):
        with sync.Client(**whatsapp.settings()) as client:
            whatsapp.link_sync(client)
            whatsapp.text("5511988887777", "hello")
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .. import Client, Settings, sync
    from . import Simulator


class WhatsApp:
    """A simulator, and what a client needs to use it. The calls of the simulator are methods here as well."""

    def __init__(self, simulator: Simulator, directory: Path) -> None:
        #: The simulator; see `wa_client.testing.Simulator`.
        self.simulator = simulator
        self._directory = directory

    def settings(self) -> Settings:
        """Keywords for `Client`: the simulator's page, a directory for the session that pytest removes, no pacing, short waits."""
        return {
            "page_url": self.simulator.page_url,
            "session_path": self._directory,
            "pacing": None,
            "check_interval": 0.5,
            "reconnect": {"base": 0.1},
        }

    async def link(self, client: Client) -> None:
        """Starts a client, has the phone scan its code unless it is linked, and waits until it is ready."""
        await client.initialize()
        code = await client.qr_code()
        if code is not None:
            await self.simulator.aio.scan(code)
        await client.wait_ready()

    def link_sync(self, client: sync.Client) -> None:
        """The same for a client of `wa_client.sync`."""
        client.initialize()
        code = client.qr_code()
        if code is not None:
            self.simulator.scan(code)
        client.wait_ready()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.simulator, name)


@pytest.fixture(scope="session")
def whatsapp_simulator() -> Iterator[Simulator]:
    """One simulator for all tests; use `whatsapp`."""
    from . import Simulator

    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def whatsapp(whatsapp_simulator: Simulator, tmp_path: Path) -> WhatsApp:
    """A simulator that knows nobody but the own account 5511900000001."""
    whatsapp_simulator.reset()
    return WhatsApp(whatsapp_simulator, tmp_path)
