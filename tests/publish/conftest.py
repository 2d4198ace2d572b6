from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from publish.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A service with the feeds main, short and small, on a new store."""
    desk = Desk(tmp_path)
    yield desk
    desk.service.close()
