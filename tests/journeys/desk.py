"""Somebody who publishes by `Store.apply`, in another process than the servers'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedsvc import config
from feedsvc.model import Author, Category, Item
from feedsvc.service import Service
from feedsvc.store import Change, Put, Withdraw


def whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def now() -> datetime:
    return datetime.now(UTC)


def item(name: str, title: str, **fields: object) -> Item:
    """An item whose guid and slug tell its name."""
    words: dict[str, object] = {
        "guid": f"urn:x:{name}",
        "slug": name,
        "title": title,
        "content_html": f"<p>{title}.</p>",
        **fields,
    }
    return Item(**words)  # type: ignore[arg-type]


def aged(name: str, title: str, hours: float, **fields: object) -> Item:
    """An item that was published so many hours ago."""
    at = whole(now() - timedelta(hours=hours))
    return item(name, title, **{"published": at, "updated": at, **fields})


def essays(count: int) -> list[Item]:
    """So many items, one each hour, some with a tag and an author."""
    return [
        aged(
            f"essay-{n}",
            f"Essay {n} on the tide",
            n + 1,
            content_html=f"<p>{'What the tide leaves. ' * 20}</p>",
            categories=(Category("sea"),) if n % 2 else (Category("land"),),
            authors=(Author("Jane Doe"),) if n % 3 else (Author("Ola Nordmann"),),
        )
        for n in range(count)
    ]


class Desk:
    """Writes into the store that a configuration names."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def put(self, *items: Item) -> None:
        """Publish or edit, all in one transaction."""
        self.do([Put(one) for one in items])

    def token(self, scope: str) -> str:
        """A new token for that."""
        return self._service.access.mint("somebody", scope)[1]

    def withdraw(self, *names: str) -> None:
        self.do([Withdraw(f"urn:x:{name}") for name in names])

    def do(self, changes: Sequence[Change]) -> None:
        """One transaction, which is on disk when this returns."""
        outcomes = self._service.store.apply(changes, now())
        assert {one.kind for one in outcomes} <= {"added", "changed", "withdrawn"}, outcomes


@contextmanager
def at_desk(root: Path, *, declare: bool = False) -> Iterator[Desk]:
    """Whoever publishes into the store of the folder ``root``."""
    settings = config.load(root / "config.toml", {})
    service = Service.open(settings, declare=declare)
    try:
        yield Desk(service)
    finally:
        service.close()
