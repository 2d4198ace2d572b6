"""What is told of a feed's words and times, and what the model makes of it.

feedparser and the quick reader, which reads in its stead, tell the same in the same form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from feedsvc.errors import ItemError
from feedsvc.formats import clean
from feedsvc.formats._foreign import has_tags, one_line, paragraphs, words
from feedsvc.formats.upstream._elements import Parent
from feedsvc.model import Item, excerpt, plain_text


class Text(NamedTuple):
    """The text of an element, its media type, and the address that its links are relative to."""

    value: str
    type: str = ""  #: "" when there is none
    base: str = ""

    @property
    def is_html(self) -> bool:
        return self.type in _HTML


_HTML = ("text/html", "application/xhtml+xml")


class Words:
    """What is told of one entry or of the feed.

    ``texts`` are ``title``, ``summary``, ``subtitle`` and ``rights``; ``contents`` what stands in
    elements for the content. ``times`` are ``published``, ``updated`` and ``created``, UTC in whole
    seconds, None for one that can't be read.
    """

    __slots__ = ("contents", "texts", "times")

    def __init__(self) -> None:
        self.texts: dict[str, Text] = {}
        self.contents: list[Text] = []
        self.times: dict[str, datetime | None] = {}

    def plain(self, key: str, *, plain: bool = False) -> str:
        """A text without its markup.

        RSS can't say whether a title is HTML. feedparser guesses by end tags and entities; where
        ``plain`` says so there is nothing to guess.
        """
        told = self.texts.get(key)
        if told is None:
            return ""
        return words(told.value) if told.is_html and not plain else one_line(told.value)

    def time(self, *keys: str) -> datetime | None:
        """The first of these times that there is."""
        for key in keys:
            if found := self.times.get(key):
                return found
        return None

    def article(self, title: str, otherwise: str = "", *, based: bool) -> tuple[str, str]:
        """The summary and the content of an entry with this title.

        The content is ``otherwise`` where nothing else is told. ``based`` says that an
        ``xml:base`` holds for it.
        """
        content, base = self._content()
        told = self.texts.get("summary")
        description = told.value if told and told.is_html else ""
        if told and not content and _is_article(description):
            content, summary, base = description, "", told.base
        else:
            summary = self.plain("summary")
        if based and content:
            content = _rebased(content, base)
        if summary and (description or not content) and is_excerpt(summary, content, title):
            return "", content  # what our feeds show when there is no summary
        return summary, content if content or summary else otherwise

    def _content(self) -> tuple[str, str]:
        """The best of the contents as HTML, and its base."""
        best = ("", "")
        for content in self.contents:
            if content.is_html and content.value:
                return content.value, content.base
            if content.type.startswith("text/") and content.value and not best[0]:
                best = paragraphs(content.value), content.base
        return best


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a feed, its items in the order of the document, what was found fault with."""

    feed: Words
    items: Sequence[Item]
    fault: str | None = None


#: Makes the item of an entry and of what is told of it.
MakeItem = Callable[[Parent, Words], Item]


def is_excerpt(summary: str, content: str, title: str) -> bool:
    """Whether the summary is what feeds show of an item that has none."""
    # To take all tags off takes long, and mostly the content begins with another word.
    word = next(iter(summary.removesuffix("…").split(None, 1)), "")
    if content and _REFERRED.isdisjoint(word):
        begin = _NO_WORDS.match(content).end()  # type: ignore[union-attr] # it always matches
        if not content.startswith((word, "&"), begin):
            return summary == title and not plain_text(content)
    return summary == excerpt(Item(content_html=content, title=title))


#: Characters that may be written as references.
_REFERRED = frozenset("&<>\"'\xa0")
_NO_WORDS = re.compile(r"(?:\s|<[^>]*>)*")


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
