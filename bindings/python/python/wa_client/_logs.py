"""What the core tells about itself, for Python's `logging`."""

from __future__ import annotations

import logging
import os
import threading

from . import _native
from ._pending import answer_blocking
from .errors import WaError, WaInternalError

#: The process whose records a thread passes on.
_running_in: int | None = None


def enable_logging(level: int = logging.INFO) -> None:
    """Passes on what the core tells about itself, from `level` on, to the loggers below `wa_client`. Call it again to change the
    level. No record holds a number, a name, a text or a code.

    Raises `WaInternalError` in a process that was forked from one that had called it.
    """
    global _running_in
    if not _native.log_from(max(0, min(level, 255))):
        raise WaInternalError("logs belong to the process before the fork", operation="enable_logging")
    if _running_in != os.getpid():
        _running_in = os.getpid()
        threading.Thread(target=_pass_on, name="wa_client logs", daemon=True).start()


def _pass_on() -> None:
    running = True
    while running:
        try:
            answer_blocking(_native.log_ready())
        except WaError:
            # The interpreter ends: the last records, and that is all.
            running = False
        records, lost = _native.log_take()
        for level, name, text in records:
            logging.getLogger(name).log(level, "%s", text)
        if lost:
            logging.getLogger("wa_client").warning("%s records were lost", lost)
