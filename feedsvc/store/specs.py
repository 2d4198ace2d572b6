"""Declared feeds as they are kept. Pure."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from feedsvc.model import Terms, Where
from feedsvc.store.changes import FeedSpec

_KINDS = ("tags", "authors", "sources", "languages", "text")


def written(spec: FeedSpec) -> str:
    """A spec as text: equal for equal specs."""
    where = {
        group: {kind: list(words) for kind in _KINDS if (words := getattr(terms, kind))}
        for group, terms in (
            ("all", spec.where.all),
            ("any", spec.where.any),
            ("none", spec.where.none),
        )
    }
    return json.dumps(
        {
            "where": where,
            "hold": spec.hold // timedelta(microseconds=1),
            "about": spec.about,
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def read(name: str, text: str) -> FeedSpec:
    """The spec that ``written`` wrote."""
    kept = json.loads(text)
    where = kept["where"]
    return FeedSpec(
        name,
        Where(_terms(where["all"]), _terms(where["any"]), _terms(where["none"])),
        timedelta(microseconds=kept["hold"]),
        kept.get("about", ""),
    )


def _terms(kept: dict[str, Any]) -> Terms:
    return Terms(**{kind: tuple(words) for kind, words in kept.items()})
