"""Bodies: what readers strip, block or break in the HTML (or XHTML) of an item."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedsvc.formats.check import markup
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.markup import BARE, UNFINISHED, Tag
from feedsvc.formats.check.tree import Element, line_of, local, namespace
from feedsvc.formats.check.words import HTML_ELEMENTS

_XHTML = "http://www.w3.org/1999/xhtml"
_DRAWN = frozenset({"svg", "math"})  # with vocabularies of their own
_VOID = frozenset(
    "area base basefont br col embed frame hr img input keygen link meta param source track"
    " wbr".split()
)
#: Elements whose end tag may be left out, or whose presence the HTML parser makes up.
_ENDS_BY_ITSELF = frozenset(
    "li p dt dd tr td th thead tbody tfoot colgroup caption option optgroup rt rp rb rtc html head"
    " body".split()
)
#: Elements whose start closes an open paragraph (HTML 13.1.2.4).
_CLOSES_P = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section table"
    " ul".split()
)
#: What every reader strips because it runs or loads something.
_UNSAFE = frozenset(
    "?import applet base basefont bgsound embed frame frameset iframe isindex link meta noembed"
    " object param plaintext script style xmp".split()
)
_ADDRESSES = ("href", "src", "poster", "srcset", "background", "action", "formaction", "data")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_INVISIBLE = re.compile(r"[\x00-\x20]+")
_STYLE_DANGER = re.compile(
    r"expression\s*\(|url\s*\(|javascript:|-moz-binding|behaviou?r\s*:|@import"
    r"|position\s*:\s*(?:fixed|absolute|sticky)|z-index",
    re.IGNORECASE,
)


def check_html(report: Report, value: str, at: Element | str, *, relative: bool = False) -> None:
    """Check a body written as HTML. ``relative`` says that links may be relative (``xml:base``)."""
    if "<" not in value:
        return
    first = None if isinstance(at, str) else line_of(at)
    body = _Body(report, at, relative, value, first)
    nesting = _Nesting()
    for tag in markup.tags(value):
        fault = nesting.fault(tag)
        if fault:
            body.add("body.markup-broken", tag.start, once=True, fault=fault)
        if tag.name not in {BARE, UNFINISHED} and not tag.is_end:
            body.element(tag.name, tag.attributes, tag.start, is_drawn=nesting.drawn)
    if left := nesting.left_open():
        body.add("body.markup-broken", len(value), once=True, fault=f"<{left}> is never closed")


def check_xhtml(report: Report, div: Element, *, relative: bool = False) -> None:
    """Check a body written as XHTML elements."""
    body = _Body(report, div, relative, "", None)
    for node in div.iter("*"):
        uri = namespace(node)
        if uri == _XHTML:
            body.element(local(node), _plain_attributes(node), 0, is_drawn=False, at=node)
        elif uri.endswith(("/svg", "/MathML")):
            body.element(local(node), _plain_attributes(node), 0, is_drawn=True, at=node)
        elif not _within_foreign(node):
            report.add("body.element-foreign", node, namespace=uri or "none")


def _plain_attributes(node: Element) -> Iterable[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in node.attrib.items()]


def _within_foreign(node: Element) -> bool:
    parent = node.getparent()
    return parent is not None and namespace(parent) not in {_XHTML, "http://www.w3.org/2005/Atom"}


class _Body:
    """One body under check: knows where findings lie and what was said of it already."""

    def __init__(
        self, report: Report, at: Element | str, relative: bool, value: str, first: int | None
    ) -> None:
        self._report = report
        self._at = at
        self._relative = relative
        self._value = value
        self._first = first
        self._told: set[str] = set()

    def add(
        self,
        rule_id: str,
        start: int,
        *,
        at: Element | None = None,
        once: bool = False,
        **facts: str,
    ) -> None:
        said = rule_id if once else f"{rule_id} {facts}"
        if said in self._told:
            return
        self._told.add(said)
        line = self._first + self._value.count("\n", 0, start) if self._first else None
        place = self._at if at is None else at
        self._report.add(rule_id, place, line=line, section="", **facts)

    def element(
        self,
        name: str,
        attributes: Iterable[tuple[str, str]],
        start: int,
        *,
        is_drawn: bool,
        at: Element | None = None,
    ) -> None:
        if name in _UNSAFE and not (is_drawn and name == "style"):
            self.add("body.element-unsafe", start, at=at, element=name)
        elif name not in HTML_ELEMENTS and not is_drawn and name not in _DRAWN:
            self.add("body.element-unknown", start, at=at, element=name)
        for attribute, value in attributes:
            if attribute.startswith("on") and len(attribute) > 3:
                self.add("body.attribute-event", start, at=at, attribute=attribute)
            elif attribute == "style" and (danger := _STYLE_DANGER.search(value)):
                self.add("body.style-dangerous", start, at=at, style=danger[0])
            elif attribute in _ADDRESSES and not is_drawn:
                self._address(name, attribute, value, start, at)

    def _address(
        self, name: str, attribute: str, value: str, start: int, at: Element | None
    ) -> None:
        for address in _sources(value) if attribute == "srcset" else [value.strip()]:
            bare = _INVISIBLE.sub("", address).lower()
            if bare.startswith(("javascript:", "vbscript:", "data:text", "data:application")):
                self.add("body.link-script", start, at=at, once=True, element=name, value=address)
            elif not _SCHEME.match(address) and not self._relative:
                self.add("body.link-relative", start, at=at, once=True, element=name, value=address)


def _sources(value: str) -> list[str]:
    """The addresses of a srcset, without their widths."""
    return [part.split()[0] for part in value.split(",") if part.strip()]


class _Nesting:
    """The stack of open elements, as far as it takes to see tags that cross or are left open."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._counts: dict[str, int] = {}

    @property
    def drawn(self) -> bool:
        """Whether the parser is in svg or math."""
        return any(self._counts.get(name) for name in _DRAWN)

    def fault(self, tag: Tag) -> str:
        """What is wrong with the next tag, "" if nothing is."""
        if tag.name == BARE:
            return "a < stands for itself, which is written &lt;"
        if tag.name == UNFINISHED:
            return "the text ends within a tag"
        if tag.is_end:
            return self._close(tag.name)
        if tag.name in _VOID or tag.name == "?import" or (tag.is_closed and self.drawn):
            return ""
        fault = self._close_paragraph(tag.name) if tag.name in _CLOSES_P else ""
        if tag.is_closed and tag.name not in _DRAWN:
            # HTML knows no <b/>: it opens b and never closes it.
            self._push(tag.name)
            return fault or f"<{tag.name}/> is not closed by its slash"
        if not tag.is_closed:
            self._push(tag.name)
        return fault

    def left_open(self) -> str:
        """The outermost element that is left open and may not be."""
        return next((name for name in self._open if name not in _ENDS_BY_ITSELF), "")

    def _push(self, name: str) -> None:
        self._open.append(name)
        self._counts[name] = self._counts.get(name, 0) + 1

    def _pop(self) -> str:
        name = self._open.pop()
        self._counts[name] -= 1
        return name

    def _close(self, name: str) -> str:
        if not self._counts.get(name):
            return "" if name in {"html", "head", "body"} else f"</{name}> closes nothing"
        crossed = ""
        while (top := self._pop()) != name:
            if top not in _ENDS_BY_ITSELF and not crossed:
                crossed = top
        return f"</{name}> comes while <{crossed}> is open" if crossed else ""

    def _close_paragraph(self, name: str) -> str:
        if self._open and self._open[-1] == "p":
            self._pop()
        elif self._counts.get("p") and not any(
            self._counts.get(scope) for scope in ("td", "th", "button", "object", "caption")
        ):
            # Only what lies in the paragraph itself can cross it.
            top = self._open[-1]
            if top not in _CLOSES_P and top not in _ENDS_BY_ITSELF and "p" in self._open[-3:]:
                return f"<{name}> comes within a paragraph while <{top}> is open"
        return ""
