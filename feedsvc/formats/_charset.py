"""From the bytes of a foreign document to its text.

The order is the one of RFC 7303 3: byte order mark, HTTP's charset, XML declaration. When what is
told does not fit the bytes, UTF-8 with replacement comes before any guess: one bad byte must not
turn every other letter into another one (feedparser takes the whole for windows-1252).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark is the beginning of UTF-32's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    # "<?" or "<" and a letter without a mark (XML 1.0 F.1).
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARATION = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
#: Python's own codecs that no document is written in: escapes, or decoders of quadratic time.
_NO_CHARSETS = frozenset((
    "idna",
    "punycode",
    "raw-unicode-escape",
    "unicode-escape",
    "undefined",
    "utf-7",
    "charmap",
))
#: What programs say when they mean more than they say (https://encoding.spec.whatwg.org/#names).
_MEANT = {"iso8859-1": "cp1252", "gb2312": "gb18030", "euc_kr": "cp949"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document's text without its byte order mark, and what was wrong with the bytes, if any.

    ``is_utf8`` says that the bytes are this text in UTF-8, without a mark.
    """

    text: str
    fault: str | None = None
    is_utf8: bool = False


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """The text of the bytes; ``content_type`` is the HTTP header's value. Never fails."""
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return _replaced(body, marked)
    tried: list[str] = []
    for name in _told(body, content_type):
        codec = _codec(name)
        if codec is None or codec in tried:
            continue
        tried.append(codec)
        try:
            text = body.decode(codec)
        except (UnicodeDecodeError, LookupError):  # LookupError: a codec, but not of text
            continue
        fault = None if len(tried) == 1 else _NOT_AS_TOLD.format(tried[0], codec)
        return Decoded(text, fault, codec == "utf-8")
    guessed = _replaced(body, "utf-8")
    if any(char > "\x7f" and char != "\ufffd" for char in guessed.text):
        return guessed
    # Not one letter of it is UTF-8.
    return Decoded(body.decode("cp1252", "replace"), _NOT_AS_TOLD.format(tried[0], "windows-1252"))


_NOT_AS_TOLD = "The text is not {}, it was read as {}."


def _told(body: bytes, content_type: str | None) -> Iterator[str]:
    """The names of charsets, the weightiest first."""
    header = Message()
    header["Content-Type"] = content_type or ""
    charset = header.get_param("charset")
    if isinstance(charset, str):
        yield charset
    if found := _DECLARATION.match(body):
        yield found[1].decode("ascii")
    yield "utf-8"


def _codec(name: str) -> str | None:
    """Python's name of a charset, None for what is none."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    # What is UTF-16 shows it in its first bytes; programs declare it in UTF-8 documents.
    if found in _NO_CHARSETS or found.startswith(("utf-16", "utf-32")):
        return None
    return _MEANT.get(found, found)


def _replaced(body: bytes, codec: str) -> Decoded:
    text = body.decode(codec, "replace").removeprefix("\ufeff")
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        bad = text.count("\ufffd")
        return Decoded(text, f"The text is not valid {codec}: {bad} bad places were replaced.")
    return Decoded(text)
