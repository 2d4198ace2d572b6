"""The reader of WordPress's exports (WXR 1.0 to 1.2): posts with their status, all fields.

A WXR document is RSS 2.0 with an own vocabulary (``wp:``), whose ``content:encoded`` is what the
author typed and not what a reader is shown: paragraphs are empty lines, shortcodes stand in it.
https://github.com/WordPress/WordPress wp-admin/includes/export.php writes it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats import _charset, _xml
from feedsvc.formats._autop import autop
from feedsvc.formats._foreign import absolute, one_line, whole_number, words
from feedsvc.formats.parsed import Advice, ParsedFeed, newest
from feedsvc.model import Author, Category, Enclosure, Feed, Item, Status

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_WP = re.compile(r"\{https?://(?:www\.)?wordpress\.org/export/[0-9.]+/(excerpt/)?\}(.+)")
_NAMESPACE = b"wordpress.org/export/"
_HEAD = 16_384

#: What WordPress calls where a post stands. Others (trash, auto-draft, inherit) are nowhere.
_STATUSES: Mapping[str, Status] = {
    "publish": Status.PUBLISHED,
    "future": Status.SCHEDULED,
    "draft": Status.DRAFT,
    "pending": Status.REVIEW,
    # What only some may read must not get out by an import.
    "private": Status.DRAFT,
}
_UNCATEGORIZED = "uncategorized"


def is_wxr(body: bytes) -> bool:
    """Whether the document declares the vocabulary of an export."""
    return _NAMESPACE in body[:_HEAD].replace(b"\0", b"")


@dataclass(frozen=True, slots=True)
class _Export:
    """What the items of an export share: names of authors by login, attachments by number."""

    people: Mapping[str, Author]
    attachments: Mapping[str, Enclosure]
    url: str


def read(
    body: bytes, *, content_type: str | None = None, kinds: Collection[str] = ("post",)
) -> ParsedFeed:
    """The posts of the export, with their status; nothing is cleaned.

    ``kinds`` are the post types to take; ``page`` is another that people want. ``faults`` tell what
    was left out, and how many. Comments are not taken. Raises NotAFeed for anything but an export.
    """
    decoded = _charset.decode(body, content_type)
    tree = _xml.parse(decoded.text)
    channel = tree.root.find("channel") if tree.root is not None else None
    if channel is None:
        raise NotAFeed("This is no export of WordPress: there is no channel in it.")
    export = _shared(channel)
    items = []
    left_out: Counter[str] = Counter()
    for element in channel.iter("item"):
        told = _Told(element)
        kind, status = told.wp("post_type") or "post", told.wp("status") or "publish"
        if kind not in kinds:
            left_out[f"of type {kind}"] += 1
        elif status not in _STATUSES:
            left_out[f"of status {status}"] += 1
        else:
            items.append(_item(told, status, export))
    faults = [fault for fault in (decoded.fault, tree.fault) if fault]
    faults += (f"{count} {what} left out." for what, count in sorted(left_out.items()))
    return ParsedFeed(_feed(channel, items), tuple(items), tuple(faults), Advice())


class _Told:
    """An item's elements by name: RSS's plain, ``wp:`` and ``excerpt:`` whatever their version."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._texts: dict[str, str] = {}
        for child in element:
            self._texts.setdefault(_name(child), _text(child))

    def __getitem__(self, name: str) -> str:
        return self._texts.get(name, "")

    def wp(self, name: str) -> str:
        return self[f"wp:{name}"].strip()

    def meta(self) -> Iterator[tuple[str, str]]:
        """The fields that plugins and themes have added (``wp:postmeta``)."""
        for child in self.element:
            if _name(child) == "wp:postmeta":
                pair = _Told(child)
                yield pair.wp("meta_key"), pair.wp("meta_value")


def _name(element: etree._Element) -> str:
    tag = str(element.tag)
    if found := _WP.fullmatch(tag):
        return "excerpt" if found[1] else f"wp:{found[2]}"
    return tag


def _text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def _shared(channel: etree._Element) -> _Export:
    people, attachments = {}, {}
    for child in channel:
        if _name(child) == "wp:author":
            told = _Told(child)
            name = told.wp("author_display_name") or told.wp("author_login")
            # The address is the login's, which no reader has been shown.
            people[told.wp("author_login")] = Author(one_line(name))
    for element in channel.iter("item"):
        told = _Told(element)
        if told.wp("post_type") == "attachment" and (url := told.wp("attachment_url")):
            file = Enclosure(url, "", title=one_line(told["title"]) or None)
            attachments[told.wp("post_id")] = file
    url = _Told(channel)["link"].strip()
    return _Export(people, attachments, url)


def _item(told: _Told, status: str, export: _Export) -> Item:
    login = told[_CREATOR].strip()
    author = export.people.get(login) or (Author(one_line(login)) if login else None)
    url = absolute(export.url, told["link"].strip()) or ""
    meta = list(told.meta())
    # A post that was never out has no date yet, only the one on which it was begun.
    was_out = status in {"publish", "private", "future"}
    published = (_time(told.wp("post_date_gmt")) or _date(told["pubDate"])) if was_out else None
    return Item(
        guid=told["guid"].strip() or url,
        slug=told.wp("post_name"),
        # Drafts have "?p=12", which leads nowhere.
        url=url if status in {"publish", "private"} else "",
        title=words(told["title"]),
        summary=words(told["excerpt"]),
        content_html=_content(told[_CONTENT]),
        authors=(author,) if author else (),
        categories=tuple(_categories(told.element)),
        published=published,
        updated=_time(told.wp("post_modified_gmt")) or published,
        enclosures=tuple(_enclosures(meta)),
        image=_image(meta, export),
        # What asks for a password must not get out either.
        status=Status.DRAFT if told["wp:post_password"] else _STATUSES[status],
    )


#: Marks for WordPress, not for readers: the block editor's, a long text's fold and its pages.
_MARKS = re.compile(r"<!--\s*/?(?:wp:|more\b|nextpage\b).{0,65536}?-->", re.DOTALL)


def _content(typed: str) -> str:
    """What a reader of the blog is shown: the block editor has written paragraphs itself."""
    unmarked = _MARKS.sub("", typed)
    return unmarked.strip() if "<!-- wp:" in typed else autop(unmarked)


def _categories(element: etree._Element) -> Iterator[Category]:
    """Categories and tags by name. What WordPress puts in where nobody chose is none."""
    seen = set()
    for child in element.iter("category"):
        term, nicename = one_line(_text(child)), child.get("nicename") or ""
        domain = child.get("domain") or "category"
        is_one = domain in {"category", "post_tag"} and nicename != _UNCATEGORIZED
        if term and is_one and term not in seen:
            seen.add(term)
            yield Category(term)


def _enclosures(meta: list[tuple[str, str]]) -> Iterator[Enclosure]:
    """``enclosure`` fields: address, length and type on a line each."""
    for key, value in meta:
        if key == "enclosure":
            url, length, kind = ([line.strip() for line in value.splitlines()] + ["", "", ""])[:3]
            if url:
                yield Enclosure(url, kind, whole_number(length) or None)


def _image(meta: list[tuple[str, str]], export: _Export) -> str | None:
    number = next((value for key, value in meta if key == "_thumbnail_id"), "")
    file = export.attachments.get(number)
    return file.url if file else None


def _time(text: str) -> datetime | None:
    """``2024-02-29 12:00:00`` in GMT; ``0000-00-00 00:00:00`` is what a draft has."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC, microsecond=0)


def _date(text: str) -> datetime | None:
    """RSS's pubDate; a draft's is of the year -1."""
    try:
        time = parsedate_to_datetime(text.strip())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _feed(channel: etree._Element, items: list[Item]) -> Feed:
    told = _Told(channel)
    url = told["link"].strip()
    return Feed(
        id=told.wp("base_blog_url") or url,
        title=words(told["title"]),
        url=url,
        updated=newest(items),
        description=words(told["description"]),
        language=told["language"].strip() or None,
    )
