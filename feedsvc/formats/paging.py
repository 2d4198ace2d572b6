"""Where the entries before those of a document are: the next document of a feed's history. Pure.

Feeds that say it do so with RFC 5005: ``prev-archive`` (section 4) leads to a complete history,
``next`` (section 3) to the next page. Blogs of WordPress and Blogger have pages too and say nothing
of them; what they are asked is known (``?paged=2``, ``?start-index=26``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from feedsvc.formats import clean
from feedsvc.formats.parsed import Advice
from feedsvc.model import Feed

_NOTHING: Mapping[str, str] = MappingProxyType({})


def following(
    feed: Feed,
    advice: Advice,
    url: str,
    *,
    entries: int,
    visited: Collection[str] = (),
    headers: Mapping[str, str] = _NOTHING,
) -> str | None:
    """The address of the document to go on with, None when there is none.

    ``url`` is where this document was found, ``entries`` how many it has: a page without any is
    behind the last. ``visited`` are the addresses that were read already: one that comes again ends
    the history, as does an address on another scheme than http and https. ``headers`` have
    lower-case names; their ``link`` counts like the links of the feed (RFC 8288).
    """
    seen = {_key(address) for address in (*visited, url)}
    if found := told(feed, url, headers):
        return found if _key(found) not in seen else None
    if feed.complete or feed.archive or not entries:
        return None
    made = _of_blogger(advice, url, entries) or _of_wordpress(advice, url)
    return made if made and _key(made) not in seen else None


def told(feed: Feed, url: str, headers: Mapping[str, str] = _NOTHING) -> str | None:
    """The address that the document at ``url`` itself names as the next one, None if it names
    none."""
    for rel in ("prev-archive", "next"):
        for address in (feed.link(rel), _linked(headers.get("link", ""), rel)):
            if address and (found := clean.url(address, base=url)):
                return found
    return None


def _key(address: str) -> str:
    """What is the same for two spellings of an address that the same server answers."""
    parts = urlsplit(clean.url(address) or address)
    return urlunsplit(("", parts.netloc.lower(), parts.path or "/", parts.query, ""))


_PARAMETER = r'\s*;\s*[\w*-]{1,40}\s*=\s*(?:"[^"]{0,500}"|[^\s;,"]{1,500})'
_LINK = re.compile(rf"<([^<>]{{1,2048}})>((?:{_PARAMETER})*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def _linked(header: str, rel: str) -> str | None:
    """The target of the first link with this relation in a header ``Link`` (RFC 8288 3)."""
    for found in _LINK.finditer(header):
        told = _REL.search(found[2])
        if told and rel in (told[1] or told[2]).lower().split():
            return found[1].strip()
    return None


#: Pages that a blog is asked for at most; WordPress answers 404 behind the last.
_PAGES_MAX = 10_000
_WORDPRESS = re.compile(r"https?://(?:www\.)?wordpress\.(?:org|com)/|wordpress\b", re.IGNORECASE)


def _of_wordpress(advice: Advice, url: str) -> str | None:
    """``?paged=2`` of a feed that WordPress made; the page that this one is, is in its address."""
    if not re.match(
        r"https?://(?:www\.)?wordpress\.(?:org|com)/|wordpress\b", advice.generator, re.I
    ):
        return None
    told = [value for name, value in parse_qsl(urlsplit(url).query) if name == "paged"]
    page = int(told[0]) if told and told[0].isascii() and told[0][:6].isdigit() else 1
    return _asking(url, {"paged": str(page + 1)}) if page < _PAGES_MAX else None


def _of_blogger(advice: Advice, url: str, entries: int) -> str | None:
    """The next ``start-index`` of a list that says how long it is (OpenSearch 1.1)."""
    if advice.start is None or advice.total is None:
        return None
    start = advice.start + entries
    if start > advice.total or not entries > 0:
        return None
    asked = {"start-index": str(start)}
    if advice.per_page:
        asked["max-results"] = str(advice.per_page)
    return _asking(url, asked)


def _asking(url: str, asked: Mapping[str, str]) -> str:
    """The address with these parameters, the others as they were."""
    parts = urlsplit(url)
    others = [pair for pair in parse_qsl(parts.query, True) if pair[0] not in asked]
    return urlunsplit((*parts[:3], urlencode([*others, *asked.items()]), ""))
