"""Declared feeds as they are kept. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from feedsvc.model import Source
from feedsvc.store.changes import FeedSpec
from feedsvc.store.schema import microseconds, moment
from feedsvc.where import Terms, Where

_KINDS = ("tags", "authors", "sources", "languages", "text")


def written(spec: FeedSpec) -> str:
    """A spec as text: equal for equal specs."""
    return json.dumps(
        {
            "where": written_where(spec.where),
            "hold": spec.hold // timedelta(microseconds=1),
            "about": spec.about,
            "page_size": spec.page_size,
            "max_bytes": spec.max_bytes,
            "formerly": list(spec.formerly),
            "ends": None if spec.ends is None else microseconds(spec.ends),
            "notice": spec.notice,
            "private": spec.private,
            "sources": [[one.title, one.url, one.feed_url] for one in spec.sources],
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def read(name: str, text: str) -> FeedSpec:
    """The spec that ``written`` wrote.

    One from before there were archives has a page size of 0, which no configuration has: so the
    next ``declare`` finds it changed, and parts the feed into pages. One from before the notice was
    kept has none, and one from before there were private feeds is public.
    """
    kept = json.loads(text)
    return FeedSpec(
        name,
        read_where(kept["where"]),
        timedelta(microseconds=kept["hold"]),
        kept.get("about", ""),
        kept.get("page_size", 0),
        kept.get("max_bytes", 0),
        tuple(kept.get("formerly", ())),
        None if kept.get("ends") is None else moment(kept["ends"]),
        kept.get("notice", ""),
        kept.get("private", False),
        sources=tuple(Source(*one) for one in kept.get("sources", ())),
    )


def is_private(text: str | None) -> bool:
    """Whether this is a private feed's; a feed without a spec is none."""
    return text is not None and json.loads(text).get("private") is True


def written_where(where: Where) -> dict[str, dict[str, list[str]]]:
    """A ``where`` as JSON has it; terms that say nothing are left out."""
    return {
        group: {kind: list(words) for kind in _KINDS if (words := getattr(terms, kind))}
        for group, terms in (("all", where.all), ("any", where.any), ("none", where.none))
    }


def read_where(kept: Mapping[str, dict[str, Any]]) -> Where:
    """The ``where`` that ``written_where`` wrote."""
    return Where(_terms(kept["all"]), _terms(kept["any"]), _terms(kept["none"]))


def _terms(kept: dict[str, Any]) -> Terms:
    return Terms(**{kind: tuple(words) for kind, words in kept.items()})
