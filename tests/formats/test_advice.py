"""What a feed says to those who ask again and again."""

from __future__ import annotations

import pytest

from feedsvc.errors import NotAFeed
from feedsvc.formats import upstream
from feedsvc.formats.parsed import Advice

SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


def advice(document: str) -> Advice:
    return upstream.read(document.encode(), url="https://e.org/feed").advice


def rss(head: str) -> str:
    return f'<rss version="2.0" {SY}><channel><title>F</title>{head}</channel></rss>'


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (rss(""), Advice()),
        (rss("<ttl>90</ttl>"), Advice(every=90)),
        (rss("<sy:updatePeriod>hourly</sy:updatePeriod>"), Advice(every=60)),
        (
            rss("<skipHours><hour>0</hour><hour> 23 </hour><hour>24</hour><hour/></skipHours>"),
            Advice(skip_hours=(0, 23)),
        ),
        (
            rss("<skipDays><day>sunday</day><day>Monday</day><day>Caturday</day></skipDays>"),
            Advice(skip_days=(0, 6)),
        ),
        (rss("<generator>Hugo</generator>"), Advice(generator="Hugo")),
        (
            (f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/" {SY} xmlns:a="http://webns.net/mvcb/">'
            "<channel rdf:about='u'><title>F</title><sy:updatePeriod>daily</sy:updatePeriod>"
            "<a:generatorAgent rdf:resource='http://mt.example/'/></channel></rdf:RDF>"),
            Advice(every=1440, generator="http://mt.example/"),
        ),
        (
            (f'<feed xmlns="http://www.w3.org/2005/Atom" {SY}><title>F</title>'
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
            '<generator uri="https://jekyllrb.example/">Jekyll</generator></feed>'),
            Advice(every=30, generator="Jekyll https://jekyllrb.example/"),
        ),
        (
            ('{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [],'
            ' "_feedsvc": {"ttl": 15}}'),
            Advice(every=15),
        ),
    ],
)  # fmt: skip
def test_what_a_feed_advises(document: str, expected: Advice) -> None:
    assert advice(document) == expected


def links(document: str) -> set[tuple[str, str]]:
    feed = upstream.read(document.encode(), url="https://e.org/feed").feed
    return {(link.rel, link.href) for link in feed.links}


def test_where_a_feed_leads_to() -> None:
    told = "".join(
        f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="{rel}" href="/{rel}"/>'
        for rel in ("self", "hub", "next", "prev-archive", "current")
    )
    expected = {
        (rel, f"https://e.org/{rel}") for rel in ("self", "hub", "next", "prev-archive", "current")
    }
    assert links(rss(told)) == expected
    assert links(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{told}</feed>') == (
        expected
    )
    rdf = f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/"><channel>{told}</channel></rdf:RDF>'
    assert links(rdf) == expected
    assert links(
        '{"version": "https://jsonfeed.org/version/1.1", "feed_url": "/self", "next_url": "/next",'
        ' "hubs": [{"type": "WebSub", "url": "/hub"}], "items": []}'
    ) == {(rel, f"https://e.org/{rel}") for rel in ("self", "next", "hub")}


# In which letters a feed is written (RFC 7303 3)

TITLE = "Łódź é €"


def document(declared: str | None) -> str:
    told = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    return f'{told}<rss version="2.0"><channel><title>{TITLE}</title></channel></rss>'


@pytest.mark.parametrize(
    ("declared", "encoding", "content_type"),
    [
        (None, "utf-8", None),
        (None, "utf-8-sig", "application/xml; charset=iso-8859-2"),  # the mark before HTTP
        ("iso-8859-1", "utf-8-sig", None),
        ("utf-8", "utf-16", "application/xml; charset=utf-8"),
        ("utf-8", "iso-8859-16", 'application/rss+xml; charset="ISO-8859-16"'),  # HTTP before XML
        ("iso-8859-16", "iso-8859-16", "application/rss+xml"),
        ("utf-16", "utf-16-le", None),  # no mark, but every other byte is a NUL
        ("utf-16", "utf-16-be", None),
        (None, "utf-16-le", "application/xml; charset=utf-16"),
        ("utf-16", "utf-8", None),  # says what it can't be
        (None, "utf-8", "application/xml; charset=iso-8859-99"),
        ("utf-7", "utf-8", "application/xml; charset=utf-7"),
    ],
)
def test_the_charset_goes_by_mark_http_and_declaration(
    declared: str | None, encoding: str, content_type: str | None
) -> None:
    body = document(declared).encode(encoding)
    assert upstream.read(body, content_type=content_type).feed.title == TITLE


def test_utf_7_is_never_decoded() -> None:
    # "+ADw-script+AD4-" would become a tag behind the back of whoever looked at the bytes.
    body = b'<?xml version="1.0" encoding="utf-7"?><rss version="2.0"><channel>'
    body += b"<title>+ADw-b+AD4-</title></channel></rss>"
    parsed = upstream.read(body, content_type="application/xml; charset=utf-7")
    assert parsed.feed.title == "+ADw-b+AD4-"
    with pytest.raises(NotAFeed):
        upstream.read(b"+ADw-rss+AD4-+ADw-channel/+AD4-", content_type="text/xml;charset=utf-7")
