"""Whether two entries are the same one, or the same story. Pure.

An entry of a source is known by its guid as it came. Where a source gives its entries new guids,
and where several sources carry one story, they are told by their address and their words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from feedsvc.intake.parsing_values import ReadEntry
from feedsvc.model import Item, plain_text, term_key
from feedsvc.store.sources import kept_guid

#: Parameters that tell where a reader came from, not what is read.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|_hs\w+|igshid|yclid|wt_\w+|cmpid|at_\w+",
    re.IGNORECASE,
)
_INDEX = re.compile(r"(?:index|default)\.(?:html?|php|aspx?)", re.IGNORECASE)
#: An address as most are: with a host in small letters, no port, and a query that means what it
#: spells. What such come down to is seen without taking them apart by all the rules.
_USUAL = re.compile(
    r"https?://(?P<host>[a-z0-9.-]+)(?P<path>(?:/[!-\"$->@-~]*)?)"
    r"(?:\?(?P<query>[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*)*))?(?:\#[!-~]*)?",
    re.ASCII,
)
_WORD = re.compile(r"\w+")
#: What each byte of ASCII is in words: a small letter for a capital, a space for what is in none.
_IN_WORDS = bytes(byte if _WORD.match(chr(byte)) else 32 for byte in range(128)).lower()
_IN_WORDS += bytes(128)  # which never come
#: What is no word and stands in texts that are ASCII but for that.
_MARKS = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\xa0"
#: What readers see of an item.
_SAID = (
    *("title", "summary", "content_html", "url", "external_url", "authors", "categories"),
    *("language", "direction", "enclosures", "image", "comments_url", "rights", "podcast"),
)
#: Words without which a text is too short to be told from others by them.
FEWEST_WORDS = 12
#: The part of all words that two texts must share to be nearly the same.
NEAR = 0.8
_MOST_WORDS = 2000
#: Characters of a text that its fingerprint is made of.
_FIRST = 600


def name_of(entry: ReadEntry) -> str:
    """What an entry goes by within its source: its guid as it came, else what stands for it."""
    item = entry.item
    return kept_guid(entry.raw or (item and (item.url or stand_in(item))) or "")


def window_of(entries: Iterable[ReadEntry]) -> tuple[dict[str, ReadEntry], int]:
    """The entries by what they go by, without those that have no name, and how many are there
    again: of one that is there twice the first counts, which is the newest."""
    window: dict[str, ReadEntry] = {}
    doubled = 0
    for entry in entries:
        if name := name_of(entry):
            doubled += name in window
            window.setdefault(name, entry)
    return window, doubled


def link_key(url: str | None) -> str:
    """What an address comes down to: by it entries are compared, it is never shown or fetched.

    Scheme, ``www.``, fragment, tracking parameters, index files and a last slash do not count.
    Empty for a site's own front page, which many entries may lead to.

    >>> link_key("https://www.Example.org/a/index.html?utm_source=rss&b=1#top")
    'example.org/a?b=1'
    >>> link_key("http://example.org/")
    ''
    """
    return _link_key(url) if url else ""


@lru_cache(4096)
def _link_key(url: str) -> str:
    usual = _USUAL.fullmatch(url)
    if usual is None:
        return _unusual_key(url)
    host, path, query = usual.groups()
    return _key(host, path, "&".join(_telling(query)) if query else "")


def _telling(query: str) -> list[str]:
    """The parts of a query in which nothing is escaped that tell what is read, in order."""
    pairs = [pair.partition("=") for pair in query.split("&")]
    return ["".join(pair) for pair in sorted(pairs) if not _TRACKING.fullmatch(pair[0])]


def _unusual_key(url: str) -> str:
    """The key of any address, by all the rules."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    query = _query_key(parts.query) if parts.query else ""
    return _key(host, parts.path, query, "" if port in {None, 80, 443} else f":{port}")


def _key(host: str, path: str, query: str, port: str = "") -> str:
    host = host.removeprefix("www.")
    folder, _, last = path.rpartition("/")
    path = (folder if _INDEX.fullmatch(last) else path).rstrip("/")
    if not host or not (path or query):
        return ""
    return f"{host}{port}{path}?{query}" if query else f"{host}{port}{path}"


def _query_key(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0])))


def words_of(item: Item) -> list[str]:
    """The words of an entry in their order, without regard to case and marks."""
    text = f"{item.title} {item.summary} {plain_text(item.content_html)}"
    return _spaced(text).split()[:_MOST_WORDS]


def _spaced(text: str) -> str:
    """The words of a text with one space between, without regard to case and marks."""
    if not text.isascii():
        for mark in _MARKS:
            text = text.replace(mark, " ")
    if text.isascii():  # which takes a tenth of the time by bytes
        return b" ".join(text.encode().translate(_IN_WORDS).split()).decode()
    return " ".join(_WORD.findall(text.casefold()))


def likeness(item: Item) -> str:
    """A fingerprint of how an entry begins: equal for the same title and first words.

    Empty where they are too few to tell it from others.
    """
    text = f"{item.title} {item.summary[:_FIRST]} {_beginning(item.content_html)}"
    words = _spaced(text)
    if len(words.split(" ", FEWEST_WORDS - 1)) < FEWEST_WORDS:
        return ""
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:32]


def _beginning(content_html: str) -> str:
    """The first characters of its text, out of the first of its HTML."""
    some = content_html[: 2 * _FIRST].rpartition(" ")[0]
    if some.rfind("<") <= some.rfind(">"):  # it ends between words, not within a tag
        text = plain_text(some)
        if len(text) >= _FIRST:  # as it mostly has: the rest would change nothing
            return text[:_FIRST]
    return plain_text(content_html[: 4 * _FIRST])[:_FIRST]


def are_near(one: Item, other: Item) -> bool:
    """Whether two texts have nearly the same words, or one is the beginning of the other.

    A source may give the whole text of a story, another only its first lines.
    """
    first, second = words_of(one), words_of(other)
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < FEWEST_WORDS:
        return False
    if longer[: len(shorter) - 2] == shorter[: len(shorter) - 2]:
        return True
    mine, theirs = set(first), set(second)
    return len(mine & theirs) >= NEAR * len(mine | theirs)


def same_title(one: Item, other: Item) -> bool:
    """Whether both have a title of some words, and it is the same."""
    title = term_key(one.title)
    return len(title) >= 8 and title == term_key(other.title)


def same_story(one: Item, other: Item) -> bool:
    """Whether two entries of different sources are one story, beyond doubt.

    That takes two signs: the same address or guid, and the same title or nearly the same words; or
    the same title and nearly the same words at two addresses.
    """
    key = link_key(one.url)
    place = bool(key) and key == link_key(other.url)
    place = place or (bool(one.guid) and one.guid in {other.guid, *other.aliases})
    title, words = same_title(one, other), are_near(one, other)
    if place and words_of(one) == words_of(other) != []:  # however few they are
        return True
    return (place and (title or words)) or (title and words)


def stand_in(item: Item) -> str:
    """What stands for the guid of an entry that came without one and without an address.

    It is no IRI, so the item gets one that is made of it (clean.guid).
    """
    told = f"{item.title}\n{item.published or ''}\n{item.content_html or item.summary}"
    return f"sha256 {hashlib.sha256(told.encode(errors='replace')).hexdigest()}"


def says_the_same(item: Item, old: Item) -> bool:
    """Whether readers see the same of both."""
    return all(getattr(item, name) == getattr(old, name) for name in _SAID)
