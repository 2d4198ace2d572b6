"""What is made of an item is remembered for a while: a feed with one new item has 49 known ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from feedsvc.model import Item

P = ParamSpec("P")
R = TypeVar("R")

#: So many of the last, each of so many characters at most: some MB of what articles mostly are.
_MOST = 256
_SHORT = 16 * 1024


def remembered(
    make: Callable[Concatenate[Item, P], R],
) -> Callable[Concatenate[Item, P], R]:
    """``make``, which makes the same of the same at any time, done once for an item asked often.

    Long items are made anew each time. Items are the same if they say the same, so nothing that is
    remembered can be out of date. Safe to use from several threads.
    """
    kept = lru_cache(_MOST)(make)

    @wraps(make)
    def made(item: Item, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if len(item.content_html) + len(item.content_markdown or "") > _SHORT:
            return make(item, *args, **kwargs)
        return kept(item, *args, **kwargs)  # type: ignore[arg-type]

    return made
