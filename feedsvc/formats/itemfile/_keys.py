"""The key names of front matter: ours, and those of Hugo, Jekyll, Eleventy and Pelican.

One table says which names mean the same; the first that is given counts. Capitals, ``-``, ``_`` and
spaces make no difference. Keys of neither are ignored, because every generator and theme has its
own; only what looks like a slip of a known key is told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from feedsvc.formats.itemfile._frontmatter import FrontMatter, Value
from feedsvc.formats.itemfile._values import Given

NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "id": ("id", "guid"),
    "published": ("published", "publishdate", "pubdate", "datepublished", "date"),
    "updated": ("updated", "lastmod", "modified", "lastmodifiedat", "datemodified"),
    "expires": ("expires", "expirydate", "unpublishdate"),
    "draft": ("draft",),
    "status": ("status",),
    "excluded": ("eleventyexcludefromcollections",),
    "authors": ("authors", "author", "byline"),
    "email": ("authoremail",),
    "tags": ("tags", "tag"),
    "categories": ("categories", "category"),
    "summary": ("summary", "description", "excerpt", "abstract"),
    "slug": ("slug",),
    "url": ("url", "canonical", "canonicalurl", "permalink"),
    "external_url": ("externalurl", "externallink", "link"),
    "language": ("lang", "language", "locale"),
    "direction": ("dir", "direction"),
    "image": ("image", "images", "featuredimage", "cover", "thumbnail"),
    "enclosures": ("enclosures", "enclosure", "attachments", "audio", "video"),
    "comments": ("comments", "commentsurl"),
    "via": ("via",),
    "rights": ("rights", "copyright", "license"),
    "feeds": ("feeds",),
    "duration": ("duration", "itunesduration"),
    "episode": ("episode", "episodenumber", "itunesepisode"),
    "season": ("season", "itunesseason"),
    "explicit": ("explicit", "itunesexplicit"),
    "transcript": ("transcript",),
    "chapters": ("chapters",),
}
#: Tables in which newer versions of the generators keep some of these keys.
_TABLES = frozenset({"params", "taxonomies"})
#: Keys of the generators that look like a slip of one of ours and are none.
_OTHERS = frozenset({
    "dates", "layouts", "linktitle", "outputs", "pagetitle", "permalinks", "reading", "series",
    "sections", "sitemap", "slugs", "subtitle", "summaries", "tagline", "template", "titles",
})  # fmt: skip
_KNOWN = frozenset(name for names in NAMES.values() for name in names)


class Keys:
    """The front matter under one name for each thing."""

    def __init__(self, matter: FrontMatter) -> None:
        self.style = matter.style
        self._given: dict[str, Given] = {}
        self.notes = [*matter.notes]
        for key, value in matter.values.items():
            line = matter.lines.get(key)
            if _same(key) in _TABLES and isinstance(value, Mapping):
                for inner, inner_value in value.items():
                    self._given.setdefault(_same(inner), self._one(inner, inner_value, line))
            else:
                self._given[_same(key)] = self._one(key, value, line)
        self.notes += self._slips()

    def _one(self, key: str, value: Value, line: int | None) -> Given:
        return Given(key, value, line, self.style)

    def all(self, name: str) -> Iterator[Given]:
        """What is given under every name of ``name``, in order, but for empty values."""
        for synonym in NAMES[name]:
            given = self._given.get(synonym)
            if given is not None and given.value is not None:
                yield given

    def get(self, name: str) -> Given | None:
        """What is given first under a name of ``name``."""
        return next(self.all(name), None)

    def _slips(self) -> Iterator[str]:
        if self.style == "none":
            return
        for same, given in self._given.items():
            if same in _KNOWN or same in _OTHERS:
                continue
            for meant in difflib.get_close_matches(same, _KNOWN, 1, cutoff=0.8):
                if meant not in self._given:
                    slip = f"unknown key {given.key!r} is ignored; is {meant} meant?"
                    yield f"line {given.line}: {slip}"


def _same(key: str) -> str:
    return re.sub(r"[\s_.-]", "", key).lower()
