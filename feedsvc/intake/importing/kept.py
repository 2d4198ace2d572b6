"""What of a poll was kept: its tally by what the store has made of its changes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from feedsvc.intake.importing.known import Tally
from feedsvc.store import Change, Imported, KeepRecord, Outcome, Put, Record, Withdraw

#: Outcomes of changes that are not there afterwards.
_NOT_KEPT = frozenset({"conflict", "refused"})


def tally_of(tally: Tally, imported: Imported, outcomes: Sequence[Outcome]) -> Tally:
    """The tally without what was not kept: a change of an item that somebody else had changed by
    then comes with the next poll, and what the store does not take is refused."""
    if not any(outcome.kind in _NOT_KEPT for outcome in outcomes):
        return tally
    found = replace(tally, notes=list(tally.notes))
    later = 0
    for keep in imported.records:
        if not isinstance(keep, KeepRecord) or keep.change is None:
            continue
        outcome = outcomes[keep.change]
        if outcome.kind in _NOT_KEPT:
            name = _counted_as(keep.record, imported.changes[keep.change])
            setattr(found, name, getattr(found, name) - 1)
            later += outcome.kind == "conflict"
        if outcome.kind == "refused":
            found.refused += 1
            found.notes.append(f"{keep.record.guid}: {outcome.reason}")
    if later:
        found.notes.append(_LATER.format("1 entry" if later == 1 else f"{later} entries"))
    return found


def is_any(outcomes: Sequence[Outcome]) -> bool:
    """Whether any change was kept."""
    return any(outcome.kind not in _NOT_KEPT for outcome in outcomes)


_LATER = "{} left for the next time: somebody else has changed the same item meanwhile"


def _counted_as(
    record: Record, change: Change
) -> Literal["added", "changed", "waiting", "credited", "withdrawn"]:
    """What an entry with this record and this change was counted as (deciding.py)."""
    if isinstance(change, Withdraw):
        return "withdrawn"
    if record.state == "waiting":
        return "waiting"
    if record.state == "credit":
        return "credited"
    return "added" if isinstance(change, Put) and change.expected_revision == 0 else "changed"
