"""Settings, as keywords in Python and as JSON for the core. There are no default values here: the core has them."""

from __future__ import annotations

import json
import math
import os
import typing
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, TypedDict

from ._model import _without_none, camel
from .errors import WaInvalidArgumentError

#: A time: a number of seconds, or a `timedelta`.
Seconds = Annotated[float | timedelta, "seconds"]


class Deadlines(TypedDict, total=False):
    """How long each step may take before it fails with `WaTimeoutError`."""

    start_browser: Seconds
    """Chromium answers. Default 30 s."""
    load_page: Seconds
    """The page's document runs our script. Default 60 s."""
    probe: Seconds
    """Every core capability is found. Default 30 s."""
    first_qr: Seconds
    """The first QR code shows, or a stored session is recognised. Default 60 s."""
    linking: Seconds
    """From the phone's acceptance to syncing. Default 60 s."""
    syncing: Seconds
    """From linked to ready. Default 10 min: a fresh link copies history."""
    restore: Seconds
    """From the start of a restored session to ready. Default 3 min."""
    send: Seconds
    """A message, from the call to the level it waits for. Default 60 s."""
    exists: Seconds
    """A number check. Default 15 s."""
    pairing_code: Seconds
    """A pairing code. Default 30 s."""
    generate_qr: Seconds
    """A new QR code on demand. Default 30 s."""
    logout: Seconds
    """Unlinking on our request. Default 30 s."""
    page_call: Seconds
    """Any other call of the page. Default 15 s."""
    ping: Seconds
    """The page's main thread shows that it lives. Default 10 s."""
    catch_up: Seconds
    """The messages that arrived while we were away. Default 60 s."""
    ciphertext: Seconds
    """An unreadable message becomes readable. Default 60 s."""
    close: Seconds
    """Page and browser close. Default 10 s."""


class Pacing(TypedDict, total=False):
    """How fast messages are sent: both limits hold."""

    per_minute: int
    """Messages a minute. Default 20."""
    per_day: int
    """Messages a day. Default 1,000."""


class Reconnect(TypedDict, total=False):
    """How a lost session is taken up again."""

    attempts: int | None
    """Quick attempts before the slow ones; `None` for any number. Default 5."""
    base: Seconds
    """The longest wait before the first attempt. Default 1 s."""
    factor: float
    """By what the longest wait grows with each attempt. Default 2."""
    cap: Seconds
    """The longest wait of all. Default 60 s."""
    reset_after: Seconds
    """How long a session must be ready before attempts are counted anew. Default 60 s."""
    slow_interval: Seconds | None
    """The wait between slow attempts, once the quick ones are used up; `None` ends there. Default 5 min."""


class Settings(TypedDict, total=False):
    """The keywords of `Client`. What is left out keeps its default."""

    session_path: str | os.PathLike[str]
    """Where session data is kept, in `session-<name>` below it. Default `.wwebjs_auth`."""
    page_url: str
    """The page. Default `https://web.whatsapp.com/`; a simulator's address for trials."""
    executable: str | os.PathLike[str] | None
    """Chromium. Default: `CHROME_PATH`, `PUPPETEER_EXECUTABLE_PATH`, then the usual places."""
    user_agent: str | None
    """The user agent. Default: the browser's own without `Headless`."""
    no_sandbox: bool | None
    """Switches Chromium's sandbox off. Default: only when running as root."""
    browser_args: list[str]
    """More arguments for Chromium."""
    deadlines: Deadlines
    """How long each step may take."""
    pacing: Pacing | None
    """How fast messages are sent; `None` sends as fast as possible."""
    reconnect: Reconnect
    """How a lost session is taken up again."""
    page_recovery_grace: Seconds
    """How long the page may repair its own connection before it is loaded anew. Default 3 minutes."""
    recycle_after: Seconds | None
    """How long a browser may run before it is replaced by a fresh one, as soon as the session is ready and nothing was sent or
    received for a while. No event is lost, calls wait. Default: never."""
    takeover_on_conflict: bool
    """Whether to take the session back when another browser takes it over. Default: no."""
    qr_max_retries: int | None
    """After how many unused batches of QR codes to give up. Default: never."""
    cache_timeout: Seconds
    """How long the cache may take. Default 250 ms."""
    check_interval: Seconds
    """How often readiness and liveness are checked beside events. Default 5 s."""
    exists_ttl: Seconds
    """How long the answer of a number check is kept. Default 1 hour."""
    event_queue: int
    """How many events a subscriber may be behind. Default 4,096."""
    event_replay: int
    """How many past events can be replayed to a new subscriber. Default 0."""
    redis_url: str | None
    """A Redis server for status and QR code, where other processes can read them: `redis://user:password@host:port/db`, or
    `rediss://…` for TLS. Default: in memory."""
    bridge_overrides: dict[str, list[str]]
    """Other places of page modules: capability to candidates `Module.export`, tried before the built-in ones."""


def millis(time: float | timedelta, name: str) -> int:
    """A time in milliseconds; `WaInvalidArgumentError` for what is none."""
    seconds = time.total_seconds() if isinstance(time, timedelta) else time
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name}: expected seconds or a timedelta, not {type(time).__name__}")
    if not math.isfinite(seconds) or not 0 <= seconds < 1e12:
        raise WaInvalidArgumentError(f"{name}: not a possible time", operation="read_settings")
    return round(seconds * 1000)


def to_json(settings: Mapping[str, Any]) -> str:
    """The core's JSON. Names that it does not know are left to it to refuse."""
    return json.dumps(_to_core(settings, Settings, ""))


def from_json(text: str) -> dict[str, Any]:
    """Names and times as in Python."""
    return _from_core(json.loads(text), Settings)


def _hints(table: type) -> dict[str, Any]:
    return {name: _without_none(hint) for name, hint in typing.get_type_hints(table, include_extras=True).items()}


def _to_core(settings: Mapping[str, Any], table: type, path: str) -> dict[str, Any]:
    hints = _hints(table)
    return {camel(name): _value(value, hints.get(name), f"{path}{name}") for name, value in settings.items()}


def _value(value: Any, hint: Any, name: str) -> Any:
    if value is None:
        return None
    if hint == Seconds or isinstance(value, timedelta):
        return millis(value, name)
    if typing.is_typeddict(hint):
        if not isinstance(value, Mapping):
            raise TypeError(f"{name}: expected a mapping, not {type(value).__name__}")
        return _to_core(value, hint, f"{name}.")
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _from_core(values: Mapping[str, Any], table: type) -> dict[str, Any]:
    names = {camel(name): (name, hint) for name, hint in _hints(table).items()}
    result = {}
    for key, value in values.items():
        name, hint = names.get(key, (key, None))
        if value is not None and hint == Seconds:
            value = value / 1000
        elif value is not None and typing.is_typeddict(hint):
            value = _from_core(value, hint)
        result[name] = value
    return result
