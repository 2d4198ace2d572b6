"""``/api/v1/feeds``: the feeds; those that config.toml does not declare are made here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from feedsvc.config import EMAIL, FeedSection, read_feed
from feedsvc.errors import NotFound
from feedsvc.publish.telling import READ_ONLY, feed_etag, feed_object
from feedsvc.web import auth
from feedsvc.web.api import asking, blueprint, lists
from feedsvc.web.api.answering import answer, nothing
from feedsvc.web.api.operations import JSON, MERGE_PATCH, operation
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

IF_MATCH = {"If-Match": "the ETag of the version that this is about: another one is 412"}


class Strict(BaseModel):
    """Fields that are sent: no others, and of no other type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def said(description: str, **schema: Any) -> Any:
    """A field that may be left out; ``schema`` tells what :func:`read_feed` takes."""
    return Field(None, description=description, json_schema_extra=schema)


_NO_CONTROLS = r"[^\x00-\x08\x0b-\x1f\x7f-\x9f]*"
TEXT = {"pattern": f"^{_NO_CONTROLS}$"}
_WORDS = {"pattern": rf"^{_NO_CONTROLS}[^\s\x00-\x1f\x7f-\x9f]{_NO_CONTROLS}$"}
NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
_LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
_DAY = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T([01][0-9]|2[0-3]):[0-5][0-9]Z)?$"
_ADDRESS = r"^https?://[a-z0-9]+(\.[a-z0-9]+)*(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~/?=&#-]*)?$"


class Terms(Strict):
    """Words to choose items by."""

    tags: list[str] | None = None
    authors: list[str] | None = None
    sources: list[str] | None = None
    languages: list[Annotated[str, Field(json_schema_extra={"pattern": _LANGUAGE})]] | None = None
    text: list[str] | None = None


class Rules(Strict):
    """Which items a feed takes: all of these words, any of those, none of the others."""

    all: Terms | None = None
    any: Terms | None = None
    none: Terms | None = None


class FeedAuthor(Strict):
    """By whom items are that name nobody."""

    name: str | None = said("a name", maxLength=200, **_WORDS)
    email: str | None = said("where to write to", pattern=EMAIL)
    uri: str | None = said("an absolute http or https address", pattern=_ADDRESS)


def told() -> Any:
    """A field that the service alone says: sent back it means nothing."""
    return Field(None, description="said by the service", json_schema_extra={"readOnly": True})


class FeedFields(Strict):
    """A feed as config.toml would have it; what is left out, or null, is as usual."""

    name: str | None = said("as it stands in the address", pattern=NAME)
    title: str | None = said("plain text", maxLength=500, **_WORDS)
    description: str | None = said("plain text", maxLength=2000, **TEXT)
    language: str | None = said("BCP 47", pattern=_LANGUAGE)
    author: FeedAuthor | None = None
    page_size: int | None = said("items in the live feed", minimum=1, maximum=200)
    max_bytes: int | None = said(
        "the size that no document exceeds", minimum=16 * 1024, maximum=8 * 1024 * 1024
    )
    content: str | None = said("how much of items", enum=["full", "summary", None])
    private: bool | None = Field(None, description="for its subscribers alone")
    hold: str | None = said(
        "how long items wait before they enter: `10m`", pattern=r"^[0-9]{1,4} ?[smhd]$"
    )
    delta: bool | None = Field(None, description="give what is new alone to who asks for that")
    where: Rules | None = None
    formerly: list[Annotated[str, Field(json_schema_extra={"pattern": NAME})]] | None = Field(
        None, description="names that it had before"
    )
    ends: str | None = said("its last day, or the moment of its end", pattern=_DAY)
    notice: str | None = said("what its followers are told of its end", maxLength=2000, **_WORDS)
    declared: Any = told()
    origin: Any = told()
    count: Any = told()
    changed_at: Any = told()
    addresses: Any = told()


class NewAuthor(FeedAuthor):
    """An author is somebody with a name."""

    name: str = Field(description="a name", json_schema_extra={"maxLength": 200, **_WORDS})


class NewFeed(FeedFields):
    """A feed to be made: it has a name."""

    name: str = Field(
        description="as it stands in the address", json_schema_extra={"pattern": NAME}
    )
    author: NewAuthor | None = None


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
    takes=NewFeed,
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
    return _changed(_section(name), sent)


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
    known = section.model_dump(mode="json", exclude_defaults=True)
    return _changed(section, asking.merged(known, sent))


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
    sent = value if isinstance(value, dict) else {}
    return {name: part for name, part in sent.items() if name not in READ_ONLY}


def _read(given: dict[str, Any], old: FeedSection | None) -> FeedSection:
    others = current_service().settings.all_feeds()
    return read_feed(
        asking.without_null(given), [one for one in others if old is None or one.name != old.name]
    )


def _changed(old: FeedSection, given: dict[str, Any]) -> Response:
    service = current_service()
    asking.check_matches(feed_etag(old))
    section = _read({"name": old.name} | asking.without_null(given), old)
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
    found, etag = _object(section), feed_etag(section)
    return answer(found, status, etag=etag, location=where if status == 201 else None)
