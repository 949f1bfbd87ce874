"""The native module: private; see the package `wa_client`."""

from collections.abc import Callable
from typing import final

__all__ = [
    "Core",
    "ERROR_CODES",
    "EVENT_NAMES",
    "OPERATIONS",
    "Pending",
    "Stream",
    "__version__",
    "_stop",
    "_testing_fail",
    "_testing_stream",
    "log_from",
    "log_ready",
    "log_take",
    "mask",
    "parse_phone",
    "qr_data_url",
    "qr_png",
    "qr_svg",
    "qr_terminal",
    "run_simulator",
]

__version__: str
ERROR_CODES: list[str]
EVENT_NAMES: list[str]
OPERATIONS: list[str]

@final
class Pending:
    """A call that is under way. Its answer is JSON. Dropping it gives the call up."""

    def on_done(self, callback: Callable[[], object]) -> None:
        """Calls `callback()` once, on another thread, when there is an answer; at once when there is one already."""

    def cancel(self) -> None:
        """Gives up. There is an answer all the same."""

    def result(self) -> tuple[bool, str]:
        """Takes the answer: whether it is one, and the JSON of it or of the error."""

@final
class Stream:
    """The events of a client from one moment on, as JSON. Waiting takes nothing, taking does not wait."""

    def take(self, most: int) -> list[str]:
        """Takes what is there, at most `most` events."""

    def ready(self) -> Pending:
        """Waits until there is something to take (`true`) or the stream is at its end (`false`)."""

@final
class Core:
    """A client of the core. Settings go in as JSON, results come out as JSON."""

    def __new__(cls, config: str) -> Core: ...
    def session(self) -> str: ...
    def config(self) -> str: ...
    def is_authenticated(self) -> bool: ...
    def connection_status(self) -> str: ...
    def capability_report(self) -> str: ...
    def events(self) -> Stream: ...
    def events_after(self, seq: int) -> Stream: ...
    def initialize(self) -> Pending: ...
    def wait_ready(self) -> Pending: ...
    def qr_code(self) -> Pending: ...
    def generate_qr_code(self) -> Pending: ...
    def request_pairing_code(self, phone: str) -> Pending: ...
    def cancel_pairing_code(self) -> Pending: ...
    def cached_status(self) -> Pending: ...
    def doctor(self) -> Pending: ...
    def send_message(
        self,
        to: str,
        text: str,
        *,
        quoted: str | None = None,
        id: str | None = None,
        until: str | None = None,
        deadline_ms: int | None = None,
    ) -> Pending: ...
    def is_registered(self, number: str) -> Pending: ...
    def message_status(self, key: str) -> Pending: ...
    def disconnect(self) -> Pending: ...
    def reconnect(self) -> Pending: ...
    def logout(self) -> Pending: ...
    def shutdown(self) -> Pending: ...

def qr_terminal(payload: str) -> str: ...
def qr_svg(payload: str) -> str: ...
def qr_png(payload: str, scale: int) -> bytes: ...
def qr_data_url(payload: str) -> str: ...
def parse_phone(text: str) -> str: ...
def mask(text: str) -> str: ...
def log_from(level: int) -> bool:
    """Collects records from a level of Python's `logging` on. `False` when this process has another collector."""

def log_ready() -> Pending:
    """Waits until there may be records to take."""

def log_take() -> tuple[list[tuple[int, str, str]], int]:
    """Takes the records, as level, name of the logger and text, and how many were lost."""

def run_simulator(
    port: int,
    seed: int | None,
    token: str | None,
    until_stdin_closes: bool,
    ready: Callable[[str, int], object],
) -> None:
    """Runs the simulator until SIGTERM or SIGINT comes or, with `until_stdin_closes`, until standard input ends. Calls
    `ready(base, contract)` as soon as it serves."""

def _stop() -> None:
    """Closes every session and stops all threads. Called when the interpreter ends; new clients are refused from then on."""

def _testing_fail(stage: str) -> Pending:
    """Fails at a stage: `argument`, `panic`, `call`, `call_panic`, `result`; `hang` never ends by itself."""

def _testing_stream() -> Stream:
    """A subscription that panics when it is used."""
