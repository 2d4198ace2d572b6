"""``/api/v1/sources``: feeds of others that are polled; made, changed, ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from feedsvc.errors import NotFound
from feedsvc.intake.importing.telling import READ_ONLY, said_of, source_etag, source_object
from feedsvc.store import SourceRow
from feedsvc.web import auth
from feedsvc.web.api import asking, blueprint, lists
from feedsvc.web.api.answering import answer, nothing
from feedsvc.web.api.feeds import IF_MATCH, NAME, TEXT, Rules, Strict, said, told
from feedsvc.web.api.operations import JSON, MERGE_PATCH, operation
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

#: As good as all addresses that are asked: others have a password, or are written in numbers.
_URL = (
    r"^https?://([A-Za-z0-9_-]{1,40}\.){0,4}[A-Za-z_-][A-Za-z0-9_-]{0,39}"
    r"(:(80|443|8080|8443))?([/?#][^\x00-\x20\x7f<>\"{}|\\^`]*)?$"
)
_EVERY = r"^([1-9][0-9]{0,2}|1[0-9]{3}) ?[mh]$"


class SourceSaid(Strict):
    """A source as config.toml would have it; what is left out, or null, is as usual."""

    url: str | None = said("the address of the feed", pattern=_URL)
    name: str | None = said("what to call it, instead of its title", maxLength=200, **TEXT)
    into: str | None = said("the feed that takes its items", pattern=NAME)
    every: str | None = said("how often it is polled: `30m`, `2h`", pattern=_EVERY)
    trust: str | None = said(
        "`publish` at once, or let items wait for a `review`", enum=["publish", "review", None]
    )
    veto: str | None = said(
        "with `review`: after this time an item goes out by itself", pattern=_EVERY
    )
    where: Rules | None = None
    id: Any = told()
    declared: Any = told()
    origin: Any = told()
    status: Any = told()
    last_error: Any = told()
    failures: Any = told()
    next_poll_at: Any = told()
    reason: Any = told()
    last_poll_at: Any = told()
    last_success_at: Any = told()
    title: Any = told()
    site_url: Any = told()
    fetch_url: Any = told()
    hub: Any = told()
    items: Any = told()
    waiting: Any = told()
    created_at: Any = told()


class NewSource(SourceSaid):
    """A source to be made: it has an address."""

    url: str = Field(description="the address of the feed", json_schema_extra={"pattern": _URL})


class SourceObject(BaseModel):
    """A source as it is: what is wanted of it, and how it fares. No address shows a password."""

    id: int
    url: str
    name: str
    into: str | None
    every: str
    trust: Literal["publish", "review"]
    veto: str | None
    where: dict[str, dict[str, list[str]]]
    declared: str | None = Field(description="the file that alone can change it, or null")
    origin: str = Field(description="who made it or changed it last: `api:NAME` …")
    status: Literal["new", "ok", "failing", "held", "gone", "paused", "ended"]
    last_error: str | None
    failures: int = Field(description="how often polls have failed in a row")
    next_poll_at: datetime | None
    reason: str = Field(description="why it is polled then, or is not")
    last_poll_at: datetime | None
    last_success_at: datetime | None
    title: str = Field(description="what the feed calls itself")
    site_url: str | None
    fetch_url: str = Field(description="where it is fetched now, after lasting redirects")
    hub: str | None
    items: int = Field(description="entries of which an item is made")
    waiting: int = Field(description="entries that wait for a look")
    created_at: datetime


class SourceList(BaseModel):
    """A page of sources, by name."""

    items: list[SourceObject]
    next_cursor: str | None


@blueprint.get("/sources")
@operation("List sources", query=lists.ListQuery, gives={200: SourceList}, problems=(422,))
@policy("write")
def list_sources() -> Response:
    """Feeds of others that are polled: those that have not ended."""
    asked = asking.query(lists.ListQuery)
    after = lists.number(asked.cursor) if asked.cursor is not None else None
    try:
        rows, more = current_service().sources.page(after=after, limit=asked.limit)
    except NotFound:  # a number that was never given: as beyond the end of other lists
        rows, more = [], None
    return lists.page([source_object(row) for row in rows], None if more is None else str(more))


@blueprint.post("/sources")
@operation(
    "Make a source",
    takes=NewSource,
    gives={201: SourceObject},
    problems=(400, 409, 413, 415, 422),
)
@policy("admin")
def make_source() -> Response:
    """It is polled within a second. There is one of an address (409)."""
    asking.refuse_key("a source has its address, so that sent again it makes no second one")
    sources = current_service().sources
    spec = sources.read(asking.without_null(_sent(JSON)))
    return answered(sources.make(spec, origin=auth.origin("api")), 201)


@blueprint.get("/sources/<number>")
@operation(
    "Read a source",
    gives={200: SourceObject},
    headers={"If-None-Match": "the ETag that is known already: 304 if it is still that"},
    problems=(404,),
)
@policy("write")
def read_source(number: str) -> Response:
    """Its ETag is that of what is wanted of it: how it fares moves nothing."""
    return answered(current_service().sources.source(number))


@blueprint.put("/sources/<number>")
@operation(
    "Replace a source",
    takes=SourceSaid,
    gives={200: SourceObject},
    headers=IF_MATCH,
    problems=(400, 404, 409, 412, 413, 415, 422),
)
@policy("admin")
def replace_source(number: str) -> Response:
    """With another `url` it is polled there at once. A password that was masked stays."""
    sent = _sent(JSON)
    row = current_service().sources.source(number)
    return _changed(row, sent)


@blueprint.patch("/sources/<number>")
@operation(
    "Change a source",
    takes=SourceSaid,
    media_types=(MERGE_PATCH, JSON),
    gives={200: SourceObject},
    headers=IF_MATCH,
    problems=(400, 404, 409, 412, 413, 415, 422),
)
@policy("admin")
def change_source(number: str) -> Response:
    """What is not sent stays as it is, null puts it back to what is usual (RFC 7396)."""
    sent = _sent(MERGE_PATCH, JSON)
    row = current_service().sources.source(number)
    return _changed(row, asking.merged(said_of(row.spec), sent))


@blueprint.delete("/sources/<number>")
@operation("End a source", gives={204: None}, headers=IF_MATCH, problems=(404, 409, 412))
@policy("admin")
def end_source(number: str) -> Response:
    """It is not polled any more; its items stay."""
    sources = current_service().sources
    row = sources.source(number)
    asking.check_matches(source_etag(row))
    sources.end(row)
    return nothing()


def _sent(*media_types: str) -> dict[str, Any]:
    """The fields that were sent, as they came. Raises InvalidFields for other ones."""
    value = asking.json_body(*media_types)
    asking.fields_of(value, SourceSaid)
    sent = value if isinstance(value, dict) else {}
    return {name: part for name, part in sent.items() if name not in READ_ONLY}


def _changed(row: SourceRow, given: dict[str, Any]) -> Response:
    sources = current_service().sources
    asking.check_matches(source_etag(row))
    given = {"url": said_of(row.spec)["url"]} | asking.without_null(given)
    spec = sources.read(given, row)
    return answered(sources.change(row, spec, origin=auth.origin("api")))


def answered(row: SourceRow, status: int = 200) -> Response:
    """A source as it is."""
    where = f"{current_service().fixed.site.url}/api/v1/sources/{row.id}"
    return answer(
        source_object(row),
        status,
        etag=source_etag(row),
        location=where if status == 201 else None,
    )
