"""``/api/v1/waiting``: entries of sources that wait for somebody; and stories taken apart."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from feedsvc.errors import FieldFault, InvalidFields, ItemError
from feedsvc.formats import itemjson
from feedsvc.formats.itemfields import ItemObject
from feedsvc.intake.asking import masked
from feedsvc.intake.importing.minding import Waiting
from feedsvc.web.api import answering, asking, blueprint, lists
from feedsvc.web.api.answering import answer, nothing
from feedsvc.web.api.feeds import Strict
from feedsvc.web.api.items import found
from feedsvc.web.api.operations import operation
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

#: Why nothing is published without a word on what it is.
_UNSEEN = (
    "must be that of what was looked at, as the list has it, here or quoted in If-Match: what "
    "waits may say something else by now"
)
_CURSOR = r"^([0-9]{1,16}\.[0-9]{1,9}\.[0-9a-f]{64})?$"


class WaitingQuery(lists.ListQuery):
    """Which page is listed."""

    cursor: lists.Cursor = lists.cursor(_CURSOR)


class SourceName(BaseModel):
    """The source of an entry."""

    id: int
    url: str
    name: str


class WaitingObject(BaseModel):
    """An entry that waits for somebody to look at it."""

    source: SourceName
    key: str = Field(description="what it is called in addresses, with the source's `id`")
    guid: str = Field(description="as it came")
    digest: str = Field(
        description="of what it says, and of `present`: to be named when it is published"
    )
    kind: Literal["new", "change"]
    why: str = Field(description="why it waits, beyond that its source is under review")
    since: datetime
    out_at: datetime | None = Field(description="when it goes out by itself")
    item: ItemObject | None = Field(description="as it would go out")
    present: ItemObject | None = Field(description="of a change: the item as it is out")


class WaitingList(BaseModel):
    """A page of what waits, the longest first."""

    items: list[WaitingObject]
    next_cursor: str | None


class Settling(Strict):
    """What is to become of it."""

    take: bool = Field(description="true publishes it, false drops it")
    digest: str | None = Field(
        default=None,
        description="the `digest` of what was looked at; to publish it, this or `If-Match`",
        max_length=200,
    )


class TakingApart(Strict):
    """An entry that the item credits."""

    source: int = Field(description="the `id` of its source", ge=1, le=999_999_999)
    guid: str = Field(description="its guid as it came, as among the records of its source")


@blueprint.get("/waiting")
@operation("List what waits", query=WaitingQuery, gives={200: WaitingList}, problems=(422,))
@policy("write")
def list_waiting() -> Response:
    """New entries of sources under review, changes of theirs, and what looks like known ones."""
    asked = asking.query(WaitingQuery)
    if not re.fullmatch(_CURSOR, asked.cursor or ""):
        raise InvalidFields([FieldFault("cursor", "not a cursor of this list")])
    try:
        page, more = current_service().sources.waiting(cursor=asked.cursor, limit=asked.limit)
    except ItemError as error:
        raise InvalidFields([FieldFault("cursor", error.reason)]) from None
    return lists.page([_object(one) for one in page], more)


def _object(one: Waiting) -> dict[str, Any]:
    spec, record = one.source.spec, one.record
    return {
        "source": {
            "id": one.source.id,
            "url": masked(spec.url),
            "name": spec.name or one.source.state.title,
        },
        "key": one.key,
        "guid": record.guid,
        "digest": one.seen,
        "kind": "new" if one.now is None else "change",
        "why": record.why,
        "since": record.first_at,
        "out_at": record.out_at,
        "item": itemjson.write(one.item) if one.item else None,
        "present": itemjson.write(one.now) if one.now else None,
    }


@blueprint.post("/waiting/<number>/<key>")
@operation(
    "Publish what waits, or drop it",
    takes=Settling,
    gives={200: ItemObject, 204: None},
    headers={"If-Match": "the quoted `digest` of what was looked at: another one is 412"},
    problems=(400, 404, 409, 412, 413, 415, 422),
)
@policy("write")
def settle(number: str, key: str) -> Response:
    """Published it is answered as the item that it is now. What is dropped is not taken again.

    Its source may say something else at any time, and somebody may have edited it: only what had
    this digest is published.
    """
    given: Settling = asking.fields_of(asking.json_body(), Settling)
    sources = current_service().sources
    one = sources.one_waiting(number, key)
    digest = one.seen if asking.check_matches(f'"{one.seen}"') else given.digest
    if given.take and digest is None:
        raise InvalidFields([FieldFault("digest", _UNSEEN)])
    if given.digest not in {None, digest}:
        raise InvalidFields([FieldFault("digest", "If-Match names another one")])
    item = sources.settle(one, take=given.take, seen=digest)
    return nothing() if item is None else answering.item(item)


@blueprint.post("/items/<path:name>/take-apart")
@operation(
    "Make an item of what an item credits",
    takes=TakingApart,
    gives={201: ItemObject},
    problems=(400, 404, 409, 413, 415, 422),
)
@policy("write")
def take_apart(name: str) -> Response:
    """The entry of another source gets an item of its own, and the credit goes."""
    given: TakingApart = asking.fields_of(asking.json_body(), TakingApart)
    item = found(name)
    sources = current_service().sources
    made = sources.take_apart(item, sources.source(str(given.source)), given.guid)
    return answer(
        itemjson.write(made),
        201,
        etag=asking.etag_of(made),
        location=answering.item_address(made),
    )
