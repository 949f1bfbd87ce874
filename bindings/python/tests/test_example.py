"""The echo bot as a user runs it, and what the README says."""

from __future__ import annotations

import ast
import doctest
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import FRIEND, PATIENCE, Rig

ROOT = Path(__file__).parents[3]
README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_echo_bot(rig: Rig, tmp_path: Path, stop: signal.Signals) -> None:
    rig.sim.accounts(FRIEND)
    command = [sys.executable, str(ROOT / "examples/python/echo_bot.py")]
    environment = {**os.environ, "WHATSAPP_WEB_URL": rig.sim.page_url}
    bot = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert bot.stdout is not None and bot.stderr is not None
    try:
        for line in bot.stdout:
            if line == "Scan it with the phone.\n":
                # As a camera reads it from the page.
                rig.sim.scan(rig.sim.get("/sim/qr")["pages"][0]["text"])
            if line == "Ready.\n":
                break
        since = rig.sim.mark()
        asked = rig.sim.text(FRIEND, "is there an echo")
        rig.sim.wait_event("message.received", since=since)
        outbox = rig.sim.outbox()
        assert [(it["body"], it["quoted"]) for it in outbox] == [("is there an echo", asked["id"])]
        bot.send_signal(stop)
        out, err = bot.communicate(timeout=PATIENCE)
        assert (bot.returncode, out, err) == (0, "Stopped.\n", "")
    finally:
        bot.kill()
        bot.communicate()


def test_the_example_fits_on_a_page() -> None:
    assert len((ROOT / "examples/python/echo_bot.py").read_text().splitlines()) <= 60


def test_the_examples_of_the_readme() -> None:
    """Those with `>>>` run; the others at least compile, and are no longer than what they show needs."""
    text = README.read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 6
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    for block in blocks:
        if ">>>" in block:
            parsed = doctest.DocTestParser().get_doctest(block, {}, "README.md", str(README), 0)
            runner.run(parsed)
        else:
            compile(block, "README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert runner.summarize().failed == 0 and runner.tries >= 8


def test_the_readme_names_every_class_of_errors() -> None:
    from wa_client import errors

    text = README.read_text()
    for code, cls in errors.CLASSES.items():
        assert f"`{cls.__name__}`" in text and f"`{code}`" in text
