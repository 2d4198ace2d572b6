"""From the text of a foreign XML document to its tree, whatever is wrong with it.

The parser opens nothing, expands nothing and keeps libxml2's limits (a text of 10 MB, a depth of
256). A document type is taken off before it: RSS 0.91 has one, and what a feed needs of it are at
most a few named characters.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.entities import html5
from types import MappingProxyType

from lxml import etree


@dataclass(frozen=True, slots=True)
class Tree:
    """A document's root, None when there is no element at all, and what had to be mended."""

    root: etree._Element | None
    fault: str | None = None


#: Namespaces of prefixes that feeds use and forget to declare.
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}

_DECLARATION = re.compile(r"<\?xml[^>]*>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[(.*?)\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"""<!ENTITY\s+(\w{1,40})\s+(?:"([^"&%]{0,99})"|'([^'&%]{0,99})')\s*>""")
_ROOT = re.compile(r"<(?:rss|feed|opml|(?:\w+:)?RDF)\b", re.IGNORECASE)


def parse(text: str, url: str | None = None, *, utf8: bytes | None = None) -> Tree:
    """The tree of the text. Never fails; a text without any element has no root.

    ``url`` is where the text was found, the base of what it has of relative addresses. ``utf8`` is
    the text in UTF-8, if that is at hand: to make it takes a quarter of the time that parsing does.
    """
    whole, text = text, _without_doctype(_without_declaration(text))
    try:
        return Tree(
            etree.fromstring(
                _encoded(text, whole, utf8), _parser(recover=False), base_url=url or ""
            )
        )
    except etree.XMLSyntaxError as error:
        reason = " ".join(str(error.msg).split())
        fault = f"The XML is broken and was mended: {reason[:200]}."
    mended = _mended(text).encode(errors="replace")
    try:
        root = etree.fromstring(mended, _parser(recover=True), base_url=url or "")
    except etree.XMLSyntaxError:
        return Tree(None, fault)
    if root is not None:
        _declare(root)
    return Tree(root, fault)


def _encoded(text: str, whole: str, utf8: bytes | None) -> bytes:
    """The text in UTF-8, where what it was made of is ``utf8``."""
    start = len(whole) - len(text)
    if utf8 is not None and whole[:start].isascii() and whole.endswith(text):
        return utf8[start:]
    return text.encode(errors="replace")


def _without_declaration(text: str) -> str:
    """The text without its XML declaration, which tells of bytes that it is no longer in."""
    root = _ROOT.search(text)  # an article may be about XML
    found = _DECLARATION.search(text, 0, root.start() if root else len(text))
    return text[: found.start()].lstrip() + text[found.end() :] if found else text


def _without_doctype(text: str) -> str:
    """The text without its document type, the characters that it names put in their places."""
    first = re.compile(r"<(!DOCTYPE|\w)", re.IGNORECASE).search(text)
    found = _DOCTYPE.match(text, first.start(), first.start() + 65_536) if first else None
    if not found:
        return text
    entities = {name: one or two for name, one, two in _ENTITY.findall(found[1] or "")}
    return _mended(text[: found.start()] + text[found.end() :], entities)


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )


_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|&+(?=&)"  # megabytes of them at once
    r"|&(?:(\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)?",
    re.DOTALL,
)

# Halves of characters, which libxml2 lets in when it mends, and lxml then can't read. Whether they
# stand in a CDATA section is nothing that a broken document tells.
_HALF = re.compile(
    r"&\#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}(?![0-9a-fA-F])"
    r"|0*(?:55(?:29[6-9]|[3-9][0-9]{2})|56[0-9]{3}|57(?:[0-2][0-9]{2}|3[0-3][0-9]|34[0-3]))(?![0-9]))"
    r";?"
)


def _mended(text: str, entities: Mapping[str, str] = MappingProxyType({})) -> str:
    """The text with what makes parsers stop: junk before the root, characters, references."""
    if root := _ROOT.search(text):
        text = text[root.start() :]

    def fit(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0].replace("&", "&amp;") if found[0][0] == "&" else found[0]
        if name in ("lt", "gt", "amp", "quot", "apos"):
            return found[0]
        if name.startswith("#"):
            return found[0] if _is_fit(name) else ""
        value = entities.get(name) or html5.get(f"{name};")
        return f"&amp;{name};" if value is None else html.escape(value, quote=False)

    return _AMPERSAND.sub(fit, _HALF.sub("", _UNFIT.sub("", text)))


def _is_fit(reference: str) -> bool:
    number = int(reference[2:], 16) if reference[1] in "xX" else int(reference[1:])
    return number <= 0x10FFFF and not _UNFIT.match(chr(number))


_NAME = re.compile(r"(?:\{[^}]*\})?[A-Za-z_][A-Za-z0-9_.-]*")


def _declare(root: etree._Element) -> None:
    """Give every name a form that can be written again.

    A recovered tree has names that no XML can have. Those with a prefix that nobody declared get
    the namespace that everybody means by it, the others a name that nobody knows.
    """
    for element in root.iter("*"):
        tag = str(element.tag)
        if not _NAME.fullmatch(tag):
            prefix, _, local = tag.rpartition("}")[2].partition(":")
            known = prefix in NAMESPACES and _NAME.fullmatch(local)
            element.tag = f"{{{NAMESPACES[prefix]}}}{local}" if known else "unknown"
        for name in [name for name in element.attrib if not _NAME.fullmatch(str(name))]:
            del element.attrib[name]
