"""Walking a feed's history: from the live feed along ``prev-archive`` (RFC 5005 4)."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import feedparser
from journeys.polling import Answer, ask
from journeys.reading import Reading, read


@dataclass(frozen=True)
class Stop:
    """One document of a walk."""

    path: str
    answer: Answer
    titles: dict[str, str]
    previous: str | None


@dataclass(frozen=True)
class Walk:
    """All of a walk. ``titles`` are the first met of each item, so the newest versions."""

    begun: float
    ended: float
    stops: tuple[Stop, ...]

    @property
    def titles(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for stop in self.stops:
            found = stop.titles | found
        return found


def walk(port: int, path: str, *, parser: str = "ours") -> Walk:
    """Follow the archives from the document at ``path`` to the oldest."""
    begun = time.monotonic()
    stops = tuple(_stops(port, path, parser))
    return Walk(begun, time.monotonic(), stops)


def _stops(port: int, path: str | None, parser: str) -> Iterator[Stop]:
    met = set()
    while path is not None:
        assert path not in met, "it walks in a circle"
        met.add(path)
        answer = ask(port, path, {"Accept-Encoding": "gzip"})
        assert answer.status == 200, f"{path} answers {answer.status}"
        form = urlsplit(path).path.rpartition(".")[2]
        titles, previous = _parsed(answer, form, parser)
        path_of_this, path = path, urlsplit(previous).path if previous else None
        yield Stop(path_of_this, answer, titles, path)


def _parsed(answer: Answer, form: str, parser: str) -> tuple[dict[str, str], str | None]:
    if parser == "feedparser":
        return _by_feedparser(answer.body)
    document: Reading = read(answer.body, form)
    return document.titles, document.previous


def _by_feedparser(body: bytes) -> tuple[dict[str, str], str | None]:
    parsed: Any = feedparser.parse(io.BytesIO(body), sanitize_html=False)
    assert not parsed.bozo, parsed.get("bozo_exception")
    links = {link.rel: link.href for link in parsed.feed.links}
    return {entry.id: entry.title for entry in parsed.entries}, links.get("prev-archive")
