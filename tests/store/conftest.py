from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from store.desk import Desk

from feedsvc.store import FeedSpec


@pytest.fixture
def a_desk(store_url: str) -> Iterator[Callable[..., Desk]]:
    """Makes a desk with these feeds declared, on each database."""
    desks = []

    def make(*specs: FeedSpec) -> Desk:
        desks.append(Desk(store_url, *specs))
        return desks[-1]

    yield make
    for desk in desks:
        desk.store.close()


@pytest.fixture
def desk(a_desk: Callable[..., Desk]) -> Desk:
    """A desk with just the main feed, on each database."""
    return a_desk()
