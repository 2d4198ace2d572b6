"""Content codings (RFC 9110 8.4.1): the one door to cramjam and isal."""

from __future__ import annotations

from typing import Literal

import cramjam
from isal import igzip

Coding = Literal["identity", "gzip", "br", "zstd"]

# Somebody waits for it after each write: of a feed of 50 items a millisecond each, for gzip a
# quarter of that. Higher levels save two to five percent more, and take twice to five times as long
# (docs/decisions/cramjam.md, docs/decisions/isal.md).
_GZIP = 2
_BROTLI = 2
_ZSTD = 3


def encode(body: bytes, coding: Coding) -> bytes:
    """The bytes in a coding. The same bytes give the same ones, in any process and at any time.

    Neither a time nor a file's name stands in gzip's header (RFC 1952 2.3).
    """
    match coding:
        case "gzip":
            return igzip.compress(body, _GZIP, mtime=0)
        case "br":
            return bytes(cramjam.brotli.compress(body, level=_BROTLI))
        case "zstd":
            return bytes(cramjam.zstd.compress(body, level=_ZSTD))
        case "identity":
            return body
