from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake.house import House


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str) -> Iterator[House]:
    """A folder with a store on SQLite that has the feeds main and news."""
    made = House(tmp_path, sqlite_url, "news")
    yield made
    made.store.close()
