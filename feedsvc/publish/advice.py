"""How long a poller may wait: worked out from the feed's rhythm and its next entry. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

#: What a feed advises, from its own rhythm: the longest of these that is not too long.
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (120, 60, 30, 15))
#: A feed without a rhythm yet, and a search, which has none.
UNKNOWN = timedelta(minutes=60)
#: An archive document changes only when something is withdrawn from it.
ARCHIVED = timedelta(days=1)
#: Asked this often between two entries, a poller is late by a twelfth of what it is used to wait.
_POLLS_A_GAP = 12
#: An entry that is overdue for longer waits for somebody who does not run: no reason to hurry.
_OVERDUE = timedelta(minutes=1)
_SHORTEST = timedelta(seconds=1)


def ttl(times: Sequence[datetime]) -> timedelta:
    """What a feed says of itself, given the times of its newest entries, newest first."""
    if len(times) < 3:
        return UNKNOWN
    gaps = ((later - earlier).total_seconds() for earlier, later in pairwise(sorted(times)))
    wait = timedelta(seconds=median(gaps) / _POLLS_A_GAP)
    return next((step for step in _STEPS if wait >= step), _STEPS[-1])


def max_age(ttl: timedelta, next_at: datetime | None, now: datetime) -> timedelta:
    """``max-age`` (RFC 9111 5.2.2.1) of an answer, in whole seconds.

    It is the document's own ``ttl``, but never longer than until the feed's next scheduled entry:
    that can't be said in the document, whose bytes would change with the clock.
    """
    if next_at is None or next_at < now - _OVERDUE:
        return ttl
    whole = timedelta(seconds=(next_at - now) // _SHORTEST)
    return min(ttl, max(whole, _SHORTEST))
