"""Which program asks, by its ``User-Agent``, and for how many people. Pure.

Of what a client says of itself only the name of the product is taken, no version and no address,
so that what is kept of it is about programs and never about people.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: Nothing of interest stands further back.
_LONGEST = 512
_LONGEST_NAME = 40
BROWSER, NONE, OTHER = "browser", "none", "other"


class Agent(NamedTuple):
    """A program's name; for how many it says to fetch; its own number of this subscription.

    Without a name it is "none", by a name that can't be one "other", and any browser "browser".
    """

    name: str
    subscribers: int = 0
    feed_id: str = ""


#: How programs are known that hide among others' names, or write their own in several ways.
_KNOWN = {
    "feedly": "Feedly",
    "feedbin": "Feedbin",
    "inoreader": "Inoreader",
    "newsblur": "NewsBlur",
    "theoldreader": "The Old Reader",
    "bazqux": "BazQux",
    "feedspot": "Feedspot",
    "feeder.co": "Feeder",
    "spacecowboys": "Feeder",
    "freshrss": "FreshRSS",
    "miniflux": "Miniflux",
    "commafeed": "CommaFeed",
    "tiny tiny rss": "Tiny Tiny RSS",
    "tt-rss": "Tiny Tiny RSS",
    "nextcloud-news": "Nextcloud News",
    "netnewswire": "NetNewsWire",
    "thunderbird": "Thunderbird",
    "liferea": "Liferea",
    "newsboat": "Newsboat",
    "akregator": "Akregator",
    "rssguard": "RSS Guard",
    "rss guard": "RSS Guard",
    "quiterss": "QuiteRSS",
    "elfeed": "Elfeed",
    "reeder/": "Reeder",
    "unread rss": "Unread",
    "overcast": "Overcast",
    "pocketcasts": "Pocket Casts",
    "applecoremedia": "Apple Podcasts",
    "podcasts/": "Apple Podcasts",
    "feedburner": "FeedBurner",
    "mastodon": "Mastodon",
    "slackbot": "Slackbot",
    "python-reader": "reader",
    "universalfeedparser": "feedparser",
    "aiohttp": "aiohttp",
    "feedfetcher-google": "FeedFetcher-Google",
    "googlebot": "Googlebot",
    "bingbot": "bingbot",
}
_KNOWN_NAME = re.compile("|".join(map(re.escape, _KNOWN)))
_UNFIT = re.compile(r"[^ -~]")
#: "Mozilla/5.0 (compatible; NAME/1.0; …": a robot that wants to be let in like a browser.
_COMPATIBLE = re.compile(r"\(compatible; ([^;/()]+)")
_PRODUCT = re.compile(r"([A-Za-z][\w.+-]*)/")
#: What browsers call themselves and each other.
_BROWSERS = frozenset(
    "mozilla applewebkit khtml gecko chrome chromium headlesschrome safari mobile version firefox"
    " edg edge edga edgios opr opera vivaldi yabrowser crios fxios samsungbrowser ubuntu fedora"
    " seamonkey presto trident brave duckduckgo ddg epiphany falkon konqueror iceweasel"
    " palemoon goanna waterfox librewolf lynx w3m links elinks".split()
)
#: A name is words of letters; a version ends it, and anything that is a sentence.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?: [A-Za-z][A-Za-z0-9_+-]*){0,3}")
_VERSION = re.compile(r"[-_ ]v?\d[\d.]*$")
#: Its thousands may stand apart, by commas, dots or spaces; "Name/2 345 readers" are 345.
_SUBSCRIBERS = re.compile(
    r"((?<![\w.,:=/-])\d{1,3}([., ])\d{3}(?:\2\d{3})*|(?<![\d.,])\d{1,8})"
    r" (?:subscriber|reader)s?\b",
    re.IGNORECASE,
)
_MOST_SUBSCRIBERS = 10**8  #: more than that nobody has
_FEED_ID = re.compile(r"\bfeed-?id[:=] ?([\w-]{1,40})", re.IGNORECASE)


def client_of(user_agent: str | None) -> Agent:
    """Who asks.

    >>> client_of("Feedbin feed-id:1 - 42 subscribers")
    Agent(name='Feedbin', subscribers=42, feed_id='1')
    """
    return _client_of((user_agent or "")[:_LONGEST])


@lru_cache(2048)
def _client_of(text: str) -> Agent:
    text = _UNFIT.sub("?", text.strip())  # which no name has
    if not text:
        return Agent(NONE)
    number = _FEED_ID.search(text)
    return Agent(_name(text), _subscribers(text), number[1] if number else "")


def _subscribers(text: str) -> int:
    found = _SUBSCRIBERS.search(text)
    many = int(re.sub(r"\D", "", found[1])) if found else 0
    return many if many < _MOST_SUBSCRIBERS else 0


def _name(text: str) -> str:
    lower = text.lower().replace("like feedfetcher-google", "")
    if known := _KNOWN_NAME.search(lower):
        return _KNOWN[known[0]]
    if not lower.startswith("mozilla/"):
        return BROWSER if lower.split("/")[0] in _BROWSERS else _sound(text)
    if (robot := _COMPATIBLE.search(text)) and not robot[1].startswith("MSIE"):
        return _sound(robot[1])
    products = (found[1] for found in _PRODUCT.finditer(re.sub(r"\([^()]*\)", " ", text)))
    odd = [name for name in products if name.lower() not in _BROWSERS]
    return _sound(odd[-1]) if odd else BROWSER


def _sound(text: str) -> str:
    """The product's name that ``text`` begins with, unless it may be anything else."""
    text = re.split(r"/| ?\(| - |[;,]| \+| v?\d", text, maxsplit=1)[0].strip()
    text = _VERSION.sub("", text)
    digits = sum(char.isdigit() for char in text)
    return text if _NAME.fullmatch(text) and len(text) <= _LONGEST_NAME and digits <= 3 else OTHER
