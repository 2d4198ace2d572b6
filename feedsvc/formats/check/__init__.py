"""The engine of ``feedsvc check``: what is wrong with a feed, ours or anybody's.

Pure: bytes in, findings out; nothing is fetched and no clock is read. RSS 2.0 (with 0.9x and 1.0),
Atom 1.0, JSON Feed and OPML are read by their own specifications, and by what readers are known
to need. Every rule stands in ``docs/check.md``.
"""

from __future__ import annotations

import re

from feedsvc.formats.check import (
    atom,
    encoding,
    jsonfeed,
    namespaces,
    opml,
    page,
    rdf,
    rss,
    wellformed,
)
from feedsvc.formats.check.finding import Finding, Report
from feedsvc.formats.check.namespaces import ATOM, ATOM_03, RDF
from feedsvc.formats.check.rules import RULES
from feedsvc.formats.check.rules.rule import Rule, Severity
from feedsvc.formats.check.tree import Element, local, namespace, shown_name
from feedsvc.formats.check.words import is_media_type

__all__ = ["RULES", "Finding", "Rule", "Severity", "check"]

_JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*[\[{]")
#: The media types of each format; the first one is its own.
_MEDIA_TYPES = {
    "RSS": ("application/rss+xml", "application/xml", "text/xml"),
    "RSS 1.0": ("application/rss+xml", "application/rdf+xml", "application/xml", "text/xml"),
    "Atom": ("application/atom+xml", "application/xml", "text/xml"),
    "OPML": ("text/x-opml", "application/opml+xml", "application/xml", "text/xml"),
    "JSON Feed": ("application/feed+json", "application/json"),
}


def check(body: bytes, *, content_type: str | None = None, url: str | None = None) -> list[Finding]:
    """What is wrong with the document, by line.

    ``content_type`` is the header that came with it, ``url`` the address it was asked for; without
    them what they would tell is not checked. Nothing wrong: an empty list. Never raises.
    """
    report = Report(url)
    if not body.strip():
        report.add("feed.empty", "document")
    elif _JSON_START.match(body):
        _media_type(report, "JSON Feed", content_type)
        jsonfeed.check(report, body)
    else:
        _document(report, body, content_type)
    return report.findings()


def _document(report: Report, body: bytes, content_type: str | None) -> None:
    text = encoding.decode(report, body, content_type)
    if page.is_page(text):
        page.check(report, text)
        return
    root = wellformed.parse(report, text)
    if root is None:
        return
    name = _format(root)
    if name:
        _media_type(report, name, content_type)
        namespaces.check_all(report, root)
    _by_format(report, root, name)


def _format(root: Element) -> str:
    """The name of the format that the root element begins, "" if none."""
    name, uri = local(root), namespace(root)
    if name == "rss":
        return "RSS"
    if name in {"feed", "entry"}:
        return "Atom"
    if name == "RDF" and uri == RDF:
        return "RSS 1.0"
    return "OPML" if name == "opml" else ""


def _by_format(report: Report, root: Element, name: str) -> None:
    uri = namespace(root)
    if name == "Atom" and uri != ATOM:
        old = uri == ATOM_03
        report.add("atom.version-old" if old else "atom.namespace", root, namespace=uri or "none")
    elif name == "Atom":
        atom.check(report, root)
    elif name in {"RSS", "OPML"} and uri:
        report.add("rss.namespace" if name == "RSS" else "opml.namespace", root, namespace=uri)
    elif name == "RSS":
        rss.check(report, root)
    elif name == "RSS 1.0":
        rdf.check(report, root)
    elif name == "OPML":
        opml.check(report, root)
    elif local(root).lower() == "html":
        report.add("feed.html-page", root, feeds="no feed")
    else:
        report.add("feed.unknown", root, name=shown_name(root))


def _media_type(report: Report, name: str, content_type: str | None) -> None:
    if content_type is None:
        return
    media_type = content_type.partition(";")[0].strip()
    if not is_media_type(media_type):
        report.add("http.media-type-missing", "Content-Type header", media_type=content_type)
    elif media_type.lower() not in _MEDIA_TYPES[name]:
        wanted = _MEDIA_TYPES[name][0]
        charset = "" if name == "JSON Feed" else "; charset=utf-8"
        report.add(
            "http.media-type",
            "Content-Type header",
            format=name,
            media_type=media_type,
            wanted=wanted + charset,
        )
