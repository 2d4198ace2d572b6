"""Which files matter, by the end of their names, and how a file shows that it is what it says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from feedsvc.formats import itemfile

#: What is read as an item.
ITEM_SUFFIXES = frozenset(suffix.removeprefix(".") for suffix in itemfile.SUFFIXES)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of media file: its type as it is served, and the container its first bytes show."""

    type: str
    container: str


#: What may be served beside an item. Fixed, because the system's own table differs from machine to
#: machine. No SVG and no HTML: those run scripts in the site's origin when they are opened.
MEDIA_KINDS = {
    "png": Kind("image/png", "PNG"),
    "jpg": Kind("image/jpeg", "JPEG"),
    "jpeg": Kind("image/jpeg", "JPEG"),
    "gif": Kind("image/gif", "GIF"),
    "webp": Kind("image/webp", "WebP"),
    "avif": Kind("image/avif", "AVIF"),
    "mp3": Kind("audio/mpeg", "MP3"),
    "m4a": Kind("audio/mp4", "MP4"),
    "m4b": Kind("audio/mp4", "MP4"),
    "aac": Kind("audio/aac", "AAC"),
    "ogg": Kind("audio/ogg", "Ogg"),
    "oga": Kind("audio/ogg", "Ogg"),
    "opus": Kind("audio/ogg", "Ogg"),
    "flac": Kind("audio/flac", "FLAC"),
    "wav": Kind("audio/wav", "WAVE"),
}

#: What may be uploaded: besides, films and papers, which nobody would put beside a text by hand.
UPLOAD_KINDS = MEDIA_KINDS | {
    "mp4": Kind("video/mp4", "MP4 film"),
    "webm": Kind("video/webm", "WebM"),
    "pdf": Kind("application/pdf", "PDF"),
}

#: What may be served as an episode's transcript, and as its chapters, and as nothing else. No .txt:
#: that is an item file.
TRANSCRIPT_KINDS = {
    "vtt": Kind("text/vtt", "WebVTT"),
    "srt": Kind("application/x-subrip", "SubRip"),
}
CHAPTERS_KINDS = {"json": Kind("application/json+chapters", "JSON")}
#: What may lie beside an item and be served with it, by the end of its name.
BESIDE_SUFFIXES = frozenset({*MEDIA_KINDS, *TRANSCRIPT_KINDS, *CHAPTERS_KINDS})

#: So many bytes are enough for :func:`container_of`.
HEAD = 16

_PREFIXES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"ID3", "MP3"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
)


def text_container_of(data: bytes) -> str | None:
    """The same for a whole text: WebVTT by its first word (W3C WebVTT 4.1), SubRip by a cue's time.

    >>> text_container_of(b"1\\n00:00:00,000 --> 00:00:02,000\\nHello"), text_container_of(b"{}")
    ('SubRip', 'JSON')
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    if re.match(r"WEBVTT(?!\S)", text):
        return "WebVTT"
    if _CUE.search(text[:10_000]):
        return "SubRip"
    try:
        return "JSON" if isinstance(json.loads(text), dict) else None
    except (ValueError, RecursionError):
        return None


_CUE = re.compile(r"^\d+:\d\d:\d\d[,.]\d+[ \t]*-->", re.MULTILINE)


def suffix_of(name: str) -> str:
    """What stands after the last dot of a name, in lower case; empty when there is no dot.

    >>> suffix_of("Talk.MP3"), suffix_of("README")
    ('mp3', '')
    """
    return name.rpartition(".")[2].lower() if "." in name else ""


def container_of(head: bytes) -> str | None:
    """The container that a file's first bytes show, None when they are of no kind we serve."""
    for prefix, container in _PREFIXES:
        if head.startswith(prefix):
            return container
    if head[:4] == b"RIFF":
        return {b"WEBP": "WebP", b"WAVE": "WAVE"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "AVIF" if head[8:12] in {b"avif", b"avis"} else "MP4"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # an MPEG frame's sync word
        # The two layer bits are 00 in ADTS frames (ISO 13818-7), never in MP3's (ISO 11172-3), and
        # 11, the first layer, in none of our time: a text in UTF-16 begins so.
        layer, rate, sampling = head[1] & 0x06, head[2] >> 4, head[2] >> 2 & 3
        if layer == 0:
            return "AAC"
        return "MP3" if layer != 0x06 and rate != 15 and sampling != 3 else None
    return None
