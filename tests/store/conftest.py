from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import NOW
from store.desk import ADesk, Desk, an_item

from feedsvc.store import FeedSpec, Put


@pytest.fixture
def a_desk(store_url: str) -> Iterator[ADesk]:
    """Makes a desk with these feeds declared, on each database."""
    desks = []

    def make(*specs: FeedSpec) -> Desk:
        desks.append(Desk(store_url, *specs))
        return desks[-1]

    yield make
    for desk in desks:
        desk.store.close()


@pytest.fixture
def desk(a_desk: ADesk) -> Desk:
    """A desk with just the main feed, on each database."""
    return a_desk()


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store with some hundred items."""
    path = tmp_path_factory.mktemp("sound") / "feedsvc.db"
    desk = Desk(f"sqlite:///{path}")
    text = "".join(f"<p>paragraph {n} of words</p>" for n in range(60))
    desk.store.apply(
        [Put(an_item("tag", title=f"Item {n}", content_html=text)) for n in range(150)], NOW
    )
    desk.store.close()
    return path


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path))
