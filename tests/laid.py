"""New stores without the making of them: what migrations do is done once, then copied.

Half of what opening a service on a new store costs is its tables. That they come out right is
for tests/store to say (test_migrations.py, test_opening.py), which make theirs in earnest.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from feedsvc.store import open_store


@cache
def _bytes(now: datetime) -> bytes:
    """A store that was made at that time, and never used."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feedsvc.db"
        open_store(f"sqlite:///{path}", site_url="https://example.org", now=now).close()
        return path.read_bytes()


def lay(path: Path, now: datetime) -> None:
    """Put a store there that was made at that time, unless there is one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(now))
        path.chmod(0o640)
