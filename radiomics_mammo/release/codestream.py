"""Size and completeness of a compressed picture, read from its own markers before anything is decoded."""

from __future__ import annotations

import struct

_JPEG_START = b"\xff\xd8"
_J2K_START = b"\xff\x4f\xff\x51"
_J2K_BOX = b"\x00\x00\x00\x0cjP"
_END = b"\xff\xd9"
_SIZE_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
"""Start-of-frame markers of JPEG (ITU-T T.81) and JPEG-LS (T.87); C4, C8, CC are tables and an extension."""
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_START_OF_SCAN = 0xDA


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """(rows, cols) that a JPEG, JPEG-LS or JPEG 2000 stream states of itself; None where it states none.

    Examples
    --------
    >>> stated_size(bytes.fromhex("ffd8 ffc0 000b 08 0040 0030 01 01 11 00"))
    (64, 48)
    """
    if stream.startswith(_JPEG_START):
        return _jpeg_size(stream)
    start = stream.find(_J2K_START) if stream.startswith(_J2K_BOX) else 0
    if start < 0 or not stream.startswith(_J2K_START, start) or len(stream) < start + 24:
        return None
    width, height, left, top = struct.unpack_from(">4I", stream, start + 8)
    return height - top, width - left


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    at = len(_JPEG_START)
    while at + 9 <= len(stream):
        if stream[at] != 0xFF:
            return None
        marker = stream[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _BARE_MARKERS:
            at += 2
        elif marker in _SIZE_MARKERS:
            rows, cols = struct.unpack_from(">HH", stream, at + 5)
            return rows, cols
        elif marker == _START_OF_SCAN:
            return None
        else:
            at += 2 + struct.unpack_from(">H", stream, at + 2)[0]
    return None


def is_complete(stream: bytes) -> bool:
    r"""Whether a JPEG-family stream reaches its end marker; trailing padding bytes are allowed.

    Decoders fill what a truncated stream lacks with grey, so completeness is checked before decoding.

    Examples
    --------
    >>> is_complete(b"\xff\xd8 data \xff\xd9\x00"), is_complete(b"\xff\xd8 data")
    (True, False)
    """
    return stream.rstrip(b"\x00").endswith(_END)
