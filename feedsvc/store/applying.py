"""Changes applied: the one write path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.errors import ItemError
from feedsvc.model import Item, Status, mint_guid
from feedsvc.store import decide, keys, naming
from feedsvc.store.changes import (
    Change,
    DropFile,
    KeepFile,
    Outcome,
    Put,
    Withdraw,
)
from feedsvc.store.pending import CHUNK
from feedsvc.store.rows import ItemRows, fit
from feedsvc.store.seconds import Crowds
from feedsvc.store.transaction import Transaction

#: UTF-8 bytes of a guid.
GUID_BYTES = 2000


def apply(
    conn: Connection, rows: ItemRows, crowds: Crowds, changes: Sequence[Change], now: datetime
) -> list[Outcome]:
    """Apply the changes in their order; each may be refused alone."""
    transaction = Transaction(conn, rows, now, crowds)
    outcomes: list[Outcome] = []
    for start in range(0, len(changes), CHUNK):
        part = changes[start : start + CHUNK]
        _load(transaction, part)
        outcomes += [_apply_one(transaction, change) for change in part]
        transaction.flush()
    transaction.finish()
    return outcomes


def _load(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Load with a few questions what deciding on these changes will ask for."""
    puts = [change for change in changes if isinstance(change, Put)]
    transaction.load_files(_paths(changes))
    transaction.load_keys(put.key.key for put in puts if put.key and fit(put.key.key))
    named = [guid for put in puts for guid in (put.replaces, put.item.guid, *put.item.aliases)]
    named += [change.guid for change in changes if isinstance(change, Withdraw)]
    transaction.load_items(transaction.load_guids(guid for guid in named if guid), with_media=True)
    slugs, guids = [], []
    for put in puts:
        row_id = _row_of(transaction, put)
        kept = transaction.placed[row_id].item.slug if row_id is not None else None
        slug = naming.wanted_slug(put.item, kept, put.slug_hint, transaction.now)
        slugs.append(slug)
        if row_id is None and not put.item.guid:
            day = put.item.published or transaction.now
            path = naming.item_path(slug)
            guids.append(mint_guid(transaction.rows.site_url, day, path))
    transaction.load_slugs(slugs)
    transaction.load_guids(guids)
    transaction.load_seconds(_seconds(puts, transaction.now))


def _seconds(puts: Sequence[Put], now: datetime) -> Iterator[datetime]:
    """When new ones of these would be updated, if nobody else has been just then."""
    for put in puts:
        if put.item.published is None:
            yield decide.whole_seconds(now)
        elif put.item.updated is None and put.item.published.tzinfo:
            yield decide.whole_seconds(put.item.published)


def _paths(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        if isinstance(change, DropFile):
            yield change.path
        elif isinstance(change, Withdraw):
            if change.file is not None:
                yield change.file
        elif change.file is not None:
            yield change.file.path


def _row_of(transaction: Transaction, put: Put) -> int | None:
    for guid in (put.replaces, put.item.guid):
        if guid and (row_id := transaction.guid_owner(guid)) is not None:
            return row_id
    return None


def _apply_one(transaction: Transaction, change: Change) -> Outcome:
    if isinstance(change, Put):
        try:
            return _put(transaction, change)
        except ItemError as error:
            return Outcome("refused", change.item.guid or None, error.reason, transaction.revision)
    if isinstance(change, Withdraw):
        return _withdraw(transaction, change)
    if isinstance(change, KeepFile):
        transaction.keep_file(change.file)
        return Outcome("kept", change.file.guid, None, transaction.revision)
    transaction.drop_file(change.path)
    return Outcome("kept", None, None, transaction.revision)


def _put(transaction: Transaction, put: Put) -> Outcome:
    if put.key is not None and (used := _used_key(transaction, put.key)) is not None:
        return Outcome("repeated", used.guid, None, used.revision)
    row_id = _row_of(transaction, put)
    old = transaction.placed[row_id].item if row_id is not None else None
    if (conflict := _conflict(put.expected_revision, old, put.item.guid)) is not None:
        return conflict
    _may_be_put(transaction, put)
    names = _names(transaction, put, row_id, old)
    item = decide.merged(
        put.item,
        old,
        names,
        revision=transaction.revision + 1,
        site_url=transaction.rows.site_url,
        now=transaction.now,
        distinct=lambda moment: transaction.own_second(moment, row_id),
    )
    if put.own:
        item = replace(item, content_html=item.content_html.replace(put.own, item.url))
    if row_id is not None and old is not None and decide.same(item, old):
        kind, item = "unchanged", replace(old, origin=item.origin)
        if item.origin != old.origin:
            transaction.move_origin(row_id, item.origin)
    else:
        kind = "added" if old is None else "changed"
        row_id = transaction.new_id() if row_id is None else row_id
        item = transaction.settle(row_id, item)
    if put.media is not None:
        transaction.keep_media(row_id, put.media)
    if put.file is not None:
        transaction.keep_file(replace(put.file, guid=item.guid))
    if put.key is not None:
        transaction.use_key(put.key, row_id, item.guid, item.revision)
    return Outcome(kind, item.guid, None, item.revision, item)  # type: ignore[arg-type]


def _used_key(transaction: Transaction, key: keys.Key) -> keys.Used | None:
    """What the key was used for, if for the same. Raises ItemError if for something else."""
    if not fit(key.key + key.digest):
        raise ItemError("its Idempotency-Key holds characters that can't be kept")
    used = transaction.used_key(key.key)
    if used is not None and used.digest != key.digest:
        raise ItemError(keys.REUSED)
    return used


def _conflict(expected: int | None, old: Item | None, guid: str) -> Outcome | None:
    """What comes of a change that was meant for another revision of the item."""
    have = old.revision if old is not None else 0
    if expected is None or have == expected:
        return None
    reason = f"it has changed meanwhile: its revision is {have}"
    if old is None:
        reason = f"there is no such item, nor has it the revision {expected}"
    return Outcome("conflict", (old.guid if old else guid) or None, reason, have or 0)


def _may_be_put(transaction: Transaction, put: Put) -> None:
    """Raises ItemError if not."""
    if not put.item.feeds:
        return
    known = {spec.name for spec in transaction.specs}
    former = {name for spec in transaction.specs for name in spec.formerly}
    unknown = [name for name in put.item.feeds if name not in known | former]
    if unknown:
        raise ItemError(
            f"no feed is called {', '.join(unknown)}; there are: {', '.join(sorted(known))}"
        )


def _names(
    transaction: Transaction, put: Put, row_id: int | None, old: Item | None
) -> decide.Names:
    """Raises ItemError if a guid belongs to another item."""
    wanted = naming.wanted_slug(put.item, old.slug if old else None, put.slug_hint, transaction.now)
    slug = naming.free_name(wanted, lambda name: transaction.slug_owner(name) not in (None, row_id))
    guid = old.guid if old is not None else put.item.guid
    given = [name for name in (put.item.guid, *put.item.aliases) if name]
    for name in given:
        if len(name.encode(errors="replace")) > GUID_BYTES:
            raise ItemError(f"its guid is longer than {GUID_BYTES} bytes")
        if "\0" in name or not name.isprintable():
            raise ItemError("its guid holds characters that no IRI has")
        if transaction.guid_owner(name) not in (None, row_id):
            raise ItemError(f"the guid {name} belongs to another item")
    if not guid:
        day = decide.whole_seconds(put.item.published or transaction.now)
        guid = naming.minted(
            transaction.rows.site_url,
            day,
            slug,
            lambda name: transaction.guid_owner(name) is not None,
        )
    aliases = dict.fromkeys([*(old.aliases if old is not None else ()), *given])
    aliases.pop(guid, None)
    return decide.Names(guid, slug, tuple(aliases))


def _withdraw(transaction: Transaction, change: Withdraw) -> Outcome:
    row_id = transaction.guid_owner(change.guid)
    old = transaction.placed[row_id].item if row_id is not None else None
    if old is not None and (conflict := _conflict(change.expected_revision, old, change.guid)):
        return conflict
    if change.file is not None:
        transaction.drop_file(change.file)
    if row_id is None:
        reason = f"no item has the guid {change.guid}"
        return Outcome("refused", change.guid, reason, transaction.revision)
    item = transaction.placed[row_id].item
    if item.status is Status.WITHDRAWN:
        return Outcome("unchanged", item.guid, None, item.revision, item)
    item = transaction.settle(row_id, decide.withdrawn(item))
    return Outcome("withdrawn", item.guid, None, item.revision, item)
