"""Texts of Atom: text constructs (RFC 4287 3.1) and the content of an entry (4.1.3)."""

from __future__ import annotations

import binascii

from feedsvc.formats.check import constructs, html, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import XHTML
from feedsvc.formats.check.tree import (
    Element,
    attribute,
    children,
    has_base,
    local,
    raw_text,
    text,
    whole_text,
)

TEXT_ATTRIBUTES = frozenset({"type"})
CONTENT_ATTRIBUTES = frozenset({"type", "src"})
_DIV = f"{{{XHTML}}}div"


def text_construct(report: Report, node: Element) -> None:
    """A title, subtitle, summary or rights."""
    kind = node.get("type", "text")
    if kind not in {"text", "html", "xhtml"}:
        report.add("atom.text.type-unknown", node, value=kind)
    else:
        _typed(report, node, kind)


def title(report: Report, node: Element) -> None:
    """A title: a text construct that readers show best as plain text."""
    text_construct(report, node)
    kind = node.get("type", "text")
    has_markup = kind == "html" and words.markup_in(raw_text(node))
    if has_markup or (kind == "xhtml" and any(len(div) for div in children(node))):
        report.add("atom.title-html", node)


def content(report: Report, node: Element) -> None:
    """The content of an entry (4.1.3.1 to 4.1.3.3)."""
    kind = attribute(node, "type")
    if node.get("src") is not None:
        _out_of_line(report, node, kind)
    elif kind in {None, "text", "html", "xhtml"}:
        _typed(report, node, kind or "text")
    elif not words.is_media_type(kind or "") or _is_composite(kind or ""):
        report.add("atom.media-type-invalid", node, value=kind)
    elif is_xml(kind or ""):
        _xml(report, node, kind or "")
    else:
        _by_media_type(report, node, (kind or "").lower())


def needs_summary(node: Element) -> bool:
    """Whether the entry has to have a summary: content elsewhere, or in base64 (4.1.2)."""
    kind = attribute(node, "type") or "text"
    if node.get("src") is not None:
        return True
    return "/" in kind and not is_xml(kind) and not kind.lower().startswith("text/")


def is_xml(kind: str) -> bool:
    """Whether the media type is XML (RFC 7303)."""
    return kind.lower().partition(";")[0].strip().endswith(("+xml", "/xml"))


def _typed(report: Report, node: Element, kind: str) -> None:
    if kind == "xhtml":
        _xhtml(report, node)
        return
    if any(True for _ in children(node)):
        report.add("atom.text-has-elements", node)
        return
    value = raw_text(node)
    if not value.strip():
        report.add("atom.title-empty" if local(node) == "title" else "atom.text-empty", node)
    elif kind == "html":
        html.check_html(report, value, node, relative=has_base(node))
    elif found := words.markup_in(value):
        report.add("atom.text-html-undeclared", node, found=found)


def _xhtml(report: Report, node: Element) -> None:
    parts = list(children(node))
    if len(parts) != 1 or parts[0].tag != _DIV or text(node):
        report.add("atom.xhtml-div-missing", node)
        return
    div = parts[0]
    if div.prefix:
        report.add("atom.xhtml-prefix", div)
    html.check_xhtml(report, div, relative=has_base(div))
    if not whole_text(div).strip() and not any(True for _ in children(div)):
        report.add("atom.title-empty" if local(node) == "title" else "atom.text-empty", node)
    elif not any(True for _ in children(div)) and (found := words.markup_in(raw_text(div))):
        report.add("atom.xhtml-escaped", node, found=found)


def _out_of_line(report: Report, node: Element, kind: str | None) -> None:
    constructs.iri(report, node, node.get("src", ""), "src")
    if kind is None:
        report.add("atom.content.type-missing", node)
    elif kind in {"text", "html", "xhtml"} or not words.is_media_type(kind) or _is_composite(kind):
        report.add("atom.media-type-invalid", node, value=kind)
    if text(node) or len(node):
        report.add("atom.content.src-not-empty", node)


def _xml(report: Report, node: Element, kind: str) -> None:
    """XML of another vocabulary: one element, and for XHTML a whole page (4.1.3.3)."""
    parts = list(children(node))
    if parts and text(node):
        report.add("atom.text-stray", node, value=text(node))
    if kind.startswith("application/xhtml+xml") and parts and local(parts[0]) != "html":
        report.add("atom.content.html-fragment", node, kind=kind)


def _by_media_type(report: Report, node: Element, kind: str) -> None:
    if any(True for _ in children(node)):
        report.add("atom.text-has-elements", node)
    elif not kind.startswith("text/"):
        try:
            binascii.a2b_base64("".join(raw_text(node).split()), strict_mode=True)
        except (binascii.Error, ValueError):
            report.add("atom.content.base64-invalid", node)
    elif kind.partition(";")[0].strip() == "text/html":
        value = raw_text(node)
        if "<html" not in value.lower():
            report.add("atom.content.html-fragment", node, kind=kind)
        html.check_html(report, value, node, relative=has_base(node))


def _is_composite(kind: str) -> bool:
    return kind.lower().startswith(("multipart/", "message/"))
