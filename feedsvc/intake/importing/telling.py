"""A source as the object that programs are told: by the API, and by ``feedsvc sources --json``."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from feedsvc.config import SourceSection
from feedsvc.config.values import duration_text
from feedsvc.intake.asking import masked
from feedsvc.store import SourceRow, SourceSpec
from feedsvc.store.sources import DECLARED

#: What the service alone says of a source. Programs send back what they have read: there it means
#: nothing.
READ_ONLY = frozenset({
    *("id", "declared", "origin", "status", "last_error", "failures", "next_poll_at", "reason"),
    *("last_poll_at", "last_success_at", "title", "site_url", "fetch_url", "hub", "items"),
    *("waiting", "created_at"),
})


def source_object(row: SourceRow) -> dict[str, Any]:
    """The object of a source: what is wanted of it, and its health. Times are datetimes."""
    state = row.state
    return said_of(row.spec) | {
        "id": row.id,
        "declared": row.origin if row.origin == DECLARED else None,
        "origin": row.origin,
        "status": state.status,
        "last_error": state.last_error,
        "failures": state.failures,
        "next_poll_at": state.next_poll_at,
        "reason": state.reason,
        "last_poll_at": state.last_poll_at,
        "last_success_at": state.last_success_at,
        "title": state.title,
        "site_url": state.site_url,
        "fetch_url": masked(state.fetch_url or row.spec.url),
        "hub": state.hub,
        "items": row.items,
        "waiting": row.waiting,
        "created_at": row.created_at,
    }


def source_etag(row: SourceRow) -> str:
    """The quoted entity tag of a source: of what is wanted of it, however it fares."""
    said = json.dumps(said_of(row.spec), sort_keys=True)
    return f'"{hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:32]}"'


def said_of(spec: SourceSpec) -> dict[str, Any]:
    """What is wanted of a source, as it would stand in the configuration; its password masked."""
    where = {
        group: {
            kind: list(words)
            for kind in ("tags", "authors", "sources", "languages", "text")
            if (words := getattr(getattr(spec.where, group), kind))
        }
        for group in ("all", "any", "none")
    }
    # Not by way of SourceSection: what is stored is told, whether the configuration took it or not.
    return {
        "url": masked(spec.url),
        "name": spec.name,
        "into": spec.into,
        "every": duration_text(spec.every),
        "trust": spec.trust,
        "veto": None if spec.veto is None else duration_text(spec.veto),
        "where": {group: terms for group, terms in where.items() if terms},
    }


def changes_of(before: SourceSpec, after: SourceSpec) -> list[str]:
    """What is wanted otherwise of a source than before, in the words of the configuration.

    >>> old = SourceSpec("https://example.org/feed")
    >>> changes_of(old, SourceSpec(old.url, into="planet", trust="review"))
    ["into 'planet' (was none)", "trust 'review' (was 'publish')"]
    """
    was, now = said_of(before), said_of(after)
    return [
        f"{key} {_word(now[key])} (was {_word(was[key])})" for key in now if now[key] != was[key]
    ]


def _word(value: object) -> str:
    return repr(value) if value else "none"


def spec_of(section: SourceSection) -> SourceSpec:
    """What a table of ``[[sources]]`` says, as the store has it."""
    return SourceSpec(
        section.url,
        section.name,
        section.into,
        section.every,
        section.trust,
        section.veto,
        section.where.where(),
    )
