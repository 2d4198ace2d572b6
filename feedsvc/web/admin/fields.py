"""An item as the fields of a form, and the form as a change of the item. Pure.

All values are text as a person types it. What is sent back is compared with what was shown, so
that only what somebody touched is changed, and of two people who changed different fields neither
loses anything.
"""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Literal, Protocol

from feedsvc.errors import FieldFault, InvalidFields
from feedsvc.formats import itemjson
from feedsvc.model import Author, Category, Item, Status, term_key
from feedsvc.web.admin import episode

TextForm = Literal["markdown", "html"]


class Form(Protocol):
    """What was sent: names with one value or several (werkzeug's MultiDict)."""

    def get(self, key: str, default: str, /) -> str: ...

    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class File:
    """A line of the files that come with an article. ``length`` is in bytes."""

    url: str
    title: str = ""
    type: str = ""
    length: str = ""
    duration: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """What the form shows. ``tags`` are parted by commas, ``authors`` and ``via`` by lines."""

    title: str = ""
    text: str = ""
    form: TextForm = "markdown"
    summary: str = ""
    tags: str = ""
    authors: str = ""
    slug: str = ""
    language: str = ""
    published: str = ""
    expires: str = ""
    external_url: str = ""
    image: str = ""
    rights: str = ""
    files: tuple[File, ...] = ()
    feeds: tuple[str, ...] = ()
    comments_url: str = ""
    episode: str = ""
    season: str = ""
    explicit: str = ""
    duration: str = ""
    transcript: str = ""
    chapters: str = ""
    source_title: str = ""
    source_url: str = ""
    source_feed: str = ""
    via: str = ""


#: What the fields are called on pages, in their order there.
LABELS = {
    "title": "Title",
    "text": "Text",
    "form": "Written in",
    "summary": "Summary",
    "tags": "Tags",
    "authors": "Authors",
    "external_url": "Link",
    "image": "Picture",
    "files": "Files",
    "published": "Date",
    "expires": "Expires",
    "slug": "Address",
    "language": "Language",
    "rights": "Rights",
    "feeds": "Feeds",
    "episode": "Episode",
    "season": "Season",
    "explicit": "Explicit",
    "duration": "Duration",
    "transcript": "Transcript",
    "chapters": "Chapters",
    "comments_url": "Comments",
    "source_title": "First published by",
    "source_url": "Its page",
    "source_feed": "Its feed",
    "via": "Also at",
}
#: The names that the API has for fields, where a form calls them otherwise.
_SHOWN_AS = {
    "content_html": "text",
    "content_markdown": "text",
    "categories": "tags",
    "enclosures": "files",
}
#: Somebody has gone back to a form that was saved already, and has written on.
_SENT_BEFORE = (
    "this form was saved before with another text, and the list of articles has what it made; "
    "saving again makes a second article"
)
_TEXTS = ("title", "summary", "slug")
_OPTIONAL = ("language", "external_url", "image", "rights", "comments_url")
_ONE_LINE = ("title", "slug", "published", "expires", *_OPTIONAL, *episode.PODCAST, *episode.SOURCE)
_FILE_COLUMNS = tuple(f"file_{one.name}" for one in dataclasses.fields(File))


def of_item(item: Item) -> Fields:
    """What the form shows of an item."""
    markdown = item.content_markdown
    # An article without a word yet is begun in Markdown, whoever made it.
    in_html = markdown is None and bool(item.content_html)
    return Fields(
        title=item.title,
        text=_unix(item.content_html if in_html else markdown or ""),
        form="html" if in_html else "markdown",
        summary=item.summary,
        tags=_tags_shown(item.categories),
        authors="\n".join(map(_author_shown, item.authors)),
        slug=item.slug,
        language=item.language or "",
        published=_minute(item.published) if has_chosen_date(item) else "",
        expires=_minute(item.expires) if item.expires else "",
        external_url=item.external_url or "",
        image=item.image or "",
        rights=item.rights or "",
        files=tuple(
            File(
                one.url,
                one.title or "",
                one.type,
                "" if one.length is None else str(one.length),
                episode.time(one.duration),
            )
            for one in item.enclosures
        ),
        feeds=item.feeds,
        comments_url=item.comments_url or "",
        via="\n".join(" ".join(filter(None, (one.title, one.url))) for one in item.via),
        **episode.shown(item),
    )


def of_form(form: Form) -> Fields:
    """What somebody typed."""
    lines = {name: " ".join(form.get(name, "").split()) for name in _ONE_LINE}
    columns = zip_longest(*map(form.getlist, _FILE_COLUMNS), fillvalue="")
    files = (File(*(" ".join(value.split()) for value in row)) for row in columns)
    return Fields(
        text=_unix(form.get("text", "")),
        form="html" if form.get("form", "") == "html" else "markdown",
        summary=" ".join(form.get("summary", "").split()),
        tags=" ".join(form.get("tags", "").split()),
        authors=_lines(form.get("authors", "")),
        via=_lines(form.get("via", "")),
        files=tuple(file for file in files if file.url),
        feeds=tuple(dict.fromkeys(form.getlist("feeds"))),
        **lines,
    )


def has_chosen_date(item: Item) -> bool:
    """Whether the item's date says something. That of a draft mostly says when it was begun.

    Dates that somebody chose in the form have whole minutes, and :mod:`deciding` sees to it that
    the others have not.
    """
    if item.published is None:
        return False
    if item.status in (Status.PUBLISHED, Status.WITHDRAWN):
        return True
    return item.published.second == 0


def changed(mine: Fields, base: Fields) -> frozenset[str]:
    """The names of the fields that differ."""
    return frozenset(
        one.name
        for one in dataclasses.fields(Fields)
        if getattr(mine, one.name) != getattr(base, one.name)
    )


def merged(mine: Fields, base: Fields, theirs: Fields) -> Fields:
    """Theirs, with what I changed since ``base``. The text goes with what it is written in."""
    names = set(changed(mine, base))
    if names & {"text", "form"}:
        names |= {"text", "form"}
    return replace(theirs, **{name: getattr(mine, name) for name in names})


def patch(mine: Fields, base: Fields, old: Item | None) -> dict[str, Any]:
    """The fields that somebody changed as an object of the API (RFC 7396). Raises InvalidFields.

    ``old`` is the item as it is, which has more of tags, authors and files than a form shows.
    """
    names = changed(mine, base)
    told: dict[str, Any] = {name: getattr(mine, name) for name in _TEXTS if name in names}
    told |= {name: getattr(mine, name) or None for name in _OPTIONAL if name in names}
    if "tags" in names:
        told["categories"] = _categories(mine.tags, old)
    if "authors" in names:
        told["authors"] = _authors(mine.authors)
    if "via" in names:
        told["via"] = _via(mine.via)
    faults: list[FieldFault] = []
    if "files" in names:
        told["enclosures"] = _enclosures(mine.files, faults)
    if "feeds" in names:
        told["feeds"] = list(mine.feeds)
    told |= _times(mine, names, faults)
    told |= episode.told(dataclasses.asdict(mine), names, old, faults)
    if faults:
        raise InvalidFields(faults)
    return told | _content(mine, names)


def _times(mine: Fields, names: Set[str], faults: list[FieldFault]) -> dict[str, str | None]:
    told: dict[str, str | None] = {}
    for name in names & {"published", "expires"}:
        try:
            told[name] = written(moment(value)) if (value := getattr(mine, name)) else None
        except ValueError:
            faults.append(FieldFault(name, "must be a day and a time such as 2026-11-22 09:30"))
    if told.get("published", "") is None:  # an article always has a date
        del told["published"]
    return told


def _content(mine: Fields, names: Set[str]) -> dict[str, str | None]:
    # A title that the text begins with is not shown twice: the text depends on the title.
    depends = mine.form == "markdown" and mine.text and names & {"title", "language"}
    if not names & {"text", "form"} and not depends:
        return {}
    if mine.form == "markdown":
        return {"content_markdown": mine.text}
    return {"content_html": mine.text, "content_markdown": None}


def faults_by_field(error: InvalidFields) -> dict[str, str]:
    """What is wrong by the form's field that it stands beside; by "" what concerns none."""
    found: dict[str, list[str]] = {}
    for fault in error.faults:
        if fault.field == "Idempotency-Key":
            found.setdefault("", []).append(_SENT_BEFORE)
            continue
        if fault.reason.startswith("an item needs a title"):
            found.setdefault("text", []).append("write a title or some text first")
            continue
        name = re.split(r"[.\[]", episode.field_of(fault.field))[0]
        name = _SHOWN_AS.get(name, name)
        found.setdefault(name if name in LABELS else "", []).append(
            fault.reason if name in LABELS else str(fault)
        )
    return {name: "; ".join(reasons) for name, reasons in found.items()}


def moment(value: str) -> datetime:
    """A time as a form has it, in UTC. Raises ValueError."""
    found = datetime.fromisoformat(value.strip().replace(" ", "T", 1))
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def written(value: datetime) -> str:
    """A time as the API takes it."""
    return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def read(told: Mapping[str, Any], old: Item | None) -> itemjson.Given:
    """The item that a patch makes of ``old``, or a new one. Raises InvalidFields."""
    if old is None:
        return itemjson.read(told)
    # With the title taken away, the heading that the text begins with is the title.
    base = replace(old, title="") if told.get("title") == "" else old
    said = {name: value for name, value in told.items() if (name, value) != ("title", "")}
    given = itemjson.read(said, old=base, partial=True)
    return itemjson.Given(given.item, given.told | ({"title"} if "title" in told else set()))


# Times, tags, people, files


def _minute(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if value else ""


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(text: str) -> str:
    """The lines that say something."""
    return "\n".join(filter(None, map(str.strip, text.splitlines())))


def _tags_shown(categories: Sequence[Category]) -> str:
    shown = (one.label or one.term for one in categories)
    return ", ".join(f'"{tag}"' if "," in tag else tag for tag in shown)


def _categories(tags: str, old: Item | None) -> list[dict[str, str | None]]:
    known = {term_key(one.label or one.term): one for one in (old.categories if old else ())}
    row = next(csv.reader([tags], skipinitialspace=True), [])
    found = []
    for tag in filter(None, map(str.strip, row)):
        one = known.get(term_key(tag), Category(tag.removeprefix("#") or tag))
        found.append({"term": one.term, "scheme": one.scheme, "label": one.label})
    return found


def _author_shown(author: Author) -> str:
    email = f"<{author.email}>" if author.email else ""
    return " ".join(filter(None, (author.name, email, author.uri or "")))


_AUTHOR = re.compile(
    r"(?P<name>.*?)(?:(?:^|\s+)<(?P<email>[^<>\s]*@[^<>\s]*)>)?(?:(?:^|\s+)(?P<uri>https?://\S+))?",
    re.IGNORECASE,
)


def _authors(lines: str) -> list[dict[str, str | None]]:
    found = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        match = _AUTHOR.fullmatch(line)
        assert match is not None  # noqa: S101  # every part of it may be empty
        found.append({**match.groupdict(), "name": match["name"].strip()})
    return found


def _via(lines: str) -> list[dict[str, str | None]]:
    """The address stands last in a line, after what the place is called."""
    parted = (line.rsplit(maxsplit=1) for line in filter(str.strip, lines.splitlines()))
    return [{"url": words.pop(), "title": "".join(words) or None} for words in parted]


def _enclosures(files: Sequence[File], faults: list[FieldFault]) -> list[dict[str, Any]]:
    found = []
    for place, file in enumerate(files, 1):
        numbers: dict[str, int | None] = {}
        for name, read_it in (("length", episode.number), ("duration", episode.seconds)):
            try:
                numbers[name] = read_it(getattr(file, name))
            except ValueError as error:
                faults.append(FieldFault("files", f"the {name} of file {place} {error}"))
        found.append({
            "url": file.url,
            "type": file.type or None,
            "title": file.title or None,
            **numbers,
        })
    return found
