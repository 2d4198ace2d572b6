"""Polls that are ready, decided on one after the other and kept, several in one transaction.

What a poll changes depends on what is known of the same stories: the second source that tells one
credits the first. So no decision is made of a store that another poll is about to change: polls
that have something in common are in transactions of their own, one after the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedsvc.intake.importing.known import Tally
from feedsvc.intake.importing.orders import Became
from feedsvc.store import Imported, KeepRecord, Outcome, Put, Store, Withdraw

log = logging.getLogger(__name__)

#: Changes of items in one transaction: others who write wait meanwhile. Each transaction costs as
#: much as some twenty of them, since it writes most pages of the indexes anew.
_CHANGES = 300


@dataclass(frozen=True, slots=True)
class Found:
    """What a poll changes, and what is told of it."""

    imported: Imported
    became: Became
    tally: Tally


#: Decides on what a poll has brought, by what the store knows now.
Decide = Callable[[], Found]
#: A decision, and what the store made of it: None if the lease was lost or it can't be stored.
Settled = tuple[Found, "list[Outcome] | None"]


def settle(works: Sequence[Decide], store: Store, clock: Callable[[], datetime]) -> list[Settled]:
    """Decide on these polls and keep what they change, in their order.

    For one thread of a process at a time. What can't be stored keeps nothing else from it.
    """
    done: list[Settled] = []
    waiting: list[Found] = []
    told: set[str] = set()
    for decide in works:
        found = decide()
        signs = _signs(found.imported)
        if signs & told:
            done += _kept(waiting, store, clock)
            waiting, told = [], set()
            found = decide()  # by what is known now
            signs = _signs(found.imported)
        elif sum(len(one.imported.changes) for one in (*waiting, found)) > _CHANGES:
            done += _kept(waiting, store, clock)
            waiting, told = [], set()
        waiting.append(found)
        told |= signs
    return done + _kept(waiting, store, clock)


def _kept(polls: Sequence[Found], store: Store, clock: Callable[[], datetime]) -> list[Settled]:
    if not polls:
        return []
    try:
        kept = store.import_polls([found.imported for found in polls], clock())
    except Exception as error:  # noqa: BLE001 - they are polled again when their lease is over
        log.error("what %d polls found can't be stored: %s", len(polls), error)
        if len(polls) == 1:
            return [(polls[0], None)]
        # Whatever it is that can't be stored, the others can.
        return [one for found in polls for one in _kept([found], store, clock)]
    return list(zip(polls, kept, strict=True))


def _signs(imported: Imported) -> set[str]:
    """By what another poll may be told to have the same story, or the same item."""
    found: set[str] = set()
    for one in imported.records:
        if isinstance(one, KeepRecord):
            record = one.record
            found.update((f"link {record.link}", f"like {record.likeness}", f"item {record.item}"))
    for change in imported.changes:
        if isinstance(change, Put):
            found.update((f"item {change.item.guid}", f"item {change.replaces or ''}"))
        elif isinstance(change, Withdraw):
            found.add(f"item {change.guid}")
    return found - {"link ", "like ", "item "}
