"""Processes: scripts end cleanly however they end, a fork harms neither side, signals interrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import FRIEND, PATIENCE, Rig

#: What scripts do before they end, without a browser. Each is run several times.
ENDINGS = {
    "nothing": "",
    "a client": "client = Client()",
    "a client that was used": "client = Client(); asyncio.run(client.disconnect())",
    "a client that was shut down": "client = Client(); asyncio.run(client.shutdown())",
    "a call that is pending": "asyncio.new_event_loop().create_task(answer(_native._testing_fail('hang')))",
    "a call that nobody awaits": "pending = _native._testing_fail('hang')",
    "many answers on the way": "kept = [_native._testing_fail('call') for _ in range(200)]\n"
    "for it in kept: it.on_done(lambda: None)",
    "a live subscription": "client = Client(); events = client.events(); wait = events._stream.ready()",
    "an exit within a callback": """
async def main():
    client = Client(executable="/nowhere")
    client.on("disconnected", lambda event: sys.exit(0))
    await asyncio.gather(client.initialize(), asyncio.Event().wait(), return_exceptions=True)
asyncio.run(main())
""",
    "an exit within a coroutine": """
async def main():
    client = Client(executable="/nowhere")
    async def leave(event): sys.exit(0)
    client.on("disconnected", leave)
    await asyncio.gather(client.initialize(), asyncio.Event().wait(), return_exceptions=True)
asyncio.run(main())
""",
    "a daemon thread that waits": """
client = sync.Client()
events = client.events()
threading.Thread(target=events.next, daemon=True).start()
threading.Thread(target=lambda: answer_blocking(_native._testing_fail("hang")), daemon=True).start()
""",
    "a daemon thread that works": """
client = sync.Client()
def work():
    while True: client.cached_status()
threading.Thread(target=work, daemon=True).start()
for _ in range(20): client.cached_status()
""",
    "a thread that outlives the main one": """
client = sync.Client()
def work():
    for _ in range(50): client.cached_status()
threading.Thread(target=work).start()
""",
    "an exit that closes nothing": "client = Client(); os._exit(0)",
    "a client in an exit hook": """
client = Client()
@atexit.register
def late():
    asyncio.run(client.disconnect())
""",
    "a client made too late": """
class Late:
    def __del__(self):
        try: Client()
        except Exception: pass
late = Late()
client = Client()
""",
}
HEAD = """
import asyncio, atexit, os, sys, threading
from wa_client import Client, _native, sync
from wa_client._pending import answer, answer_blocking
"""
SCRIPTS = 112


RUNNING: list[subprocess.Popen[str]] = []


def run(script: str, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-X", "faulthandler", "-c", HEAD + script]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd)
    RUNNING.append(process)
    return process


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    while RUNNING:
        process = RUNNING.pop()
        # Does nothing to one that has ended.
        process.kill()
        process.communicate()


def test_short_scripts_end_cleanly(tmp_path: Path) -> None:
    names = [name for _ in range(-(-SCRIPTS // len(ENDINGS))) for name in ENDINGS][:SCRIPTS]
    failed = []
    for start in range(0, len(names), 4):
        running = [(name, run(ENDINGS[name], tmp_path)) for name in names[start : start + 4]]
        for name, process in running:
            out, err = process.communicate(timeout=PATIENCE)
            # What asyncio and threads say of themselves: a task that is not ended, a daemon thread whose call was.
            quiet = name == "a call that is pending" or "daemon" in name or not err
            if process.returncode != 0 or not quiet:
                failed.append(f"{name}: status {process.returncode}\n{err}")
    assert len(names) >= 100 and not failed, "\n".join(failed)


BROWSER = """
settings = {settings!r}
async def main():
    client = Client(**settings)
    await client.initialize()
    print("started", flush=True)
    {then}
asyncio.run(main())
"""


@pytest.mark.parametrize(
    "then",
    ["pass", "sys.exit(3)", "global kept; kept = client", "asyncio.create_task(client.wait_ready())", "1 / 0"],
)
def test_an_open_browser_ends_with_its_script(rig: Rig, then: str) -> None:
    since = rig.sim.mark()
    settings = {**rig.whatsapp.settings(), "session_path": str(rig.whatsapp.settings()["session_path"])}
    process = run(BROWSER.format(settings=settings, then=then), Path(str(settings["session_path"])))
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == {"sys.exit(3)": 3, "1 / 0": 1}.get(then, 0), err
    rig.sim.wait_event("page.disconnected", since=since)
    # Closed in order: neither our lock nor the browser's names an owner any more.
    directory = Path(str(settings["session_path"])) / "session-default"
    assert (directory / "wa-client.lock").stat().st_size == 0
    assert not (directory / "SingletonLock").is_symlink()


def in_child(child: object) -> tuple[int, str]:
    """Runs a function in a fork; its status and what it said."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reader)
            said = child()  # type: ignore[operator]
            os.write(writer, str(said).encode())
            status = 0
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_refuses_the_clients_of_its_parent_and_makes_its_own(rig: Rig) -> None:
    from wa_client import WaError, sync

    rig.sim.accounts(FRIEND)
    client = sync.Client(**rig.whatsapp.settings())
    rig.whatsapp.link_sync(client)
    events = client.events()
    kept = [client]

    def child() -> str:
        said = []
        calls = [
            lambda: client.send_message(FRIEND, "from the child"),
            client.connection_status,
            client.shutdown,
            client.events,
            events.try_next,
            events.next,
        ]
        for call in calls:
            try:
                call()
            except WaError as error:
                said.append(f"{type(error).__name__} {'after' in str(error)}")
        # Dropped where its threads do not exist.
        kept.clear()
        own = sync.Client("child", **rig.whatsapp.settings())
        own.initialize()
        rig.sim.scan(own.qr_code())
        own.wait_ready(PATIENCE)
        said.append(own.connection_status().status.value)
        own.shutdown()
        return " ".join(said)

    status, said = in_child(child)
    assert (status, said) == (0, "WaStoppedError True " * 6 + "READY")
    # The parent has noticed nothing.
    client.send_message(FRIEND, "from the parent")
    assert rig.bodies() == ["from the parent"]
    client.shutdown()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_that_ends_normally_leaves_the_parent_alone(tmp_path: Path) -> None:
    script = """
client = sync.Client(executable="/nowhere")
events = client.events()
pid = os.fork()
if pid == 0:
    sys.exit(0)  # Runs the exit hooks of the child.
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
try: client.initialize()
except Exception: pass
assert events.next(20).name == "change_state"
"""
    process = run(script, tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_multiprocessing_by_fork(tmp_path: Path) -> None:
    script = """
import multiprocessing
client = sync.Client("parent")
client.cached_status()
def work(number):
    own = sync.Client(f"child-{number}")
    own.disconnect()
    own.shutdown()
    return number
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, range(4)) == [0, 1, 2, 3]
    client.disconnect()
"""
    process = run(script, tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


def interrupted(script: str, tmp_path: Path) -> tuple[float, str]:
    """Sends Ctrl-C to a script that has printed a line; how long it took to end, in seconds, and what it printed then."""
    # Shells start what runs in the background with the signal ignored, and that is inherited.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = run(heard + script.lstrip("\n"), tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    before = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return time.monotonic() - before, out


def test_ctrl_c_interrupts_a_blocking_call(tmp_path: Path) -> None:
    script = """
client = sync.Client()
events = client.events()
try:
    # Printed when the wait has begun: the native side calls back before it waits for its answer.
    threading.Timer(0.1, lambda: print("waiting", flush=True)).start()
    {wait}
except KeyboardInterrupt as error:
    print(type(error.__cause__).__name__)
"""
    for wait in ("events.next()", "answer_blocking(_native._testing_fail('hang'))"):
        took, out = interrupted(script.format(wait=wait), tmp_path)
        assert out == "WaCancelledError\n" and took < 2


def test_ctrl_c_ends_an_asyncio_program(tmp_path: Path) -> None:
    script = """
async def main():
    client = Client()
    asyncio.get_running_loop().call_later(0.1, lambda: print("waiting", flush=True))
    async for event in client.events(): pass
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""
    took, out = interrupted(script, tmp_path)
    assert out == "interrupted\n" and took < 2
