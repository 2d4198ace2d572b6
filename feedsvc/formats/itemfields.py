"""The fields of an item's JSON object: which there are, of which kind, and what they mean.

These models check what comes in and are what the OpenAPI document is made of, so the two can't
disagree.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from feedsvc.formats.clean._fields import FIRST_YEAR, LAST_YEAR
from feedsvc.formats.itemfile._values import read_time

#: What the service alone says. They may stand in what is sent, since programs send back what they
#: have read, and mean nothing there.
READ_ONLY = frozenset({"origin", "revision", "notes"})

_MOST = 2**53 - 1  #: the largest whole number that every JSON parser gets right (RFC 8259 6)


class Fields(BaseModel):
    """An object all of whose members are known, and of the kind they should be."""

    model_config = ConfigDict(strict=True, extra="forbid")


def _moment(value: object) -> object:
    if isinstance(value, datetime):
        return value
    moment = read_time(value.strip()) if isinstance(value, str) else None
    if moment is None:
        raise ValueError("must be a time such as 2026-11-22T09:30:00Z")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"must be in the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


Moment = Annotated[datetime, BeforeValidator(_moment)]
#: Written so that it is the same to every reader of patterns, who differ on white space.
_HTTP = r"[Hh][Tt][Tt][Pp][Ss]?://[^\x00-\x20\x7f-\xa0]"
Address = Annotated[str, StringConstraints(pattern=rf"^[\t\n\r ]*({_HTTP}|$)")]
FileAddress = Annotated[str, StringConstraints(pattern=rf"^[\t\n\r ]*{_HTTP}")]
Number = Annotated[int, Field(ge=0, le=_MOST)]


class AuthorFields(Fields):
    """A person or an organisation."""

    name: str = Field(description="as readers show it")
    email: str | None = None
    uri: Address | None = Field(None, description="the author's own page")


class CategoryFields(Fields):
    """A tag."""

    term: str
    scheme: str | None = Field(None, description="the IRI of the vocabulary that it is of")
    label: str | None = Field(None, description="what people read, if that is not the term")


class EnclosureFields(Fields):
    """A file that comes with the item: an episode, a picture, a document."""

    url: FileAddress
    type: str | None = Field(None, description="media type; told by the address if not given")
    length: Number | None = Field(None, description="bytes")
    title: str | None = None
    duration: Number | None = Field(None, description="seconds")


class SourceFields(Fields):
    """Where a re-published item comes from."""

    title: str | None = None
    url: Address | None = Field(None, description="the page of the source")
    feed_url: Address | None = None
    guid: str | None = Field(None, description="the id of the item there, as it came")


class ViaFields(Fields):
    """Another place that carries the same story."""

    url: FileAddress
    title: str | None = Field(None, description="the name of the place")


class ReferenceFields(Fields):
    """A file that explains an episode."""

    url: FileAddress
    type: str | None = None


class PodcastFields(Fields):
    """What an episode says of itself."""

    duration: Number | None = Field(None, description="seconds")
    episode: Number | None = None
    season: Number | None = None
    explicit: bool | None = None
    transcript: ReferenceFields | None = None
    chapters: ReferenceFields | None = None


def _named(field: str, whole_type: type[Fields], name_type: Any = str) -> BeforeValidator:
    """A name alone stands for the object that has nothing but that name."""

    def whole(value: object) -> object:
        return {field: value} if isinstance(value, str) else value

    return BeforeValidator(whole, json_schema_input_type=whole_type | name_type)


OneAuthor = Annotated[AuthorFields, _named("name", AuthorFields)]
OneCategory = Annotated[CategoryFields, _named("term", CategoryFields)]
OneVia = Annotated[ViaFields, _named("url", ViaFields, FileAddress)]
StatusWord = Literal["draft", "review", "scheduled", "published", "withdrawn"]


def _said() -> Any:
    return Field(None, description="said by the service", json_schema_extra={"readOnly": True})


class ItemFields(Fields):
    """An item as it is sent. All fields may be left out; docs/api.md says what comes then.

    Of the three kinds of content one is given. What a feed can't carry is mended or dropped, and
    `notes` of the answer says so.
    """

    guid: str | None = Field(None, description="an IRI; made by the service if there is none")
    slug: str | None = Field(None, description="the last part of the item's address")
    url: Address | None = Field(None, description="its permanent link, if it is not our own page")
    external_url: Address | None = Field(None, description="the page that the item is about")
    title: str | None = Field(None, description="plain text")
    summary: str | None = Field(None, description="plain text")
    content_html: str | None = Field(None, description="HTML; it is cleaned")
    content_markdown: str | None = Field(None, description="CommonMark; kept beside its HTML")
    content_text: str | None = Field(None, description="plain text; empty lines part paragraphs")
    authors: list[OneAuthor] | None = None
    categories: list[OneCategory] | None = None
    published: Moment | None = Field(None, description="a time to come schedules the item")
    updated: Moment | None = None
    language: str | None = Field(None, description="BCP 47")
    direction: Literal["ltr", "rtl"] | None = None
    enclosures: list[EnclosureFields] | None = None
    image: Address | None = None
    source: SourceFields | None = None
    via: list[OneVia] | None = Field(None, description="who else carries it")
    comments_url: Address | None = None
    rights: str | None = None
    podcast: PodcastFields | None = None
    status: StatusWord | None = None
    expires: Moment | None = Field(None, description="when it is withdrawn by itself")
    feeds: list[str] | None = Field(None, description="the only feeds that it may be in, by name")
    aliases: list[str] | None = Field(None, description="older guids; they are never taken away")
    origin: Any = _said()
    revision: Any = _said()
    notes: Any = _said()


class ItemObject(BaseModel):
    """An item as it is answered: every field is there."""

    model_config = ConfigDict(extra="forbid")

    guid: str
    slug: str
    url: str
    external_url: str | None
    title: str
    summary: str
    content_html: str
    content_markdown: str | None
    authors: list[AuthorFields]
    categories: list[CategoryFields]
    published: datetime
    updated: datetime
    language: str | None
    direction: Literal["ltr", "rtl"] | None
    enclosures: list[EnclosureFields]
    image: str | None
    source: SourceFields | None
    via: list[ViaFields]
    comments_url: str | None
    rights: str | None
    podcast: PodcastFields | None
    status: StatusWord
    expires: datetime | None
    feeds: list[str]
    origin: str
    revision: int
    aliases: list[str]
    notes: list[str] | None = Field(
        None, description="of a write: what was mended or dropped, a sentence for each"
    )
