"""Item files: bodies, titles, encodings, and what bad files are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hostile import html5, item_files, payloads
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.errors import ItemError
from feedsvc.formats import clean, itemfile
from feedsvc.model import Item, Status

BASE = "https://example.org/items/x"
SEED = """\
A Title of Some Length

The first paragraph – with a dash, “quotes” & an ampersand.

The second, a < b > c,
over two lines.


The third paragraph.

The fourth.
"""


def read(text: str, name: str = "post.md") -> Item:
    return itemfile.read(text.encode("utf-8"), name=name).item


class TestPlainText:
    def test_an_article_needs_nothing(self) -> None:
        item = read(SEED, "seed-article.txt")
        assert item == Item(
            title="A Title of Some Length",
            content_html="<p>The first paragraph – with a dash, “quotes” &amp; an ampersand.</p>\n"
            "<p>The second, a &lt; b &gt; c,\nover two lines.</p>\n"
            "<p>The third paragraph.</p>\n"
            "<p>The fourth.</p>",
        )

    @pytest.mark.parametrize(
        ("text", "title", "content"),
        [
            ("Only a title", "Only a title", ""),
            ("\n\n  Title  \nText", "Title", "<p>Text</p>"),
            ("x" * 201 + "\n\nText", "", f"<p>{'x' * 201}</p>\n<p>Text</p>"),
            ("---\ntitle: Given\n---\nFirst\n\nSecond", "Given", "<p>First</p>\n<p>Second</p>"),
            ("---\ntitle: Given\n---\nGiven\n\nSecond", "Given", "<p>Second</p>"),
            ('---\ntitle: ""\n---\nFirst\n\nSecond', "", "<p>First</p>\n<p>Second</p>"),
            ("T\n\n<b>&amp;</b>\n \t\n# x", "T", "<p>&lt;b&gt;&amp;amp;&lt;/b&gt;</p>\n<p># x</p>"),
        ],
    )
    def test_makes(self, text: str, title: str, content: str) -> None:
        item = read(text, "a.txt")
        assert (item.title, item.content_html) == (title, content)


class TestMarkdown:
    @pytest.mark.parametrize(
        ("text", "title", "content"),
        [
            ("# A *title* `x`\n\nText", "A title x", "<p>Text</p>"),
            ("Setext\n===\n\nText", "Setext", "<p>Text</p>"),
            ("<!-- licence -->\n\n# Title\n\nText", "Title", "<p>Text</p>"),
            ("Intro.\n\n## Later\n\nText", "Later", "<p>Intro.</p>\n<h2>Later</h2>\n<p>Text</p>"),
            ("Just words\nin a note.", "Just words", "<p>Just words\nin a note.</p>"),
            ("---\ntitle: Given\n---\n# Given\n\nText", "Given", "<p>Text</p>"),
            ("---\ntitle: Given\n---\n# Other\n\nText", "Given", "<h1>Other</h1>\n<p>Text</p>"),
            ("---\ntitle:\n---\n# Head\n\nText", "Head", "<p>Text</p>"),
            ("---\ntitle: ''\n---\n# Head\n\nText", "", "<h1>Head</h1>\n<p>Text</p>"),
            ("![A picture](x.png)", "A picture", '<p><img src="x.png" alt="A picture" /></p>'),
            ("---\n\nAfter a rule.", "After a rule.", "<hr />\n<p>After a rule.</p>"),
            ("Note: this is no header.\n\nText", "Note: this is no header.", None),
        ],
    )
    def test_titles(self, text: str, title: str, content: str | None) -> None:
        item = read(text)
        assert item.title == title
        assert content is None or item.content_html.strip() == content

    def test_extensions_survive_the_border(self) -> None:
        item, notes = clean.item(
            read(
                "# T\n\n~~gone~~ and a note[^1]\n\n- [ ] to do\n- [x] *done*\n- [y] no box\n\n"
                "| l | r |\n|:--|--:|\n| 1 | 2 |\n\n```py\nif a < b:\n\n    pass\n```\n\n"
                '<details><summary>More</summary>\n\n<b>x</b> <a href="y">z</a>\n\n</details>\n\n'
                "[^1]: The note.\n"
            ),
            base=BASE,
        )
        assert notes == ()
        for piece in (
            "<s>gone</s>",
            f'<sup><a href="{BASE}#fn1" id="fnref1" rel="noopener noreferrer">[1]</a></sup>',
            '<li id="fn1"><p>The note.',
            "<li>☐ to do</li>\n<li>☑ <em>done</em></li>\n<li>[y] no box</li>",
            '<th align="left">l</th>\n<th align="right">r</th>',
            "<pre><code>if a &lt; b:\n\n    pass\n</code></pre>",
            "<details><summary>More</summary>",
            '<a href="https://example.org/items/y" rel="noopener noreferrer">z</a>',
        ):
            assert piece in item.content_html

    def test_keeps_relative_links(self) -> None:
        assert 'src="a.png"' in read("# T\n\n![a](a.png) [b](b/c.md)").content_html


class TestHtml:
    @pytest.mark.parametrize(
        ("text", "title", "content"),
        [
            ("<h1>A &amp; <b>b</b></h1><p>Text</p>", "A & b", "<p>Text</p>"),
            ("<p>Intro</p><h2>Later</h2>", "Later", "<p>Intro</p><h2>Later</h2>"),
            ("<p>Words, <em>more</em> words</p><p>x</p>", "Words, more words", None),
            ("<!doctype html><title>T &lt;</title><p>Text", "T <", None),
            (
                "<html><head><title>T</title></head><body class=x><h1>T</h1><p>Text</p></html>",
                "T",
                "<p>Text</p>",
            ),
            ("<title>T</title><body><h1>Other</h1>x</body>", "T", "<h1>Other</h1>x"),
            ("<body><main><article><h1>T</h1>x</article></main></body>", "T", None),
            ("<style>/*<h1>*/</style><h1>Y</h1>x", "Y", "<style>/*<h1>*/</style>x"),
            ("---\ntitle: Given\n---\n<h1>Given</h1><p>x", "Given", "<p>x"),
            ("<h1>Never closed<p>x", "Never closed x", None),
        ],
    )  # fmt: skip
    def test_titles(self, text: str, title: str, content: str | None) -> None:
        item = read(text, "page.html")
        assert item.title == title
        assert content is None or item.content_html == content

    def test_a_page_of_pelican(self) -> None:
        item = read(
            '<html lang="ar"><head><title>T</title>'
            '<meta name="tags" content="big cats, b"/><meta name="category" content="yeah" />'
            '<meta name="date" content="2012-07-09 22:28"><meta name="modified" content="never">'
            '<meta name="authors" content="Alexis Métaireau, Conan Doyle" />'
            '<meta name="summary" content="Short &amp; sweet" /><meta name="viewport" content="x">'
            "</head><body>Text</body></html>",
            "page.html",
        )
        assert [category.term for category in item.categories] == ["big cats", "b", "yeah"]
        assert item.published == datetime(2012, 7, 9, 22, 28, tzinfo=UTC)
        assert [author.name for author in item.authors] == ["Alexis Métaireau", "Conan Doyle"]
        assert (item.summary, item.language) == ("Short & sweet", "ar")
        assert item.content_html == '<div dir="rtl" lang="ar">\nText\n</div>'


class TestNames:
    @pytest.mark.parametrize(
        ("name", "hint", "day"),
        [
            ("Hello World.md", "hello-world", None),
            ("2026-11-22-hello.md", "hello", datetime(2026, 11, 22, tzinfo=UTC)),
            ("_posts/2026-11-22-hello.html", "hello", datetime(2026, 11, 22, tzinfo=UTC)),
            ("2024-13-45-hello.md", "2024-13-45-hello", None),
            ("posts/my-bundle/index.md", "my-bundle", None),
            ("2026-11-22-bundle/index.md", "bundle", datetime(2026, 11, 22, tzinfo=UTC)),
            ("index.md", "index", None),
            ("中文.md", "中文", None),
            ("post.fr.md", "post-fr", None),
            ("😀.md", "", None),
            ("UPPER.MD", "upper", None),
        ],
    )
    def test_give_slug_and_day(self, name: str, hint: str, day: datetime | None) -> None:
        found = itemfile.read(b"Text", name=name)
        assert (found.slug_hint, found.item.slug, found.item.published) == (hint, "", day)

    def test_a_date_in_the_file_wins(self) -> None:
        item = read("---\ndate: 2020-01-01\n---\nx", "2026-11-22-x.md")
        assert item.published == datetime(2020, 1, 1, tzinfo=UTC)

    def test_drafts_of_jekyll_lie_in_a_folder(self) -> None:
        assert read("x", "_drafts/x.md").status is Status.DRAFT
        assert read("x", "drafts/x.md").status is Status.PUBLISHED


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
    def test_are_all_the_same_item(self, encoding: str, line_break: str) -> None:
        text = "---\ntitle: Ünï\ntags:\n  - a\n---\n\nPara one\nstill one.\n\nPara two. 😀\n"
        data = text.replace("\n", line_break).encode(encoding)
        assert itemfile.read(data, name="a.md") == itemfile.read(text.encode(), name="a.md")


class TestBadFiles:
    @pytest.mark.parametrize("name", item_files.REFUSED)
    def test_are_refused_with_line_and_reason(self, name: str) -> None:
        data, line, reason = item_files.REFUSED[name]
        with pytest.raises(ItemError) as caught:
            itemfile.read(data, name=name)
        assert (caught.value.where, caught.value.line) == (name, line)
        assert reason in caught.value.reason
        assert len(caught.value.reason) < 250 and caught.value.reason.isprintable()

    @pytest.mark.parametrize("name", item_files.MENDED)
    def test_are_mended_at_the_border(self, name: str) -> None:
        item, _ = clean.item(itemfile.read(item_files.MENDED[name], name=name).item, base=BASE)
        assert item.title
        assert html5.faults(item.content_html) == []
        assert not set(repr(item)) & set(payloads.CHARACTERS)
        assert clean.item(item, base=BASE) == (item, ())

    pieces = st.lists(
        st.sampled_from(
            "---\n|+++\n|title: |title = |x|\"|'|[|]|{|}|: |:\n| - |&a|*a|!t|<<|#|%|@|? |\n|\n\n|\t"
            "|date: |2024-01-02|+99:99|# h\n|<h1>|</h1>|<title>|<body>|[^1]|- [ ] x\n|`|*|\x01"
            "|\ufeff|true|...\n|authors: |tags: |url: |Title: |    |<!--|\\".split("|")
        ),
        max_size=25,
    ).map("".join)

    @given(pieces, st.sampled_from(("a.md", "a.html", "a.txt")), st.binary(max_size=2))
    @settings(max_examples=300, deadline=None)
    def test_never_fail_otherwise(self, text: str, name: str, end: bytes) -> None:
        try:
            item = itemfile.read(text.encode() + end, name=name).item
        except ItemError as error:
            assert error.where == name
        else:
            cleaned, _ = clean.item(item, base=BASE)
            assert clean.item(cleaned, base=BASE) == (cleaned, ())
