"""From a web page to the feeds that it leads to (RSS Autodiscovery, HTML 4.6.7.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats import _charset, clean
from feedsvc.formats._foreign import absolute, one_line

#: Feeds that one page can lead to.
FOUND_MAX = 50
_SIZE_MAX = 2 * 1024 * 1024  #: characters that are looked at; a head is in the first of them


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page leads to. ``type`` is its media type as told, "" where a link only looks
    like a feed's: ``said`` tells the two apart."""

    url: str
    title: str = ""
    type: str = ""

    @property
    def said(self) -> bool:
        return bool(self.type)


def find(body: bytes, url: str, *, content_type: str | None = None) -> tuple[FoundFeed, ...]:
    """The feeds that the page at ``url`` leads to, the best first: those that it declares in the
    order of the document, then links that look like feeds. Comments' feeds come after the others.

    Raises NotAFeed for what has no markup at all.
    """
    text = _charset.decode(body, content_type).text[:_SIZE_MAX]
    root = _tree(text)
    if root is None:
        raise NotAFeed("This is no web page either: there is no markup in it.")
    base = _base(root, url)
    found: dict[str, FoundFeed] = {}
    for feed in (*sorted(_declared(root, base), key=_is_of_comments), *_linked(root, base)):
        if len(found) < FOUND_MAX and feed.url != url:
            found.setdefault(feed.url, feed)
    return tuple(found.values())


def _tree(text: str) -> etree._Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, no_network=True, remove_comments=True, remove_pis=True
    )
    if "<" not in text:
        return None
    try:
        return etree.fromstring(text.replace("\0", "").encode(errors="replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _base(root: etree._Element, url: str) -> str:
    """What relative addresses are resolved against: the first ``base`` with an address."""
    for element in root.iter("base"):
        if href := element.get("href"):
            return clean.url(href, base=url) or url
    return url


#: Media types that say that a link leads to a feed. Plain XML and JSON are what some feeds are
#: declared as; many pages declare their oEmbed or their API so, which are none.
_TYPES = frozenset({
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/x.atom+xml",
    "application/x-atom+xml",
})
_PERHAPS = frozenset({"application/json", "application/xml", "text/xml", "text/rss+xml"})
_NO_FEED = re.compile(r"oembed|wp-json|xmlrpc|opensearch|sitemap|manifest", re.IGNORECASE)


def _declared(root: etree._Element, base: str) -> Iterator[FoundFeed]:
    for link in root.iter("link", "a", "area"):
        rels = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        href = link.get("href") or ""
        is_feed = kind in _TYPES or (kind in _PERHAPS and not _NO_FEED.search(href))
        # "alternate stylesheet" is another thing (HTML 4.6.7.1); "feed" is an older word for it.
        if not is_feed or "stylesheet" in rels or not {"alternate", "feed"} & set(rels):
            continue
        if address := _address(base, href):
            yield FoundFeed(address, one_line(link.get("title") or _words(link))[:500], kind)


_LOOKS = re.compile(
    r"""
    (?:^|/)(?:feeds?|rss2?|atom)/?$              # /feed/, /blog/rss
    | (?:^|/)(?:feed|rss|atom|index)\.(?:xml|json|rdf|rss|atom)$
    | \.(?:rss|atom|rdf)$
    | (?:^|/)feeds/[^/]+/?$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUERY_LOOKS = re.compile(
    r"(?:^|&)(?:feed=(?:rss2?|atom|rdf|feed)|format=(?:rss|atom|feed)|alt=rss)(?:&|$)"
)


def _linked(root: etree._Element, base: str) -> Iterator[FoundFeed]:
    """Links of the page's text whose address looks like a feed's."""
    for link in root.iter("a", "area"):
        address = _address(base, link.get("href") or "")
        if address is None:
            continue
        parts = urlsplit(address)
        if _LOOKS.search(parts.path) or _QUERY_LOOKS.search(parts.query):
            yield FoundFeed(address, one_line(link.get("title") or _words(link))[:500])


def _address(base: str, href: str) -> str | None:
    href = href.strip()
    if href.lower().startswith("feed:"):  # feed:https://…, feed://…
        rest = href[len("feed:") :]
        href = "http:" + rest if rest.startswith("//") else rest
    found = absolute(base, href)
    return clean.url(found.partition("#")[0]) if found else None


def _words(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def _is_of_comments(feed: FoundFeed) -> bool:
    parts = urlsplit(feed.url)
    return "comments" in parts.path.lower().split("/") or "comment" in feed.title.lower().split()
