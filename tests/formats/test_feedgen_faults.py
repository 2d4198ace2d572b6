"""The faults of feedgen 1.0, one by one, each mended: the numbers are docs/decisions/feedgen.md's.

The table's rows come after them by the names of the validator's events.
"""

from __future__ import annotations

import hashlib
import locale
import os
import re
import subprocess
import sys
import threading
import time
import xml.parsers.expat
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from samples import BARE, CORNERS, FEED, FULL, NOW, SITE, feed_in, page_in

from feedsvc.errors import ItemError
from feedsvc.formats import _feedgen, atom, rss
from feedsvc.formats._modules import NAMESPACES, is_picture
from feedsvc.model import Author, Category, Enclosure, Feed, Item, Link, Podcast, Tombstone

ROOT = Path(__file__).parents[2]
NS = {**NAMESPACES, "content": "http://purl.org/rss/1.0/modules/content/"}
RENDERERS = pytest.mark.parametrize("form", [rss, atom], ids=["rss", "atom"])


def parsed(form: Any, items: tuple[Item, ...], feed: Feed = FEED) -> etree._Element:
    return etree.fromstring(form.render(feed, items))


def channel(*items: Item, feed: Feed = FEED) -> etree._Element:
    return parsed(rss, items, feed)[0]


def item(one: Item) -> etree._Element:
    return channel(one).find("item")


def entry(one: Item) -> etree._Element:
    return parsed(atom, (one,)).find("atom:entry", NS)


def texts(element: etree._Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path, NS)]


# 1: one value that XML can't carry takes down the whole feed.

UNFIT = ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800", "\udfff"]


@RENDERERS
@pytest.mark.parametrize("char", UNFIT, ids=[f"U+{ord(char):04X}" for char in UNFIT])
def test_fault_1_a_bad_item_is_refused_alone(form: Any, char: str) -> None:
    bad = replace(BARE, guid="tag:example.org,2026:bad", content_html=f"<p>a{char}b</p>")
    with pytest.raises(ItemError) as refused:
        form.render(FEED, [FULL, bad, BARE])
    assert refused.value.where == bad.guid
    assert f"content_html holds U+{ord(char):04X}" in str(refused.value)
    form.render(FEED, [FULL, BARE])


@RENDERERS
@pytest.mark.parametrize("text", ["\U0001fffe", "\U0010ffff", "\x7f", "\x85", "\t\r\n"])
def test_fault_1_what_xml_can_carry_goes_through(form: Any, text: str) -> None:
    body = form.render(FEED, [replace(BARE, content_html=f"<p>{text}</p>")])
    xml.parsers.expat.ParserCreate().Parse(body, True)
    element = etree.fromstring(body)
    assert f"<p>{text}</p>" in element.itertext()


@RENDERERS
@pytest.mark.parametrize(
    "field",
    [
        {"guid": ""},
        {"url": ""},
        {"url": "javascript:alert(1)"},
        {"external_url": "mailto:x@example.org"},
        {"image": "data:image/png;base64,AA"},
        {"comments_url": "//example.org/"},
        {"enclosures": (Enclosure("ftp://example.org/a.mp3", "audio/mpeg"),)},
        {"published": None},
        {"updated": None},
        {"updated": datetime(2026, 11, 22)},
        {"published": "yesterday"},
        {"published": datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))},
        {"updated": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))},
        {"categories": None},
        {"title": 5},
    ],
    ids=str,
)
def test_fault_1_whatever_else_lies_in_a_database(form: Any, field: dict[str, Any]) -> None:
    bad = replace(BARE, **field)
    with pytest.raises(ItemError) as refused:
        form.render(FEED, [FULL, bad])
    assert refused.value.where == bad.guid


@RENDERERS
def test_fault_1_a_text_that_readers_refuse(form: Any) -> None:
    # The whole document would be refused for it: libxml2 takes no text of 10 million bytes.
    giant = replace(BARE, title="x", summary="x", content_html="é&" * 1_400_000)
    with pytest.raises(ItemError) as refused:
        form.render(FEED, [FULL, giant])
    assert refused.value.where == giant.guid
    big = replace(giant, content_html="é&" * 900_000)
    body = form.render(FEED, [big, replace(big, guid="tag:example.org,2026:2")])
    assert len(etree.fromstring(body).xpath("//*[string-length(text()) = 1800000]")) == 2


@RENDERERS
def test_fault_1_a_bad_feed_title_takes_nothing_with_it(form: Any) -> None:
    feed = replace(
        FEED,
        title="New\x00s",
        authors=(Author("A\x01da"),),
        rights="\ud800mine",
        tombstones=(Tombstone("tag:\x00", NOW), Tombstone("tag:x,2026:1", NOW)),
    )
    element = parsed(form, (BARE,), feed)
    assert "News" in element.itertext()
    assert "mine" in element.itertext()
    assert [gone.get("ref") for gone in element.iter(f"{{{NS['at']}}}deleted-entry")] == [
        "tag:x,2026:1"
    ]


# 2: xhtml content must be perfect XML; base64 content and an untitled entry raise.


@RENDERERS
def test_fault_2_html_need_not_be_xml(form: Any) -> None:
    html = "<p>a&nbsp;b<br>c <p>unclosed"
    element = parsed(form, (replace(BARE, content_html=html),))
    assert html in element.itertext()


@RENDERERS
def test_fault_2_an_untitled_item_is_taken(form: Any) -> None:
    bare = replace(BARE, content_html="")
    assert bare.url in parsed(form, (bare,)).xpath("//*[local-name() = 'title']/text()")


# 3: "]]>" is right, and stays right.


@RENDERERS
def test_fault_3_the_end_of_a_cdata_section(form: Any) -> None:
    body = form.render(FEED, [replace(BARE, title="a ]]> b", content_html="<p>]]></p>")])
    assert b"<![CDATA[" not in body
    assert {"a ]]> b", "<p>]]></p>"} <= set(etree.fromstring(body).itertext())
    xml.parsers.expat.ParserCreate().Parse(body, True)


# 4: elements have no namespace in memory, so those of an extension come out as ns0:.


@RENDERERS
def test_fault_4_every_prefix_is_the_usual_one(form: Any) -> None:
    body = form.render(page_in("x"), [FULL, *CORNERS])
    assert not re.search(rb"\bns\d+", body)
    usual = {uri: prefix for prefix, uri in NS.items()}
    for element in etree.fromstring(body).iter():
        name = etree.QName(element)
        if element.prefix:
            assert usual[name.namespace] == element.prefix
        else:
            assert name.namespace == (NS["atom"] if form is atom else None)


# 5: RSS gets no link but self, and the channel's link is whatever link came last.


def test_fault_5_the_channel_links_to_its_page_and_hubs_are_there() -> None:
    element = channel(feed=page_in("rss"))
    assert texts(element, "link") == [FEED.url]
    assert [(one.get("rel"), one.get("href")) for one in element.findall("atom:link", NS)] == [
        ("self", f"{SITE}/feeds/main.rss"),
        ("hub", f"{SITE}/hub"),
        ("current", f"{SITE}/feeds/main.rss"),
        ("prev-archive", f"{SITE}/feeds/main/archive/3.rss"),
        ("alternate", f"{SITE}/feeds/main.json"),
    ]


# 6: RSS items lose authors, updated, all enclosures but the last, rights, terms, the content.


def test_fault_6_authors_need_no_email() -> None:
    assert texts(item(replace(BARE, authors=(Author("Ada"), Author("Bob")))), "dc:creator") == [
        "Ada",
        "Bob",
    ]


def test_fault_6_updated_and_rights_are_there() -> None:
    assert texts(item(FULL), "atom:updated") == ["2026-11-21T09:45:01Z"]
    assert texts(item(FULL), "dc:rights") == [FULL.rights]


def test_fault_6_the_first_enclosure_counts_and_none_is_lost() -> None:
    element = item(FULL)
    assert [one.get("url") for one in element.findall("enclosure")] == [FULL.enclosures[0].url]
    assert [one.get("url") for one in element.findall("media:content", NS)] == [
        one.url for one in FULL.enclosures
    ]


def test_fault_6_a_label_does_not_replace_its_term() -> None:
    assert texts(item(replace(BARE, categories=(Category("t", None, "Label"),))), "category") == [
        "t"
    ]


@pytest.mark.parametrize("summary", ["", "A summary"])
def test_fault_6_the_content_never_goes_into_the_description(summary: str) -> None:
    for html in ("<p>Words</p>", "<hr>"):
        element = item(replace(BARE, summary=summary, content_html=html))
        assert texts(element, "content:encoded") == [html]
        assert "<" not in texts(element, "description")[0]


# 7: entries take few kinds of links.


def test_fault_7_an_entry_links_to_its_comments() -> None:
    links = {one.get("rel"): one.get("href") for one in entry(FULL).findall("atom:link", NS)}
    assert links["replies"] == FULL.comments_url


# 8: no xml:lang on entries, no whole source, no tombstones, no feed history, no podcasts.


def test_fault_8_languages() -> None:
    arabic = CORNERS[1]
    assert entry(arabic).get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    assert texts(item(arabic), "dc:language") == ["ar"]


@RENDERERS
def test_fault_8_tombstones_history_and_podcasts(form: Any) -> None:
    feed = replace(FEED, tombstones=(Tombstone("tag:x,2026:1", NOW),))
    element = parsed(form, (FULL,), feed)
    top = element if form is atom else element[0]
    [gone] = top.findall("at:deleted-entry", NS)
    assert dict(gone.attrib) == {"ref": "tag:x,2026:1", "when": "2026-11-22T12:00:00Z"}
    assert len(top.findall("fh:complete", NS)) == 1
    episode = top.find("item" if form is rss else "atom:entry", NS)
    transcript, chapters = (
        episode.find("podcast:transcript", NS),
        episode.find("podcast:chapters", NS),
    )
    assert dict(transcript.attrib) == {"url": FULL.podcast.transcript.url, "type": "text/vtt"}
    assert dict(chapters.attrib) == {
        "url": FULL.podcast.chapters.url,
        "type": "application/json+chapters",
    }


# 9: only a feed's extension declares prefixes, an entry's never does.


@RENDERERS
def test_fault_9_prefixes_are_declared_once_at_the_root(form: Any) -> None:
    body = form.render(FEED, [FULL, *CORNERS])
    declared = re.findall(rb"xmlns:(\w+)=", body)
    assert sorted(declared) == sorted(set(declared))
    root = body.index(b">", body.index(b"?>") + 2)
    assert body.rfind(b"xmlns") < root


# 10: writing a date switches the locale of the whole process.


@RENDERERS
def test_fault_10_the_locale_is_never_touched(form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("setlocale was called")

    monkeypatch.setattr(locale, "setlocale", refuse)
    form.render(feed_in("x"), [FULL, BARE, *CORNERS])


def test_fault_10_threads_give_the_same_bytes() -> None:
    def digest() -> str:
        bodies = rss.render(feed_in("rss"), [FULL, BARE]) + atom.render(feed_in("atom"), [FULL])
        return hashlib.sha256(bodies).hexdigest()

    before, found = locale.setlocale(locale.LC_ALL), []
    threads = [
        threading.Thread(target=lambda: found.extend(digest() for _ in range(20))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 160
    assert set(found) == {digest()}
    assert locale.setlocale(locale.LC_ALL) == before


# 11: other bytes at another time, in another process.

DIGEST = """
import hashlib, sys
sys.path[:0] = sys.argv[1:]
from samples import BARE, CORNERS, FULL, feed_in, page_in
from feedsvc.formats import atom, rss
for form, name in ((rss, "rss"), (atom, "atom")):
    body = form.render(feed_in(name), [FULL, BARE]) + form.render(page_in(name), CORNERS)
    print(hashlib.sha256(body).hexdigest())
"""


def test_fault_11_bytes_depend_on_nothing_but_the_feed() -> None:
    def digests(**environment: str) -> str:
        command = [sys.executable, "-X", "utf8=0", "-c", DIGEST, str(ROOT), str(ROOT / "tests")]
        ran = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=True
        )
        return ran.stdout

    assert len(digests().split()) == 2
    assert (
        digests()
        == digests(LC_ALL="C", PYTHONHASHSEED="1", TZ="Asia/Kathmandu")
        == digests(LC_ALL="C.UTF-8", PYTHONHASHSEED="2", TZ="America/Caracas")
    )


@RENDERERS
def test_fault_11_no_time_is_the_present(form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime(1999, 12, 31, tzinfo=UTC)
    body = form.render(
        replace(FEED, updated=long_ago, rights=None),
        [replace(BARE, updated=long_ago, published=long_ago)],
    )
    assert str(time.gmtime().tm_year).encode() not in re.sub(rb"tag:[^<]*", b"", body)


# 12: order, the caller's values, the order of imports.


@RENDERERS
def test_fault_12_items_keep_their_order(form: Any) -> None:
    items = [replace(BARE, guid=f"tag:x,2026:{number}") for number in range(5)]
    body = form.render(FEED, items).decode()
    assert re.findall(r"tag:x,2026:(\d)", body) == list("01234")


@RENDERERS
def test_fault_12_rendering_changes_nothing(form: Any) -> None:
    assert form.render(feed_in("x"), [FULL]) == form.render(feed_in("x"), [FULL])


@pytest.mark.parametrize("module", ["_feedgen", "rss", "atom"])
def test_fault_12_each_module_can_be_the_first_to_be_imported(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import feedsvc.formats.{module}"], cwd=ROOT, check=True)


# 13: the order of elements is valid; the link that readers take stands before the others.


def test_fault_13_the_page_is_the_first_link() -> None:
    feed = parsed(atom, (FULL,), feed_in("atom"))
    assert feed.find("atom:link", NS).get("href") == FEED.url
    assert entry(FULL).find("atom:link", NS).get("rel") == "alternate"


def test_fault_13_nothing_of_the_channel_comes_after_an_item() -> None:
    names = [child.tag for child in channel(FULL, BARE, feed=page_in("rss"))]
    assert names[-2:] == ["item", "item"]
    assert names.count("item") == 2


# 14: speed is no reason to leave it.


@RENDERERS
def test_fault_14_a_feed_is_made_in_a_moment(form: Any) -> None:
    items = [replace(FULL, guid=f"tag:x,2026:{number}") for number in range(50)]

    def taken() -> float:
        start = time.perf_counter()
        form.render(FEED, items)
        return time.perf_counter() - start

    # Some 6 ms on one core; the rest is for a machine that is busy with other tests.
    assert min(taken() for _ in range(5)) < 0.1


# 15: unmaintained, so its inner names won't change under us, and if they do this says so.


def test_fault_15_what_is_used_of_its_inside_is_there() -> None:
    document = _feedgen.Document(FEED)
    assert "_FeedGenerator__rss_lastBuildDate" in vars(_feedgen.FeedGenerator())
    assert document.feedgen.lastBuildDate() is not None  # nothing public unsets it
    assert callable(document.feedgen._create_rss)
    assert callable(document.feedgen._create_atom)


# The table of what the validator says of feedgen's output.


def test_duplicate_atom_link_entry_links_keep_their_attributes() -> None:
    rels = [one.get("rel") for one in entry(FULL).findall("atom:link", NS)]
    assert rels == ["alternate", "replies", "enclosure", "enclosure", "via", "via"]
    files = entry(FULL).findall("atom:link[@rel='enclosure']", NS)
    assert [(one.get("type"), one.get("length"), one.get("title")) for one in files] == [
        ("audio/mpeg", "123456", "The talk"),
        ("image/png", "2048", None),
    ]


def test_contains_undeclared_html_content_says_what_it_is() -> None:
    assert [one.get("type") for one in entry(FULL).findall("atom:content", NS)] == ["html"]


def test_character_data_is_spelled_as_the_rss_profile_wants() -> None:
    feed = replace(FEED, title="A & <B>", description="C & <D>", rights="E & <F>")
    body = rss.render(feed, [replace(FULL, title="G & </h>", rights="I & <j>")]).decode()
    for line in (
        "<title>A &#x26; &#x3C;B&gt;</title>",
        "<description>C &#x26;amp; &#x26;lt;D&#x26;gt;</description>",
        "<copyright>E &#x26; &#x3C;F&gt;</copyright>",
        "<title>G &#x26; &#x3C;/h&gt;</title>",
        "<dc:rights>I &#x26; &#x3C;j&gt;</dc:rights>",
    ):
        assert line in body
    # HTML is not plain text.
    assert "<content:encoded>&lt;p&gt;Fish &amp;amp; chips" in body


def test_contains_html_a_description_holds_no_markup() -> None:
    element = item(replace(BARE, summary="<b>bold</b>"))
    assert texts(element, "description") == ["&lt;b&gt;bold&lt;/b&gt;"]


@RENDERERS
def test_missing_self(form: Any) -> None:
    feed = replace(FEED, links=(Link("self", "https://public.example/feeds/main"),))
    links = parsed(form, (), feed).iterfind(".//atom:link[@rel='self']", NS)
    assert [one.get("href") for one in links] == ["https://public.example/feeds/main"]


@RENDERERS
def test_bad_characters_are_dropped_not_replaced(form: Any) -> None:
    body = form.render(replace(FEED, title="a\x80b\x00c"), [])
    assert b"abc" in body
    assert "\ufffd".encode() not in body


@RENDERERS
def test_missing_source_element(form: Any) -> None:
    [source] = parsed(form, (FULL,)).iter(f"{{{NS['atom']}}}source")
    assert [etree.QName(child).localname for child in source] == [
        "id",
        "title",
        "updated",
        "link",
        "link",
    ]


@RENDERERS
def test_invalid_mime_type_no_type_is_called_cdata(form: Any) -> None:
    assert b"CDATA" not in form.render(FEED, [FULL, BARE])


@RENDERERS
@pytest.mark.parametrize("length", [None, 0])
def test_invalid_integer_attribute(form: Any, length: int | None) -> None:
    file = Enclosure(f"{SITE}/a", "", length)
    body = form.render(FEED, [replace(BARE, enclosures=(file,))])
    assert b"None" not in body
    assert b'type="application/octet-stream"' in body
    assert b'length="0"' in body or (form is atom and length is None)


@RENDERERS
def test_unexpected_attribute_and_undefined_element(form: Any) -> None:
    body = form.render(feed_in("x"), [FULL])
    assert b"textInput" not in body
    assert b"UpdatePeriod" not in body


@RENDERERS
def test_media_group_without_alternatives(form: Any) -> None:
    assert b"media:group" not in form.render(FEED, [FULL, *CORNERS])


@RENDERERS
@pytest.mark.parametrize(("said", "text"), [(True, "true"), (False, "false")])
def test_invalid_true_false(form: Any, said: bool, text: str) -> None:
    element = parsed(form, (replace(BARE, podcast=Podcast(explicit=said)),))
    assert {one.text for one in element.iter(f"{{{NS['itunes']}}}explicit")} == {text}


@pytest.mark.parametrize(
    ("moment", "in_rss", "in_atom"),
    [
        (
            datetime(2026, 11, 22, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=5.75))),
            "Sat, 21 Nov 2026 19:17:03 GMT",
            "2026-11-21T19:17:03Z",
        ),
        (
            datetime(1880, 1, 1, 0, 0, 0, tzinfo=timezone(timedelta(seconds=561))),
            "Wed, 31 Dec 1879 23:50:39 GMT",
            "1879-12-31T23:50:39Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z"),
        (
            datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "9999-12-31T23:59:59Z",
        ),
    ],
    ids=["fractions and an offset", "seconds in the offset", "year 1", "year 9999"],
)
def test_invalid_dates(moment: datetime, in_rss: str, in_atom: str) -> None:
    dated = replace(BARE, published=moment, updated=moment)
    feed = replace(FEED, updated=moment, tombstones=(Tombstone("tag:x,2026:1", moment),))
    element = channel(dated, feed=feed)
    assert texts(element, "item/pubDate") == texts(element, "lastBuildDate") == [in_rss]
    assert texts(element, "item/atom:updated") == [in_atom]
    whole = parsed(atom, (dated,), feed)
    assert texts(whole, "atom:entry/atom:published") == [in_atom]
    assert texts(whole, "atom:entry/atom:updated") == texts(whole, "atom:updated") == [in_atom]
    assert whole.find("at:deleted-entry", NS).get("when") == in_atom


IRI = "https://bücher.example/straße?q=ä&x=%20#ö"
URI = "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4&x=%20#%C3%B6"


@RENDERERS
def test_uri_not_iri(form: Any) -> None:
    anywhere = replace(
        FULL,
        url=IRI,
        external_url=IRI,
        enclosures=(Enclosure(IRI, "audio/mpeg", None, "t", 1),),
        image=IRI,
        comments_url=IRI,
    )
    body = form.render(replace(FEED, url=IRI, links=(Link("self", IRI),)), [anywhere]).decode()
    assert body.isascii() or "bücher" not in body
    assert body.count(URI.replace("&", "&amp;")) >= 8


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://example.org/logo.png", True),
        ("https://example.org/logo.JPG?v=2", True),
        ("https://example.org/logo.jpeg", True),
        ("https://example.org/logo.gif", True),
        ("https://example.org/logo.svg", False),
        ("https://example.org/logo.webp", False),
        ("https://example.org/png", False),
    ],
)
def test_image_url_format(address: str, shown: bool) -> None:
    assert is_picture(address) is shown
    element = channel(feed=replace(FEED, image=address))
    assert texts(element, "image/url") == ([address] if shown else [])
    assert texts(element, "atom:logo") == ([] if shown else [address])
    assert texts(parsed(atom, (), replace(FEED, image=address)), "atom:logo") == [address]
