"""Media RSS 1.5.1: files and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from feedsvc.formats.check import html, iris, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import MEDIA
from feedsvc.formats.check.tree import Element, children, local, namespace, raw_text, text
from feedsvc.formats.check.vocabulary import (
    BOTH,
    ITEM,
    Vocabulary,
    attribute_address,
    attribute_matches,
    defined,
    invalid,
    is_count,
    is_number,
    is_positive,
    one_of,
    plain,
)

_SOURCE = "Media RSS 1.5.1"
_TIME = re.compile(r"now|\d+(\.\d+)?|\d+:\d\d:\d\d(\.\d+)?", re.ASCII)
_CONTENT = f"{{{MEDIA}}}content"
_GROUP = f"{{{MEDIA}}}group"
_RATINGS = {
    "urn:simple": {"adult", "nonadult"},
    "urn:mpaa": set("g pg pg-13 r nc-17 x m".split()),
    "urn:v-chip": set("14+ 18+ c c8 g pg tv-14 tv-g tv-ma tv-pg tv-y tv-y7 tv-y7-fv".split()),
}


def check_audible(report: Report, item: Element, *, has_enclosure: bool) -> None:
    """Sound and film in ``media:content`` alone are not seen by most programs."""
    if has_enclosure:
        return
    for node in (*item.findall(_CONTENT), *item.findall(f"{_GROUP}/{_CONTENT}")):
        kind = (node.get("type") or node.get("medium") or "").lower()
        if kind.startswith(("audio", "video")) and node.get("url"):
            report.add("media.content-alone", node)
            return


def _content(report: Report, node: Element) -> None:
    if node.get("url") is None and node.find(f"{{{MEDIA}}}player") is None:
        report.add("extension.attribute-missing", node, attribute="url", section=_SOURCE)
    attribute_address(report, node, "url", _SOURCE)
    for name in ("fileSize", "height", "width"):
        attribute_matches(report, node, name, is_positive, "a whole number from 1 up", _SOURCE)
    attribute_matches(report, node, "channels", is_count, "a whole number", _SOURCE)
    for name in ("bitrate", "framerate", "samplingrate", "duration"):
        attribute_matches(report, node, name, is_number, "a number", _SOURCE)
    attribute_matches(report, node, "type", words.is_media_type, "a media type", _SOURCE)
    _attribute_word(report, node, "medium", "image audio video document executable")
    _attribute_word(report, node, "expression", "sample full nonstop")
    _attribute_word(report, node, "isDefault", "true false")
    attribute_matches(report, node, "lang", _is_language, "a language tag", _SOURCE)
    _parts(report, node)


def _group(report: Report, node: Element) -> None:
    if len(node.findall(_CONTENT)) < 2:
        report.add("media.group-single", node)
    _parts(report, node)


def _parts(report: Report, node: Element) -> None:
    """The elements within a content or a group: the same vocabulary again."""
    for part in children(node):
        if namespace(part) != MEDIA:
            continue
        known = VOCABULARY.elements.get(local(part))
        if known is None:
            report.add("extension.element-undefined", part, hint="", section=_SOURCE)
        elif part.tag != _GROUP:
            for name in known.required:
                if part.get(name) is None:
                    report.add("extension.attribute-missing", part, attribute=name, section=_SOURCE)
            known.check(report, part)


def _is_language(value: str) -> bool:
    return not words.language_fault(value)


def _attribute_word(report: Report, node: Element, name: str, allowed: str) -> None:
    known = allowed.split()
    attribute_matches(report, node, name, lambda v: v in known, " or ".join(known), _SOURCE)


def _thumbnail(report: Report, node: Element) -> None:
    attribute_address(report, node, "url", _SOURCE)
    for name in ("height", "width"):
        attribute_matches(report, node, name, is_positive, "a whole number from 1 up", _SOURCE)
    attribute_matches(
        report, node, "time", lambda v: _TIME.fullmatch(v) is not None, "a time", _SOURCE
    )


def _typed_text(report: Report, node: Element) -> None:
    _attribute_word(report, node, "type", "plain html")
    if node.get("type") == "html":
        html.check_html(report, raw_text(node), node)
    else:
        plain(_SOURCE)(report, node)
    attribute_matches(report, node, "lang", _is_language, "a language tag", _SOURCE)
    for name in ("start", "end"):
        attribute_matches(
            report, node, name, lambda v: _TIME.fullmatch(v) is not None, "a time", _SOURCE
        )


def _rating(report: Report, node: Element) -> None:
    scheme = node.get("scheme") or "urn:simple"
    allowed = _RATINGS.get(scheme)
    value = text(node)
    if allowed is not None:
        if value not in allowed:
            invalid(report, node, value, f"a rating of {scheme}", _SOURCE)
    elif fault := iris.fault(scheme):
        invalid(report, node, scheme, f"an IRI, in scheme ({fault})", _SOURCE)


def _restriction(report: Report, node: Element) -> None:
    _attribute_word(report, node, "relationship", "allow deny")
    _attribute_word(report, node, "type", "country uri sharing")
    value, kind = text(node), node.get("type")
    if kind is None and value not in {"", "all", "none"}:
        invalid(report, node, value, "all or none", _SOURCE)
    elif kind == "country" and not all(re.fullmatch("[A-Za-z]{2}", c) for c in value.split()):
        invalid(report, node, value, "country codes of two letters", _SOURCE)
    elif kind == "uri" and (fault := iris.fault(value)):
        invalid(report, node, value, f"an address ({fault})", _SOURCE)


def _hash(report: Report, node: Element) -> None:
    size = {"md5": 32, "sha-1": 40}.get(node.get("algo", "md5"))
    if size is None:
        invalid(report, node, node.get("algo", ""), "md5 or sha-1, in algo", _SOURCE)
    elif not re.fullmatch(rf"[0-9a-fA-F]{{{size}}}", text(node)):
        invalid(report, node, text(node), f"{size} hexadecimal digits", _SOURCE)


def _copyright(report: Report, node: Element) -> None:
    plain(_SOURCE)(report, node)
    attribute_address(report, node, "url", _SOURCE)


def _category(report: Report, node: Element) -> None:
    plain(_SOURCE)(report, node)
    scheme = node.get("scheme")
    if scheme is not None and (fault := iris.fault(scheme)):
        invalid(report, node, scheme, f"an IRI, in scheme ({fault})", _SOURCE)


def _credit(report: Report, node: Element) -> None:
    role = node.get("role")
    if role is not None and role != role.lower():
        invalid(report, node, role, "a role in lower case", _SOURCE)


def _adult(report: Report, node: Element) -> None:
    report.add("media.adult-deprecated", node)
    one_of("true", "false", source=_SOURCE)(report, node)


def _player(report: Report, node: Element) -> None:
    attribute_address(report, node, "url", _SOURCE)
    for name in ("height", "width"):
        attribute_matches(report, node, name, is_count, "a whole number", _SOURCE)


_CONTENT_ATTRIBUTES = (
    "url fileSize type medium isDefault expression bitrate framerate samplingrate channels"
    " duration height width lang"
)
_FREE: Sequence[str] = (
    "backLinks comments community embed license location peerLink price responses rights"
    " scenes status subTitle tags"
).split()

VOCABULARY = Vocabulary(
    _SOURCE,
    {
        "adult": defined(BOTH, _adult),
        "category": defined(BOTH, _category, many=True, attributes="scheme label"),
        "content": defined(ITEM, _content, many=True, attributes=_CONTENT_ATTRIBUTES),
        "copyright": defined(BOTH, _copyright, attributes="url"),
        "credit": defined(BOTH, _credit, many=True, attributes="role scheme"),
        "description": defined(BOTH, _typed_text, attributes="type"),
        "group": defined(ITEM, _group, many=True),
        "hash": defined(BOTH, _hash, many=True, attributes="algo"),
        "keywords": defined(BOTH),
        "player": defined(BOTH, _player, many=True, required="url", attributes="height width"),
        "rating": defined(BOTH, _rating, many=True, attributes="scheme"),
        "restriction": defined(
            BOTH, _restriction, many=True, required="relationship", attributes="type"
        ),
        "text": defined(BOTH, _typed_text, many=True, attributes="type lang start end"),
        "thumbnail": defined(
            BOTH, _thumbnail, many=True, required="url", attributes="height width time"
        ),
        "title": defined(BOTH, _typed_text, attributes="type"),
    }
    | {name: defined(BOTH, many=True) for name in _FREE},
)
