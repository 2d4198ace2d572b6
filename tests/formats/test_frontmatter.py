"""Front matter: posts as the generators of the field have them, and every key's own words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.formats import itemfile
from feedsvc.model import (
    Author,
    Category,
    Enclosure,
    Item,
    Podcast,
    Reference,
    Status,
    Via,
)


def read(text: str, name: str = "post.md") -> Item:
    return itemfile.read(text.encode("utf-8"), name=name).item


def given(lines: str) -> Item:
    return read(f"---\n{lines}\n---\nText.\n")


def terms(item: Item) -> list[str]:
    return [category.term for category in item.categories]


class TestGenerators:
    def test_hugo_yaml(self) -> None:
        found = itemfile.read(
            b"""---
title: "Emoji Support"
author: "Hugo Authors"
date: 2019-03-05T10:00:00+02:00
publishDate: 2019-03-06
lastmod: 2019-04-01T00:00:00Z
expiryDate: 2039-01-01
description: "Guide to emoji usage"
tags: [ "emoji", "big cats" ]
categories: ["themes"]
slug: emoji-support
images: ["/images/a.png", "b.png"]
aliases: ["/old/emoji/"]
draft: false
weight: 10
type: post
math: true
---

## Emoji

Text.
""",
            name="content/posts/emoji/index.md",
        )
        assert found.item == Item(
            slug="emoji-support",
            title="Emoji Support",
            summary="Guide to emoji usage",
            content_html="<h2>Emoji</h2>\n<p>Text.</p>\n",
            authors=(Author("Hugo Authors"),),
            categories=(Category("emoji"), Category("big cats"), Category("themes")),
            published=datetime(2019, 3, 6, tzinfo=UTC),
            updated=datetime(2019, 4, 1, tzinfo=UTC),
            image="/images/a.png",
            expires=datetime(2039, 1, 1, tzinfo=UTC),
        )
        assert (found.slug_hint, found.notes) == ("emoji", ())

    def test_hugo_toml(self) -> None:
        item = read(
            """+++
title = 'My First Post'
date = 2024-01-14T07:07:07+01:00
draft = true
tags = ['red', 'blue green']
url = '/posts/first-one/'
version = 1.10

[params]
  author = 'John Smith'
  [params.more]
  deep = [1, 2]
+++
Text
"""
        )
        assert item == Item(
            slug="first-one",
            title="My First Post",
            content_html="<p>Text</p>\n",
            authors=(Author("John Smith"),),
            categories=(Category("red"), Category("blue green")),
            published=datetime(2024, 1, 14, 6, 7, 7, tzinfo=UTC),
            status=Status.DRAFT,
        )

    def test_jekyll(self) -> None:
        found = itemfile.read(
            b"""---
layout: post
title:  "Welcome to Jekyll!"
date:   2026-11-22 10:00:00 -0500
categories: jekyll update
tags: one
author: Jane Doe
excerpt: Short.
image:
  path: /assets/x.png
  alt: X
comments: true
permalink: /:categories/:title/
published: true
---
Text
""",
            name="_posts/2026-11-21-welcome-to-jekyll.markdown",
        )
        assert found.item == Item(
            title="Welcome to Jekyll!",
            summary="Short.",
            content_html="<p>Text</p>\n",
            authors=(Author("Jane Doe"),),
            categories=(Category("one"), Category("jekyll"), Category("update")),
            published=datetime(2026, 11, 22, 15, tzinfo=UTC),
            image="/assets/x.png",
        )
        assert (found.slug_hint, found.notes) == ("welcome-to-jekyll", ())
        assert given("published: false").status is Status.DRAFT

    def test_eleventy(self) -> None:
        item = given(
            "title: Hi\ntags:\n  - post\n  - css\ndate: Last Modified\npermalink: false\n"
            "eleventyExcludeFromCollections: true\nlayout: base.njk"
        )
        assert (terms(item), item.published, item.slug, item.url) == (["css"], None, "", "")
        assert item.status is Status.DRAFT
        assert read('---json\n{"title": "Hi", "tags": ["posts", "a"]}\n---\nx').title == "Hi"

    def test_pelican(self) -> None:
        item = read(
            """Title: My super title
Date: 2010-12-03 10:20
Modified: 2010-12-05 19:30
Category: Python stuff
Tags: pelican, static sites
Slug: my-super-post
Authors: Alexis Metaireau; Conan Doyle
Summary: Short version for index
    and feeds
Lang: fr
Status: hidden
save_as: x.html

This is the content of my super blog post.
"""
        )
        assert item == Item(
            slug="my-super-post",
            title="My super title",
            summary="Short version for index and feeds",
            content_html="<p>This is the content of my super blog post.</p>\n",
            authors=(Author("Alexis Metaireau"), Author("Conan Doyle")),
            categories=(
                Category("pelican"),
                Category("static sites"),
                Category("Python stuff"),
            ),
            published=datetime(2010, 12, 3, 10, 20, tzinfo=UTC),
            updated=datetime(2010, 12, 5, 19, 30, tzinfo=UTC),
            language="fr",
            status=Status.DRAFT,
        )


class TestScalars:
    """What YAML 1.1 would take for something else stays what was written (reliability T19)."""

    @pytest.mark.parametrize(
        "written",
        [
            "no",
            "on",
            "Yes",
            "12:30:45",
            "0x1F",
            "1e3",
            "012",
            "1_000",
            "2026-11-22",
            ".inf",
            "3.10",
        ],
    )
    def test_are_text_where_text_is_wanted(self, written: str) -> None:
        item = given(f"title: {written}\nid: {written}\ntags: [{written}]")
        assert (item.title, item.guid, terms(item)) == (written, written, [written])

    def test_toml_has_types_and_is_read_alike(self) -> None:
        item = read('+++\ntitle = 2026\nid = 3.10\ntags = [1.0, true]\nslug = "s"\n+++\nx')
        assert (item.title, item.guid, terms(item)) == ("2026", "3.10", ["1.0", "true"])

    def test_nothing_is_nothing(self) -> None:
        item = given("title: ~\nid:\ntags: null\nauthor:\ndate:\nsummary: ''\nduration:")
        assert item == Item(title="Text.", content_html="<p>Text.</p>\n")

    def test_blocks_and_quotes(self) -> None:
        item = given("title: >\n  folded\n  line\nsummary: |\n  two\n  lines\nrights: '© \"x\": y'")
        assert (item.title, item.summary, item.rights) == ("folded line", "two lines", '© "x": y')


class TestTimes:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("2026-11-22", (2026, 11, 22)),
            ("2026/1/2", (2026, 1, 2)),
            ("2026-11-22 09:30", (2026, 11, 22, 9, 30)),
            ("2026-11-22T09:30:15", (2026, 11, 22, 9, 30, 15)),
            ("2026-11-22T09:30:15.123456Z", (2026, 11, 22, 9, 30, 15)),
            ("2026-11-22T09:30:15+05:45", (2026, 11, 22, 3, 45, 15)),
            ("2026-11-22 09:30:15 -0500", (2026, 11, 22, 14, 30, 15)),
            ("2026-11-22 09:30:15 +02", (2026, 11, 22, 7, 30, 15)),
            ("2026-11-22 09:30 UTC", (2026, 11, 22, 9, 30)),
            ("2026-11-22T24:00:00Z", (2026, 11, 23)),
            ("2016-12-31T23:59:60Z", (2016, 12, 31, 23, 59, 59)),
            ("Sun, 22 Nov 2026 09:30:15 +0100", (2026, 11, 22, 8, 30, 15)),
            ("22 Nov 2026 09:30:15 GMT", (2026, 11, 22, 9, 30, 15)),
            ("2040-02-29", (2040, 2, 29)),
        ],
    )
    def test_are_utc(self, written: str, expected: tuple[int, ...]) -> None:
        assert given(f"date: {written}").published == datetime(*expected, tzinfo=UTC)  # type: ignore[arg-type,misc]

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("date: 2020-01-01\npublishDate: 2020-01-02", 2),
            ("published: 2020-01-03\ndate: 2020-01-01", 3),
            ("published: true\ndate: 2020-01-04", 4),
        ],
    )
    def test_the_time_of_publishing_comes_first(self, lines: str, expected: int) -> None:
        assert given(lines).published == datetime(2020, 1, expected, tzinfo=UTC)


class TestKeys:
    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("author: Ada", (Author("Ada"),)),
            ("author: Ada <ada@example.org>", (Author("Ada", "ada@example.org"),)),
            ("author: Ada <https://a.example/>", (Author("Ada", None, "https://a.example/"),)),
            ("author: Lovelace, Ada", (Author("Lovelace, Ada"),)),
            ("authors: Ada, Grace", (Author("Ada"), Author("Grace"))),
            ("authors: L, Ada; H, Grace", (Author("L, Ada"), Author("H, Grace"))),
            ("authors: [A, {name: G, url: g.html}]", (Author("A"), Author("G", None, "g.html"))),
            ("author: {name: A, email: a@b.example, uri: x}", (Author("A", "a@b.example", "x"),)),
            ("author: Ada\nauthor_email: a@b.example", (Author("Ada", "a@b.example"),)),
        ],
    )
    def test_authors(self, lines: str, expected: tuple[Author, ...]) -> None:
        assert given(lines).authors == expected

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("tags: a b", ["a", "b"]),
            ("tags: a b, c", ["a b", "c"]),
            ("tag: big cats", ["big cats"]),
            ("category: big cats", ["big cats"]),
            ("tags: [a b, 'c, d']", ["a b", "c, d"]),
            ("tags:\n- a\ncategories: b c", ["a", "b", "c"]),
            ("tags: [{term: a, scheme: 'urn:x', label: A}]", ["a"]),
        ],
    )
    def test_tags(self, lines: str, expected: list[str]) -> None:
        assert terms(given(lines)) == expected

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("enclosure: a.mp3", (Enclosure("a.mp3", ""),)),
            ("enclosures: [a.mp3, 'b c.ogg']", (Enclosure("a.mp3", ""), Enclosure("b c.ogg", ""))),
            ("enclosure: |\n  https://x.example/a.mp3\n  123\n  audio/mpeg",
             (Enclosure("https://x.example/a.mp3", "audio/mpeg", 123),)),
            ("enclosures:\n- {url: a.mp3, type: x/y, length: 12, title: T, duration: '1:01'}",
             (Enclosure("a.mp3", "x/y", 12, "T", 61),)),
            ("attachments: {href: a.mp3, mime_type: x/y, size_in_bytes: 1_000}",
             (Enclosure("a.mp3", "x/y", 1000),)),
        ],
    )  # fmt: skip
    def test_enclosures(self, lines: str, expected: tuple[Enclosure, ...]) -> None:
        assert given(lines).enclosures == expected

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("duration: 61", Podcast(61)),
            ("duration: 1:01", Podcast(61)),
            ("duration: 00:01:01", Podcast(61)),
            ("duration: '90.5'", Podcast(90)),
            ("episode: 7\nseason: 2\nexplicit: clean", Podcast(None, 7, 2, False)),
            ("itunes_explicit: yes", Podcast(explicit=True)),
            ("transcript: t.vtt", Podcast(transcript=Reference("t.vtt", ""))),
            ("chapters: {url: c.json, type: x/y}", Podcast(chapters=Reference("c.json", "x/y"))),
        ],
    )
    def test_podcast(self, lines: str, expected: Podcast) -> None:
        assert given(lines).podcast == expected

    @pytest.mark.parametrize(
        ("lines", "url", "slug"),
        [
            ("url: https://x.example/a", "https://x.example/a", ""),
            ("canonical: https://x.example/a\nslug: s", "https://x.example/a", "s"),
            ("url: /2020/01/my-post/", "", "my-post"),
            ("url: /my%20post.html\nslug: other", "", "other"),
            ("permalink: /blog/a/index.html", "", "a"),
            ("permalink: /:year/:title.html", "", ""),
            ("permalink: '{{ page.url }}'", "", ""),
            ("url: /", "", ""),
        ],
    )
    def test_addresses(self, lines: str, url: str, slug: str) -> None:
        assert (given(lines).url, given(lines).slug) == (url, slug)

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ("draft: true", Status.DRAFT),
            ("draft: yes", Status.DRAFT),
            ("draft: false", Status.PUBLISHED),
            ("published: no", Status.DRAFT),
            ("published: 2020-01-01", Status.PUBLISHED),
            ("status: Draft", Status.DRAFT),
            ("status: private", Status.DRAFT),
            ("status: review", Status.REVIEW),
            ("status: published", Status.PUBLISHED),
            ("status: evergreen", Status.PUBLISHED),
        ],
    )
    def test_status(self, lines: str, expected: Status) -> None:
        assert given(lines).status is expected

    @pytest.mark.parametrize(
        ("lines", "field", "expected"),
        [
            ("image: a.png", "image", "a.png"),
            ("cover: {image: a.png, alt: A}", "image", "a.png"),
            ("images: []\nthumbnail: t.png", "image", "t.png"),
            ("comments: https://x.example/c", "comments_url", "https://x.example/c"),
            ("comments: true", "comments_url", None),
            ("comments: {provider: x}", "comments_url", None),
            ("copyright: © 2026", "rights", "© 2026"),
            ("via: https://b.example/", "via", (Via("https://b.example/"),)),
            (
                "via: [https://b.example/, {url: 'https://c.example/', title: C}]",
                "via",
                (Via("https://b.example/"), Via("https://c.example/", "C")),
            ),
            ("via: false", "via", ()),
            ("link: https://x.example/", "external_url", "https://x.example/"),
            ("feeds: [news, music]", "feeds", ("news", "music")),
            ("feeds: news, music", "feeds", ("news", "music")),
            ("dir: RTL", "direction", "rtl"),
            ("dir: auto", "direction", None),
            ("Summary: S", "summary", "S"),
            ("description: D\nexcerpt: E", "summary", "D"),
        ],
    )
    def test_others(self, lines: str, field: str, expected: object) -> None:
        assert getattr(given(lines), field) == expected

    @pytest.mark.parametrize(
        ("lines", "content"),
        [
            ("lang: ar_EG", '<div dir="rtl" lang="ar-EG">\n<p>Text.</p>\n</div>'),
            ("dir: rtl", '<div dir="rtl">\n<p>Text.</p>\n</div>'),
            ("lang: ar\ndir: ltr", "<p>Text.</p>\n"),
            ("lang: en", "<p>Text.</p>\n"),
        ],
    )
    def test_right_to_left_content_says_so(self, lines: str, content: str) -> None:
        assert given(lines).content_html == content

    @pytest.mark.parametrize(
        ("lines", "notes"),
        [
            ("tittle: x", ("line 2: unknown key 'tittle' is ignored; is title meant?",)),
            ("a: b\nAutor: x", ("line 3: unknown key 'Autor' is ignored; is author meant?",)),
            ("date: 2020-01-01\ndates: x", ()),
            ("layout: x\nweight: 1\nsubtitle: y\ntoc: z\nlinkTitle: w", ()),
            ("title: a\ntitle: b", ("line 3: title is given twice; the last one counts",)),
        ],
    )
    def test_slips_are_told(self, lines: str, notes: tuple[str, ...]) -> None:
        assert itemfile.read(f"---\n{lines}\n---\nText".encode(), name="a.md").notes == notes
