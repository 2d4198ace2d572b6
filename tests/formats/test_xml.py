"""Broken XML that no parser of ours may stumble over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.formats import _xml, upstream


@pytest.mark.parametrize("half", ["&#xD800;", "&#xdfff;", "&#55296;", "&#057343", "&#x0DABC;"])
@pytest.mark.parametrize(
    "before",
    [
        "<title>a{}b</title>",
        # Opens no CDATA section for a parser, but looks so.
        "<link href='<![CDATA['/><title>a{}b</title>",
        "<title t='{}'>ab</title><link",
    ],
)
def test_halves_of_characters_are_dropped_wherever_they_stand(half: str, before: str) -> None:
    text = f"<rss version='2.0'><channel>{before.format(half)}</channel></rss>"
    tree = _xml.parse(text)
    assert tree.root is not None
    assert "".join(tree.root.itertext()) == "ab"
    assert upstream.read(text.encode()).feed.title == "ab"


@pytest.mark.parametrize("whole", ["&#55295;", "&#57344;", "&#xD7FF;", "&#xE000;", "&#x1D800;"])
def test_whole_characters_beside_them_stay(whole: str) -> None:
    tree = _xml.parse(f"<rss><title>{whole} & b</title></rss>")
    assert tree.root is not None
    assert len("".join(tree.root.itertext())) == len("x & b")


def test_a_million_ampersands_are_as_many_letters() -> None:
    tree = _xml.parse(f"<rss><title>{'&' * 1_000_000}</title></rss>")
    assert tree.root is not None
    assert tree.root.findtext("title") == "&" * 1_000_000


def test_a_declaration_goes_wherever_it_stands_before_the_root() -> None:
    for before in ("", " \n", "<!-- made by a program -->"):
        tree = _xml.parse(f"{before}<?xml version='1.0' encoding='utf-16'?><rss>é</rss>")
        assert tree.fault is None
        assert tree.root is not None
        assert tree.root.text == "é"


def test_a_declaration_in_an_article_stays() -> None:
    tree = _xml.parse("<rss><![CDATA[Write <?xml version='1.0'?> first]]></rss>")
    assert tree.root is not None
    assert tree.root.text == "Write <?xml version='1.0'?> first"


PIECES = (
    "<?xml version='1.0' encoding='utf-8'?>", "<?xml version='1.1' encoding='utf-16'?>", " ", "\n",
    "<?xml é?>", "<!DOCTYPE rss [<!ENTITY nbsp '&#160;'>]>", "<!-- é -->", "é", "x", "\ufeff",
    "<rss>", "</rss>", "<rss><title>é日</title></rss>", "&nbsp;", "&amp;", "<a", ">", "\x0b",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_a_document_whose_bytes_are_at_hand_is_the_same(text: str) -> None:
    made, given = _xml.parse(text), _xml.parse(text, utf8=text.encode())
    assert made.fault == given.fault
    assert (made.root is None) == (given.root is None)
    if made.root is not None and given.root is not None:
        assert etree.tostring(made.root) == etree.tostring(given.root)
