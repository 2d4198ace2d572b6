"""How values look on a page: dates, sizes, directions. Pure; the templates' filters."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Literal
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from feedsvc.model import Enclosure, Item, direction_of

# Not strftime: its names follow the process locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def date_words(moment: datetime) -> str:
    """A day in words, in UTC: ``22 November 2026``."""
    day = moment.astimezone(UTC)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_words(moment: datetime) -> str:
    """A time in words: ``22 November 2026, 09:05 UTC``."""
    return f"{date_words(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def coded(text: str) -> Markup:
    """A text of ours for a page, with what stands in backticks as code.

    >>> str(coded("`a <b>` makes one"))
    '<code>a &lt;b&gt;</code> makes one'
    """
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # one that has no other
        return escape(text)
    marked = Markup("<code>{}</code>")
    return Markup("").join(
        marked.format(piece) if number % 2 else piece for number, piece in enumerate(pieces)
    )


def iso(moment: datetime) -> str:
    """A time for programs (the ``datetime`` attribute, RFC 3339): ``2026-11-22T09:05:00Z``."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def size_words(length: int) -> str:
    """Bytes as people read them, in powers of 1000: ``812 bytes``, ``3.4 MB``."""
    if length < 1000:
        return f"{length} bytes" if length != 1 else "1 byte"
    amount, unit = length / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def limit_words(length: int) -> str:
    """A bound in bytes as it is configured, in powers of 1024 where it is whole: ``512 MiB``."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if length and length % size == 0:
            return f"{length // size} {unit}"
    return size_words(length)


def clock(seconds: int) -> str:
    """A duration as players show it: ``1:01``, ``1:02:03``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def base_direction(item: Item) -> str:
    """The item's ``dir``; with nothing known the browser looks at the first strong character."""
    return item.direction or direction_of(item.language) or "auto"


def media_kind(enclosure: Enclosure) -> Literal["audio", "video", "image", "file"]:
    """How an enclosure is shown, by its media type."""
    match enclosure.type.partition("/")[0].lower():
        case "audio":
            return "audio"
        case "video":
            return "video"
        case "image":
            return "image"
        case _:
            return "file"


def unseen_enclosures(item: Item) -> list[Enclosure]:
    """The enclosures to show below the text: all but pictures that the text shows already."""
    return [
        enclosure
        for enclosure in item.enclosures
        if media_kind(enclosure) != "image" or not _in_text(enclosure.url, item)
    ]


def unseen_image(item: Item) -> str | None:
    """The item's own picture, unless its text or an enclosure shows it already."""
    if not item.image or _in_text(item.image, item):
        return None
    return None if item.image in {enclosure.url for enclosure in item.enclosures} else item.image


def _in_text(url: str, item: Item) -> bool:
    return url in item.content_html or url.replace("&", "&amp;") in item.content_html


def file_name(url: str) -> str:
    """What to call a file by its address: the last part of the path, else the host."""
    parts = urlsplit(url)
    return parts.path.rstrip("/").rpartition("/")[2] or parts.netloc


def host(url: str) -> str:
    """The host of an address, as people name a site."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def local(url: str, site_url: str) -> str:
    """An address on our own site without scheme and host; any other as it is.

    Pages link to each other so, and work wherever the site is looked at from.
    """
    if url != site_url and not url.startswith((f"{site_url}/", f"{site_url}?")):
        return url
    parts = urlsplit(site_url)
    return url[len(f"{parts.scheme}://{parts.netloc}") :] or "/"


def reachable_by_others(site_url: str) -> bool:
    """Whether a web reader could fetch from here; loopback and private hosts it can't."""
    name = urlsplit(site_url).hostname or ""
    try:
        return ip_address(name).is_global
    except ValueError:
        return "." in name and not name.endswith((".localhost", ".local", ".internal", ".test"))


def in_readers(feed_url: str) -> list[tuple[str, str]]:
    """Well-known web readers by name, each with the address that asks it to subscribe.

    Plain links: nobody is told anything before somebody follows one.
    """
    quoted = quote(feed_url, safe="")
    return [
        ("Feedly", f"https://feedly.com/i/subscription/feed%2F{quoted}"),
        ("Inoreader", f"https://www.inoreader.com/?add_feed={quoted}"),
        ("NewsBlur", f"https://www.newsblur.com/?url={quoted}"),
        ("The Old Reader", f"https://theoldreader.com/feeds/subscribe?url={quoted}"),
    ]


_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])")


def below_title(content_html: str) -> str:
    """Cleaned HTML with its headings moved down where it brings an ``h1``: a page has one title."""
    if "<h1" not in content_html:
        return content_html
    return _HEADING.sub(lambda m: f"<{m[1]}h{min(6, int(m[2]) + 1)}", content_html)
