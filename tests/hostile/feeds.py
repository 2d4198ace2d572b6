"""Feeds by hand to try readers with, and what damages them."""

from __future__ import annotations

import random

#: Where they are found.
URL = "https://www.example.org/feed"


def document(inner: str) -> bytes:
    """An RSS feed of these elements."""
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>T</title><link>https://e.org/</link>{inner}</channel></rss>"
    ).encode()


def entry(inner: str, guid: str = "1") -> str:
    """An RSS item of these elements, with an id that is no address."""
    return f'<item><guid isPermaLink="false">{guid}</guid><title>t</title>{inner}</item>'


GOOD = document(entry("<link>https://e.org/a/</link><description>Words</description>"))

#: What parsers stumble over.
BITS = (
    "<", ">", "&", '"', "\0", "]]>", "<![CDATA[", "<!--", "&#0;", "&#xD800;", "\\ud800", "[", "}",
    "null", "1e999", "-1", "9" * 30, "https://[::1", 'xml:base="http://[x"', "\ufdd0\ufffe", "//",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "javascript:", "%", ' lang="x"',
)  # fmt: skip


def damaged(body: bytes, chance: random.Random) -> bytes:
    """The document with bits put in, taken out, and doubled."""
    broken = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at, from_ = chance.randrange(len(broken)), chance.randrange(len(broken))
        size = chance.randint(1, 200)
        match chance.randrange(4):
            case 0 | 1:
                broken[at : at + chance.choice((0, 5, 20))] = chance.choice(BITS).encode()
            case 2:
                del broken[at : at + size]
            case _:
                broken[at:at] = broken[from_ : from_ + size]
    return bytes(broken)
