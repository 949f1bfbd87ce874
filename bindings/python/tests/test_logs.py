"""What the core tells about itself reaches `logging`, and says nothing about people."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import FRIEND, OWN, PATIENCE, Rig
from wa_client import WaNotReadyError, enable_logging, sync


def test_records_reach_the_loggers_and_name_nobody(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(5, "wa_client")
    ended = threading.Event()

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "the browser is closed" in record.getMessage():
                ended.set()

    logging.getLogger("wa_client").addHandler(watch := Watch())
    enable_logging(5)
    rig.sim.accounts(FRIEND)
    with sync.Client(**rig.whatsapp.settings()) as client:
        rig.whatsapp.link_sync(client)
        client.send_message(FRIEND, "a secret text")
    # Another thread passes them on.
    assert ended.wait(PATIENCE)
    logging.getLogger("wa_client").removeHandler(watch)
    sent = [it for it in caplog.records if "name=send_message" in it.getMessage()]
    assert sent and all(it.name.startswith("wa_client.") for it in caplog.records)
    for secret in (FRIEND, OWN, "a secret text"):
        assert secret not in caplog.text

    # What is not wanted is not collected.
    enable_logging(logging.ERROR)
    with pytest.raises(WaNotReadyError):
        sync.Client("quiet").send_message(FRIEND, "too early")
    enable_logging(5)
    with pytest.raises(WaNotReadyError):
        sync.Client("loud").send_message(FRIEND, "too early")
    end = time.monotonic() + PATIENCE
    while "session=loud" not in caplog.text:
        assert time.monotonic() < end
    assert "session=quiet" not in caplog.text


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_program_that_logs_ends_cleanly_and_may_fork(tmp_path: Path) -> None:
    script = """
import logging, os, sys
from wa_client import WaInternalError, enable_logging, sync
logging.basicConfig(level=5, stream=sys.stdout, format="%(name)s %(message)s")
enable_logging(5)
client = sync.Client(executable="/nowhere")
def start(client):
    try: client.initialize()
    except Exception: pass
start(client)
pid = os.fork()
if pid == 0:
    own = sync.Client("own", executable="/nowhere")
    start(own)
    try: enable_logging(5)
    except WaInternalError: own.shutdown(); os._exit(0)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
client.shutdown()
"""
    for _ in range(5):
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert ended.returncode == 0 and not ended.stderr, ended.stderr
        assert "name=initialize session=default" in ended.stdout
