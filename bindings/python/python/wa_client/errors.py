"""The exceptions: one tree under `WaError`, with a class for each group of error codes.

No exception holds a phone number, a name or a message text.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from ._model import build
from .models import Phase

__all__ = [
    "SourceError",
    "WaAlreadyAuthenticatedError",
    "WaBrowserError",
    "WaCacheError",
    "WaCancelledError",
    "WaCapabilityError",
    "WaConfigError",
    "WaDisconnectedError",
    "WaError",
    "WaIncompatiblePageError",
    "WaInternalError",
    "WaInvalidArgumentError",
    "WaInvalidPhoneError",
    "WaNotAuthenticatedError",
    "WaNotReadyError",
    "WaNotRegisteredError",
    "WaPageError",
    "WaProfileLockedError",
    "WaRateLimitedError",
    "WaSendError",
    "WaSessionError",
    "WaStoppedError",
    "WaTimeoutError",
    "given_up",
]


class SourceError(Exception):
    """What caused an error of the core, in words; the `__cause__` of a `WaError`."""


class WaError(Exception):
    """The base of all exceptions of this package.

    `str(error)` says operation, code and message: `send_message: timeout: the server did not take it in time`.
    """

    #: The stable code, for example `invalid_phone`.
    code: str = "internal"
    #: The text without operation and code.
    message: str
    #: The operation that failed, for example `send_message`.
    operation: str | None = None
    #: Whether the same call can succeed when made again: `never` without a change, `now`, or `after` some time.
    retry: Literal["never", "now", "after"] = "never"
    #: How long to wait before the next try, in seconds; `None` when the advice is not to wait.
    retry_after: float | None = None
    #: For a send: `True` when the message may have reached the server, `False` when it surely has not.
    maybe_sent: bool | None = None
    #: For a send: the id that was chosen for the message. Sending again with it never makes a second message.
    message_id: str | None = None
    #: The phase of the session in which it happened.
    phase: Phase | None = None
    #: What is missing: page modules and exports (`incompatible_page`), or the conditions a phase waited for (`timeout`).
    missing: tuple[str, ...] = ()

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        # Those that are not given keep the value of the class.
        self.__dict__.update(details)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.operation, self.code, self.message) if part)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class WaInvalidArgumentError(WaError, ValueError):
    """An argument is outside of what the operation accepts."""

    code = "invalid_argument"


class WaInvalidPhoneError(WaInvalidArgumentError):
    """The text is not a phone number in international form."""

    code = "invalid_phone"


class WaNotReadyError(WaError):
    """The session has not reached the state the operation needs."""

    code = "not_ready"


class WaAlreadyAuthenticatedError(WaError):
    """The account is linked already, so there is nothing to link."""

    code = "already_authenticated"


class WaNotAuthenticatedError(WaError):
    """No account is linked."""

    code = "not_authenticated"


class WaNotRegisteredError(WaError):
    """The number has no WhatsApp account."""

    code = "not_registered"


class WaRateLimitedError(WaError):
    """Our own pacing or the server asks to slow down; see `retry_after`."""

    code = "rate_limited"


class WaTimeoutError(WaError, TimeoutError):
    """The deadline passed; for a send see `maybe_sent`."""

    code = "timeout"


class WaCancelledError(WaError):
    """The caller gave up; for a send see `maybe_sent`. `given_up(error)` finds it behind the `CancelledError` of asyncio."""

    code = "cancelled"


class WaDisconnectedError(WaError):
    """The session ended while the operation was under way."""

    code = "disconnected"


class WaSendError(WaError):
    """The page or the server refused the message."""

    code = "send_failed"


class WaCapabilityError(WaError):
    """The page of today lacks what this one operation needs."""

    code = "capability_unavailable"


class WaPageError(WaError):
    """The page failed or answered something that makes no sense."""

    code = "page"


class WaIncompatiblePageError(WaPageError):
    """The page of today lacks what the library needs to work at all; see `missing`."""

    code = "incompatible_page"


class WaBrowserError(WaError):
    """Chromium: `browser_not_found`, `browser_launch` (it did not start) or `browser_crashed`; see `code`."""

    code = "browser_launch"


class WaSessionError(WaError):
    """The stored session cannot be read, or its directory cannot be written."""

    code = "session_corrupt"


class WaProfileLockedError(WaSessionError):
    """Another live process uses the session."""

    code = "profile_locked"


class WaCacheError(WaError):
    """The cache failed."""

    code = "cache"


class WaConfigError(WaError, ValueError):
    """The settings are not valid; the message names the setting."""

    code = "config"


class WaStoppedError(WaError):
    """The client was stopped, or belongs to the process before a fork."""

    code = "stopped"


class WaInternalError(WaError):
    """A defect of this library."""

    code = "internal"


#: The class of every error code.
CLASSES: dict[str, type[WaError]] = {
    "invalid_phone": WaInvalidPhoneError,
    "invalid_argument": WaInvalidArgumentError,
    "not_ready": WaNotReadyError,
    "already_authenticated": WaAlreadyAuthenticatedError,
    "not_authenticated": WaNotAuthenticatedError,
    "not_registered": WaNotRegisteredError,
    "rate_limited": WaRateLimitedError,
    "timeout": WaTimeoutError,
    "cancelled": WaCancelledError,
    "disconnected": WaDisconnectedError,
    "send_failed": WaSendError,
    "capability_unavailable": WaCapabilityError,
    "incompatible_page": WaIncompatiblePageError,
    "browser_not_found": WaBrowserError,
    "browser_launch": WaBrowserError,
    "browser_crashed": WaBrowserError,
    "page": WaPageError,
    "profile_locked": WaProfileLockedError,
    "session_corrupt": WaSessionError,
    "cache": WaCacheError,
    "config": WaConfigError,
    "stopped": WaStoppedError,
    "internal": WaInternalError,
}


def given_up(error: BaseException) -> WaCancelledError | None:
    """What became of a call that was given up, by the `CancelledError`, `TimeoutError` or `KeyboardInterrupt` that ended it: in
    its `__cause__`, or further down, where asyncio has put one exception around another. `None` when it is not known."""
    seen: list[BaseException] = []
    it: BaseException | None = error
    while it is not None and it not in seen:
        if isinstance(it, WaCancelledError):
            return it
        seen.append(it)
        it = it.__cause__ or it.__context__
    return None


def from_json(text: str) -> WaError:
    """The exception for an error of the core. A code that is newer than this table becomes a plain `WaError`."""
    data: dict[str, Any] = json.loads(text)
    details: dict[str, Any] = {"code": data["code"], "operation": data["operation"], "retry": data["retry"]}
    if "retryAfterMs" in data:
        details["retry_after"] = data["retryAfterMs"] / 1000
    if "maybeSent" in data:
        details["maybe_sent"] = data["maybeSent"]
    if "messageId" in data:
        details["message_id"] = data["messageId"]
    if "phase" in data:
        details["phase"] = build(Phase, data["phase"])
    if "missing" in data:
        details["missing"] = tuple(data["missing"])
    error = CLASSES.get(data["code"], WaError)(data["message"], **details)
    if "source" in data:
        error.__cause__ = SourceError(data["source"])
    return error
