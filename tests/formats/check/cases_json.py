"""JSON Feed: each row spoils one detail of a clean feed."""

from __future__ import annotations

from formats.check.documents import JSON, Case, cases

_VERSION = '"version": "https://jsonfeed.org/version/1.1",\n'
_AUTHORS = '"authors": [{"name": "Ada", "url": "https://example.org/ada"}],\n'
_FEED_URL = '"feed_url": "https://example.org/feed.json",\n'
_ID = '"id": "tag:example.org,2026:1",\n'

CASES: list[Case] = cases(
    JSON,
    [
        ("json.malformed", '"title": "Example",', '"title": "Example"'),
        ("json.malformed", '"tags": ["news"],', '"tags": ["news",],'),
        ("json.key-repeated", '"title": "Example",', '"title": "Example", "title": "2",'),
        ("json.constant", '"tags":', '"_x": NaN, "tags":'),
        ("json.beyond-limits", '"tags":', f'"_x": {"9" * 5000}, "tags":'),
        # The feed
        ("json.version-missing", _VERSION, ""),
        ("json.version-unknown", "version/1.1", "version/2"),
        ("json.title-missing", '"title": "Example",\n', ""),
        ("json.title-missing", '"title": "Example"', '"title": ""'),
        ("json.text-html", '"title": "Example"', '"title": "<b>Example</b>"'),
        ("json.items-missing", '"items"', '"_items"'),
        ("json.type", '"items": [{', '"items": ["x", {'),
        ("json.feed-url-missing", _FEED_URL, ""),
        ("json.home-page-url-missing", '"home_page_url": "https://example.org/",\n', ""),
        (
            "json.next-url-same",
            _FEED_URL,
            _FEED_URL + '"next_url": "https://example.org/feed.json",',
        ),
        ("", _FEED_URL, _FEED_URL + '"next_url": "https://example.org/feed2.json",'),
        ("json.type", '"language": "en"', '"language": "en", "expired": "false"'),
        ("json.type", '"title": "Example"', '"title": "Example", "icon": null'),
        ("json.key-unknown", '"language": "en"', '"language": "en", "lang": "en"'),
        ("", '"language": "en"', '"language": "en", "_mine": {"about": "https://example.org/"}'),
        ("json.language-invalid", '"language": "en"', '"language": "English"'),
        ("json.url-invalid", "https://example.org/feed.json", "feed.json"),
        ("feed.scheme-unknown", '"url": "https://example.org/1"', '"url": "htps://example.org/1"'),
        ("json.key-missing", '"language": "en"', '"language": "en", "hubs": [{"type": "WebSub"}]'),
        ("json.type", '"language": "en"', '"language": "en", "hubs": ["https://example.org/hub"]'),
        (
            "",
            '"language": "en"',
            '"language": "en", "hubs": [{"type": "WebSub", "url": "https://example.org/hub"}]',
        ),
        # Authors
        ("json.author-deprecated", _AUTHORS, '"author": {"name": "Ada"},'),
        ("", _AUTHORS, _AUTHORS + '"author": {"name": "Ada"},'),
        ("json.author-empty", _AUTHORS, '"authors": [{"_x": 1}],'),
        ("json.type", _AUTHORS, '"authors": ["Ada"],'),
        ("json.type", _AUTHORS, '"authors": {"name": "Ada"},'),
        ("feed.name-mailbox", '"name": "Ada"', '"name": "ada@example.org"'),
        ("json.url-invalid", '"https://example.org/ada"', '"example.org/ada"'),
        # Items
        ("json.item.id-missing", _ID, ""),
        ("json.type", '"id": "tag:example.org,2026:1"', '"id": 17'),
        (
            "json.item.id-repeated",
            "}]\n}\n",
            (
                '}, {"id": "tag:example.org,2026:1", "content_text":'
                ' "x", "url": "https://example.org/2", "date_published": "2026-11-22T10:00:00Z"}]}'
            ),
        ),
        ("json.item.content-missing", '"content_html"', '"_html"'),
        ("json.item.url-missing", '"url": "https://example.org/1",\n', ""),
        ("", '"url": "https://example.org/1"', '"external_url": "https://example.com/"'),
        ("json.item.date-missing", '"date_published": "2026-11-22T11:00:00Z",\n', ""),
        ("json.date-invalid", "2026-11-22T11:00:00Z", "2026-11-22"),
        ("", "2026-11-22T11:00:00Z", "2026-11-22T11:00:00-05:00"),
        ("feed.date-implausible", "2026-11-22T11:00:00Z", "1970-01-01T00:00:00Z"),
        ("feed.date-implausible", "2026-11-22T11:00:00Z", "2100-01-01T00:00:00Z"),
        ("", "2026-11-22T11:00:00Z", "2099-12-31T00:00:00Z"),
        ("json.text-html", '"content_html": "', '"content_text": "'),
        ("json.text-html", '"title": "One"', '"title": "One &amp; two"'),
        ("json.character-broken", '"title": "One"', '"title": "One\\u0000"'),
        ("json.character-broken", '"title": "One"', '"title": "One\\ud800"'),
        ("json.tag-empty", '["news"]', '["news", " "]'),
        ("json.type", '["news"]', '["news", 1]'),
        ("json.type", '["news"]', '"news"'),
        # Attachments
        ("json.key-missing", ', "mime_type": "audio/mpeg"', ""),
        ("json.media-type-invalid", "audio/mpeg", "mp3"),
        ("json.type", '"audio/mpeg"', '"audio/mpeg", "size_in_bytes": "17"'),
        ("json.type", '"audio/mpeg"', '"audio/mpeg", "size_in_bytes": true'),
        ("json.number-negative", '"audio/mpeg"', '"audio/mpeg", "duration_in_seconds": -1'),
        ("json.url-invalid", "https://example.org/1.mp3", "/1.mp3"),
        ("json.type", '[{"url": "https://example.org/1.mp3", "mime_type": "audio/mpeg"}]', '["x"]'),
    ],
)
CASES += [
    Case("json.not-feed", b'{"error": "not found"}', frozenset({"json.not-feed"})),
    Case("json.not-object", b"[]", frozenset({"json.not-object"})),
    Case(
        "json.byte-order-mark", b"\xef\xbb\xbf" + JSON.encode(), frozenset({"json.byte-order-mark"})
    ),
    Case("json.encoding", JSON.replace("One", "é").encode("latin-1"), frozenset({"json.encoding"})),
    Case("json too deep", b'{"a":' * 100_000, frozenset({"json.beyond-limits"})),
    Case(
        "version 1, with its one author",
        JSON.replace("1.1", "1").replace(_AUTHORS, '"author": {"name": "Ada"},').encode(),
        frozenset(),
    ),
    Case(
        "JSON feed.self-elsewhere",
        JSON.encode(),
        frozenset({"feed.self-elsewhere"}),
        url="https://example.org/other.json",
    ),
]
