"""What of a feed goes into one document of a bounded size. Pure."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Collection, Sequence

from feedsvc.formats.weight import weight
from feedsvc.model import Item, Tombstone

#: What a tombstone takes in any format beside its guid, and the first one for what is around them.
_TOMBSTONE = 80
_TOMBSTONES = 128
#: More than any feed says before its items.
_HEAD_AT_MOST = 64 * 1024


def fit(
    items: Sequence[Item],
    kept: Collection[str],
    tombstones: Sequence[Tombstone],
    *,
    head: Callable[[], int],
    most: int,
) -> tuple[tuple[Item, ...], tuple[Tombstone, ...]]:
    """The items and tombstones that come within ``most`` bytes in every format; the same in each.

    ``kept`` are the guids that stand nowhere else, so they stay whatever they take. Of the others
    and of the tombstones the newest stay, as many as there is room for: tombstones in a quarter of
    it at most. One item stays in any case. ``head`` tells the bytes of the document without them;
    it is asked only when it matters.
    """
    weights = [weight(item) for item in items]
    told = _newest(tombstones, most // 4)
    if sum(weights) + _weight_of(told) + _HEAD_AT_MOST <= most:
        return tuple(items), told
    room = most - head()
    room -= sum(size for item, size in zip(items, weights, strict=True) if item.guid in kept)
    told = _newest(told, room)
    room -= _weight_of(told)
    shown, full = [], False
    for item, size in zip(items, weights, strict=True):
        if item.guid in kept:
            shown.append(item)
        elif not full and (size <= room or (not kept and not shown)):
            shown.append(item)
            room -= size
        else:
            full = True  # an older one that is smaller would leave a gap before it
    return tuple(shown), told


def _newest(tombstones: Sequence[Tombstone], most: int) -> tuple[Tombstone, ...]:
    total = _TOMBSTONES
    for count, tombstone in enumerate(tombstones):
        total += _tombstone(tombstone)
        if total > most:
            return tuple(tombstones[:count])
    return tuple(tombstones)


def _weight_of(tombstones: Sequence[Tombstone]) -> int:
    return _TOMBSTONES + sum(map(_tombstone, tombstones)) if tombstones else 0


def _tombstone(tombstone: Tombstone) -> int:
    in_xml = html.escape(tombstone.guid)
    in_json = json.dumps(tombstone.guid, ensure_ascii=False)
    return _TOMBSTONE + max(len(in_xml.encode()), len(in_json.encode()))
