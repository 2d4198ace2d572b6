"""Items that somebody sends: programs by the API and Micropub, people by the editor.

Whoever takes one in reads it (:mod:`feedsvc.formats.itemjson`) and hands it on here, where it is
cleaned, its rules are kept, and it goes into the store. What is declared in a file is not changed
here; it can be withdrawn, and the withdrawal be undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal, cast

from feedsvc.errors import (
    Changed,
    Conflict,
    FeedsvcError,
    FieldFault,
    InvalidFields,
    ItemError,
    NotFound,
)
from feedsvc.formats import clean
from feedsvc.formats.itemjson import Given
from feedsvc.intake.sending import described, linked, own_mark, untimed, uploads_named
from feedsvc.intake.taking import scope_of
from feedsvc.model import Item, Status
from feedsvc.store import Key, Outcome, Put, Store, Upload, Withdraw
from feedsvc.store.naming import item_path, slug_of, wanted_slug

Kind = Literal["added", "changed", "unchanged", "withdrawn", "repeated"]

#: Items of one transaction, when many come at once.
MANY = 500
#: How often an item is put anew because somebody else was quicker.
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an item that was sent: how it is kept, and a sentence for all dropped."""

    item: Item
    kind: Kind
    notes: tuple[str, ...] = ()


class Submissions:
    """Takes items in. Safe to use from several threads.

    Its methods raise InvalidFields for an item that can't be as it is given, Conflict where it
    contradicts what is there, Changed where it is another revision than was ``expected``.
    """

    def __init__(self, store: Store, site_url: str) -> None:
        self._store = store
        self._site_url = site_url
        self._scope = ""

    def add(self, given: Given, *, origin: str, now: datetime, key: Key | None = None) -> Written:
        """Take an item in: a new one, or a new version of the one that has its guid already.

        With the ``key`` of a request that was answered before, nothing happens and the item that
        it made is given back.
        """
        given = self._named(given)
        guid, uploads = given.item.guid, self._uploads([given.item])
        for attempt in range(_TRIES):
            old = self._store.item(guid=guid) if guid else None
            put, notes = self._put(given, old, origin, now, uploads, key)
            try:
                return self._written(self._apply(put, now), notes, put)
            except Changed:
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def change(
        self, old: Item, given: Given, *, origin: str, now: datetime, expected: int | None
    ) -> Written:
        """Make ``given`` of the item ``old``, if its revision is the ``expected`` one."""
        given = self._named(given)
        put, notes = self._put(given, old, origin, now, self._uploads([given.item]))
        put = replace(put, replaces=old.guid, expected_revision=expected)
        return self._looked_at(old, self._written(self._apply(put, now), notes, put))

    def find(self, name: str) -> Item | None:
        """The item of a slug or a guid, older ones included; also of an id that is no IRI."""
        store = self._store
        return (
            store.item(slug=name)
            or store.item(guid=name)
            or store.item(guid=clean.guid(name, scope=self._of_this_site()))
        )

    def withdraw(self, guid: str, *, now: datetime, expected: int | None = None) -> Written:
        """Take an item out of all feeds; they tell their readers. Raises NotFound."""
        old = self._store.item(guid=guid)
        if old is None:
            raise NotFound(f"no item has the guid {guid}")
        change = Withdraw(guid, expected_revision=expected)
        outcome = _good(self._store.apply([change], now)[0])
        return self._looked_at(old, self._written(outcome, ()))

    def _looked_at(self, old: Item, written: Written) -> Written:
        """What a source has brought waits no more when somebody has settled what becomes of it."""
        if old.status is Status.REVIEW is not written.item.status:
            self._store.looked_at(old.guid)
        return written

    def many(
        self,
        givens: Sequence[Given],
        *,
        origin: str,
        now: datetime,
        keys: Sequence[Key | None] = (),
    ) -> list[Written | FeedsvcError]:
        """Take many in, ``MANY`` in one transaction; each may be refused alone, in their order.

        ``keys`` are theirs, if they have any: what was taken in with its key before is given back.
        """
        results: list[Written | FeedsvcError] = []
        for start in range(0, len(givens), MANY):
            end = start + MANY
            results += self._some(givens[start:end], keys[start:end], origin, now)
        return results

    def _some(
        self, givens: Sequence[Given], keys: Sequence[Key | None], origin: str, now: datetime
    ) -> list[Written | FeedsvcError]:
        named = [self._named(given) for given in givens]
        known = self._store.items_of({given.item.guid for given in named if given.item.guid})
        uploads = self._uploads(given.item for given in named)
        results: list[Written | FeedsvcError | None] = [None] * len(named)
        puts: list[tuple[int, Put, tuple[str, ...]]] = []
        asked: set[str] = set()
        for number, (given, key) in enumerate(zip_longest(named, keys)):
            guid = given.item.guid
            if guid in asked:  # it goes by what becomes of the one before: when that is settled
                continue
            old = known.get(guid)
            try:
                put, notes = self._put(given, old, origin, now, uploads, key)
            except FeedsvcError as error:
                results[number] = error
                continue
            asked |= {guid} if guid else set()
            puts.append((number, put, notes))
        outcomes = self._store.apply([put for _, put, _ in puts], now)
        for (number, put, notes), outcome in zip(puts, outcomes, strict=True):
            results[number] = self._result(outcome, put, notes)
        for number, (given, key) in enumerate(zip_longest(named, keys)):
            if results[number] is None or isinstance(results[number], Changed):
                results[number] = self._alone(given, key, origin, now)
        return cast("list[Written | FeedsvcError]", results)

    def _alone(
        self, given: Given, key: Key | None, origin: str, now: datetime
    ) -> Written | FeedsvcError:
        """Take in one of many after the others: somebody was quicker, or it came twice."""
        try:
            return self.add(given, origin=origin, now=now, key=key)
        except FeedsvcError as error:
            return error

    def _result(self, outcome: Outcome, put: Put, notes: tuple[str, ...]) -> Written | FeedsvcError:
        try:
            return self._written(_good(outcome, put), notes, put)
        except FeedsvcError as error:
            return error

    def preview(self, item: Item, old: Item | None, now: datetime) -> tuple[Item, tuple[str, ...]]:
        """What readers would be shown of ``item``, a new version of ``old``; nothing is kept.

        And a sentence for all that is dropped.

        Raises ItemError for content that can't be taken.
        """
        if old is not None:
            item = untimed(self._homeless(item, old), old)
        slug = wanted_slug(item, old.slug if old else None, "", now)
        own = self._own_url(slug)
        cleaned, notes = self._cleaned(item, own, self._uploads([item]))
        return replace(cleaned, slug=slug, url=cleaned.url or own), tuple(notes)

    # What is to be put

    def _named(self, given: Given) -> Given:
        """The item under its guid: an id that is no IRI becomes one, of this site alone."""
        if not given.item.guid:
            return given
        guid = clean.guid(given.item.guid, scope=self._of_this_site())
        return replace(given, item=replace(given.item, guid=guid))

    def _of_this_site(self) -> str:
        """What keeps our ids that are no IRIs apart from those of all other sites."""
        if not self._scope:
            self._scope = scope_of(self._store)
        return self._scope

    def _put(
        self,
        given: Given,
        old: Item | None,
        origin: str,
        now: datetime,
        known: Mapping[str, Upload],
        key: Key | None = None,
    ) -> tuple[Put, tuple[str, ...]]:
        """The change that takes the item in, as a new version of ``old`` if there is one.

        It has something of the version before (its status, its dates), and goes for that one alone.
        """
        seen = (old.revision if old is not None else 0) if given.item.guid else None
        if old is not None and old.origin.startswith("file:"):
            item = old if _is_as_it_was(old, given) else _undone(old, given)
            return Put(item, media=None, expected_revision=seen, key=key), ()
        item = self._dated(given, old, now)
        try:
            item, notes = self._cleaned(item, own_mark(self._site_url), known, origin)
        except ItemError as error:
            raise InvalidFields([FieldFault(_content_told(given), error.reason)]) from None
        _check(item)
        own = "" if item.url else own_mark(self._site_url)
        if own and old is not None and item.slug not in {"", old.slug}:  # its links move with it
            content = item.content_html.replace(f'"{self._own_url(old.slug)}#', f'"{own}#')
            item = replace(item, content_html=content)
        own = own if own in item.content_html else ""
        return Put(item, media=None, expected_revision=seen, key=key, own=own), notes

    def _cleaned(
        self, item: Item, own: str, known: Mapping[str, Upload], origin: str | None = None
    ) -> tuple[Item, tuple[str, ...]]:
        """The item clean, with its uploads and links; ``own`` is its page's address."""
        whole, remarks = described(item, known, self._site_url)
        cleaned, notes = clean.item(whole, base=item.url or f"{self._site_url}/", origin=origin)
        if cleaned.url:
            return cleaned, (*notes, *remarks)
        content, more = linked(item.content_html, cleaned.content_html, own)
        if content != cleaned.content_html:
            cleaned = replace(cleaned, content_html=content)
        return cleaned, (*notes, *remarks, *more)

    def _uploads(self, items: Iterable[Item]) -> Mapping[str, Upload]:
        """The uploads that items name, which mostly are none."""
        named = uploads_named(items, self._site_url)
        return self._store.uploads_of(named) if named else {}

    def _dated(self, given: Given, old: Item | None, now: datetime) -> Item:
        """The item without what only repeats its version before, and must not hold it there."""
        item, told = given.item, given.told
        if old is None:
            return item
        if "status" not in told:
            item = replace(item, status=old.status)
        if item.updated == old.updated:
            item = replace(item, updated=None)  # it is now, if anything else is different
        item = untimed(self._homeless(item, old), old)
        if "published" not in told or self._is_made_then(item, old):
            # The store says when, unless that is settled already.
            settled = old.status is Status.SCHEDULED or (old.published or now) > now
            item = replace(item, published=old.published if settled else None)
        return item

    def _is_made_then(self, item: Item, old: Item) -> bool:
        """Whether the date of a draft that is to go out is only that of its first saving, which it
        was shown with: nobody has named it."""
        goes_out = old.status is Status.DRAFT and item.status is Status.PUBLISHED
        if not goes_out or item.published is None or item.published != old.published:
            return False
        made = self._store.made_at(old.guid)
        return made is not None and abs(made - item.published) < timedelta(seconds=2)

    def _homeless(self, item: Item, old: Item) -> Item:
        """The item without the address of its page: that goes with its slug."""
        own = item.url == old.url == self._own_url(old.slug)
        return replace(item, url="") if own else item

    def _own_url(self, slug: str) -> str:
        return f"{self._site_url}/{item_path(slug)}"

    # What became of it

    def _apply(self, put: Put, now: datetime) -> Outcome:
        return _good(self._store.apply([put], now)[0], put)

    def _written(self, outcome: Outcome, notes: tuple[str, ...], put: Put | None = None) -> Written:
        item = outcome.item or self._store.item(guid=outcome.guid)
        if item is None:  # nobody takes an item away for good
            raise NotFound(f"no item has the guid {outcome.guid}")
        if put is not None and outcome.kind != "repeated":
            notes = (*notes, *_otherwise(put.item, item))
        return Written(item, cast("Kind", outcome.kind), notes)


def _otherwise(asked: Item, item: Item) -> Iterator[str]:
    """A sentence for all that the store has not made as it was asked."""
    if asked.slug and item.slug != (wanted := slug_of(asked.slug)):
        if not wanted:
            yield f"a slug needs letters or digits: it has the slug {item.slug}"
        elif item.slug.startswith(f"{wanted}-"):
            yield f"the slug {wanted} is another item's: it has the slug {item.slug}"
    if asked.status is Status.SCHEDULED and item.status is Status.PUBLISHED:
        yield "it is published, not scheduled: the time in published has passed"
    if asked.status is not Status.WITHDRAWN and item.status is Status.WITHDRAWN:
        yield "it is withdrawn: the time in expires has passed"


def _is_as_it_was(old: Item, given: Given) -> bool:
    """Whether this is just what the item says already, as of who sends back what was read."""
    unsaid = {"slug", "aliases", "status", "published", "updated"} - given.told
    skipped = {"guid", "origin", "revision", *unsaid}
    if given.item.content_markdown and given.item.content_markdown == old.content_markdown:
        skipped.add("content_html")  # which was made of it again
    names = set(Item.__dataclass_fields__) - skipped
    return all(getattr(given.item, name) == getattr(old, name) for name in names)


def _undone(old: Item, given: Given) -> Item:
    """The item of a file as it was, published again. Raises Conflict for any other change."""
    path = old.origin.removeprefix("file:")
    again = given.item.status is Status.PUBLISHED and old.status is Status.WITHDRAWN
    may_be = again or given.item.status in {Status.WITHDRAWN, old.status}
    if given.told != {"status"} or not may_be:
        raise Conflict(
            f"it is declared in items/{path}; edit that file (here it can only be withdrawn, and "
            "published again)"
        )
    updated = None if again else old.updated
    return replace(old, status=given.item.status, updated=updated)


def _check(item: Item) -> None:
    """Raises InvalidFields for an item that nobody could read, or that waits for no time."""
    if item.status is Status.SCHEDULED and item.published is None:
        raise InvalidFields([FieldFault("published", "a scheduled item needs a time to come")])
    shows = item.title or item.summary or item.content_html or item.enclosures or item.external_url
    if not shows and item.status in {Status.PUBLISHED, Status.SCHEDULED}:
        reason = "an item needs a title, a summary, content, an enclosure or an external_url"
        raise InvalidFields([FieldFault("title", reason)])


def _content_told(given: Given) -> str:
    """The field that content came in, which is all that cleaning may refuse."""
    names = ("content_markdown", "content_text")
    return next((name for name in names if name in given.told), "content_html")


def _good(outcome: Outcome, put: Put | None = None) -> Outcome:
    """The outcome of a change that was made. Raises what stands for one that was not."""
    reason = outcome.reason or "the store has refused it"
    if outcome.kind == "conflict":
        raise Changed(reason, revision=outcome.revision)
    if outcome.kind == "refused":
        raise _refusal(reason, put)
    return outcome


def _refusal(reason: str, put: Put | None) -> FeedsvcError:
    if "belongs to another item" in reason:
        return Conflict(reason)
    if "Idempotency-Key" in reason:
        return InvalidFields([FieldFault("Idempotency-Key", reason)])
    if "guid" in reason:
        return InvalidFields([FieldFault("guid", reason)])
    if put is not None and put.item.feeds and "feed" in reason:
        return InvalidFields([FieldFault("feeds", reason)])
    return InvalidFields([FieldFault("", reason)])
