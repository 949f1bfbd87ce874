"""A simulator in a process of its own, and its control calls."""

from __future__ import annotations

import asyncio
import functools
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from ..models import PairingCode, QrCode

if TYPE_CHECKING:
    from typing_extensions import Self

#: How long a call may take that is not asked to wait for anything, in seconds.
_DEADLINE = 30.0
#: The longest that the simulator holds back an answer.
_POLL = 30.0

Json = dict[str, Any]


class SimulatorError(Exception):
    """The simulator refused a call; `code` is one of its contract, for instance `qr_expired`."""

    def __init__(self, status: int, code: str, message: str, detail: Any = None) -> None:
        super().__init__(status, code, message, detail)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.message}"


class Simulator:
    """A simulator in a process of its own. It ends with `stop()`, with `with`, and when this process ends in whatever way.

    Methods block for a moment each; in asyncio use those of `aio`. What has no method can be done with `call`.
    Answers are those of the contract, as dictionaries; refusals are raised as `SimulatorError`.
    """

    def __init__(self, *, port: int = 0, seed: int | None = None, token: str | None = None) -> None:
        self._token = token
        self._options = ["--port", str(port)]
        if seed is not None:
            self._options += ["--seed", str(seed)]
        if token is not None:
            self._options += ["--token", token]
        self._process: subprocess.Popen[bytes] | None = None
        self._base = ""

    def start(self) -> Self:
        """Starts it and waits until it serves."""
        command = [sys.executable, "-m", "wa_client.testing", "--json", "--until-stdin-closes", *self._options]
        self._process = process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the simulator did not start: see its standard error")
        self._base = json.loads(line)["base"]
        return self

    def stop(self) -> None:
        """Ends it. Does nothing when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(_DEADLINE)
        finally:
            # Does nothing to a process that has ended.
            process.kill()
            process.wait()
            process.stdout.close()

    def __enter__(self) -> Self:
        return self if self._process is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base(self) -> str:
        """Its address, `http://127.0.0.1:PORT`."""
        return self._base

    @property
    def page_url(self) -> str:
        """The address of its page: what a client takes as `page_url`."""
        return f"{self._base}/"

    @property
    def aio(self) -> AsyncSimulator:
        """The same methods for asyncio: `await sim.aio.text(…)`."""
        return AsyncSimulator(self)

    # Any call.

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, timeout: float = _DEADLINE) -> Json:
        """Makes any call of the contract; `path` starts with `/sim/`."""
        address = urlsplit(self._base)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            answer: Json = json.loads(response.read())
        finally:
            connection.close()
        if answer.get("ok"):
            return answer
        error = answer.get("error", {})
        code, message = error.get("code", ""), error.get("message", "")
        raise SimulatorError(response.status, code, message, error.get("detail"))

    def get(self, path: str, **query: Any) -> Json:
        given = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", f"{path}?{urlencode(given)}" if given else path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        return self.call("POST", path, body or {})

    def put(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        return self.call("PUT", path, body or {})

    def patch(self, path: str, body: Mapping[str, Any]) -> Json:
        return self.call("PATCH", path, body)

    def delete(self, path: str, **query: Any) -> Json:
        return self.call("DELETE", f"{path}?{urlencode(query)}" if query else path)

    # The service.

    def health(self) -> Json:
        """Version, capabilities and number of the newest event."""
        return self.get("/sim/health")

    def mark(self) -> int:
        """The number of the newest event, to be used as `since`."""
        return int(self.health()["seq"])

    def reset(self, *, seed: int | None = None) -> Json:
        """Forgets everything and closes the pages' sockets."""
        return self.post("/sim/reset", _given(seed=seed))

    def state(self) -> Json:
        """Pages, devices, network and faults at a glance."""
        return self.get("/sim/state")

    def configure(self, **settings: Any) -> Json:
        """Changes settings, one level deep."""
        return self.patch("/sim/config", settings)

    # The phone.

    def scan(self, qr: QrCode | str | None, **options: Any) -> Json:
        """The phone scans a code. `outcome="reject"` says no."""
        if qr is None:
            raise ValueError("there is no code to be scanned: the client is linked, or has not started")
        return self.post("/sim/phone/scan", {"qr": qr.payload if isinstance(qr, QrCode) else qr, **options})

    def pair(self, code: PairingCode | str, **options: Any) -> Json:
        """Types a pairing code into the phone."""
        return self.post("/sim/phone/pair", {"code": code.code if isinstance(code, PairingCode) else code, **options})

    def unlink(self, **options: Any) -> Json:
        """The owner removes the device on the phone."""
        return self.post("/sim/phone/unlink", options)

    # People.

    def accounts(self, *accounts: str | Mapping[str, Any]) -> Json:
        """Declares people by number, or with `{"number", "registered"?, "lid"?, "pushname"?, "name"?, "business"?}`."""
        listed = [{"number": it} if isinstance(it, str) else it for it in accounts]
        return self.post("/sim/accounts", {"accounts": listed})

    def text(self, sender: str, body: str, **options: Any) -> Json:
        """Somebody writes a text; answers the message, with `id`, `key` and `chat`."""
        answer: Json = self.messages(sender, body=body, **options)["messages"][0]
        return answer

    def messages(self, sender: str, **options: Any) -> Json:
        """Somebody writes; `count=` makes a burst in which `{i}` in the body is the running number."""
        wait = (options.get("timeout_ms", 0) + options.get("interval_ms", 0) * options.get("count", 0)) / 1000
        return self.call("POST", "/sim/messages", {"from": sender, **options}, _DEADLINE + wait)

    def react(self, sender: str, message: str, emoji: str) -> Json:
        """Somebody reacts to a message; an empty emoji takes it back."""
        return self.post("/sim/reactions", {"from": sender, "message": message, "emoji": emoji})

    def edit(self, message: str, body: str) -> Json:
        """The sender edits a message."""
        return self.post("/sim/edits", {"message": message, "body": body})

    def revoke(self, message: str) -> Json:
        """The sender deletes a message for everyone."""
        return self.post("/sim/revokes", {"message": message})

    def ring(self, sender: str, **options: Any) -> Json:
        """Somebody calls."""
        return self.post("/sim/calls", {"from": sender, **options})

    # What came from clients, and how it is confirmed.

    def outbox(self, **query: Any) -> list[Json]:
        """The messages that the server got: each id once. `to=`, `id=`, `since=` select."""
        messages: list[Json] = self.get("/sim/outbox", **query)["messages"]
        return messages

    def acks(self, **policy: Any) -> Json:
        """How far and how fast messages are confirmed: `server_ms`, `delivered_ms`, `read_ms` (`None` is never), `error`."""
        return self.put("/sim/acks", policy)

    def qr_policy(self, **policy: Any) -> Json:
        """The lives of codes: `first_ttl_ms`, `ttl_ms`, `refs`, `auto`."""
        return self.put("/sim/qr", policy)

    def network(self, state: str, **options: Any) -> Json:
        """`online`, `offline` or `half_open`."""
        return self.put("/sim/network", {"state": state, **options})

    def fault(self, kind: str, **options: Any) -> Json:
        """Breaks something in the page: `throw`, `delay`, `never`, `missing_module`, `hang`, `reload`, …"""
        return self.post("/sim/faults", {"kind": kind, **options})

    # What happened.

    def events(self, since: int = 0, kinds: Iterable[str] = (), wait: float = 0) -> list[Json]:
        """The log after event number `since`; with `wait` an empty answer is held back so many seconds, 30 at most."""
        query = {"since": since, "wait_ms": round(wait * 1000), "kinds": ",".join(kinds)}
        path = f"/sim/events?{urlencode({name: value for name, value in query.items() if value})}"
        found: list[Json] = self.call("GET", path, None, wait + _DEADLINE)["events"]
        return found

    def wait_event(
        self,
        *kinds: str,
        since: int = 0,
        accept: Callable[[Json], bool] = lambda _: True,
        timeout: float = _DEADLINE,
    ) -> Json:
        """The first event of these kinds after `since` that `accept` takes. `TimeoutError` when there is none in time."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no {' or '.join(kinds)} within {timeout} s")
            for event in self.events(since, kinds, min(left, _POLL)):
                if accept(event):
                    return event
                since = event["seq"]


class AsyncSimulator:
    """The methods of a `Simulator`, each to be awaited; they run in threads, so that the event loop goes on."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._simulator, name)
        if not callable(method):
            raise AttributeError(name)
        return functools.partial(asyncio.to_thread, method)


def _given(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
