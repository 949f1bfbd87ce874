"""`python -m wa_client.testing`, also installed as `wa-sim`: runs the simulator until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys

from .. import __version__, _native


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="wa-sim", description="A WhatsApp Web stand-in on loopback.")
    parser.add_argument("--version", action="version", version=f"wa-sim {__version__}")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--json", action="store_true", help="print the address as one line of JSON")
    parser.add_argument("--seed", type=int, help="seed of every identifier and delay that the simulator makes up")
    parser.add_argument("--token", help="ask for this bearer token on every control call")
    parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)

    def ready(base: str, contract: int) -> None:
        line = json.dumps({"base": base, "contract": contract, "pid": os.getpid()}) if args.json else base
        print(line, flush=True)

    # The native side ends on it; Python need not interrupt anything as well.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        _native.run_simulator(args.port, args.seed, args.token, args.until_stdin_closes, ready)
    except OSError as error:
        print(f"wa-sim: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
