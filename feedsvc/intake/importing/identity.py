"""Whether two entries are the same one, or the same story. Pure.

An entry of a source is known by its guid as it came. Where a source gives its entries new guids,
and where several sources carry one story, they are told by their address and their words.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from feedsvc.model import Item, plain_text, term_key

#: Parameters that tell where a reader came from, not what is read.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|_hs\w+|igshid|yclid|wt_\w+|cmpid|at_\w+",
    re.IGNORECASE,
)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_WORD = re.compile(r"\w+")
#: Words without which a text is too short to be told from others by them.
FEWEST_WORDS = 12
#: The part of all words that two texts must share to be nearly the same.
NEAR = 0.8
_MOST_WORDS = 2000
#: Characters of a text that its fingerprint is made of.
_FIRST = 600


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
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return ""
    path = _INDEX.sub("/", parts.path).rstrip("/")
    query = _query_key(parts.query) if parts.query else ""
    if not host or not (path or query):
        return ""
    where = f"{host}:{port}" if port not in {None, 80, 443} else host
    return f"{where}{path}" + (f"?{query}" if query else "")


def _query_key(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0])))


def words_of(item: Item) -> list[str]:
    """The words of an entry in their order, without regard to case and marks."""
    text = f"{item.title} {item.summary} {plain_text(item.content_html)}"
    return _WORD.findall(text.casefold())[:_MOST_WORDS]


def likeness(item: Item) -> str:
    """A fingerprint of how an entry begins: equal for the same title and first words.

    Empty where they are too few to tell it from others.
    """
    # Some characters of HTML are enough for so many of its text, and cost no time.
    begins = plain_text(item.content_html[: 4 * _FIRST])[:_FIRST]
    text = f"{item.title} {item.summary[:_FIRST]} {begins}"
    words = _WORD.findall(text.casefold())
    if len(words) < FEWEST_WORDS:
        return ""
    return hashlib.sha256(" ".join(words).encode(errors="replace")).hexdigest()[:32]


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
