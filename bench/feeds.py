"""Made-up foreign feeds, the same at every run: what the programs of the field write.

Half are RSS as WordPress writes it, half Atom; every tenth Atom feed has XHTML. An item has 300
words of HTML with links and a picture, an author, categories, and every third a file.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from itertools import accumulate
from pathlib import Path

NEWEST = datetime(2026, 11, 22, 12, tzinfo=UTC)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def make_feeds(folder: Path, feeds: int = 200, items: int = 50) -> list[Path]:
    """Write the feeds; their paths."""
    paths = []
    for number, body in enumerate(bodies(feeds, items)):
        path = folder / f"feed-{number:03}.{'rss' if number % 2 == 0 else 'atom'}"
        path.write_text(body, encoding="utf-8")
        paths.append(path)
    return paths


def bodies(feeds: int, items: int) -> Iterator[str]:
    """The feeds' texts."""
    chance = random.Random(5)
    words = ["".join(chance.choices(_LETTERS, k=chance.randint(2, 10))) for _ in range(5_000)]
    words += ["café", "naïve", "Zürich", "—", "“quoted”", "日本", "AT&T"]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))

    def some(count: int) -> list[str]:
        return chance.choices(words, cum_weights=weights, k=count)

    for number in range(feeds):
        site = f"https://site{number}.example"
        entries = [_Entry(chance, some, site, at) for at in range(items)]
        rss = number % 2 == 0
        yield _rss(site, entries) if rss else _atom(site, entries, xhtml=number % 20 == 1)


class _Entry:
    """One article."""

    def __init__(
        self, chance: random.Random, some: Callable[[int], list[str]], site: str, at: int
    ) -> None:
        self.url = f"{site}/2026/{at:03}/{'-'.join(w for w in some(4) if w.isascii())}/?p=1&q={at}"
        self.guid = f"{site}/?p={at}"
        self.title = " ".join(some(7)).capitalize()
        self.excerpt = " ".join(some(40)) + " […]"
        paragraphs = []
        for part in range(6):
            text = some(50)
            text[5] = f'<a href="/about/{part}?a=1&amp;b=2" class="ref">{escape(text[5])}</a>'
            text[20] = f"<strong>{escape(text[20])}</strong>"
            text[30] = f"<em>{escape(text[30])}</em>"
            plain = (word if word.startswith("<") else escape(word) for word in text)
            paragraphs.append(f'<p class="wp-block">{" ".join(plain)}</p>')
        picture = (
            f'<p><img src="{site}/wp-content/{at}.jpg" alt="A picture" width="600" height="400"'
            ' class="size-full" loading="lazy" /></p>'
        )
        self.html = "\n".join([*paragraphs[:1], picture, *paragraphs[1:]])
        self.author = f"{chance.choice(('Ada', 'Grace', 'Alan', 'Zoë'))} {some(1)[0].title()}"
        self.categories = some(3)
        self.time = NEWEST - timedelta(minutes=chance.randrange(600_000))
        self.file = f"{site}/audio/{at}.mp3" if at % 3 == 0 else None


def _rss(site: str, entries: list[_Entry]) -> str:
    items = []
    for entry in entries:
        categories = "\n".join(
            f"<category><![CDATA[{one}]]></category>" for one in entry.categories
        )
        file = f'<enclosure url="{entry.file}" length="48123" type="audio/mpeg" />'
        items.append(f"""<item>
    <title>{escape(entry.title)}</title>
    <link>{escape(entry.url)}</link>
    <comments>{escape(entry.url)}#comments</comments>
    <dc:creator><![CDATA[{entry.author}]]></dc:creator>
    <pubDate>{format_datetime(entry.time)}</pubDate>
    {categories}
    <guid isPermaLink="false">{escape(entry.guid)}</guid>
    <description><![CDATA[<p>{escape(entry.excerpt)}</p>]]></description>
    <content:encoded><![CDATA[{entry.html}]]></content:encoded>
    <wfw:commentRss>{escape(entry.url)}feed/</wfw:commentRss>
    <slash:comments>3</slash:comments>
    {file if entry.file else ""}
</item>""")
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
    xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:wfw="http://wellformedweb.org/CommentAPI/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:atom="http://www.w3.org/2005/Atom"
    xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
    xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel>
    <title>{site}</title>
    <atom:link href="{site}/feed/" rel="self" type="application/rss+xml" />
    <link>{site}/</link>
    <description>Just another site</description>
    <lastBuildDate>{format_datetime(NEWEST)}</lastBuildDate>
    <language>en-US</language>
    <sy:updatePeriod>hourly</sy:updatePeriod>
    <sy:updateFrequency>1</sy:updateFrequency>
    <generator>https://wordpress.org/?v=6.9</generator>
{"".join(items)}
</channel></rss>
"""


def _atom(site: str, entries: list[_Entry], *, xhtml: bool) -> str:
    items = []
    for entry in entries:
        categories = "\n".join(f'<category term="{escape(one)}" />' for one in entry.categories)
        file = f'<link rel="enclosure" href="{entry.file}" length="48123" type="audio/mpeg" />'
        content = (
            f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{entry.html}</div>'
            if xhtml
            else f'<content type="html">{escape(entry.html, quote=False)}'
        )
        items.append(f"""<entry>
    <title type="html">{escape(escape(entry.title))}</title>
    <link href="{escape(entry.url)}" />
    <id>{escape(entry.guid)}</id>
    <published>{entry.time.isoformat()}</published>
    <updated>{(entry.time + timedelta(hours=1)).isoformat().replace("+00:00", "Z")}</updated>
    <author><name>{escape(entry.author)}</name><uri>{site}/about</uri></author>
    {categories}
    <summary type="html">{escape(escape(entry.excerpt))}</summary>
    {content}</content>
    {file if entry.file else ""}
</entry>""")
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
    <title>{site}</title>
    <link href="{site}/" />
    <link rel="self" href="{site}/atom.xml" />
    <id>{site}/</id>
    <updated>{NEWEST.isoformat()}</updated>
    <generator uri="https://jekyllrb.com/" version="4.4">Jekyll</generator>
{"".join(items)}
</feed>
"""
