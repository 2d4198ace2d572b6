"""Well-formedness: text to an XML tree, or the place and the reason why there is none.

The parser is hardened: no DTD is loaded, no entity replaced, nothing fetched, nothing huge taken
(CWE-611, CWE-776). A document type with declarations of its own is refused before parsing.
"""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree

from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.tree import Element

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,200}?\?>")
_VERSION = re.compile(r"<\?xml\s+version\s*=\s*[\"']([^\"'<>]{0,20})[\"']")
_PROLOG = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*+([\[>]?)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]{2,8});")

_CODES = etree.ErrorTypes
_REASONS = {
    _CODES.ERR_UNDECLARED_ENTITY: "xml.entity-undefined",
    _CODES.WAR_UNDECLARED_ENTITY: "xml.entity-undefined",
    _CODES.ERR_ENTITYREF_SEMICOL_MISSING: "xml.ampersand-bare",
    _CODES.ERR_INVALID_CHAR: "xml.character-forbidden",
    _CODES.ERR_RESOURCE_LIMIT: "xml.too-large",
    _CODES.ERR_TAG_NAME_MISMATCH: "xml.tags-crossed",
    _CODES.ERR_TAG_NOT_FINISHED: "xml.cut-off",
    _CODES.NS_ERR_UNDEFINED_NAMESPACE: "xml.prefix-undeclared",
}


def parse(report: Report, text: str) -> Element | None:
    """The root element, or None with the reason in the report. Sets ``report.source``."""
    text = _without_forbidden(report, _declaration(report, text))
    fit = _without_doctype(report, text)
    if fit is None:
        return None
    report.source = text = fit
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as fault:
        _tell(report, fault, text)
        return None


def _declaration(report: Report, text: str) -> str:
    """Checks the XML declaration; text in front of it is white space to the parser."""
    start = text.lstrip()
    if start.startswith("<?xml") and len(start) != len(text):
        report.add("xml.declaration-late", "document", line=1)
        # Only the declaration goes, so that line numbers stay.
        text = _DECLARATION.sub("", text, count=1)
    version = _VERSION.match(start)
    if version and version[1] != "1.0":
        report.add("xml.version", "document", line=1, version=version[1])
        text = _DECLARATION.sub("", text, count=1)
    return text


def _without_forbidden(report: Report, text: str) -> str:
    """The text without the characters that XML can't carry, so that the rest can be read."""
    found = False
    line = done = 0
    for match in _FORBIDDEN.finditer(text):
        found = True
        line += text.count("\n", done, match.start())
        done = match.start()
        report.add(
            "xml.character-forbidden",
            "document",
            line=line + 1,
            what=f"the character U+{ord(match[0]):04X}",
        )
    return _FORBIDDEN.sub("", text) if found else text


def _without_doctype(report: Report, text: str) -> str | None:
    """The text without its document type, so that none ever reaches the parser.

    None, and a finding, for one with declarations of its own. Line numbers stay.
    """
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    doctype = _DOCTYPE.match(text, start)
    if doctype is None:
        return text
    line = text.count("\n", 0, start) + 1
    if doctype[1] != ">":
        report.add("xml.doctype-declarations", "document", line=line)
        return None
    rest = text[doctype.end() :]
    if "rss-0.91.dtd" in doctype[0]:
        # RSS 0.91 asks for its DTD, which defines the entities of Latin 1.
        rest = _ENTITY.sub(lambda m: html5.get(f"{m[1]};", m[0]), rest)
    else:
        report.add("xml.doctype", "document", line=line)
    return text[:start] + "\n" * doctype[0].count("\n") + rest


def _tell(report: Report, fault: etree.XMLSyntaxError, text: str) -> None:
    """The parser's first complaint, in our words where it is one of the usual ones."""
    line, column = fault.position
    reason = " ".join((fault.msg or "").removesuffix(f", line {line}, column {column}").split())
    code: int | None = getattr(fault, "code", None)
    rule_id = _REASONS.get(code or 0, "xml.malformed")
    if rule_id == "xml.malformed":
        rule_id = _by_words(reason, text, line)
    report.add(
        rule_id,
        f"column {column}",
        line=max(line or 1, 1),
        reason=reason,
        what=reason,
        entity=_quoted(reason),
    )


def _by_words(reason: str, text: str, line: int | None) -> str:
    if "xmlParseEntityRef" in reason or "invalid element name" in reason:
        return "xml.ampersand-bare"
    if "xmlChar value" in reason:
        return "xml.character-forbidden"
    if "<" not in text:
        return "feed.unknown-text"
    # The parser gave up on the last line, and that is not the end of an element.
    if (line or 0) > text.rstrip().count("\n") and not text.rstrip().endswith(">"):
        return "xml.cut-off"
    return "xml.malformed"


def _quoted(reason: str) -> str:
    match = re.search(r"Entity '([^']*)'", reason)
    return match[1] if match else ""
