"""The simulator as users get it: by fixture, by class, by command."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from conftest import FRIEND, OWN, PATIENCE, Rig
from wa_client import Client, sync
from wa_client.testing import Simulator, SimulatorError
from wa_client.testing.plugin import WhatsApp


def test_the_readme_example(whatsapp: WhatsApp) -> None:
    with sync.Client(**whatsapp.settings()) as client:
        whatsapp.link_sync(client)
        whatsapp.accounts("5511988887777")
        client.send_message("5511988887777", "hello")
        assert [message["body"] for message in whatsapp.outbox()] == ["hello"]
        whatsapp.text("5511988887777", "hello yourself")


async def test_the_fixture_in_asyncio(whatsapp: WhatsApp) -> None:
    async with Client(**whatsapp.settings()) as client:
        await whatsapp.link(client)
        message = await whatsapp.simulator.aio.text(FRIEND, "hello")
        assert message["key"].startswith("false_")
        with pytest.raises(AttributeError):
            whatsapp.simulator.aio.base


def test_each_test_has_a_fresh_simulator(whatsapp: WhatsApp) -> None:
    assert whatsapp.outbox() == []
    numbers = [account["number"] for account in whatsapp.get("/sim/accounts")["accounts"]]
    assert numbers == [OWN]


def test_refusals_have_codes(rig: Rig) -> None:
    with pytest.raises(SimulatorError) as refused:
        rig.sim.scan("nonsense")
    assert (refused.value.code, refused.value.status) == ("qr_malformed", 400)
    with pytest.raises(SimulatorError, match="unknown_field"):
        rig.sim.acks(sever_ms=1)
    with pytest.raises(ValueError, match="no code"):
        rig.sim.scan(None)
    with pytest.raises(TimeoutError):
        rig.sim.wait_event("device.online", since=rig.sim.mark(), timeout=0.01)


def test_what_people_do_has_methods(rig: Rig) -> None:
    rig.sim.accounts(FRIEND, {"number": "5511900000003", "pushname": "Ana"})
    rig.sim.configure(default_registered=True)
    rig.sim.qr_policy(first_ttl_ms=5000)
    fault = rig.sim.fault("delay", module="WAWebX", export="y", ms=1)["fault"]
    assert [it["fault"] for it in rig.sim.state()["faults"]] == [fault]
    rig.sim.delete("/sim/faults", fault=fault)
    assert rig.sim.state()["faults"] == [] and rig.sim.get("/sim/qr")["ok"]
    with pytest.raises(SimulatorError, match="no_target"):
        rig.sim.unlink()
    assert "qr" in rig.sim.health()["capabilities"]


def test_a_token_and_a_seed() -> None:
    with Simulator(seed=7, token="secret") as sim:
        assert sim.mark() >= 0
        stranger = Simulator()
        stranger._base = sim.base
        with pytest.raises(SimulatorError, match="unauthorized"):
            stranger.mark()
        process = sim._process
        assert process is not None
    assert process.returncode == 0
    sim.stop()


def test_one_that_does_not_start(rig: Rig) -> None:
    port = int(rig.sim.base.rpartition(":")[2])
    with pytest.raises(RuntimeError, match="did not start"):
        Simulator(port=port).start()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command(stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "wa_client.testing", "--json", "--seed", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        line = json.loads(process.stdout.readline())
        assert line["pid"] == process.pid and line["contract"] == 1 and line["base"].startswith("http://127.0.0.1:")
        process.send_signal(stop)
        assert process.wait(PATIENCE) == 0 and process.stderr.read() == b""


def test_it_ends_with_whoever_started_it() -> None:
    script = """
import os
from wa_client.testing import Simulator
sim = Simulator().start()
print(sim._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        # The simulator holds the pipe as well: it is at its end when both are gone.
        assert process.stdout.read() == b"" or pid
    assert process.returncode == -9
