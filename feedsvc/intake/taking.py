"""Taking one item file in: whose item it is, its names and dates, and the changes that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feedsvc.errors import ItemError
from feedsvc.formats import clean
from feedsvc.formats.itemfile import ItemFile
from feedsvc.intake.media import Shelf
from feedsvc.intake.plan import GONE, Known, media_key
from feedsvc.intake.reading import Ready, make_ready, read_item
from feedsvc.intake.scan import Stat, open_regular, read_whole
from feedsvc.model import Item, Status
from feedsvc.store import Change, DropFile, FileRow, KeepFile, Put, Store, Withdraw
from feedsvc.store.naming import free_name, item_path, wanted_slug


class Seconds:
    """Hands out moments that no two items share: feed readers trip over equal dates.

    The first is now, each next one a second earlier; what was given lately is not given again.
    """

    def __init__(self) -> None:
        self._given: set[datetime] = set()
        self._next: datetime

    def begin(self, now: datetime) -> None:
        """Count back from ``now``; comes before the first ``take``."""
        self._next = now.replace(microsecond=0)
        self._given = {given for given in self._given if given > now - timedelta(days=1)}

    def take(self) -> datetime:
        """A moment in whole seconds."""
        while self._next in self._given:
            self._next -= timedelta(seconds=1)
        self._given.add(self._next)
        return self._next


class Elsewhere(ItemError):
    """A file refused for what lies outside it: the next sync must read it again."""


@dataclass(slots=True)
class Taking:
    """What all files of one sync share.

    ``root`` is the items folder's descriptor, None when the files come from elsewhere. ``holders``
    maps an item's guid to the file that it comes from, for the files that are there; where only
    some files are looked at, it is not ``complete``. ``fresh`` says that the store was empty.
    ``scope`` makes the guids of ids that are no IRIs this site's own.
    """

    root: int | None
    store: Store
    site_url: str
    now: datetime
    seconds: Seconds
    known: Known
    holders: dict[str, str]
    complete: bool = True
    fresh: bool = False
    scope: str = ""
    notes: list[str] = field(default_factory=list)
    _slugs: set[str] = field(default_factory=set)
    _addresses: dict[str, str] = field(default_factory=dict)
    _expected: dict[str, FileRow | None] = field(default_factory=dict)
    _reserved: dict[str, str] = field(default_factory=dict)

    def expect(self, files: Mapping[str, FileRow | None]) -> None:
        """Say which files are to come, with the rows of their items so far."""
        self._expected.update(files)

    def put(self, file: ItemFile, row: FileRow, old: Item | None) -> list[Change]:
        """The changes that make this file's item what the file says.

        ``row`` is the file's as it is to be kept, ``old`` its item so far. Raises ItemError.
        """
        guid = clean.guid(file.item.guid, scope=self.scope)
        slug = clean.slug(file.item.slug)
        item = replace(file.item, guid=guid, slug=slug, origin=origin(row.path))
        old = self._owner(guid, row.path, old)
        if item.published is None and (old is None or _comes_out(old, item)):
            item = replace(item, published=self.seconds.take())
        ready = self._with_address(item, file.slug_hint, row.path, old)
        for name in {guid, old.guid if old else ""} - {""}:
            self.holders[name] = row.path
        self._slugs.add(ready.item.slug)
        self._addresses[row.path] = ready.item.url or self._page(ready.item.slug)
        if guid != file.item.guid.strip():
            self.notes.append(f"{row.path}: id: {guid} stands for it, since an id is an IRI")
        self.notes += (f"{row.path}: {note}" for note in (*file.notes, *ready.notes))
        replaces = old.guid if old else None
        put = Put(ready.item, replaces, file.slug_hint, row, ready.media)
        return [put, *self._beside(row.path, ready.beside)]

    def _owner(self, guid: str, path: str, old: Item | None) -> Item | None:
        """The item that the file is a new version of; its id may name one."""
        found = self.store.item(guid=guid) if guid else None
        holders = [self.holders.get(name) for name in (guid, found.guid if found else "")]
        if found and not self.complete and found.origin.startswith("file:"):
            holders.append(found.origin.removeprefix("file:"))
        for holder in holders:
            if holder not in {None, path}:
                raise Elsewhere(f"has the same id as {holder}: {guid}")
        return old or found

    def _with_address(self, item: Item, hint: str, path: str, old: Item | None) -> Ready:
        """The item ready, its links resolved against the address that it is going to have."""
        kept = old.slug if old else None
        reserved = self._reserved.pop(path, None)
        slug = reserved or wanted_slug(item, kept, hint, self.now)
        ready = make_ready(item, self._shelf(path, slug))
        if reserved is not None:  # others link to it already
            return replace(ready, item=replace(ready.item, slug=reserved))
        # Cleaning may have changed the words that the slug is made of, and another may have it.
        wanted = wanted_slug(ready.item, kept, hint, self.now)
        free = free_name(wanted, lambda name: name != kept and self._is_taken(name, old))
        if free != slug:
            ready = make_ready(item, self._shelf(path, free))
        return replace(ready, item=replace(ready.item, slug=free))

    def _shelf(self, path: str, slug: str) -> Shelf:
        folder, slash, _ = path.rpartition("/")
        own = self._page(slug)

        def item_at(other: str) -> str | None:
            return own if other == path else self._address_of(other)

        return Shelf(self.root, folder + slash, f"{own}/", item_at)

    def _page(self, slug: str) -> str:
        return f"{self.site_url}/{item_path(slug)}"

    def _address_of(self, path: str) -> str | None:
        """The address of an item file's item, also of one that is still to come in this sync."""
        if path not in self._addresses:
            address = self._known_address(path) or self._address_to_be(path)
            if address is None:
                return None
            self._addresses[path] = address
        return self._addresses[path]

    def _known_address(self, path: str) -> str | None:
        row = self._expected.get(path)
        if row is None:
            known = self.known if self.complete else Known.of(self.store.files([path]))
            row = known.outside.get(path) or known.present.get(path)
            if row is not None and self.complete and row.path not in known.outside:
                row = row if self.holders.get(row.guid or "") == path else None  # else it is gone
        if row is None or not row.guid:
            return None
        found = self.store.item(guid=row.guid)
        return found.url if found is not None else None

    def _address_to_be(self, path: str) -> str | None:
        """Where the item of a file that nobody knows yet will be; its slug is kept free for it."""
        if self.root is None or path not in self._expected:
            return None
        try:
            with open_regular(self.root, path) as file:
                read = read_item(read_whole(file, path)[0], path=path)
        except (FileNotFoundError, ItemError):
            return None
        guid = clean.guid(read.item.guid, scope=self.scope)
        if guid and (found := self.store.item(guid=guid)) is not None:
            return found.url
        item = replace(read.item, slug=clean.slug(read.item.slug))
        wanted = wanted_slug(item, None, read.slug_hint, self.now)
        slug = free_name(wanted, lambda name: self._is_taken(name, None))
        self._reserved[path] = slug
        self._slugs.add(slug)
        return clean.url(item.url, base=self.site_url) or self._page(slug)

    def _is_taken(self, slug: str, old: Item | None) -> bool:
        if slug in self._slugs or self.fresh:
            return slug in self._slugs
        found = self.store.item(slug=slug)
        return found is not None and (old is None or found.guid != old.guid)

    def _beside(self, path: str, beside: Mapping[str, Stat | None]) -> Iterator[Change]:
        """Remember the states of the media files that an item file links to, and no others."""
        known = self.known.media.get(path, {})
        for media_path, seen in beside.items():
            state = seen or Stat(GONE, 0, 0)
            key = media_key(path, media_path)
            row = FileRow(key, state.size, state.mtime_ns, state.inode, "")
            if row != known.get(media_path):
                yield KeepFile(row)
        for media_path in known.keys() - beside.keys():
            yield DropFile(media_key(path, media_path))

    def forget(self, row: FileRow) -> list[Change]:
        """The changes after which a path is unknown; its item is another file's by now."""
        return [DropFile(row.path), *self._beside(row.path, {})]

    def withdraw(self, row: FileRow) -> list[Change]:
        """The changes for a file that is gone; it is remembered, should it come back."""
        if row.guid is None or row.guid in self.holders:
            return self.forget(row)
        gone = replace(row, size=GONE, mtime_ns=0, inode=0, error=None, line=None)
        return [Withdraw(row.guid), KeepFile(gone), *self._beside(row.path, {})]


def scope_of(store: Store) -> str:
    """What makes a site's ids differ from those of all others, for good (RFC 4287 4.2.6).

    It is the authority of the main feed's own guid: a site that moves to another address keeps it.

    >>> _authority("tag:example.org,2026-11-22:feeds/main")
    'example.org'
    """
    main = store.feed_state("main")
    return _authority(main.guid) if main is not None else ""


def _authority(tag: str) -> str:
    return tag.removeprefix("tag:").partition(",")[0]


def origin(path: str) -> str:
    """What an item's ``origin`` says of a file: a path in the folder, or one from elsewhere."""
    return f"publish:{path}" if path.startswith("/") else f"file:{path}"


def _comes_out(old: Item, item: Item) -> bool:
    return old.status is Status.DRAFT and item.status is not Status.DRAFT
