"""The document as a whole: what it is, how it came, whether it is XML."""

from __future__ import annotations

import codecs

from formats.check.documents import ATOM, JSON, OPML, RSS, Case, cases

_PAGE = b"""<!DOCTYPE html><html><head><title>Example</title>
<link rel="alternate" type="application/rss+xml" href="/feed.rss">
<link rel=alternate type=application/atom+xml href=https://example.org/feed.atom></head></html>"""


def _one(rules: str, body: bytes, content_type: str | None = None, url: str | None = None) -> Case:
    shown = content_type or body[:40].decode("latin-1")
    return Case(f"{rules or 'nothing'} {shown}", body, frozenset(rules.split()), content_type, url)


CASES: list[Case] = [
    _one("feed.empty", b""),
    _one("feed.empty", b" \n "),
    _one("feed.html-page", _PAGE, url="https://example.org/blog/"),
    _one("feed.html-page", b"<html><body>Not found</body></html>"),
    _one("feed.html-page", b'<html xmlns="http://www.w3.org/1999/xhtml"><head/></html>'),
    _one("feed.html-page", b'<x:html xmlns:x="http://www.w3.org/1999/xhtml"/>'),
    _one("feed.unknown", b"<sitemap/>"),
    _one("feed.unknown-text", b"Database error"),
    _one("http.media-type", RSS.encode(), "text/html; charset=utf-8"),
    _one("http.media-type", ATOM.encode(), "application/rss+xml"),
    _one("http.media-type", JSON.encode(), "text/plain"),
    _one("http.media-type", OPML.encode(), "application/rss+xml"),
    _one("http.media-type-missing", RSS.encode(), "rss"),
    _one("", RSS.encode(), "application/rss+xml; charset=utf-8"),
    _one("", RSS.encode(), "text/xml"),
    _one("", ATOM.encode(), "application/atom+xml"),
    _one("", JSON.encode(), "application/feed+json"),
    _one("", OPML.encode(), "text/x-opml; charset=utf-8"),
    # Encodings
    _one("xml.encoding-unknown", RSS.replace("utf-8", "klingon", 1).encode()),
    _one("xml.encoding-unknown", RSS.replace("utf-8", "unicode_escape", 1).encode()),
    _one("xml.encoding-rare", RSS.replace("utf-8", "utf-32", 1).encode("utf-32")),
    _one("", RSS.replace("utf-8", "utf-16", 1).encode("utf-16")),
    _one("", RSS.replace("utf-8", "utf-16", 1).encode("utf-16-be")),
    _one("", codecs.BOM_UTF8 + RSS.encode()),
    _one("", RSS.replace("utf-8", "iso-8859-1", 1).replace("One", "é").encode("latin-1")),
    _one("xml.encoding-bytes", RSS.replace("One", "é").encode("latin-1")),
    _one("xml.encoding-contradiction", RSS.encode(), "application/rss+xml; charset=iso-8859-1"),
    _one("xml.encoding-contradiction", codecs.BOM_UTF8 + RSS.replace("utf-8", "ascii", 1).encode()),
    # Well-formedness
    _one("xml.declaration-late", b"\n\n" + RSS.encode()),
    _one("xml.version", RSS.replace('"1.0"', '"1.1"', 1).encode()),
    _one("xml.doctype", b"<!DOCTYPE rss>" + RSS[RSS.index("<rss") :].encode()),
    _one(
        "xml.doctype-declarations",
        b'<!DOCTYPE rss [<!ENTITY x "y">]>' + RSS[RSS.index("<rss") :].encode(),
    ),
    _one("xml.cut-off", RSS.encode()[:300]),
    _one("xml.malformed", RSS.encode() + b"<again/>"),
    _one("xml.malformed", b"PHP Warning: x in y.php" + RSS.encode()),
    _one("xml.too-large", b"<rss>" + b"<a>" * 400 + b"</a>" * 400 + b"</rss>"),
    *cases(
        RSS,
        [
            ("xml.ampersand-bare", "<title>One", "<title>Fish & chips"),
            ("xml.ampersand-bare", "https://example.org/1", "https://example.org/?a=1&b=2"),
            ("xml.ampersand-bare", "<title>One", "<title>1 < 2"),
            ("xml.malformed", 'version="2.0"', "version=2.0"),
            ("xml.tags-crossed", "<title>One</title>", "<title><b>One</title></b>"),
            ("xml.entity-undefined", "<title>One", "<title>One&nbsp;two"),
            ("xml.character-forbidden", "<title>One", "<title>One\x08"),
            ("xml.character-forbidden", "<title>One", "<title>One\ufffe"),
            ("xml.character-forbidden", "<title>One", "<title>One&#8;"),
            ("xml.prefix-undeclared", "</item>", "<itunez:duration>1</itunez:duration></item>"),
            ("xml.character-discouraged", "<title>One", "<title>One\x92s"),
            ("xml.character-discouraged", "<title>One", "<title>One&#146;s"),
            ("xml.character-discouraged", "<title>One", "<title>One\ufffd"),
            ("xml.text-garbled", "<title>One", "<title>CafÃ©"),
            ("xml.text-garbled", "<title>One", "<title>Itâ€™s"),
            ("", "<title>One", "<title>À PARÍS: SÃO Ünïcödé 😀 漢字 مقال"),
            # Namespaces
            (
                "xml.namespace-misspelt",
                "</item>",
                '<m:title xmlns:m="http://search.yahoo.com/mrss">x</m:title></item>',
            ),
            (
                "xml.namespace-unknown xml.prefix-reserved",
                "</item>",
                '<media:title xmlns:media="https://x.example/">x</media:title></item>',
            ),
            ("", "<rss ", '<rss xmlns:x="https://unused.example/" '),
        ],
    ),
]
