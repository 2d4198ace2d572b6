"""Feeds that the API or the editor made, as the configuration would have them.

Used within the transaction that declares them (declaring.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from feedsvc.store.questions import Question
from feedsvc.store.schema import made_feeds
from feedsvc.store.upserts import keep

_ALL = Question(select(made_feeds).order_by(made_feeds.c.name))


@dataclass(frozen=True, slots=True)
class MadeFeed:
    """A feed that ``origin`` made or last changed at ``at``; ``section`` is JSON."""

    name: str
    section: str
    origin: str
    at: datetime


def all_made(conn: Connection) -> dict[str, MadeFeed]:
    """The made feeds by their names, in their order."""
    found = (MadeFeed(*row) for row in _ALL.rows(conn))
    return {feed.name: feed for feed in found}


def keep_made_feed(conn: Connection, feed: MadeFeed) -> None:
    keep(conn, made_feeds, asdict(feed))


def drop_made_feed(conn: Connection, name: str) -> None:
    conn.execute(delete(made_feeds).where(made_feeds.c.name == name))


def replace_made(conn: Connection, wanted: Mapping[str, MadeFeed]) -> None:
    """Make these all the made feeds there are."""
    there = all_made(conn)
    for name in there.keys() - wanted.keys():
        drop_made_feed(conn, name)
    for name, feed in wanted.items():
        if there.get(name) != feed:
            keep_made_feed(conn, feed)
