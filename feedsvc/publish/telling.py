"""A feed as the object that programs are told: by the API, and by ``feedsvc feeds --json``."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from feedsvc.config import FeedSection
from feedsvc.publish.addresses import addresses
from feedsvc.store import FeedState

#: What the service alone says of a feed. Programs send back what they have read: there it means
#: nothing.
READ_ONLY = frozenset({"declared", "origin", "count", "changed_at", "addresses"})


def feed_object(
    section: FeedSection,
    state: FeedState | None,
    *,
    site_url: str,
    declared: str | None,
    origin: str | None,
) -> dict[str, Any]:
    """The object of a feed. ``declared`` names the file that alone can change it."""
    return _said(section) | {
        "declared": declared,
        "origin": origin,
        "count": state.count if state else 0,
        "changed_at": state.changed_at if state else None,
        "addresses": addresses(site_url, section.name),
    }


def feed_etag(section: FeedSection) -> str:
    """The quoted entity tag of a feed: of what it says of itself, whatever is published in it."""
    said = json.dumps(_said(section), sort_keys=True)
    return f'"{hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:32]}"'


def _said(section: FeedSection) -> dict[str, Any]:
    said = section.model_dump(mode="json")
    where = {
        group: {kind: words for kind, words in terms.items() if words}
        for group, terms in said["where"].items()
    }
    return said | {"where": {group: terms for group, terms in where.items() if terms}}
