"""``/api/v1/items``: items are sent, read, listed, changed, withdrawn."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Response, request
from pydantic import BaseModel, Field

from feedsvc.errors import Changed, FieldFault, InvalidFields, ItemError, NotFound
from feedsvc.formats import itemjson
from feedsvc.formats.itemfields import ItemFields, ItemObject, StatusWord
from feedsvc.intake.submissions import Written
from feedsvc.model import Item, Status
from feedsvc.web import auth
from feedsvc.web.api import answering, asking, blueprint, lists
from feedsvc.web.api.operations import JSON, MERGE_PATCH, operation
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

#: How often a change without If-Match is made anew because somebody else was quicker.
_TRIES = 10
_LAST_REVISION = 2**53 - 1

IF_MATCH = {"If-Match": "the `ETag` of the version that is meant; another one is left alone (412)"}
IF_NONE_MATCH = {"If-None-Match": "the `ETag` that is known already: 304 if it is still right"}


class ItemsQuery(lists.ListQuery):
    """Which items are listed."""

    cursor: lists.Cursor = lists.cursor(r"^([0-9]{1,15}(\.[0-9]{1,15})?)?$")
    feed: str | None = Field(None, description="those in this feed, by its name")
    status: StatusWord | None = None
    q: str | None = Field(None, description="those with all of these words")
    changed_since: Annotated[int, Field(ge=0, le=_LAST_REVISION)] | None = Field(
        None,
        description="what has changed since this revision, withdrawals included, in its order",
    )


class ListedItem(ItemObject):
    """An item of a list."""

    left: Literal[True] | None = Field(
        None, description="with `changed_since` and `feed`: it has left this feed"
    )


class ItemList(BaseModel):
    """A page of items."""

    items: list[ListedItem]
    next_cursor: str | None
    revision: int | None = Field(
        None, description="with `changed_since`: the revision to ask from the next time"
    )


@blueprint.get("/items")
@operation("List items, newest first", query=ItemsQuery, gives={200: ItemList}, problems=(404, 422))
@policy("write")
def list_items() -> Response:
    """Drafts and withdrawn ones are among them. With `changed_since`: the changes, in order."""
    asked = asking.query(ItemsQuery)
    _check_feed(asked.feed)
    if asked.changed_since is not None:
        return _changes(asked, asked.changed_since)
    try:
        found, cursor = current_service().store.items(
            feed=asked.feed,
            status=Status(asked.status) if asked.status else None,
            search=asked.q,
            cursor=asked.cursor,
            limit=asked.limit,
        )
    except ItemError as error:
        raise InvalidFields([FieldFault("cursor", error.reason)]) from None
    return lists.page([itemjson.write(item) for item in found], cursor)


def _changes(asked: ItemsQuery, since: int) -> Response:
    if asked.q is not None:
        raise InvalidFields([FieldFault("q", "can't be asked together with changed_since")])
    if asked.cursor is not None:
        since = min(lists.number(asked.cursor), _LAST_REVISION)
    found, revision = current_service().store.changed_since(
        since,
        feed=asked.feed,
        status=Status(asked.status) if asked.status else None,
        limit=asked.limit,
    )
    more = str(revision) if len(found) >= asked.limit else None
    objects = [itemjson.write(item) for item in found]
    if asked.feed is not None:
        left = current_service().store.left(asked.feed, [item.guid for item in found])
        objects = [one | ({"left": True} if one["guid"] in left else {}) for one in objects]
    return lists.page(objects, more, revision=revision)


def _check_feed(name: str | None) -> None:
    """Raises NotFound for a feed that there is not."""
    if name is None:
        return
    state = current_service().store.feed_state(name)
    if state is None or ":" in name:
        raise NotFound(f"no feed is called {name!r}")
    if state.moved_to:
        raise NotFound(f"the feed {name} is called {state.moved_to} now")


@blueprint.post("/items")
@operation(
    "Send an item",
    takes=ItemFields,
    gives={201: ItemObject, 200: ItemObject},
    headers={"Idempotency-Key": "a name of this request: sent again, it makes no second item"},
    problems=(400, 409, 413, 415, 422),
)
@policy("write")
def add_item() -> Response:
    """With a `guid` that is known it is a new version of that item (200), else a new one (201)."""
    service = current_service()
    given = itemjson.read(asking.json_body())
    what = service.submissions.add(
        given,
        origin=auth.origin("api"),
        now=service.now(),
        key=asking.keyed(asking.key_name(), "POST items", request.get_data()),
    )
    return answering.written(what)


@blueprint.get("/items/<path:name>")
@operation("Read an item", gives={200: ItemObject}, headers=IF_NONE_MATCH, problems=(404,))
@policy("write")
def read_item(name: str) -> Response:
    """By its slug, or its guid percent-encoded; older ones find it too."""
    return answering.item(found(name))


@blueprint.put("/items/<path:name>")
@operation(
    "Replace an item",
    takes=ItemFields,
    gives={200: ItemObject},
    headers=IF_MATCH,
    problems=(400, 404, 409, 412, 413, 415, 422),
)
@policy("write")
def replace_item(name: str) -> Response:
    """What is not sent is taken away, but for its names, its status and its date."""
    return answering.written(_changed(name, asking.json_body(), partial=False))


@blueprint.patch("/items/<path:name>")
@operation(
    "Change fields of an item",
    takes=ItemFields,
    media_types=(MERGE_PATCH, JSON),
    gives={200: ItemObject},
    headers=IF_MATCH,
    problems=(400, 404, 409, 412, 413, 415, 422),
)
@policy("write")
def change_item(name: str) -> Response:
    """A merge patch (RFC 7396): what is not sent stays, null takes away."""
    return answering.written(_changed(name, asking.json_body(MERGE_PATCH, JSON), partial=True))


def _changed(name: str, body: object, *, partial: bool) -> Written:
    """Make the change of what the item is by then; with If-Match only of the version it names."""
    service = current_service()
    for attempt in range(_TRIES):
        old = found(name)
        only_this = asking.check_matches(asking.etag_of(old), revision=old.revision)
        given = itemjson.read(body, old=old, partial=partial)
        try:
            return service.submissions.change(
                old,
                given,
                origin=auth.origin("api"),
                now=service.now(),
                expected=old.revision,
            )
        except Changed:
            if only_this or attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


@blueprint.delete("/items/<path:name>")
@operation("Withdraw an item", gives={204: None}, headers=IF_MATCH, problems=(404, 412))
@policy("write")
def withdraw_item(name: str) -> Response:
    """Feeds tell their readers. It stays here as `withdrawn`, and can be published again."""
    service = current_service()
    old = found(name)
    only_this = asking.check_matches(asking.etag_of(old), revision=old.revision)
    what = service.submissions.withdraw(
        old.guid, now=service.now(), expected=old.revision if only_this else None
    )
    return answering.nothing(etag=asking.etag_of(what.item))


def found(name: str) -> Item:
    """The item of a slug or a guid, older ones included. Raises NotFound."""
    item = current_service().submissions.find(name)
    if item is None:
        raise NotFound("no item has this slug or guid")
    return item
