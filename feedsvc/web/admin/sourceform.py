"""The form of a source: what is wanted of it as fields that a person fills in, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedsvc.intake.importing.telling import said_of
from feedsvc.store import RecordState, SourceSpec, SourceStatus
from feedsvc.web.admin import feedform

#: How a source fares, in words, with the colour of the label.
STATUSES: dict[SourceStatus, tuple[str, str]] = {
    "new": ("not polled yet", "wait"),
    "ok": ("in order", "good"),
    "failing": ("failing", "warning"),
    "held": ("held: needs you", "error"),
    "gone": ("gone", "error"),
    "paused": ("paused", ""),
    "ended": ("ended", ""),
}
#: What became of an entry, likewise.
STATES: dict[RecordState, tuple[str, str]] = {
    "own": ("taken", "good"),
    "credit": ("credited", "wait"),
    "apart": ("taken apart", "good"),
    "dropped": ("dropped", ""),
    "waiting": ("waiting", "review"),
    "refused": ("refused", "error"),
    "ours": ("ours already", ""),
}
TRUSTS = {"publish": "Publish at once", "review": "Wait for somebody to look at it"}


#: What stands in the form of a new source.
EMPTY = {"url": "", "name": "", "into": "", "every": "1h", "trust": "publish", "veto": ""}


def fields(spec: SourceSpec) -> dict[str, str]:
    """What stands in the form of a source; a password is masked."""
    said = said_of(spec)
    return {name: said[name] or "" for name in EMPTY} | feedform.where_fields(said["where"])


def given_of(form: Mapping[str, str]) -> dict[str, Any]:
    """What a filled form says, with the keys of ``[[sources]]``, unread.

    Raises InvalidFields for lists that can't be parted.
    """
    said = {name: form.get(name, "").strip() for name in EMPTY}
    given: dict[str, Any] = {name: text for name, text in said.items() if text}
    given["where"] = feedform.where_of(form)
    return given
