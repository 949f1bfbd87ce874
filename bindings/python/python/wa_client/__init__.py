"""Link a WhatsApp account, keep it linked, send and receive without silent loss.

    import asyncio
    from wa_client import Client, Message, MessageEvent, QrEvent

    async def main():
        async with Client() as client:
            async for event in client.events():
                match event:
                    case QrEvent(code):
                        print(code.terminal())
                    case MessageEvent(Message(body="!ping") as message):
                        await client.send_message(message.chat, "pong", quoted=message)

    asyncio.run(main())

`wa_client.sync` has the same client for scripts, `wa_client.testing` a simulator to test your program with.
"""

import atexit as _atexit

from . import _native, errors, events, models, qr
from ._events import Events, Subscription
from ._logs import enable_logging
from ._native import __version__
from ._settings import Deadlines, Pacing, Reconnect, Seconds, Settings
from .client import Client
from .errors import *  # noqa: F403
from .errors import __all__ as _errors
from .events import *  # noqa: F403
from .events import __all__ as _events
from .models import *  # noqa: F403
from .models import __all__ as _models

__all__ = [
    "Client",
    "Deadlines",
    "Events",
    "Pacing",
    "Reconnect",
    "Seconds",
    "Settings",
    "Subscription",
    "__version__",
    "enable_logging",
    "errors",
    "events",
    "mask",
    "models",
    "parse_phone",
    "qr",
]
__all__ += _errors
__all__ += _events
__all__ += _models


def parse_phone(text: str) -> str:
    """The digits of a phone number in international form, such as `+55 (11) 98888-7777`.

    Raises `WaInvalidPhoneError`, saying what is wrong.
    """
    return _native.parse_phone(text)


def mask(text: str) -> str:
    """Keeps the first and the last two characters, for logs: `55*********99`. Five characters or fewer are hidden whole."""
    return _native.mask(text)


# Sessions close and threads end while the interpreter is still whole.
_atexit.register(_native._stop)
