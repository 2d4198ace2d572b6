"""The site that a good feed server's statements are asked of, and every address of it.

It stands behind a proxy (its address is not where it listens) and has every kind of document: live
feeds, archives, those of a tag, an author, a search, the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from journeys.conftest import Site, until
from journeys.desk import Desk, at_desk, essays
from journeys.polling import FORMS, Answer, ask

URL = "https://feeds.example"
CONFIGURATION = """
[site]
title = "The Quiet Hour"
url = "{url}"
author = {{ name = "Jane Doe" }}
[server]
workers = {workers}
trusted_proxies = 1
[store]
url = "{store}"
[limits]
polls = "20/hour"
[[feeds]]
name = "main"
page_size = 20
[[feeds]]
name = "plain"
delta = false
[[feeds]]
name = "new"
formerly = ["old", "older"]
page_size = 20
[[feeds]]
name = "quiet"
where = {{ any = {{ tags = ["none-such"] }} }}
"""
MEDIA_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
}
_PLACES = (
    "/feeds/main.{}",
    "/feeds/main/archive/1.{}",
    "/tags/sea.{}",
    "/authors/jane-doe.{}",
    "/search.{}?q=tide",
)
#: Every kind of document in every form.
PATHS = [place.format(form) for place in _PLACES for form in FORMS] + ["/opml.xml"]
LIVE = [f"/feeds/main.{form}" for form in FORMS]
IMF_FIXDATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d:\d\d GMT"
)


def form_of(path: str) -> str:
    return "opml" if path == "/opml.xml" else urlsplit(path).path.rpartition(".")[2]


@dataclass
class Wire:
    """A running site, and somebody who publishes there."""

    site: Site
    desk: Desk
    server: int
    workers: int

    def ask(self, path: str, method: str = "GET", **headers: str | None) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.site.port, path, named, method=method)

    def settled(self, path: str) -> Answer:
        """The document, its last change more than a second ago: its date is exact from then on."""
        return until(lambda: _if(self.ask(path), lambda it: it["Date"] != it["Last-Modified"]), 5)


def _if(answer: Answer, fits: Callable[[Answer], bool]) -> Answer | None:
    return answer if fits(answer) else None


@contextmanager
def running(root: Path, store: str, workers: int) -> Iterator[Wire]:
    """The site, with 70 essays, with a feed that has ended and one that had other names."""
    words = CONFIGURATION.format(url=URL, workers=workers, store=store)
    site = Site.of(root, words + '[[feeds]]\nname = "ended"\n')
    with at_desk(root, declare=True) as desk:
        desk.put(*essays(70))
    site.configure(words)
    with site.served() as process, at_desk(root) as desk:
        yield Wire(site, desk, process.pid, workers)
