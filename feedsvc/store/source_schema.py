"""The tables of the sources: foreign feeds that are polled, and what is known of their entries."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    literal_column,
)

from feedsvc.store.columns import Id, Instant, metadata

#: Who is polled, and what came of it last. ``host`` is that of the address it is fetched from;
#: whoever holds ``lease`` polls it, until ``leased_until``.
sources = Table(
    "sources",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("host", Text, nullable=False),
    Column("lease", Text),
    Column("leased_until", Instant),
    Column("status", Text, nullable=False),
    Column("fetch_url", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("validators_of", Text),
    Column("digest", Text),
    Column("title", Text, nullable=False),
    Column("site_url", Text),
    Column("hub", Text),
    Column("self_url", Text),
    Column("next_poll_at", Instant),
    Column("last_poll_at", Instant),
    Column("last_success_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text),
    Column("reason", Text, nullable=False),
    Column("moved_to", Text),
    Column("moved_seen", Integer, nullable=False),
    Column("kept_since", Instant),
    Column("unread", SmallInteger, nullable=False),
    Column("gap", BigInteger),
    Column("newest_at", Instant),
    Column("ttl", BigInteger),
    Column("skip_hours", Text, nullable=False),
    Column("skip_days", Text, nullable=False),
)
Index("sources_url", sources.c.url, unique=True)
Index(
    "sources_due",
    sources.c.next_poll_at,
    sources.c.id,
    sqlite_where=sources.c.next_poll_at.is_not(None),
    postgresql_where=sources.c.next_poll_at.is_not(None),
)
Index(
    "sources_leased",
    sources.c.leased_until,
    sqlite_where=sources.c.leased_until.is_not(None),
    postgresql_where=sources.c.leased_until.is_not(None),
)
Index("sources_polled", sources.c.last_poll_at)

#: What is known of an entry of a source. ``key`` is the SHA-256 of its guid; ``item`` the guid of
#: an item that is, or was, there; ``kept`` an item as a version of one is kept (versions.py).
records = Table(
    "records",
    metadata,
    Column("source_id", Id, ForeignKey("sources.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("guid", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("item", Text),
    Column("link", Text),
    Column("digest", Text, nullable=False),
    Column("likeness", Text),
    Column("published", Instant),
    Column("first_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("why", Text, nullable=False),
    Column("kept", Text),
    Column("out_at", Instant),
    sqlite_with_rowid=False,
)
#: Spelled out, since SQLite uses the index for no question with a value in its place.
WAITING = records.c.state == literal_column("'waiting'")
Index(
    "records_waiting",
    records.c.first_at,
    records.c.source_id,
    records.c.key,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)
for _name, _column in (
    ("records_link", records.c.link),
    ("records_likeness", records.c.likeness),
    ("records_item", records.c.item),
    ("records_out", records.c.out_at),
):
    Index(
        _name,
        _column,
        sqlite_where=_column.is_not(None),
        postgresql_where=_column.is_not(None),
    )
Index("records_state", records.c.source_id, records.c.state)
Index("records_seen", records.c.source_id, records.c.seen_at)
