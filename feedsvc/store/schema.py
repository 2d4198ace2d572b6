"""The tables. docs/store.md says what each is for; migrations/ makes them.

Lists and records within an item are JSON text. What stands beside the items is in side_schema.py,
what is known of foreign feeds in source_schema.py.
"""

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
    and_,
)

from feedsvc.store.columns import Id as Id
from feedsvc.store.columns import Instant as Instant
from feedsvc.store.columns import metadata as metadata
from feedsvc.store.columns import microseconds as microseconds
from feedsvc.store.columns import moment as moment
from feedsvc.store.side_schema import accounts as accounts
from feedsvc.store.side_schema import invitations as invitations
from feedsvc.store.side_schema import keys as keys
from feedsvc.store.side_schema import made_feeds as made_feeds
from feedsvc.store.side_schema import properties as properties
from feedsvc.store.side_schema import secrets as secrets
from feedsvc.store.side_schema import sessions as sessions
from feedsvc.store.side_schema import tokens as tokens
from feedsvc.store.side_schema import upload_feeds as upload_feeds
from feedsvc.store.side_schema import upload_uses as upload_uses
from feedsvc.store.side_schema import uploads as uploads
from feedsvc.store.source_schema import records as records
from feedsvc.store.source_schema import sources as sources

#: The schema that this program reads and writes, and the older ones it can bring up to date.
HEAD = "0004"
OLDER: frozenset[str] = frozenset({"0001", "0002", "0003"})

#: One row. Writers lock it first, so commits come in the order of their revisions.
revision = Table(
    "revision",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    Column("at", Instant),
)

items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("guid", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("external_url", Text),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content_html", Text, nullable=False),
    Column("authors", Text),
    Column("categories", Text),
    Column("published", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("language", Text),
    Column("direction", Text),
    Column("enclosures", Text),
    Column("image", Text),
    Column("source", Text),
    Column("via", Text),
    Column("comments_url", Text),
    Column("rights", Text),
    Column("podcast", Text),
    Column("content_markdown", Text),
    Column("status", Text, nullable=False),
    Column("expires", Instant),
    Column("feeds", Text),
    Column("origin", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("aliases", Text),
    Column("visible_at", Instant),
    Column("sort_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("weight", BigInteger, nullable=False, server_default="0"),
)
Index("items_sort", items.c.sort_at, items.c.id)
Index("items_updated", items.c.updated)
Index("items_revision", items.c.revision)
Index("items_status", items.c.status, items.c.sort_at, items.c.id)
Index(
    "items_due",
    items.c.due_at,
    sqlite_where=items.c.due_at.is_not(None),
    postgresql_where=items.c.due_at.is_not(None),
)

#: Every guid that an item has or ever had.
guids = Table(
    "guids",
    metadata,
    Column("guid", Text, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    sqlite_with_rowid=False,
)
Index("guids_item", guids.c.item_id)

#: Every slug that an item has or ever had.
slugs = Table(
    "slugs",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    sqlite_with_rowid=False,
)
Index("slugs_item", slugs.c.item_id)

feeds = Table(
    "feeds",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("guid", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("ended_at", Instant),
    Column("spec", Text),
    Column("pages", BigInteger, nullable=False, server_default="0"),
    Column("ends_at", Instant),
    Column("noticed_at", Instant),
)
Index("feeds_kind", feeds.c.kind, feeds.c.key)
#: The kinds of rows that a name in the configuration may have: of a declared feed, and of a name
#: that only leads on to another. Where the label is another key than their own, they lead there.
NAMED = ("feed", "moved")
Index(
    "feeds_ends",
    feeds.c.ends_at,
    sqlite_where=feeds.c.ends_at.is_not(None),
    postgresql_where=feeds.c.ends_at.is_not(None),
)

#: Which item is, waits to be, or was in which feed.
entries = Table(
    "entries",
    metadata,
    Column("feed", Text, ForeignKey("feeds.key"), primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("sort_at", Instant, nullable=False),
    Column("enters_at", Instant),
    Column("entered_at", Instant),
    Column("left_at", Instant),
    Column("revision", BigInteger, nullable=False),
    Column("page", BigInteger, server_default="0"),
    sqlite_with_rowid=False,
)
LIVE = and_(entries.c.entered_at.is_not(None), entries.c.left_at.is_(None))
#: In no archive page yet with what it says now.
OPEN = and_(LIVE, entries.c.page.is_(None))
Index(
    "entries_live",
    entries.c.feed,
    entries.c.sort_at,
    entries.c.item_id,
    sqlite_where=LIVE,
    postgresql_where=LIVE,
)
Index(
    "entries_left",
    entries.c.feed,
    entries.c.left_at,
    sqlite_where=entries.c.left_at.is_not(None),
    postgresql_where=entries.c.left_at.is_not(None),
)
Index(
    "entries_due",
    entries.c.enters_at,
    sqlite_where=entries.c.enters_at.is_not(None),
    postgresql_where=entries.c.enters_at.is_not(None),
)
Index(
    "entries_waiting",
    entries.c.feed,
    entries.c.enters_at,
    sqlite_where=entries.c.enters_at.is_not(None),
    postgresql_where=entries.c.enters_at.is_not(None),
)
Index(
    "entries_open",
    entries.c.feed,
    entries.c.sort_at,
    entries.c.item_id,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)
Index("entries_revision", entries.c.feed, entries.c.revision)
Index("entries_item", entries.c.item_id)

#: The archive pages of the declared feeds (RFC 5005 4).
pages = Table(
    "pages",
    metadata,
    Column("feed", Text, ForeignKey("feeds.key"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("changed_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

#: Which item stands in which archive page, and in which of its versions.
archived = Table(
    "archived",
    metadata,
    Column("feed", Text, ForeignKey("feeds.key"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("sort_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
Index("archived_item", archived.c.item_id, archived.c.feed)

#: What an item said before it was changed.
versions = Table(
    "versions",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Text, nullable=False),
    sqlite_with_rowid=False,
)

files = Table(
    "files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("guid", Text),
    Column("error", Text),
    Column("line", Integer),
    sqlite_with_rowid=False,
)

media = Table(
    "media",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("duration", Integer),
    sqlite_with_rowid=False,
)

#: One row a change of an item, in the order of commits.
changes = Table(
    "changes",
    metadata,
    Column("revision", Id, primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
Index("changes_item", changes.c.item_id, changes.c.revision)

#: Who asked for a feed on a day, counted; no rows of requests are kept.
polls = Table(
    "polls",
    metadata,
    Column("day", Text, primary_key=True),
    Column("feed", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("client", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("unconditional", BigInteger, nullable=False),
    Column("not_modified", BigInteger, nullable=False),
    Column("deltas", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("bytes_sent", BigInteger, nullable=False),
    Column("bytes_saved", BigInteger, nullable=False),
    Column("subscribers", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("polls_feed", polls.c.feed, polls.c.day)
