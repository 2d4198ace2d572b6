"""How wide and high a picture is, by its header alone: nothing is decoded.

So a page can leave room for it before it has come. Each format's own description: PNG (W3C) 11.2.1,
GIF89a 18, JPEG (ITU T.81) B.2.2, WebP (RFC 9649) 2, AVIF (ISO 23008-12) 6.5.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

Size = tuple[int, int]

#: Markers of a JPEG's segments that say its size: all SOF but DHT, JPG and DAC among them.
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Markers that stand alone, without a segment's length.
_ALONE = {0x01, *range(0xD0, 0xD9)}
_SEGMENTS_MAX = 1_000
_BOXES_MAX = 1_000
_BOX_DEPTH = 5


def size(file: BinaryIO, container: str) -> Size | None:
    """Width and height in pixels of an open picture; None when its header does not say.

    ``container`` is its format as :func:`feedsvc.intake.kinds.container_of` names it.
    """
    file.seek(0)
    look = _LOOKS.get(container)
    try:
        found = look(file) if look else None
    except (struct.error, IndexError):  # it ends before it has said
        return None
    return found if found and min(found) > 0 else None


def _png(file: BinaryIO) -> Size | None:
    head = file.read(24)
    return struct.unpack(">II", head[16:24]) if head[12:16] == b"IHDR" else None


def _gif(file: BinaryIO) -> Size:
    return struct.unpack("<HH", file.read(10)[6:10])


def _jpeg(file: BinaryIO) -> Size | None:
    file.seek(2)
    for _ in range(_SEGMENTS_MAX):
        mark = file.read(2)
        if len(mark) < 2 or mark[0] != 0xFF:
            return None
        if mark[1] == 0xFF:  # a byte of filling
            file.seek(-1, 1)
        elif mark[1] not in _ALONE:
            (length,) = struct.unpack(">H", file.read(2))
            if mark[1] in _FRAMES:
                height, width = struct.unpack(">HH", file.read(5)[1:])
                return width, height
            file.seek(length - 2, 1)
    return None


def _webp(file: BinaryIO) -> Size | None:
    head = file.read(30)
    if head[12:16] == b"VP8X":  # 24 bits each, one less than it is
        width, height = head[24:27], head[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if head[12:16] == b"VP8L":  # 14 bits each, one less than it is
        (bits,) = struct.unpack("<I", head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(file: BinaryIO) -> Size | None:
    """The largest of its pictures: the others are thumbnails and its layers."""
    found = [
        struct.unpack(">II", body[4:12])
        for kind, body in boxes(file, {b"meta": 4, b"iprp": 0, b"ipco": 0})
        if kind == b"ispe"
    ]
    return max(found, key=lambda one: one[0] * one[1], default=None)


def boxes(file: BinaryIO, within: dict[bytes, int]) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of an ISO media file (ISO 14496-12 4.2), each with the first bytes it holds.

    Of those in ``within`` what they hold is gone through too, after so many bytes of their own.
    """
    left = [_BOXES_MAX]
    yield from _boxes(file, 0, file.seek(0, 2), within, left, _BOX_DEPTH)


def _boxes(
    file: BinaryIO, start: int, stop: int, within: dict[bytes, int], left: list[int], depth: int
) -> Iterator[tuple[bytes, bytes]]:
    while start + 8 <= stop and left[0] > 0:
        left[0] -= 1
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        own = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            own = 16
        end = stop if length == 0 else start + length
        if end > stop or end < start + own:
            return
        yield kind, file.read(min(24, end - start - own))
        if kind in within and depth:
            inner = start + own + within[kind]
            yield from _boxes(file, inner, end, within, left, depth - 1)
        start = end


_LOOKS = {"PNG": _png, "GIF": _gif, "JPEG": _jpeg, "WebP": _webp, "AVIF": _avif}
