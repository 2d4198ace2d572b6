"""Sources and records as rows of their tables and back. Pure."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from feedsvc.errors import ItemError
from feedsvc.store import specs, versions
from feedsvc.store.columns import microseconds
from feedsvc.store.rows import UNREADABLE, ItemRows, fit
from feedsvc.store.sources import (
    Record,
    SourceRow,
    SourceSpec,
    SourceState,
    kept_guid,
)

#: UTF-8 bytes of a source's address; PostgreSQL indexes no more than about 2,700 for a row.
URL_BYTES = 2048
#: UTF-8 bytes of another text that is indexed, and characters of a message.
_INDEXED = 2000
_TOLD = 1000

_MICROSECOND = timedelta(microseconds=1)

log = logging.getLogger(__name__)

#: The columns of a state, in the order of its fields.
STATE = SourceState.__slots__


def written_spec(spec: SourceSpec) -> str:
    """A spec as text, without its address: equal for equal specs.

    Raises ItemError for an address that can't be kept.
    """
    if not fit(spec.url) or len(spec.url.encode()) > URL_BYTES:
        raise ItemError(f"a source's address has at most {URL_BYTES} bytes, and no NUL")
    return json.dumps(
        {
            "name": spec.name,
            "into": spec.into,
            "every": spec.every // _MICROSECOND,
            "trust": spec.trust,
            "veto": None if spec.veto is None else spec.veto // _MICROSECOND,
            "where": specs.written_where(spec.where),
        },
        sort_keys=True,
    )


@lru_cache(1000)
def read_spec(url: str, text: str) -> SourceSpec:
    """The spec that ``written_spec`` wrote. Raises one of UNREADABLE for damaged text."""
    kept = json.loads(text)
    return SourceSpec(
        url,
        kept["name"],
        kept["into"],
        kept["every"] * _MICROSECOND,
        kept["trust"],
        None if kept["veto"] is None else kept["veto"] * _MICROSECOND,
        specs.read_where(kept["where"]),
    )


@lru_cache(4096)
def host_of(url: str) -> str:
    """Whose server is asked: the host of an address in lower case, empty for none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def state_values(state: SourceState) -> tuple[Any, ...]:
    """A state as the table has it, in the order of STATE.

    What servers say of themselves may hold anything: characters that no database takes are lost.
    """
    return tuple([_kept(getattr(state, name)) for name in STATE])


def state_row(state: SourceState) -> dict[str, Any]:
    """A state by its columns, times as they are."""
    return {
        name: value if isinstance(value := getattr(state, name), datetime) else _kept(value)
        for name in STATE
    }


def _kept(value: Any) -> Any:
    if type(value) is str:
        return value if fit(value) else fitting(value)
    if type(value) is bool:
        return int(value)
    return microseconds(value) if isinstance(value, datetime) else value


def fitting(text: str) -> str:
    """The text with a mark in the place of what no database takes."""
    if fit(text):
        return text
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def source_row(row: Mapping[Any, Any], items: int = 0, waiting: int = 0) -> SourceRow:
    """The source of a row; one whose spec is damaged has an empty one."""
    try:
        spec = read_spec(row["url"], row["spec"])
    except UNREADABLE as error:
        log.error("the source %d is damaged in the store: %s", row["id"], error)
        spec = SourceSpec(row["url"], trust="review")  # so nothing of it is published by this
    state = SourceState(**({name: row[name] for name in STATE} | {"unread": bool(row["unread"])}))
    return SourceRow(
        id=row["id"],
        spec=spec,
        state=state,
        origin=row["origin"],
        lease=row["lease"],
        created_at=row["created_at"],
        items=items,
        waiting=waiting,
    )


def key_of(guid: str) -> str:
    """The key of an entry's record: the SHA-256 of its guid as it is kept."""
    return sha256(kept_guid(guid).encode()).hexdigest()


def indexed(text: str) -> str | None:
    """A link or a fingerprint as its column has it: short enough for an index, None for none."""
    if not text:
        return None
    text = fitting(text)
    whole = text.encode()
    return text if len(whole) <= _INDEXED else f"#{sha256(whole).hexdigest()}"


#: The columns of a record, in the order of :func:`record_values`.
RECORD = (
    "source_id",
    "key",
    "guid",
    "state",
    "item",
    "link",
    "digest",
    "likeness",
    "published",
    "first_at",
    "seen_at",
    "why",
    "kept",
    "out_at",
)


def record_values(
    rows: ItemRows, source_id: int, record: Record, item: str | None = None
) -> tuple[Any, ...]:
    """A record as the table has it, with the guid of another ``item`` than its own if one is given.

    Raises ItemError if the entry itself can't be kept.
    """
    guid = kept_guid(record.guid)
    return (
        source_id,
        key_of(guid),
        guid,
        record.state,
        fitting(record.item if item is None else item) or None,
        indexed(record.link),
        fitting(record.digest),
        indexed(record.likeness),
        _kept(record.published),
        microseconds(record.first_at),
        microseconds(record.seen_at),
        fitting(record.why)[:_TOLD],
        None if record.kept is None else versions.written(rows, record.kept),
        _kept(record.out_at),
    )


def record(rows: ItemRows, row: Mapping[Any, Any]) -> Record:
    """The record of a row; an entry in it that is damaged is left out."""
    kept = None
    if row["kept"] is not None:
        try:
            kept = versions.read(rows, row["kept"])
        except UNREADABLE as error:
            log.error("what is kept of %s is damaged in the store: %s", row["guid"], error)
    return Record(
        guid=row["guid"],
        state=row["state"],
        first_at=row["first_at"],
        seen_at=row["seen_at"],
        item=row["item"] or "",
        link=row["link"] or "",
        digest=row["digest"],
        likeness=row["likeness"] or "",
        published=row["published"],
        why=row["why"],
        kept=kept,
        out_at=row["out_at"],
    )
