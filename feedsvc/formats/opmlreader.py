"""The reader of foreign OPML, 1.0 and 2.0: lists of feeds, in folders within folders.

http://opml.org/spec2.opml. A folder is an outline without ``xmlUrl``; its name is a category of all
feeds below it, as every reader that exports such lists means it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from feedsvc.errors import NotAFeed
from feedsvc.formats import _charset, _xml

#: Feeds that are read of one list: more than are taken of it, so that who takes them can tell.
FEEDS_MAX = 20_000
_DEPTH_MAX = 20
#: What an outline without an address calls itself that was meant to be a feed.
_FEEDS = {"rss", "rss1", "atom", "feed", "rdf"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed of a list. ``html_url`` is its page, "" if it is not said; ``path`` are the folders
    that it lies in, the outermost first; ``categories`` the paths of its own attribute
    ``category`` (OPML 2.0), such as ``/Science/Physics``. ``url`` is "" of an outline that calls
    itself a feed and names no address."""

    url: str
    title: str = ""
    html_url: str = ""
    path: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    type: str = "rss"


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list as it was read, nothing cleaned. ``faults`` say what had to be mended."""

    title: str
    feeds: tuple[Listed, ...]
    faults: tuple[str, ...] = ()


def read(body: bytes, *, content_type: str | None = None) -> ReadList:
    """The list in ``body``, its feeds in the document's order.

    Broken XML is mended as far as it goes. Raises NotAFeed for anything but OPML, and for OPML with
    a DOCTYPE: no honest list has one, and entities could blow it up.
    """
    decoded = _charset.decode(body, content_type)
    if re.search(r"<!DOCTYPE", decoded.text, re.IGNORECASE):
        raise NotAFeed("This list has a DOCTYPE, which OPML has no use for; remove that line.")
    tree = _xml.parse(decoded.text)
    if tree.root is None or not is_opml(tree.root):
        raise NotAFeed("This is no OPML: its root element is not opml.")
    feeds: list[Listed] = []
    faults = [fault for fault in (decoded.fault, tree.fault) if fault]
    for listed in _feeds(tree.root):
        if len(feeds) == FEEDS_MAX:
            faults.append(f"The list has more than {FEEDS_MAX} feeds; the others were left out.")
            break
        feeds.append(listed)
    title = next((_line(one.text) for one in tree.root.iter("title") if one.text), "")
    return ReadList(title, tuple(feeds), tuple(faults))


def is_opml(root: etree._Element) -> bool:
    """Whether the root is OPML's."""
    return etree.QName(root).localname.lower() == "opml"


def _feeds(root: etree._Element) -> Iterator[Listed]:
    """Every outline that names a feed; folders deeper than 20 count no more."""
    opened: list[tuple[etree._Element, tuple[str, ...]]] = [(root, ())]
    while opened:
        element, path = opened.pop()
        if str(element.tag).lower() == "outline":
            given = _given(element)
            if given.get("xmlurl") or (_is_meant(given) and not len(element)):
                yield _listed(given, path)
            elif (name := _name(given)) and len(path) < _DEPTH_MAX:
                path = (*path, name)
        opened += ((child, path) for child in reversed(element) if isinstance(child.tag, str))


def _is_meant(given: dict[str, str]) -> bool:
    """Whether an outline without an address was meant to be a feed: nobody is to lose it unseen."""
    return "xmlurl" in given or given.get("type", "").lower() in _FEEDS


def _given(element: etree._Element) -> dict[str, str]:
    """The attributes, their names in lower case: programs write xmlUrl, xmlurl and xmlURL."""
    return {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}


def _name(given: dict[str, str]) -> str:
    return _line(given.get("title") or given.get("text"))


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _listed(given: dict[str, str], path: tuple[str, ...]) -> Listed:
    own = (one.strip() for one in given.get("category", "").split(","))
    return Listed(
        url=given.get("xmlurl", ""),
        title=_name(given),
        html_url=given.get("htmlurl", ""),
        path=path,
        categories=tuple(dict.fromkeys(one for one in own if one)),
        type=given.get("type", "").lower() or "rss",
    )
