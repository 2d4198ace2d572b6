"""Names of private feeds are not for everybody to take: with the name goes what the feed had. Pure.

A private feed goes on claiming after its end, by its name too: items name their feeds. If a public
feed, or one that claims other items, took that name, what the ended one had would be published by
somebody who meant to make a new feed. So it is taken only by a private feed that claims the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from feedsvc.errors import Conflict
from feedsvc.store.changes import FeedSpec


def must_keep_closed(
    known: Sequence[FeedSpec], wanted: Iterable[FeedSpec], renamed: Mapping[str, str]
) -> None:
    """Raise Conflict if one of the ``wanted`` feeds takes a name that would publish something.

    ``known`` are the declared feeds and the private ones that have ended, ``renamed`` says which
    get which new name. A feed that is declared keeps its names, whatever else is changed in it.
    """
    becoming = {renamed.get(spec.name, spec.name): spec for spec in known if not spec.ended}
    for spec in wanted:
        own = becoming.get(spec.name)
        new = _names(spec) - (_names(own) if own else set())
        for other in known:
            taken = new & _names(other)
            same = spec.private and spec.where == other.where
            if taken and other.private and other != own and not same:
                raise Conflict(_refusal(spec, other, min(taken)))


def _names(spec: FeedSpec) -> set[str]:
    return {spec.name, *spec.formerly}


def _refusal(spec: FeedSpec, other: FeedSpec, name: str) -> str:
    was = "an ended private feed" if other.ended else f"the private feed {other.name}"
    was = was if name == other.name or not other.ended else f"{was}, {other.name},"
    return (
        f"the feed {spec.name} can't take the name {name}: it is that of {was}, whose items this "
        "would publish. Choose another name, or declare the feed as it was (private = true and the "
        f"same where); to publish its items, set private = false for {other.name} after that"
    )
