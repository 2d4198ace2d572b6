"""A service whose sources are on loopback, at a time that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from intake.importing.publisher import Publisher
from laid import lay

from feedsvc import config
from feedsvc.intake.importing.orders import Polled
from feedsvc.service import Service
from feedsvc.store import SourceRow, SourceSpec


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """A service, its clock, and a publisher that it may reach."""

    service: Service
    publisher: Publisher
    clock: Clock

    def source(self, path: str = "/feed", **spec: object) -> SourceRow:
        """A source of the publisher's, due now."""
        wanted = SourceSpec(self.publisher.url(path), **spec)
        return self.service.store.make_source(wanted, origin="cli", now=self.clock.now)

    def poll(self, source: SourceRow | None = None, *, later: timedelta | None = None) -> Polled:
        """Poll one source, due or not, so much later than before."""
        self.clock.now += later or timedelta(hours=1)
        told: list[Polled] = []
        row = source or self.service.store.sources()[0]
        self.service.importer.poll_due(ids=[row.id], told=told.append)
        return told[0]

    def row(self) -> SourceRow:
        return self.service.store.sources()[0]

    def titles(self) -> list[str]:
        return sorted(item.title for item in self.service.store.entries("main", limit=200))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    path = tmp_path / "config.toml"
    path.write_text(
        '[site]\ntitle = "Here"\nurl = "https://here.example"\n'
        '[limits]\nallow_networks = ["127.77.0.0/16"]\nfetch_time = "5s"\n',
        encoding="utf-8",
    )
    with Publisher() as publisher:
        clock = Clock()
        lay(tmp_path / "var" / "feedsvc.db", clock.now)
        service = Service.open(config.load(path, {}), clock=clock)
        yield House(service, publisher, clock)
        service.close()
