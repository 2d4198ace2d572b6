"""Foreign lists of feeds, as the programs of the field export them."""

from __future__ import annotations

import pytest

from feedsvc.errors import NotAFeed
from feedsvc.formats import opml, opmlreader
from feedsvc.formats.opmlreader import Listed

#: As Feedly writes it, which NetNewsWire and Inoreader read.
FEEDLY = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0">
    <head><title>Jo's subscriptions in feedly Cloud</title></head>
    <body>
        <outline text="Science" title="Science">
            <outline type="rss" text="Quanta &amp; Co" title="Quanta &amp; Co"
                xmlUrl="https://quanta.example/feed/" htmlUrl="https://quanta.example"/>
            <outline text="Physics">
                <outline type="rss" text="arXiv" xmlUrl="http://arxiv.example/rss?a=1&amp;b=2"/>
            </outline>
        </outline>
        <outline type="rss" text="Alone" xmlUrl="https://alone.example/atom.xml"/>
    </body>
</opml>"""


def read(text: str) -> opmlreader.ReadList:
    return opmlreader.read(text.encode())


def listed(body: str) -> tuple[Listed, ...]:
    return read(f'<opml version="2.0"><head/><body>{body}</body></opml>').feeds


def test_feeds_come_with_the_folders_that_they_lie_in() -> None:
    read_list = read(FEEDLY)
    assert read_list == opmlreader.ReadList(
        "Jo's subscriptions in feedly Cloud",
        (
            Listed(
                "https://quanta.example/feed/",
                "Quanta & Co",
                "https://quanta.example",
                ("Science",),
            ),
            Listed("http://arxiv.example/rss?a=1&b=2", "arXiv", path=("Science", "Physics")),
            Listed("https://alone.example/atom.xml", "Alone"),
        ),
    )


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        # Thunderbird and others spell the attributes as they like
        ('<outline XMLURL=" u:a " HTMLURL="u:b" TITLE="T"/>', Listed("u:a", "T", "u:b")),
        ('<outline xmlUrl="u:a" title="T" text="X"/>', Listed("u:a", "T")),
        ('<outline xmlUrl="u:a" title="" text=" X&#10;Y "/>', Listed("u:a", "X Y")),
        ('<outline xmlUrl="u:a"/>', Listed("u:a")),
        ('<outline xmlUrl="u:a" type="Atom"/>', Listed("u:a", type="atom")),
        # OPML 2.0 "category"
        (
            '<outline xmlUrl="u:a" category="/Boston/Weather, /Harvard,,"/>',
            Listed("u:a", categories=("/Boston/Weather", "/Harvard")),
        ),
        # A feed may stand in a feed, which is no folder
        ('<outline text="N"><outline xmlUrl="u:a"/></outline>', Listed("u:a", path=("N",))),
        ('<outline><outline xmlUrl="u:a"/></outline>', Listed("u:a")),
    ],
)
def test_an_outline(outline: str, expected: Listed) -> None:
    assert listed(outline) == (expected,)


def test_a_feed_within_a_feed_is_read_in_the_order_of_the_document() -> None:
    found = listed(
        '<outline text="A" xmlUrl="u:a"><outline xmlUrl="u:b"/></outline><outline xmlUrl="u:c"/>'
    )
    assert [(one.url, one.path) for one in found] == [("u:a", ()), ("u:b", ()), ("u:c", ())]


def test_notes_and_links_are_passed_over() -> None:
    assert listed('<outline text="note"/><outline type="link" url="https://e.org/"/>') == ()


@pytest.mark.parametrize(
    "broken",
    [
        FEEDLY.replace("&amp;b", "&b"),
        FEEDLY.replace("</body>", ""),
        "\n\n  " + FEEDLY.replace("Science", "Science & <Art>", 1),
        FEEDLY.replace("Jo's", "Jo\x08's"),
    ],
)
def test_broken_xml_is_mended_as_far_as_it_goes(broken: str) -> None:
    read_list = read(broken)
    assert read_list.feeds[0].url == "https://quanta.example/feed/"
    assert len(read_list.faults) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_lists_in_other_letters(encoding: str) -> None:
    text = '<?xml version="1.0"?><opml><body><outline text="Ł" xmlUrl="u:a"/></body></opml>'
    assert opmlreader.read(text.encode(encoding)).feeds == (Listed("u:a", "Ł"),)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no OPML"),
        (b'{"opml": []}', "no OPML"),
        (b"<rss><channel/></rss>", "no OPML"),
        (b"<!DOCTYPE html><html/>", "has a DOCTYPE"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "has a DOCTYPE"),
        (b'<?xml version="1.0"?><!doctype opml SYSTEM "file:///etc/passwd"><opml/>', "DOCTYPE"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        opmlreader.read(body)


def test_a_list_without_end_and_folders_without_bottom_have_bounds(monkeypatch) -> None:
    monkeypatch.setattr(opmlreader, "FEEDS_MAX", 3)
    read_list = read("<opml><body>" + '<outline xmlUrl="u:a"/>' * 5 + "</body></opml>")
    assert len(read_list.feeds) == 3
    assert read_list.faults == ("The list has more than 3 feeds; the others were left out.",)
    deep = '<outline text="F">' * 100 + '<outline xmlUrl="u:a"/>' + "</outline>" * 100
    assert listed(deep)[0].path == ("F",) * 20


def test_our_own_list_is_read_by_both() -> None:
    body = b'<opml><body><outline xmlUrl="u:a" htmlUrl="u:h"/></body></opml>'
    assert opml.read(body) == [opml.Outline("u:a", "u:a", "u:h")]


@pytest.mark.parametrize(
    "outline",
    [
        '<outline text="F" type="RSS"/>',
        '<outline text="F" xmlUrl=" "/>',
        '<outline text="F" type="atom"/>',
    ],
)
def test_what_calls_itself_a_feed_without_an_address_is_not_lost(outline: str) -> None:
    (one,) = listed(f'<outline text="In">{outline}</outline>')
    assert (one.url, one.title, one.path) == ("", "F", ("In",))
    folder = outline.replace("/>", '><outline xmlUrl="u:a"/></outline>')
    assert [(one.url, one.path) for one in listed(folder)] == [("u:a", ("F",))]
