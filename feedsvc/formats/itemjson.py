"""Items as the JSON objects of the API: the one reader and the one writer.

The field names are the model's own; docs/api.md tells users of them. What is read is checked for
its form alone (every faulty field is named at once) and is not clean yet: the border does that.
Times are ISO 8601, written in UTC with ``Z`` (RFC 3339), lengths bytes, durations seconds.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from feedsvc.errors import FieldFault, InvalidFields, ItemError
from feedsvc.formats import itemfile
from feedsvc.formats.itemfields import READ_ONLY, ItemFields, PodcastFields
from feedsvc.formats.itemfile import _markdown
from feedsvc.formats.itemfile._matter import directed
from feedsvc.model import (
    Author,
    Category,
    Direction,
    Enclosure,
    Item,
    Podcast,
    Reference,
    Source,
    Status,
    Via,
    direction_of,
    shortened,
)

#: What an item's text may be written in.
Form = Literal["markdown", "html", "text"]

#: UTF-8 bytes of Markdown or plain text; of what comes of it the border has a bound.
TEXT_MAX = 256 * 1024
#: A body can be wrong in a hundred thousand places; whoever sent it needs no list of them all.
_FAULTS_MAX = 50
_NAME_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Given:
    """An item as it was given, uncleaned, and the names of the fields that were said."""

    item: Item
    told: frozenset[str]


def loads(data: bytes) -> object:
    """A JSON document (RFC 8259). Raises InvalidFields for what is none.

    ``NaN`` is no JSON; numbers without end, nesting without end and halves of characters are
    nothing that anybody means.
    """
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidFields([FieldFault("", f"this is no JSON: {error}")]) from None


def read(value: object, *, old: Item | None = None, partial: bool = False) -> Given:
    """The item that a JSON value describes. Raises InvalidFields naming every faulty field.

    ``old`` is the item that it is a new version of: what only a client that means it says (the
    status) stays as it is. ``partial`` takes the value as a patch of it (RFC 7396): fields that
    are not there stay, null takes away. Else they, and null, are what a new item has.
    """
    if not isinstance(value, Mapping):
        raise InvalidFields([FieldFault("", "must be a JSON object with the fields of an item")])
    if partial and old is not None:
        value = _patched(value, old)
    fields = _validated(ItemFields, value)
    told = fields.model_fields_set - READ_ONLY
    if fields.status is None:  # an item always has one: null says nothing
        told.discard("status")
    said = {name: _model_value(name, getattr(fields, name)) for name in told - _TEXTS}
    if "language" in told and "direction" not in told:
        said["direction"] = None  # the language says it
    made = told & _TEXTS != {"content_html"}  # else, as programs mostly send it, it is as it comes
    if not made:
        said |= {"content_html": fields.content_html or "", "content_markdown": None}
    if partial and old is not None:
        item = replace(old, **said)
    else:
        item = Item(**{"status": old.status if old else _NEW.status} | said)
    return Given(_with_content(item, fields, told, old) if made else item, frozenset(told))


_PASSWORD = re.compile(r"\A((?:source|import):[a-z][a-z0-9+.-]*:[/\\]*)[^/\\?#]*@", re.IGNORECASE)


def shown_origin(origin: str) -> str:
    """Where an item comes from, as it may be told: no password of a feed's address is in it.

    >>> shown_origin("source:https://me:secret@news.example/feed")
    'source:https://***@news.example/feed'
    """
    return _PASSWORD.sub(r"\1***@", origin)


def write(item: Item) -> dict[str, object]:
    """The object that stands for an item in the API: every field, null where there is nothing."""
    podcast = item.podcast
    return {
        "guid": item.guid,
        "slug": item.slug,
        "url": item.url,
        "external_url": item.external_url,
        "title": item.title,
        "summary": item.summary,
        "content_html": item.content_html,
        "content_markdown": item.content_markdown,
        "authors": [_flat(author) for author in item.authors],
        "categories": [_flat(category) for category in item.categories],
        "published": _when(item.published),
        "updated": _when(item.updated),
        "language": item.language,
        "direction": item.direction,
        "enclosures": [_flat(file) for file in item.enclosures],
        "image": item.image,
        "source": _flat(item.source) if item.source else None,
        "via": [_flat(place) for place in item.via],
        "comments_url": item.comments_url,
        "rights": item.rights,
        "podcast": asdict(podcast) if podcast else None,
        "status": item.status.value,
        "expires": _when(item.expires),
        "feeds": list(item.feeds),
        "origin": shown_origin(item.origin),
        "revision": item.revision,
        "aliases": list(item.aliases),
    }


def _flat(record: Author | Category | Enclosure | Source | Via) -> dict[str, object]:
    """The fields of a record that has no other in it; ``asdict`` takes ten times as long."""
    return {name: getattr(record, name) for name in record.__slots__}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Content as HTML, not clean yet, and the heading that stood first in it and is the title."""

    html: str
    heading: str = ""


def render(
    text: str,
    form: Form,
    *,
    title: str | None = None,
    language: str | None = None,
    direction: Direction | None = None,
) -> Rendered:
    """What ``text`` becomes in feeds, before it is cleaned.

    A first heading that says what ``title`` says is left out, since readers show the title; so is
    any first heading where there is no title. Text that is written from right to left says so.
    """
    direction = direction or direction_of(language)
    if form == "markdown":
        made = _markdown.render(text.replace("\r\n", "\n").replace("\r", "\n"), title=title)
        return Rendered(directed(made.html, direction, language), made.heading)
    if form == "text":
        html = itemfile.paragraphs(text.replace("\r\n", "\n").replace("\r", "\n"))
        return Rendered(directed(html, direction, language))
    return Rendered(text)


# The content: HTML, or what it is made of

_TEXTS = frozenset({"content_html", "content_markdown", "content_text"})


def _with_content(item: Item, fields: ItemFields, told: set[str], old: Item | None) -> Item:
    """The item with its content as HTML, and with the Markdown that it was made of."""
    html, markdown, text = fields.content_html, fields.content_markdown, fields.content_text
    if text is not None and (html or markdown):
        reason = "give one of content_html, content_markdown and content_text"
        raise InvalidFields([FieldFault("content_text", reason)])
    if markdown is not None and not (html is not None and _only_html_changed(html, markdown, old)):
        _bounded("content_markdown", markdown)
        if "\0" in markdown:  # it is kept as it was written, which no database does with this
            reason = "holds the character NUL; take it out"
            raise InvalidFields([FieldFault("content_markdown", reason)])
        title = item.title if "title" in told or item.title else None
        try:
            made = render(
                markdown, "markdown", title=title, language=item.language, direction=item.direction
            )
        except ItemError as error:
            raise InvalidFields([FieldFault("content_markdown", error.reason)]) from None
        title = shortened(made.heading, 500) if title is None else title
        return replace(item, title=title, content_html=made.html, content_markdown=markdown)
    if text is not None:
        _bounded("content_text", text)
        made = render(text, "text", language=item.language, direction=item.direction)
        return replace(item, content_html=made.html, content_markdown=None)
    if "content_html" in told or "content_text" in told:
        return replace(item, content_html=html or "", content_markdown=None)
    if "content_markdown" in told:  # null: no longer Markdown; what was made of it stays
        return replace(item, content_markdown=None)
    return item


def _only_html_changed(html: str, markdown: str, old: Item | None) -> bool:
    """Whether somebody who read the item has sent both back and has changed the HTML alone."""
    return old is not None and markdown == old.content_markdown and html != old.content_html


def _bounded(name: str, text: str) -> None:
    if (size := len(text.encode(errors="replace"))) > TEXT_MAX:
        reason = f"is {size:,} bytes; at most {TEXT_MAX:,} (256 KiB)"
        raise InvalidFields([FieldFault(name, reason)])


# From the fields to the model

_NEW = Item()


def _model_value(name: str, value: Any) -> Any:
    """A field as the model has it; null is what a new item has."""
    if value is None:
        return getattr(_NEW, name)
    match name:
        case "authors":
            return tuple(Author(one.name, one.email, one.uri) for one in value)
        case "categories":
            return tuple(Category(one.term, one.scheme, one.label) for one in value)
        case "enclosures":
            return tuple(
                Enclosure(one.url, one.type or "", one.length, one.title, one.duration)
                for one in value
            )
        case "source":
            return Source(value.title, value.url, value.feed_url, value.guid)
        case "via":
            return tuple(Via(one.url, one.title) for one in value)
        case "podcast":
            return _podcast(value)
        case "status":
            return Status(value)
        case "feeds" | "aliases":
            return tuple(value)
        case _:
            return value


def _podcast(given: PodcastFields) -> Podcast:
    transcript, chapters = given.transcript, given.chapters
    return Podcast(
        given.duration,
        given.episode,
        given.season,
        given.explicit,
        Reference(transcript.url, transcript.type or "") if transcript else None,
        Reference(chapters.url, chapters.type or "") if chapters else None,
    )


def _patched(value: Mapping[str, Any], old: Item) -> Mapping[str, Any]:
    """A patch whose inner objects are whole: what they don't say is what the item has."""
    whole = {
        name: _merge(_plain(getattr(old, name)), value[name])
        for name in ("source", "podcast")
        if isinstance(value.get(name), Mapping)
    }
    return {**value, **whole}


def _plain(value: Source | Podcast | None) -> dict[str, Any]:
    return asdict(value) if value is not None else {}


def _merge(target: object, patch: object) -> object:
    """RFC 7396 2; members that are null are taken away."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        merged[name] = None if value is None else _merge(merged.get(name), value)
    return merged


def _when(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Faults


def validated(model: type[BaseModel], value: object) -> Any:
    """``value`` as this model of fields. Raises InvalidFields naming every faulty field."""
    return _validated(model, value)


def _validated(model: Any, value: object) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = [_fault(one, model) for one in found[:_FAULTS_MAX]]
        if len(found) > _FAULTS_MAX:
            more = len(found) - _FAULTS_MAX
            faults.append(FieldFault("", f"{more} more fields are wrong"))
        raise InvalidFields(faults) from None


_REASONS = {
    "missing": "must be given",
    "string_type": "must be text",
    "string_unicode": "must be text of whole characters",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be at least {ge}",
    "literal_error": "must be {expected}",
    "too_long": "must hold at most {max_length}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be an address that begins with http:// or https://",
    "value_error": "{error}",
}


def _fault(error: ErrorDetails, model: type[BaseModel]) -> FieldFault:
    kind, place = error["type"], error["loc"]
    if kind == "extra_forbidden":
        return FieldFault(_path(place), _unknown(place, model))
    context = {name: str(value) for name, value in error.get("ctx", {}).items()}
    reason = _REASONS.get(kind)
    return FieldFault(_path(place), reason.format(**context) if reason else error["msg"])


def _unknown(place: Sequence[int | str], model: type[BaseModel]) -> str:
    names = model.model_fields if len(place) == 1 else {}
    close = difflib.get_close_matches(_shown(place[-1]), names, 1)
    return f"there is no such field; is {close[0]} meant?" if close else "there is no such field"


def _path(place: Sequence[int | str]) -> str:
    """The name of a field as the API spells it: ``authors[0].name``."""
    path = ""
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{_shown(part)}" if path else _shown(part)
    return path


def _shown(name: int | str) -> str:
    """A name that somebody sent, as it can be told: printable, and not without end."""
    return shortened(str(name).encode("unicode_escape").decode("ascii"), _NAME_SHOWN)
