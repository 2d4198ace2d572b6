"""``/api/v1/feeds``: the feeds; those that config.toml does not declare are made here."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from feedsvc.config import FeedSection, read_feed
from feedsvc.errors import NotFound
from feedsvc.publish.telling import READ_ONLY, feed_etag, feed_object
from feedsvc.web import auth
from feedsvc.web.api import asking, blueprint, lists
from feedsvc.web.api.answering import answer, nothing
from feedsvc.web.api.operations import JSON, MERGE_PATCH, operation
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

IF_MATCH = {"If-Match": "the ETag of the version that this is about: another one is 412"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Terms(_Strict):
    """Words to choose items by."""

    tags: list[str] | None = None
    authors: list[str] | None = None
    sources: list[str] | None = None
    languages: list[str] | None = None
    text: list[str] | None = None


class Rules(_Strict):
    """Which items a feed takes: all of these words, any of those, none of the others."""

    all: Terms | None = None
    any: Terms | None = None
    none: Terms | None = None


class FeedAuthor(_Strict):
    """By whom items are that name nobody."""

    name: str | None = None
    email: str | None = None
    uri: str | None = None


def _told() -> Any:
    return Field(None, description="said by the service", json_schema_extra={"readOnly": True})


class FeedFields(_Strict):
    """A feed as config.toml would have it; what is left out, or null, is as usual."""

    name: str | None = Field(None, description="as it stands in the address")
    title: str | None = None
    description: str | None = None
    language: str | None = None
    author: FeedAuthor | None = None
    page_size: int | None = Field(None, description="items in the live feed, 1 to 200")
    max_bytes: int | None = Field(None, description="the size that no document exceeds")
    content: str | None = Field(None, description="`full` or `summary`")
    private: bool | None = Field(None, description="for its subscribers alone")
    hold: str | None = Field(None, description="how long items wait before they enter: `10m`")
    delta: bool | None = Field(None, description="give what is new alone to who asks for that")
    where: Rules | None = None
    formerly: list[str] | None = Field(None, description="names that it had before")
    ends: str | None = Field(None, description="its last day, or the moment of its end")
    notice: str | None = Field(None, description="what its followers are told of its end")
    declared: Any = _told()
    origin: Any = _told()
    count: Any = _told()
    changed_at: Any = _told()
    addresses: Any = _told()


class FeedObject(BaseModel):
    """A feed as it is."""

    name: str
    title: str | None
    description: str | None
    language: str | None
    author: dict[str, str | None] | None
    page_size: int
    max_bytes: int
    content: Literal["full", "summary"]
    private: bool
    hold: str
    delta: bool
    where: dict[str, dict[str, list[str]]]
    formerly: list[str]
    ends: datetime | None
    notice: str | None
    declared: str | None = Field(description="the file that alone can change it, or null")
    origin: str | None = Field(description="who made it or changed it last: `api:NAME` …")
    count: int = Field(description="how many items it has")
    changed_at: datetime | None
    addresses: dict[str, str] = Field(description="`page`, `rss`, `atom`, `json`")


class FeedList(BaseModel):
    """A page of feeds, the main one first."""

    items: list[FeedObject]
    next_cursor: str | None


@blueprint.get("/feeds")
@operation("List feeds", query=lists.ListQuery, gives={200: FeedList}, problems=(422,))
@policy("write")
def list_feeds() -> Response:
    """Those that have not ended, private ones too."""
    asked = asking.query(lists.ListQuery)
    sections = current_service().settings.all_feeds()
    return lists.whole([_object(section) for section in sections], asked)


@blueprint.post("/feeds")
@operation(
    "Make a feed",
    takes=FeedFields,
    gives={201: FeedObject},
    problems=(400, 409, 413, 415, 422),
)
@policy("admin")
def make_feed() -> Response:
    """It takes in what fits of all that is published already."""
    asking.refuse_key("a feed has its name, so that sent again it makes no second one")
    section = _read(_sent(JSON), None)
    current_service().make_feed(section, origin=auth.origin("api"))
    return _answer(_section(section.name), 201)


@blueprint.get("/feeds/<name>")
@operation(
    "Read a feed",
    gives={200: FeedObject},
    headers={"If-None-Match": "the ETag that is known already: 304 if it is still that"},
    problems=(404,),
)
@policy("write")
def read_feed_object(name: str) -> Response:
    """By its present name."""
    return _answer(_section(name))


@blueprint.put("/feeds/<name>")
@operation(
    "Replace a feed",
    takes=FeedFields,
    gives={200: FeedObject},
    headers=IF_MATCH,
    problems=(400, 404, 409, 412, 413, 415, 422),
)
@policy("admin")
def replace_feed(name: str) -> Response:
    """With another `name` it is renamed: it keeps its id, items and archive, and leads on."""
    sent = _sent(JSON)
    return _changed(_section(name), {"name": name} | sent)


@blueprint.patch("/feeds/<name>")
@operation(
    "Change a feed",
    takes=FeedFields,
    media_types=(MERGE_PATCH, JSON),
    gives={200: FeedObject},
    headers=IF_MATCH,
    problems=(400, 404, 409, 412, 413, 415, 422),
)
@policy("admin")
def change_feed(name: str) -> Response:
    """What is not sent stays as it is, null puts it back to what is usual (RFC 7396)."""
    sent = _sent(MERGE_PATCH, JSON)
    section = _section(name)
    said = section.model_dump(mode="json", exclude_defaults=True)
    return _changed(section, _merged(said, sent))


@blueprint.delete("/feeds/<name>")
@operation("End a feed", gives={204: None}, headers=IF_MATCH, problems=(404, 409, 412))
@policy("admin")
def end_feed(name: str) -> Response:
    """Its address is 410 from now on; its items stay where they are otherwise."""
    section = _section(name)
    asking.check_matches(feed_etag(section))
    current_service().end_feed(section.name)
    return nothing()


def _sent(*media_types: str) -> dict[str, Any]:
    """The fields that were sent, as they came. Raises InvalidFields for other ones."""
    value = asking.json_body(*media_types)
    asking.fields_of(value, FeedFields)
    said = value if isinstance(value, dict) else {}
    return {name: part for name, part in said.items() if name not in READ_ONLY}


def _merged(old: Any, patch: Any) -> Any:
    """RFC 7396 2."""
    if not isinstance(patch, dict):
        return patch
    found = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        found[name] = _merged(found.get(name), value)
    return found


def _said(value: Any) -> Any:
    """Without what is null."""
    if isinstance(value, dict):
        return {name: _said(part) for name, part in value.items() if part is not None}
    return value


def _read(given: dict[str, Any], old: FeedSection | None) -> FeedSection:
    others = current_service().settings.all_feeds()
    return read_feed(_said(given), [one for one in others if old is None or one.name != old.name])


def _changed(old: FeedSection, given: dict[str, Any]) -> Response:
    service = current_service()
    asking.check_matches(feed_etag(old))
    section = _read(given, old)
    service.make_feed(section, origin=auth.origin("api"), replaces=old.name)
    return _answer(_section(section.name))


def _section(name: str) -> FeedSection:
    """Raises NotFound."""
    for section in current_service().settings.all_feeds():
        if section.name == name:
            return section
        if name in section.formerly:
            raise NotFound(f"the feed {name} is called {section.name} now")
    raise NotFound(f"no feed is called {name!r}")


def _object(section: FeedSection) -> dict[str, Any]:
    service = current_service()
    declared = service.declared_in(section.name)
    made = None if declared else service.store.made_feeds().get(section.name)
    return feed_object(
        section,
        service.store.feed_state(section.name),
        site_url=service.fixed.site.url,
        declared=declared,
        origin=made.origin if made else None,
    )


def _answer(section: FeedSection, status: int = 200) -> Response:
    where = f"{current_service().fixed.site.url}/api/v1/feeds/{section.name}"
    told, etag = _object(section), feed_etag(section)
    return answer(told, status, etag=etag, location=where if status == 201 else None)
