"""A body of another server, unpacked as it comes, never beyond a size."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Literal

#: Bytes unpacked at a time: what a bomb takes beyond the limit.
_PIECE = 64 * 1024
#: Members that a gzip body has at most: each costs time however little is in it.
_MEMBERS = 1000
_GZIP = 16 + zlib.MAX_WBITS

Coding = Literal["", "gzip"]


class TooMuch(Exception):
    """More bytes than are taken, on the wire or unpacked."""


class Broken(Exception):
    """It is not in the coding that it says."""


class Cut(Exception):
    """It ends before its end."""


def coding(header: str | None) -> Coding | None:
    """The coding that a Content-Encoding names, None for one that is not taken.

    Two of them are two bombs in one; br and zstd were not asked for.
    """
    named = [one.strip().lower() for one in (header or "").split(",")]
    named = [one for one in named if one not in ("", "identity")]
    if not named:
        return ""
    # x-gzip is the same (RFC 9110 8.4.1.3)
    return "gzip" if named in (["gzip"], ["x-gzip"]) else None


class Unpacker:
    """Takes a body in pieces; ``most`` bytes at most, as they come and unpacked."""

    def __init__(self, coded: Coding, most: int) -> None:
        self._most = most
        self._came = 0
        self._made = BytesIO()  # gives what it has without another copy
        self._member = zlib.decompressobj(_GZIP) if coded else None
        self._members = 0
        self._begun = False

    @property
    def size(self) -> int:
        """Bytes of what there is of the body, unpacked."""
        return self._made.tell()

    def take(self, piece: bytes) -> None:
        """Raises TooMuch or Broken."""
        self._came += len(piece)
        if self._came > self._most:
            raise TooMuch
        if self._member is None:
            self._made.write(piece)
        else:
            self._unpack(piece)

    def _unpack(self, piece: bytes) -> None:
        while piece and self._member is not None:
            if self._member.eof:
                # Further members follow at once (RFC 1952 2.2); what is none is padding.
                if not piece.startswith(b"\x1f"):
                    return
                self._member = zlib.decompressobj(_GZIP)
                self._members += 1
                if self._members == _MEMBERS:
                    raise TooMuch
            self._begun = True
            try:
                self._made.write(self._member.decompress(piece, _PIECE))
            except zlib.error:
                raise Broken from None
            if self.size > self._most:
                raise TooMuch
            piece = self._member.unconsumed_tail or self._member.unused_data

    def end(self) -> bytes:
        """The whole body. Raises Cut where gzip goes on."""
        if self._member is not None and self._begun and not self._member.eof:
            raise Cut
        return self._made.getvalue()
