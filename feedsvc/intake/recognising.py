"""What an uploaded file is, by what is in it: neither its name nor its sender is believed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import BinaryIO

from tinytag import TinyTag, TinyTagException

from feedsvc.errors import UnsupportedType
from feedsvc.intake import pictures
from feedsvc.intake.kinds import HEAD, UPLOAD_KINDS, container_of, suffix_of

_A_YEAR = 366 * 24 * 3600
_NAME_MAX = 100  #: characters of a name, its ending among them
_HEAD_OF_WEBM = 64
#: Matroska's first element, and what says that it is one for the web (RFC 8794 11.2, RFC 9559).
_EBML, _FOR_THE_WEB = b"\x1a\x45\xdf\xa3", b"\x42\x82\x84webm"
#: Where an ISO media file says what its tracks are (ISO 14496-12 8.4.3).
_TO_TRACKS = {b"moov": 0, b"trak": 0, b"mdia": 0}
#: Apple's own form, which not every player takes.
_QUICKTIME = b"qt  "

TAKEN = (
    "taken are pictures (JPEG, PNG, GIF, WebP, AVIF), sound (MP3, M4A, AAC, Ogg, Opus, FLAC, WAV), "
    "films (MP4, WebM) and PDF"
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file's type, the ends its name may have (the usual one first), and its measures.

    ``duration`` is in seconds, ``width`` and ``height`` in pixels; None where it does not say.
    """

    type: str
    suffixes: tuple[str, ...]
    duration: int | None = None
    width: int | None = None
    height: int | None = None


def recognise(file: BinaryIO) -> Recognised:
    """Look into an open file. Raises UnsupportedType, which says what is taken."""
    container = _container(file)
    kinds = {suffix: kind for suffix, kind in UPLOAD_KINDS.items() if kind.container == container}
    if not kinds:
        raise UnsupportedType(f"this file is of no kind that can be served here; {TAKEN}")
    usual = next(iter(kinds))
    media_type = kinds[usual].type
    width, height = pictures.size(file, container) or (None, None)
    if media_type.startswith("image/") and width is None:
        raise UnsupportedType(f"this picture is broken: it does not say how large it is; {TAKEN}")
    return Recognised(media_type, tuple(kinds), duration(file, usual, media_type), width, height)


def _container(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(_HEAD_OF_WEBM)
    if head.startswith(_EBML):
        return "WebM" if _FOR_THE_WEB in head else ""
    if head.startswith(b"%PDF-"):
        return "PDF"
    container = container_of(head[:HEAD]) or ""
    if container != "MP4":
        return container
    if head[8:12] == _QUICKTIME:
        return ""
    # HEIC and AVIF pictures are such files too, under many brands.
    tracks = {body[8:12] for kind, body in pictures.boxes(file, _TO_TRACKS) if kind == b"hdlr"}
    if b"vide" in tracks:
        return "MP4 film"
    return "MP4" if b"soun" in tracks else ""


def duration(file: BinaryIO, name: str, media_type: str) -> int | None:
    """How many seconds a sound is long, at least 1; None when it is none or does not say."""
    if not media_type.startswith("audio/"):
        return None
    file.seek(0)
    try:
        seconds = TinyTag.get(f"x.{suffix_of(f'.{name}')}", file, tags=False).duration
    except TinyTagException:  # it says it is sound and is served as such; how long, nobody knows
        return None
    return max(1, round(seconds)) if seconds and 0 < seconds < _A_YEAR else None


def safe_name(given: str, suffixes: tuple[str, ...]) -> str:
    """A name for an address and for people who save the file, with an end that fits.

    Letters and digits of any script, ``-`` and ``_`` are kept, whatever else stands there becomes
    a dash; of a path the last part counts.

    >>> safe_name("C:\\\\Photos\\\\My cat!.JPEG", ("jpg", "jpeg"))
    'My-cat.jpeg'
    >>> safe_name("../../etc/passwd.html", ("png",)), safe_name("", ("png",))
    ('passwd.png', 'file.png')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    end = suffix_of(last)
    suffix = end if end in suffixes else suffixes[0]
    stem = last[: -len(end) - 1] if end and len(end) <= 5 else last
    kept = "".join(
        char if char in "_-" or unicodedata.category(char)[0] in "LNM" else "-" for char in stem
    )
    kept = re.sub("-{2,}", "-", kept).strip("-_")
    while kept and unicodedata.category(kept[0])[0] == "M":  # it would be drawn onto the slash
        kept = kept[1:]
    return f"{kept[: _NAME_MAX - len(suffix) - 1].rstrip('-_') or 'file'}.{suffix}"
