"""What readers of any format make of foreign values: addresses, times, texts."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from urllib.parse import urljoin

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def is_absolute(address: str) -> bool:
    """Whether the address has a scheme of its own."""
    return _SCHEME.match(address) is not None


def absolute(base: str, address: str | None) -> str | None:
    """The address, resolved against ``base`` if it is relative (RFC 3986 5); None when empty.

    An absolute one stays as it came: joining would rewrite it.
    """
    address = (address or "").strip()
    if not address or _SCHEME.match(address):
        return address or None
    try:
        return urljoin(base, address)
    except ValueError:
        return None


def rfc3339(value: object) -> datetime | None:
    """A time as RFC 3339 writes it, in UTC and whole seconds; None for anything else.

    A time without an offset is taken for UTC.
    """
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip().upper())
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        return time.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def whole_number(value: object, most: int = 2**53) -> int | None:
    """A length, a duration, a number of an episode: from 0 on, None for anything else."""
    try:
        number = int(float(value)) if isinstance(value, str | int | float) else -1
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= most and not isinstance(value, bool) else None


def paragraphs(text: str) -> str:
    """Plain text as HTML: an empty line parts paragraphs, a line's end is kept."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    escaped = (html.escape(part, quote=False).replace("\n", "<br>") for part in parts if part)
    return "\n".join(f"<p>{part}</p>" for part in escaped)


_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.I)
# A tag ends before the next "<", so that text full of these is read in one pass.
_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]*>|<[!?][^<>]*>")


def has_tags(content: str) -> bool:
    """Whether there is any markup. What only looks like it is none: ``a < b`` is text."""
    return _TAG.search(content) is not None


def words(content: str) -> str:
    """The words of any HTML, cleaned or not, on one line."""
    if "<" in content:
        content = _TAG.sub(" ", _UNSEEN.sub(" ", content))
    return one_line(html.unescape(content))


def one_line(text: str) -> str:
    """Plain text with its white space folded, as HTML folds it: no-break spaces stay."""
    if "  " not in text and text.isprintable():  # most of what comes
        return text.strip()
    return _SPACES.sub(" ", text).strip()


#: White space that a space is to stand for. It is mostly one already.
_SPACES = re.compile("[\t\n\r\f][ \t\n\r\f]*| [ \t\n\r\f]+")
