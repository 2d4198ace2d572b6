"""What a change makes of an item: the fields' rules, one small function each. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feedsvc.errors import ItemError
from feedsvc.model import Item, Status, changed
from feedsvc.store.membership import Placed
from feedsvc.store.naming import item_path

_NOT_OUT = (Status.DRAFT, Status.REVIEW, Status.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that an item gets: settled before the rest, since they must be free."""

    guid: str
    slug: str
    aliases: tuple[str, ...]


def whole_seconds(moment: datetime) -> datetime:
    """The moment in UTC without fractions, which Atom readers trip over.

    Raises ItemError for a time without a zone and for one off the calendar's ends.
    """
    if moment.tzinfo is None:
        raise ItemError(f"the time {moment.isoformat()} has no zone")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ItemError(f"the time {moment.isoformat()} is off the calendar") from None
    return moment.replace(microsecond=0) if moment.microsecond else moment


def published_of(given: Item, old: Item | None, now: datetime) -> datetime:
    """Given, else kept, else now; a draft that becomes published without a date gets now."""
    if given.published is not None:
        return whole_seconds(given.published)
    becomes_published = (
        old is not None
        and old.status in (Status.DRAFT, Status.REVIEW)
        and given.status in (Status.PUBLISHED, Status.SCHEDULED)
    )
    if old is None or old.published is None or becomes_published:
        return whole_seconds(now)
    return old.published


def status_of(
    status: Status, published: datetime, expires: datetime | None, old: Item | None, now: datetime
) -> Status:
    """The status at ``now``: a later date makes scheduled, a past ``expires`` withdrawn.

    An item that is out and keeps its date stays out, should the clock have been set back.
    """
    if status not in (Status.PUBLISHED, Status.SCHEDULED):
        return status
    if expires is not None and expires <= now:
        return Status.WITHDRAWN
    is_out = old is not None and old.status is Status.PUBLISHED and old.published == published
    return Status.SCHEDULED if published > now and not is_out else Status.PUBLISHED


def due_of(item: Item) -> datetime | None:
    """When the item's status changes by itself, None for never."""
    if item.status is Status.SCHEDULED:
        assert item.published is not None  # noqa: S101  # the store gives every item a date
        return min(item.published, item.expires) if item.expires else item.published
    return item.expires if item.status is Status.PUBLISHED else None


def own_url(site_url: str, slug: str) -> str:
    """The address of an item that has no other."""
    return f"{site_url}/{item_path(slug)}"


def merged(
    given: Item,
    old: Item | None,
    names: Names,
    *,
    revision: int,
    site_url: str,
    now: datetime,
    distinct: Callable[[datetime], datetime],
) -> Item:
    """The item as it is to be kept; but for its ``revision`` equal to ``old`` if nothing changed.

    ``distinct`` finds for a second one nearby in which no other item was updated.
    """
    published = published_of(given, old, now)
    expires = whole_seconds(given.expires) if given.expires else None
    status = status_of(given.status, published, expires, old, now)
    told = _updated_of(given, old, status, now)
    item = changed(
        given,
        guid=names.guid,
        slug=names.slug,
        url=given.url or own_url(site_url, names.slug),
        aliases=names.aliases,
        published=published,
        updated=told or (distinct(published) if old is None else old.updated),
        expires=expires,
        status=status,
        revision=revision,
    )
    if told is not None or old is None or same(item, old):
        return item
    return changed(item, updated=max(published, _edited(old, status, now, distinct)))


def _edited(
    old: Item, status: Status, now: datetime, distinct: Callable[[datetime], datetime]
) -> datetime:
    """When an item was edited that does not say so: a second of its own, if there is one.

    Never one before the edit before, by which readers tell the versions apart (RFC 4287 4.2.15).
    """
    this = whole_seconds(now)
    if _comes_back(old, status):
        return this
    edited = distinct(this)
    return edited if old.updated is None or edited > old.updated else this


def _comes_back(old: Item, status: Status) -> bool:
    """Whether a withdrawn item is published again; then it is as young as can be, to be younger
    than its tombstone (RFC 6721 3)."""
    return (old.status, status) == (Status.WITHDRAWN, Status.PUBLISHED)


def _updated_of(given: Item, old: Item | None, status: Status, now: datetime) -> datetime | None:
    """What is told of the last change, None for nothing: none was at a time to come."""
    wanted = whole_seconds(given.updated) if given.updated is not None else None
    if wanted is None or wanted > now:
        return None
    if old is not None and _comes_back(old, status):
        return whole_seconds(now)
    return wanted


#: How many seconds up and down are tried for a time of one's own.
NEIGHBOURS = 100

_SECOND = timedelta(seconds=1)
#: The ends of the calendar.
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def distinct(moment: datetime, now: datetime, taken: Callable[[datetime], bool]) -> datetime | None:
    """The second nearest to ``moment`` in which no other item was updated; None in a crowd.

    ``taken`` says whether another item was updated in a second.

    Feeds by day give many items the same midnight, and validators warn of entries that were updated
    at the same time, since readers tell versions apart by it. Later seconds come first, none after
    ``now`` unless ``moment`` itself is.
    """
    for step in range(min(NEIGHBOURS, 1 + (_LAST - moment) // _SECOND)):
        later = moment + step * _SECOND
        if (later <= now or moment > now) and not taken(later):
            return later
    for step in range(1, min(NEIGHBOURS, 1 + (moment - _FIRST) // _SECOND)):
        earlier = moment - step * _SECOND
        if not taken(earlier):
            return earlier
    return None


def same(item: Item, old: Item) -> bool:
    """Whether an item says what it said before; where it came from and its revision don't count."""
    return changed(item, revision=old.revision, origin=old.origin) == old


def placed(item: Item, old: Placed | None, row_id: int, now: datetime) -> Placed:
    """The item with its place: visible from now if it has just become published."""
    visible_at = old.visible_at if old is not None else None
    if item.status is Status.PUBLISHED and (
        old is None or visible_at is None or old.item.status is not Status.PUBLISHED
    ):
        visible_at = now
    assert item.published is not None  # noqa: S101  # the store gives every item a date
    return Placed(row_id, item, visible_at, min(item.published, visible_at or item.published))


def revised(item: Item, revision: int) -> Item:
    """The item with its new revision."""
    return item if item.revision == revision else changed(item, revision=revision)


def withdrawn(item: Item) -> Item:
    """The item taken out."""
    return changed(item, status=Status.WITHDRAWN)


def when_due(item: Item, now: datetime) -> Item:
    """The item after what was due by ``now``: published at its date, withdrawn when expired."""
    assert item.published is not None  # noqa: S101  # the store gives every item a date
    return changed(item, status=status_of(item.status, item.published, item.expires, item, now))


def change_kind(item: Item, old: Item | None) -> str:
    """The word for the change log: what readers of the log are told of the item."""
    if old is None:
        return "added"
    if item.status is Status.WITHDRAWN and old.status is not Status.WITHDRAWN:
        return "withdrawn"
    if item.status is Status.PUBLISHED and old.status in _NOT_OUT:
        return "published"
    return "changed"
