"""The judge of documents for programs: RSS, Atom, OPML and JSON, and the HTML that they carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat

from hostile import html5
from lxml import etree

#: Elements whose text readers show as HTML, whatever they are in.
_HTML = {
    "{http://purl.org/rss/1.0/modules/content/}encoded",
    "description",
}
#: Elements whose text is an address that readers follow.
_FOLLOWED = {
    *("link", "comments", "docs"),
    "{http://www.w3.org/2005/Atom}uri",
    "{http://www.w3.org/2005/Atom}icon",
    "{http://www.w3.org/2005/Atom}logo",
}
_FOLLOWED_IN = {"href", "url", "src", "htmlUrl", "xmlUrl"}
_FOLLOWED_MEMBERS = {
    *("url", "external_url", "home_page_url", "feed_url", "next_url", "image", "icon", "favicon"),
    *("banner_image", "avatar", "comments_url", "uri", "page", "rss", "atom", "json"),
}


def is_followed(address: str) -> bool:
    """Whether nothing but a page or a file can be at an address."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def xml(body: bytes) -> tuple[set[str], list[str]]:
    """Elements with their attributes, as a path; and what is wrong. Two parsers must read it."""
    parser = expat.ParserCreate()
    parser.Parse(body, True)
    tree = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    shapes, faults = set(), []
    assert tree.getroottree().docinfo.doctype == ""
    for node in tree.iter():
        if not isinstance(node.tag, str):
            faults.append(f"{node!r}")
            continue
        above = [str(one.tag) for one in node.iterancestors()][::-1]
        attributes = ",".join(sorted(map(str, node.attrib)))
        shapes.add("/".join([*above, f"{node.tag}[{attributes}]"]))
        faults += _faults(node)
    return shapes, faults


def _faults(node: Any) -> Iterator[str]:
    text = node.text or ""
    above = node.getparent()
    of_channel = above is not None and above.tag == "channel"  # whose description is plain text
    if (node.tag in _HTML and not of_channel) or node.get("type") == "html":
        yield from html5.faults(text)
    if node.tag in _FOLLOWED and text and not is_followed(text):
        yield f"<{node.tag}> {text!r}"
    for name in _FOLLOWED_IN & set(node.attrib):
        if not is_followed(node.get(name)):
            yield f"<{node.tag} {name}={node.get(name)!r}>"


def members(body: bytes) -> tuple[set[str], list[str]]:
    """The names of a JSON document's members, as paths; and what is wrong with their values."""
    shapes: set[str] = set()
    faults: list[str] = []
    for path, value in _walk(json.loads(body), ""):
        shapes.add(path)
        name = path.rpartition(".")[2]
        if name == "content_html" and value:
            faults += html5.faults(value)
        if name in _FOLLOWED_MEMBERS and isinstance(value, str) and not is_followed(value):
            faults.append(f"{path}: {value!r}")
    return shapes, faults


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, f"{path}[]")
    else:
        yield path, value
