"""From bytes to text as a reader of feeds decides it: byte order mark, HTTP, XML declaration.

The order is RFC 7303's (section 3). Contradictions and bytes that don't fit are findings; text
comes out in any case.
"""

from __future__ import annotations

import codecs
import itertools
import re

from feedsvc.formats.check.finding import Report

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Without a mark the first characters of "<?xml" or "<x" tell the width (XML 1.0, appendix F).
_STARTS = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(
    r"<\?xml\s[^>?]{0,60}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.ASCII
)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE | re.ASCII)

#: Python's names of the encodings that browsers and readers know (WHATWG Encoding Standard).
_COMMON = frozenset(
    "utf-8 utf-16 utf-16-le utf-16-be ascii iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5"
    " iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14 iso8859-15"
    " iso8859-16 cp866 cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258"
    " koi8-r koi8-u mac-roman mac-cyrillic gb2312 gbk gb18030 big5 big5hkscs euc_jp iso2022_jp"
    " shift_jis euc_kr cp949 tis-620".split()
)
_RARE = frozenset({"utf-32", "utf-32-le", "utf-32-be", "cp437", "cp850", "cp037", "utf-8-sig"})


def decode(report: Report, body: bytes, content_type: str | None) -> str:
    """The text of an XML or HTML document, its byte order mark taken off."""
    marked = next(((mark, name) for mark, name in _MARKS if body.startswith(mark)), None)
    if marked:
        body = body[len(marked[0]) :]
    told = _named(report, charset(content_type), "The Content-Type header")
    seen = marked[1] if marked else next((n for s, n in _STARTS if body.startswith(s)), None)
    head = body[:400].decode(seen or "latin-1", "replace")
    match = _DECLARED.match(head.lstrip())
    declared = _named(report, match[1] if match else None, "The XML declaration")
    _compare(report, seen if marked else None, told, declared)
    return _decoded(report, body, seen or told or declared or "utf-8")


def charset(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type header, as it is written."""
    match = _CHARSET.search(content_type or "")
    return match[1] if match else None


def _named(report: Report, name: str | None, speaker: str) -> str | None:
    """Python's name of an encoding; None, and a finding, for one that no reader knows."""
    if name is None:
        return None
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if known not in _COMMON | _RARE:
        report.add("xml.encoding-unknown", "document", line=1, speaker=speaker, encoding=name)
        return None
    if known in _RARE:
        report.add("xml.encoding-rare", "document", line=1, speaker=speaker, encoding=name)
    return known


def _compare(report: Report, mark: str | None, told: str | None, declared: str | None) -> None:
    said = [
        (who, name)
        for who, name in (
            ("the byte order mark", mark),
            ("the Content-Type header", told),
            ("the XML declaration", declared),
        )
        if name
    ]
    for (who, name), (other, different) in itertools.pairwise(said):
        if not _agree(name, different):
            report.add(
                "xml.encoding-contradiction",
                "document",
                line=1,
                one=f"{who} says {name}",
                other=f"{other} says {different}",
            )


def _agree(one: str, other: str) -> bool:
    # "utf-16" leaves the byte order to the mark.
    return one == other or one.startswith(other + "-") or other.startswith(one + "-")


def _decoded(report: Report, body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as fault:
        before = body[: fault.start].decode(encoding, "replace")
        report.add(
            "xml.encoding-bytes",
            "document",
            line=before.count("\n") + 1,
            byte=f"0x{body[fault.start]:02X}",
            position=fault.start,
            encoding=encoding,
        )
        return body.decode(encoding, "replace")
