"""Text and HTML at the border: nothing that breaks a feed or attacks its readers comes through."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hostile import html5, payloads
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feedsvc.errors import ItemError
from feedsvc.formats import clean
from feedsvc.formats.clean import _markup

SITE = "https://example.org"
BASE = f"{SITE}/items/post"
REL = 'rel="noopener noreferrer"'

#: What HTML parsers disagree about, to be put together at random.
TOKENS = (
    "<p>|</p>|<a href=x>|</a>|<b>|</b>|<table>|<td>|</table>|<form>|</form>|<svg>|</svg>|<math>"
    "|<mi>|<style>|</style>|<title>|<pre>\n|<li>|<select>|<option>|<template>|<noscript>|<!--|-->|&#8;"
    "|&#13;|&lt;|&amp;|<img srcset='a,b 2x'>".split("|")
)
#: Content that keeps an HTML parser busy for seconds (reliability T14), and tries to hide it.
SLOW = {
    "nested": "<div>" * 80_000,
    "nested-within-the-limit": "<div>" * 52_000,
    "ampersands": "&" * 400_000,
    "ampersands-within-the-limit": "&" * 262_000,
    "letters-and-ampersands": "&a" * 65_000,
    "lists": "<ul><li>" * 32_000,
    "unclosed-italics": "<i></p>" * 37_000,
    "distinct-fonts": "".join(f"<font a={n}>" for n in range(17_000)),
    "fonts-in-paragraphs": "".join(f"<b id={n}>" for n in range(900)) + "<p>x" * 6_000,
    "misnested": "<a><div></a>" * 21_000,
    "hidden-end-tags": "<div><!--</div>-->" * 14_000,
    "end-tags-in-attributes": '<div a="</div>">' * 16_000,
    "end-tags-nowhere": "<span>" * 15_000 + "</p>" * 30_000,
    "roots": "".join(f"<html a{n}=1>" for n in range(16_000)),
    "one-endless-tag": "<a " * 87_000,
    "quotes": "<a b='" * 43_000,
    "attributes": "<a " + " ".join(f"a{n}" for n in range(38_000)) + ">",
    "drawing": "<svg>" + "<path/>" * 20_000 + "</p>" * 29_000,
    "tables": "<table><tr><td>" * 17_000,
    "comments": "<!--" * 65_000,
    "references": "&#65;" * 52_000,
}


class TestText:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("Fish & chips < caviar", "Fish & chips < caviar"),
            ("<so> &amp; on", "<so> &amp; on"),
            ("  two\t \n words \r\n", "two words"),
            ("line\x85break\x0bof\x0cevery\u2028kind\u2029", "line break of every kind"),
            ("\u3000\u00a0ends\u00a0\u3000", "ends"),
            ("Qu'est-ce\u00a0?  東京\u3000大阪", "Qu'est-ce\u00a0? 東京\u3000大阪"),
            ("e\u0301 👩‍👩‍👧 می‌خواهم", "e\u0301 👩‍👩‍👧 می‌خواهم"),
            ("a\x00b\ufeffc\ufffdd\ufdd0e\ud800f", "abcdef"),
            ("", ""),
            ("\x00\u2069", ""),
        ],
    )
    def test_folds_and_drops(self, given: str, expected: str) -> None:
        assert clean.text(given) == expected

    @pytest.mark.parametrize("char", payloads.CHARACTERS, ids=ascii)
    def test_drops_every_unfit_character(self, char: str) -> None:
        assert clean.text(f"a{char}b") == "ab"
        assert clean.html(f"a{char}b", base=BASE) == "ab"
        if not 0x80 <= ord(char) <= 0x9F:  # HTML reads such references as Windows-1252
            assert clean.html(f"a&#{ord(char)};b", base=BASE) == "ab"

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("\u202eabc\u202c d", "\u202eabc\u202c d"),
            ("\u202eabc", "abc"),
            ("abc\u202c", "abc"),
            ("\u2067שלום\u2069!", "\u2067שלום\u2069!"),
            ("\u2067a\u202eb\u2069c", "\u2067ab\u2069c"),
            ("a\u2069b\u2066", "ab"),
            ("\u200fשלום\u200e", "\u200fשלום\u200e"),
        ],
    )
    def test_keeps_only_closed_bidi_controls(self, given: str, expected: str) -> None:
        assert clean.text(given) == expected

    @given(st.text(st.characters(codec=None)))
    @settings(max_examples=300, deadline=None)
    def test_is_always_fit_for_xml_and_stable(self, given: str) -> None:
        text = clean.text(given)
        element = etree.Element("title", label=text)
        element.text = text
        read = etree.fromstring(etree.tostring(element))
        assert (read.text or "", read.get("label")) == (text, text)
        assert text == text.strip() == clean.text(text)
        assert not set(text) & set(payloads.CHARACTERS)


class TestHtml:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("<p>Plain</p>\r\n", "<p>Plain</p>"),
            ('<a href="/x?a=1&b#c">l</a>', f'<a href="{SITE}/x?a=1&amp;b#c" {REL}>l</a>'),
            ('<a href="#fn1" id="fnref1">1</a>', f'<a href="{BASE}#fn1" id="fnref1" {REL}>1</a>'),
            ('<a href="mailto:a@b.example" id="x">', f'<a href="mailto:a@b.example" {REL}></a>'),
            ('<img src="b ü.png" alt="B">', f'<img src="{SITE}/items/b%20%C3%BC.png" alt="B">'),
            (
                '<img srcset="a.png 1x, /b,c.png 2x,data:x 3x, d.png bad">',
                f'<img srcset="{SITE}/items/a.png 1x, {SITE}/b,c.png 2x">',
            ),
            ('<img srcset="/a 1x,&nbsp;">', f'<img srcset="{SITE}/a 1x">'),
            ('<img srcset="&#12288;" alt="a">', '<img alt="a">'),
            (
                '<video poster="p.jpg" controls>',
                f'<video poster="{SITE}/items/p.jpg" controls=""></video>',
            ),
            (
                '<audio><source src="a.mp3" type="audio/mpeg"></audio>',
                f'<audio><source src="{SITE}/items/a.mp3" type="audio/mpeg"></audio>',
            ),
            ('<q cite="/q">q</q>', f'<q cite="{SITE}/q">q</q>'),
            ('<p lang="ar" dir="RTL" class="x">س</p>', '<p lang="ar" dir="rtl">س</p>'),
            ("<pre>\n\n  code\n</pre>", "<pre>\n\n  code\n</pre>"),
            ("<pre>\ncode</pre>", "<pre>code</pre>"),
            ("a\x0cb&#12;c", "a\nb\nc"),
            ("a < b && c", "a &lt; b &amp;&amp; c"),
            ("]]> is <b>fine", "]]&gt; is <b>fine</b>"),
            ("<iframe src='https://v.example'>x</iframe>ok<script>x</script>", "ok"),
            ("<custom-tag>kept <blink>text</blink></custom-tag>", "kept text"),
            ('<td align="right">1', "1"),
            ("", ""),
        ],
    )
    def test_makes(self, given: str, expected: str) -> None:
        assert clean.html(given, base=BASE) == expected

    @pytest.mark.parametrize("payload", payloads.XSS, ids=ascii)
    def test_no_payload_escapes(self, payload: str) -> None:
        around = ("{}", "<p>before {} after</p>", '<a href="x">{}</a>', "<table><td>{}", "<pre>{}")
        for frame in around:
            made = clean.html(frame.format(payload) if "{}" in frame else payload, base=BASE)
            assert html5.faults(made) == []
            assert html5.faults(made, scripting=False) == []

    def test_what_is_too_small_to_be_slow_is_below_every_bound(self) -> None:
        assert _markup._FEW_TAGS**2 <= _markup._REOPENINGS_MAX
        assert _markup._FEW_TAGS <= 2 * _markup._DEPTH_MAX
        assert _markup._FEW_CHARACTERS <= _markup._AMPERSANDS_MAX

    def test_there_are_enough_payloads(self) -> None:
        assert len(payloads.XSS) >= 200

    def test_the_judge_sees_an_escape(self) -> None:
        assert html5.faults('<a href="javascript:x" onclick=y>') == [
            "<a href='javascript:x'>",
            "<a onclick='y'>",
        ]
        assert html5.faults("<svg><script>") == [
            "<svg> of svg",
            "<svg>",
            "<script> of svg",
            "<script>",
        ]

    pieces = st.lists(
        st.one_of(
            st.sampled_from(payloads.XSS),
            st.sampled_from(TOKENS),
            st.text(max_size=5),
        ),
        max_size=12,
    ).map("".join)

    @given(pieces)
    @settings(max_examples=300, deadline=None)
    def test_is_stable_and_safe_whatever_comes(self, given: str) -> None:
        made = clean.html(given, base=BASE)
        assert clean.html(made, base="https://other.example/") == made
        assert html5.faults(made) == []
        assert made == made.strip()
        assert not set(made) & {*payloads.CHARACTERS, "\r"}

    space = st.text(" \n\t\f\u2003", max_size=3)

    @given(space, pieces | st.sampled_from(["<b>", "<pre>", "<pre>x", "<p>a", "</p>"]), space)
    @settings(max_examples=300, deadline=None)
    def test_white_space_around_it_leaves_it_stable(self, before: str, it: str, after: str) -> None:
        made = clean.html(before + it + after, base=BASE)
        assert clean.html(made, base=BASE) == made
        assert clean.html(before + made + after, base=BASE) == made

    @pytest.mark.parametrize("content", SLOW.values(), ids=SLOW)
    def test_is_quick_or_refuses(self, content: str) -> None:
        started = time.process_time()
        try:
            made = clean.html(content, base=BASE)
        except ItemError as error:
            assert "content" in error.reason
        else:
            assert len(made) <= 256 * 1024
        assert time.process_time() - started < 1

    def test_takes_a_long_article(self) -> None:
        row = "<tr><td>Text</td><td><b>1</b></td></tr>"
        article = "<table><tbody>" + row * 6_500 + "</tbody></table>"
        assert len(article) > 250_000
        assert clean.html(article, base=BASE) == article
        sloppy = "<ul>" + "<li>An <i>item</i>\n" * 9_000 + "</ul>"
        assert clean.html(sloppy, base=BASE).count("</li>") == 9_000

    def test_refuses_a_deep_nest_however_small(self) -> None:
        assert clean.html("<i>" * 250 + "x", base=BASE).count("</i>") == 250
        with pytest.raises(ItemError, match="256 elements in one another"):
            clean.html("<i>" * 257 + "x", base=BASE)

    def test_names_the_limit(self) -> None:
        with pytest.raises(ItemError, match=r"262,145 bytes.*262,144 \(256 KiB\)"):
            clean.html("x" * 262_145, base=BASE)
        with pytest.raises(ItemError, match="bytes"):
            clean.html("é" * 140_000, base=BASE)


def test_threads_that_clean_at_once_keep_their_bases_apart() -> None:
    def cleaned(number: int) -> set[str]:
        base = f"https://site{number}.example/"
        return {clean.html("<a href='./x?&'>y</a>", base=base) for _ in range(300)}

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(cleaned, range(8)))
    assert all(
        links == {f'<a href="https://site{number}.example/x?&amp;" rel="noopener noreferrer">y</a>'}
        for number, links in enumerate(found)
    )
