"""Drawing QR codes: for the terminal, as SVG, as PNG, as a data URL.

The functions take the payload of a `QrCode`, or any other text. A payload is a secret while it is valid: whoever scans it
links the account. They raise `WaInvalidArgumentError` when the text does not fit a QR code.
"""

from . import _native

__all__ = ["data_url", "png", "svg", "terminal"]


def terminal(payload: str) -> str:
    """Two rows of modules a line of text, in half blocks, with dark modules dark on a terminal with a dark background."""
    return _native.qr_terminal(payload)


def svg(payload: str) -> str:
    """An SVG picture, black on white, that scales to any size."""
    return _native.qr_svg(payload)


def png(payload: str, scale: int) -> bytes:
    """A PNG picture, black on white, with `scale` pixels a module (1 to 64)."""
    return _native.qr_png(payload, scale)


def data_url(payload: str) -> str:
    """A PNG picture as a `data:` URL for an `<img>`."""
    return _native.qr_data_url(payload)
