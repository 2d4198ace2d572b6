"""``/api/v1/sources/ID/…``: when a source is polled, and what became of what it has shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from feedsvc.config import WhereSection
from feedsvc.formats import itemjson, opml
from feedsvc.formats.itemfields import ItemObject
from feedsvc.intake.importing.telling import source_object
from feedsvc.store import Record
from feedsvc.web.api import asking, blueprint, lists
from feedsvc.web.api.answering import answer
from feedsvc.web.api.feeds import Rules, Strict
from feedsvc.web.api.operations import operation
from feedsvc.web.api.sources import SourceObject, answered
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy
from feedsvc.web.sourcelist import exported

#: Items that a preview shows.
_PREVIEWED = 20


class RecordObject(BaseModel):
    """What is known of an entry of a source."""

    guid: str = Field(description="as it came")
    state: Literal["own", "credit", "apart", "dropped", "waiting", "refused", "ours"]
    why: str = Field(description="why that became of it, where it is not taken as it came")
    item: str | None = Field(description="the guid of its item, or of the one that credits it")
    published: datetime | None
    first_at: datetime = Field(description="the first poll that had it")
    seen_at: datetime = Field(description="the last poll that had it, to some hours")
    out_at: datetime | None = Field(description="when it goes out by itself, if it waits")


class RecordList(BaseModel):
    """The entries that a source has shown, last seen first."""

    items: list[RecordObject]
    next_cursor: None = None


class RecordsQuery(BaseModel):
    """How many are listed."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=lists.MOST)] = lists.USUAL


class PreviewFields(Strict):
    """A rule to be tried on what is here of a source."""

    source: int = Field(description="its `id`", ge=1, le=999_999_999)
    where: Rules | None = None


class PreviewObject(BaseModel):
    """What a rule would take of the published items of a source."""

    count: int = Field(description="how many in all")
    items: list[ItemObject] = Field(description="the newest of them, 20 at most")


@blueprint.post("/sources/<number>/poll")
@operation("Poll a source now", gives={202: SourceObject}, problems=(404, 409))
@policy("admin")
def poll_source(number: str) -> Response:
    """It is due now: the scheduler polls it within a second, this answer does not wait for it."""
    sources = current_service().sources
    row = sources.poll_soon(sources.source(number))
    return answer(source_object(row), 202)


@blueprint.post("/sources/<number>/pause")
@operation("Pause a source", gives={200: SourceObject}, problems=(404,))
@policy("admin")
def pause_source(number: str) -> Response:
    """It is not polled until it is resumed; declared ones can be paused too."""
    sources = current_service().sources
    return answered(sources.pause(sources.source(number)))


@blueprint.post("/sources/<number>/resume")
@operation("Resume a source", gives={200: SourceObject}, problems=(404,))
@policy("admin")
def resume_source(number: str) -> Response:
    """One that is paused, held, failing or gone is polled again, at once."""
    sources = current_service().sources
    return answered(sources.resume(sources.source(number)))


@blueprint.get("/sources/<number>/records")
@operation(
    "What became of the entries of a source",
    query=RecordsQuery,
    gives={200: RecordList},
    problems=(404, 422),
)
@policy("write")
def list_records(number: str) -> Response:
    """Also those that were not taken, and why. The last seen alone: there is no further page."""
    asked = asking.query(RecordsQuery)
    service = current_service()
    row = service.sources.source(number)
    found = service.store.recent_records(row.id, asked.limit)
    return lists.page([_record(record) for record in found], None)


def _record(record: Record) -> dict[str, Any]:
    return {
        "guid": record.guid,
        "state": record.state,
        "why": record.why,
        "item": record.item or None,
        "published": record.published,
        "first_at": record.first_at,
        "seen_at": record.seen_at,
        "out_at": record.out_at,
    }


@blueprint.post("/sources/preview")
@operation(
    "Try a rule on what is here of a source",
    takes=PreviewFields,
    gives={200: PreviewObject},
    problems=(400, 404, 413, 415, 422),
)
@policy("write")
def preview_rule() -> Response:
    """What a changed `where` would take of its published items. It changes nothing.

    What the present rule has left out is not here, and not counted.
    """
    sent = asking.json_body()
    given: PreviewFields = asking.fields_of(sent, PreviewFields)
    where = given.where.model_dump(exclude_none=True) if given.where else {}
    section: WhereSection = asking.fields_of({"where": where}, _Rule).where
    sources = current_service().sources
    row = sources.source(str(given.source))
    items, count = sources.matching(row, section.where(), _PREVIEWED)
    return answer({"count": count, "items": [itemjson.write(item) for item in items]})


class _Rule(BaseModel):
    where: WhereSection


@blueprint.get("/sources.opml")
@operation("All sources as OPML", given_as=opml.MEDIA_TYPE, problems=())
@policy("write")
def sources_opml() -> Response:
    """A list that feed readers import, in folders by the feed that takes them. No passwords."""
    return exported()
