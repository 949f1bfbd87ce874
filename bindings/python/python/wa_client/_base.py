"""What the two faces of a client have in common: settings, and the calls that answer at once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from . import _native, _settings
from ._model import build
from .errors import WaCancelledError
from .models import CapabilityReport, ConnectionSnapshot, Message, SentMessage

if TYPE_CHECKING:
    from typing_extensions import Unpack


class BaseClient:
    """Settings, and the calls that answer at once."""

    def __init__(self, session: str = "default", **settings: Unpack[_settings.Settings]) -> None:
        self._core = _native.Core(_settings.to_json({"session": session, **settings}))

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} session={self.session!r}>"

    @property
    def session(self) -> str:
        """The name of the session."""
        return self._core.session()

    @property
    def config(self) -> dict[str, Any]:
        """The settings in use, with the names of the keywords; times are in seconds. Without `redis_url`, which may hold a
        password."""
        return _settings.from_json(self._core.config())

    def is_authenticated(self) -> bool:
        """Whether an account is linked, as far as is known now."""
        return self._core.is_authenticated()

    def connection_status(self) -> ConnectionSnapshot:
        """Everything about the session at this moment. Costs nothing."""
        return build(ConnectionSnapshot, json.loads(self._core.connection_status()))

    def capability_report(self) -> CapabilityReport | None:
        """What the check of the present page found; `None` before a page was loaded."""
        report = json.loads(self._core.capability_report())
        return None if report is None else build(CapabilityReport, report)

    def _send(
        self,
        to: str,
        text: str,
        quoted: Message | str | None,
        id: str | None,
        until: str | None,
        deadline: float | timedelta | None,
    ) -> _native.Pending:
        key = quoted.key if isinstance(quoted, Message) else quoted
        limit = None if deadline is None else _settings.millis(deadline, "deadline")
        return self._core.send_message(to, text, quoted=key, id=id, until=until, deadline_ms=limit)


def sent_after_all(text: str) -> WaCancelledError:
    """A send was given up when its answer was on the way: the message is out."""
    sent = build(SentMessage, json.loads(text))
    what = "the caller gave up when the message was sent"
    return WaCancelledError(what, operation="send_message", maybe_sent=True, message_id=sent.id)
