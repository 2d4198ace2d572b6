"""The tables that stand beside the items: who may do what, uploads, made feeds, used keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from feedsvc.store.columns import Id, Instant, metadata

#: Who writes here with a browser. Passwords are kept as their hashes alone.
accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

#: Who is signed in where. What the browser holds is kept as its digest.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("agent", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("sessions_account", sessions.c.account)

#: Codes with which an account is made once, or gets another password; kept as their digests.
invitations = Table(
    "invitations",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", Text),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

#: What programs and subscribers show to be let in; kept as digests.
tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Column("rotated_at", Instant),
    sqlite_with_rowid=False,
)
Index("tokens_scope", tokens.c.scope)

#: Files that were sent here, served at /media/ID/NAME; their bytes lie in a folder.
uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("duration", Integer),
    Column("width", Integer),
    Column("height", Integer),
    Column("at", Instant, nullable=False),
    Column("origin", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("uploads_at", uploads.c.at, uploads.c.id)

#: Which item leads, or did until ``left_at``, to which upload, be that there already or not.
#: ``feeds`` are the private feeds that it was in when it last did so as a private item, as JSON:
#: what was theirs alone stays so when the item leads to it no more, or is there for everybody.
upload_uses = Table(
    "upload_uses",
    metadata,
    Column("upload_id", Text, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("left_at", Instant),
    Column("feeds", Text),
    sqlite_with_rowid=False,
)
Index("upload_uses_item", upload_uses.c.item_id)

#: The private feeds in which items that have left for good led to an upload: it stays theirs.
upload_feeds = Table(
    "upload_feeds",
    metadata,
    Column("upload_id", Text, primary_key=True),
    Column("feed", Text, primary_key=True),
    sqlite_with_rowid=False,
)

#: Feeds that the API or the editor made: what would stand in the configuration, as JSON.
made_feeds = Table(
    "made_feeds",
    metadata,
    Column("name", Text, primary_key=True),
    Column("section", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

#: Random texts that all processes of the site share, such as the key that signs cookies.
secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: Idempotency keys that were used, and for what.
keys = Table(
    "keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
Index("keys_at", keys.c.at)
Index("keys_item", keys.c.item_id)

#: What was said of an item in Micropub that no field of it holds, as microformats in JSON.
properties = Table(
    "properties",
    metadata,
    Column("guid", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
