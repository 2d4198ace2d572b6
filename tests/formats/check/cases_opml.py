"""OPML: each row spoils one detail of a clean list."""

from __future__ import annotations

from formats.check.documents import OPML, Case, cases

_OUTLINE = '<outline text="Example"'

CASES: list[Case] = cases(
    OPML,
    [
        ("opml.namespace", "<opml ", '<opml xmlns="http://www.opml.org/spec2" '),
        ("opml.version-missing", ' version="2.0"', ""),
        ("opml.version-unknown", 'version="2.0"', 'version="3.0"'),
        (
            "opml.part-missing",
            (
                "<head>\n<title>Feeds</title>\n<dateModified>"
                "Sun, 22 Nov 2026 12:00:00 GMT</dateModified>\n</head>"
            ),
            "",
        ),
        ("opml.outline-missing", OPML[OPML.index("<outline") : OPML.index("</body>")], ""),
        ("opml.text-missing", _OUTLINE, '<outline title="Example"'),
        ("opml.title-missing opml.text-missing", _OUTLINE, "<outline"),
        ("opml.feed-url-missing", 'xmlUrl="https://example.org/feed.rss"', ""),
        ("opml.type-missing", 'type="rss" ', ""),
        ("opml.url-missing", 'type="rss" xmlUrl="https://example.org/feed.rss"', 'type="link"'),
        ("opml.url-invalid", 'htmlUrl="https://example.org/"', 'htmlUrl="example.org"'),
        ("opml.url-invalid", "</head>", "<ownerId>me</ownerId></head>"),
        ("opml.date-invalid", "Sun, 22 Nov 2026 12:00:00 GMT", "2026-11-22"),
        ("opml.date-invalid", _OUTLINE, '<outline created="today" text="Example"'),
        ("opml.language-invalid", _OUTLINE, '<outline language="en_US" text="Example"'),
        ("", _OUTLINE, '<outline language="unknown" text="Example"'),
        ("opml.value-invalid", _OUTLINE, '<outline isComment="yes" text="Example"'),
        ("opml.value-invalid", _OUTLINE, '<outline version="3" text="Example"'),
        ("opml.value-invalid", "</head>", "<ownerEmail>Ada</ownerEmail></head>"),
        ("opml.value-invalid", "</head>", "<expansionState>1;2</expansionState></head>"),
        ("", "</head>", "<expansionState>1, 2</expansionState><windowTop>10</windowTop></head>"),
        ("opml.element-undefined", "</head>", "<author>Ada</author></head>"),
        ("opml.element-undefined", "</body>", "<item/></body>"),
        ("opml.element-repeated", "</title>", "</title><title>Twice</title>"),
        ("opml.attribute-undefined", _OUTLINE, '<outline icon="x" text="Example"'),
        ("opml.text-stray", "<head>", "<head>loose"),
    ],
)
