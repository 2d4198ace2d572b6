"""Slugs and guids: which names an item gets. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from feedsvc.model import Item, mint_guid, plain_text, shortened

#: Characters of a slug, its number for uniqueness not counted.
SLUG_LENGTH = 100

_OTHER_ASCII = re.compile(r"[^a-z0-9_-]")
#: They choose between shapes of the character before (U+FE0E: as text, not as a picture).
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"[\s-]+")


@lru_cache(1000)  # asked again when it is settled which names are free
def slug_of(text: str) -> str:
    """``text`` as the last part of an address: letters and digits of any script, ``-`` and ``_``.

    Lower case, at most 100 characters; empty when nothing of the text can stand in it.

    >>> slug_of("Fish & Chips!"), slug_of("Ça va?"), slug_of("中文 文章"), slug_of("..")
    ('fish-chips', 'ça-va', '中文-文章', '')
    """
    if not text:
        return ""
    if text.isascii():
        kept = _OTHER_ASCII.sub(" ", text.lower().replace("'", ""))
        return _SPACES.sub("-", kept)[:SLUG_LENGTH].strip("-_")
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    kept = ""
    for char in _VARIANTS.sub("", unicodedata.normalize("NFKC", folded)):
        kind = unicodedata.category(char)
        carried = kept[-1:] not in " -_"  # a mark, by a letter or another mark
        fits = char in "-_" or kind[0] in "LN" or (kind in ("Mn", "Mc") and carried)
        kept += char if fits else " "
    return _SPACES.sub("-", kept)[:SLUG_LENGTH].strip("-_")


def wanted_slug(item: Item, kept: str | None, hint: str, now: datetime) -> str:
    """The slug to ask for: given, else kept, else made from the hint, title, first words or day.

    The day is that of ``published``, else of ``now``.
    """
    given = slug_of(item.slug)
    if given or kept:
        return given or kept or ""
    if slug := slug_of(hint) or slug_of(item.title):
        return slug
    words = item.summary or plain_text(item.content_html[:2000])
    return slug_of(shortened(words, 60)) or f"{item.published or now:%Y-%m-%d}"


def numbered(base: str, number: int) -> str:
    """The ``number``-th candidate for a name (1-based): the name itself, then ``-2``, ``-3`` …"""
    return base if number == 1 else f"{base}-{number}"


def free_name(base: str, taken: Callable[[str], bool]) -> str:
    """A candidate of ``base`` that is not taken.

    Of few namesakes the first free one is found; among many the search gallops, so that ten
    thousand items of one title cost some twenty questions each, not ten thousand.
    """
    for number in range(1, 9):
        if not taken(numbered(base, number)):
            return numbered(base, number)
    high = 16
    while taken(numbered(base, high)):
        high *= 2
    low = high // 2  # taken
    while high - low > 1:
        middle = (low + high) // 2
        if taken(numbered(base, middle)):
            low = middle
        else:
            high = middle
    return numbered(base, high)


@lru_cache(1000)
def item_path(slug: str) -> str:
    """An item's place below the site's address; all ASCII, as RSS and ``tag:`` URIs want it.

    >>> item_path("ça-va")
    'items/%C3%A7a-va'
    """
    return f"items/{quote(slug)}"


def minted(site_url: str, day: datetime, slug: str, taken: Callable[[str], bool]) -> str:
    """A new item's guid: a ``tag:`` URI of its day and slug (RFC 4151) that nobody has."""
    return free_name(mint_guid(site_url, day, item_path(slug)), taken)


def feed_guid(site_url: str, day: datetime, key: str) -> str:
    """A new feed's permanent IRI."""
    kind, colon, term = key.partition(":")
    path = f"{kind}s/{quote(term)}" if colon else f"feeds/{quote(key)}"
    return mint_guid(site_url, day, path)
