"""What is told of a feed's words and times, and what the model makes of it.

feedparser's dictionaries are the form, for whoever reads: it, or the quick reader in its stead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from feedsvc.errors import ItemError
from feedsvc.formats import clean
from feedsvc.formats._foreign import has_tags, one_line, paragraphs, words
from feedsvc.formats.parsed import newest
from feedsvc.model import Feed, Item, excerpt, plain_text


@dataclass(frozen=True, slots=True)
class Told:
    """The words and times of a feed and of each entry, and what was found fault with."""

    feed: Mapping[str, Any]
    entries: Sequence[Mapping[str, Any]]
    fault: str | None = None


#: feedparser takes text that could be UTF-8 read as Latin-1 for just that, and "mends" it: "Ã©"
#: becomes "é", and a word in Latin letters may become Chinese. It does so only where every
#: character is below U+0100, so this non-character is put before such a text, and off after.
KEEP = "\ufdd1"


class Words:
    """What was read of one entry or of the feed.

    feedparser's dictionaries are asked past their own ``get``, which answers with other keys'
    values.
    """

    __slots__ = ("_told",)

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = dict(told)

    def text(self, key: str) -> str:
        value = self._told.get(key)
        return value.replace(KEEP, "") if isinstance(value, str) else ""

    def detail(self, key: str) -> Words | None:
        """What the element says besides its text, None when there is no such element."""
        detail = self._told.get(f"{key}_detail")
        return Words(detail) if detail else None

    def is_html(self, key: str) -> bool:
        detail = self.detail(key)
        return detail is not None and detail.text("type") in _HTML

    def plain(self, key: str, *, plain: bool = False) -> str:
        """A text without its markup.

        RSS can't say whether a title is HTML. feedparser guesses by end tags and entities; where
        ``plain`` says so there is nothing to guess.
        """
        value = self.text(key)
        return words(value) if value and not plain and self.is_html(key) else one_line(value)

    def time(self, *keys: str) -> datetime | None:
        """The first of these times that is one: UTC in whole seconds."""
        for key in keys:
            parsed = self._told.get(f"{key}_parsed")
            try:
                year, month, day, hour, minute, second = parsed[:6]  # type: ignore[index]
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except (TypeError, ValueError, OverflowError):
                continue
        return None

    def content(self) -> tuple[str, str]:
        """The best of the contents as HTML, and the address that its links are relative to."""
        best = ("", "")
        for content in map(Words, self._told.get("content") or ()):
            kind, value, base = content.text("type"), content.text("value"), content.text("base")
            if kind in _HTML and value:
                return value, base
            if kind.startswith("text/") and value and not best[0]:
                best = paragraphs(value), base
        return best


_HTML = ("text/html", "application/xhtml+xml")


def worded(item: Item, told: Words, *, plain: bool, based: bool) -> Item:
    """The item with title, summary, content, rights and times.

    ``based`` says that an ``xml:base`` holds for its content.
    """
    content, base = told.content()
    # Without details it is feedparser's copy of the content.
    detail = told.detail("summary")
    description = told.text("summary") if detail and told.is_html("summary") else ""
    if not content and detail and _is_article(description):
        content, summary, base = description, "", detail.text("base")
    else:
        summary = told.plain("summary") if detail else ""
    if based and content:
        content = _rebased(content, base)
    content = content if content or summary else item.content_html
    title = told.plain("title", plain=plain) or item.title
    if summary and (description or not content) and _is_excerpt(summary, content, title):
        summary = ""  # what our feeds show when there is no summary
    return replace(
        item,
        title=title,
        summary=summary,
        content_html=content,
        rights=told.plain("rights", plain=plain) or None,
        published=told.time("published", "created"),
        updated=told.time("updated"),
    )


def _is_excerpt(summary: str, content: str, title: str) -> bool:
    """Whether the summary is what feeds show of an item that has none."""
    # To take all tags off takes long, and mostly one of the words isn't in the content at all.
    some = summary.removesuffix("…").split()
    edges = {*some[:1], *some[-1:]}
    if content and any(word not in content and _REFERRED.isdisjoint(word) for word in edges):
        return summary == title and not plain_text(content)
    return summary == excerpt(Item(content_html=content, title=title))


#: Characters that may be written as references.
_REFERRED = frozenset("&<>\"'\xa0")


def _is_article(description: str) -> bool:
    """Whether RSS's description is all there is of the item's content, and not a line about it."""
    return bool(description) and (has_tags(description) or len(words(description)) > _LINE)


#: A description that is longer is an article, tags or not.
_LINE = clean.SUMMARY_MAX


def _rebased(content: str, base: str) -> str:
    """The content with its links made absolute by an ``xml:base`` of its own."""
    try:
        return clean.html(content, base=base)
    except ItemError:  # the border will say the same
        return content


def worded_feed(feed: Feed, told: Words, items: tuple[Item, ...], *, plain: bool) -> Feed:
    """The feed with title, description, rights and the time of its last change."""
    return replace(
        feed,
        title=told.plain("title", plain=plain),
        description=told.plain("subtitle"),  # of RSS it is HTML, ours too
        rights=told.plain("rights", plain=plain) or None,
        updated=told.time("updated", "published") or newest(items),
    )
