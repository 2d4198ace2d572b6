"""From pages to their feeds, in the spellings that pages have."""

from __future__ import annotations

import pytest

from feedsvc.errors import NotAFeed
from feedsvc.formats import discovery
from feedsvc.formats.discovery import FoundFeed

URL = "https://blog.example/2026/post.html"
RSS = "application/rss+xml"
ATOM = "application/atom+xml"

#: As WordPress writes its head.
WORDPRESS = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="UTF-8">
<link rel='dns-prefetch' href='//s.w.org' />
<link rel="alternate" type="application/rss+xml" title="My blog &raquo; Comments Feed" href="https://blog.example/comments/feed/" />
<link rel="alternate" type="application/rss+xml" title="My blog &raquo; Feed" href="https://blog.example/feed/" />
<link rel="alternate" title="oEmbed (JSON)" type="application/json+oembed" href="https://blog.example/wp-json/oembed/1.0/embed?url=x" />
<link rel="alternate" title="JSON" type="application/json" href="https://blog.example/wp-json/wp/v2/posts/1" />
<link rel="EditURI" type="application/rsd+xml" title="RSD" href="https://blog.example/xmlrpc.php?rsd" />
<link rel="alternate stylesheet" type="text/css" href="dark.css">
</head><body><p>Words <a href="/feed/">RSS</a></body></html>"""  # noqa: E501


def find(page: str, url: str = URL) -> list[FoundFeed]:
    return list(discovery.find(page.encode(), url))


def test_the_feeds_of_a_blog_its_comments_last() -> None:
    assert find(WORDPRESS) == [
        FoundFeed("https://blog.example/feed/", "My blog » Feed", RSS),
        FoundFeed("https://blog.example/comments/feed/", "My blog » Comments Feed", RSS),
    ]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (f"<link rel=alternate type={RSS} href=/a>", FoundFeed("https://blog.example/a", "", RSS)),
        (
            f'<LINK REL="ALTERNATE" TYPE="{ATOM}; charset=utf-8" HREF="feed.xml">',
            FoundFeed("https://blog.example/2026/feed.xml", "", ATOM),
        ),
        (
            f'<base href="/b/"><link rel="up alternate" type="{ATOM}" href=a title=" x&#10;y ">',
            FoundFeed("https://blog.example/b/a", "x y", ATOM),
        ),
        (
            f'<base href="//cdn.example/"><link rel=alternate type={RSS} href="a?b=1&amp;c=2#d">',
            FoundFeed("https://cdn.example/a?b=1&c=2", "", RSS),
        ),
        (
            '<link rel="alternate" type="application/feed+json" href="feed.json">',
            FoundFeed("https://blog.example/2026/feed.json", "", "application/feed+json"),
        ),
        (
            '<link rel="feed" type="application/xml" href="f">',
            FoundFeed("https://blog.example/2026/f", "", "application/xml"),
        ),
        (f'<link rel=alternate type={RSS} href="javascript:x()">', None),
        (f'<link rel=alternate type={RSS} href="">', None),
        (f'<link rel=alternate type={RSS}>', None),
        (f'<link rel=stylesheet type={RSS} href=a>', None),
        (f'<link rel="alternate stylesheet" type={RSS} href=a>', None),
        ("<link rel=alternate hreflang=de href=/de>", None),
        (f'<!-- <link rel=alternate type={RSS} href=/rss> -->', None),
        (f'<script>"<link rel=alternate type={RSS} href=/rss>"</script>', None),
    ],
)  # fmt: skip
def test_a_declared_feed(head: str, expected: FoundFeed | None) -> None:
    assert find(f"<html><head>{head}</head>") == ([expected] if expected else [])


@pytest.mark.parametrize(
    "href",
    ["/feed", "/feed/", "/blog/rss", "rss.xml", "/atom.xml", "/index.xml", "/x.rss", "/index.rdf",
     "/feed.json", "/feeds/all", "/?feed=rss2", "/?cat=1&feed=atom", "/news?format=rss"],
)  # fmt: skip
def test_a_link_that_looks_like_a_feeds(href: str) -> None:
    (found,) = find(f"<p>Subscribe: <a href='{href}'>by <b>RSS</b></a>")
    assert not found.said
    assert found.title == "by RSS"


@pytest.mark.parametrize(
    "href",
    ["/", "/feedback", "/about-rss", "/rss-is-dead.html", "/sitemap.xml", "mailto:rss@e.org",
     "/a.xml", "/a?format=pdf"],
)  # fmt: skip
def test_a_link_that_does_not(href: str) -> None:
    assert find(f"<p><a href='{href}'>RSS</a>") == []


def test_declared_feeds_come_first_and_each_once() -> None:
    page = (
        "<a href=/rss>a</a><a href='feed://blog.example/atom.xml'>b</a>"
        f"<link rel=alternate type={ATOM} href=https://blog.example/atom>"
        f"<link rel=alternate type={RSS} title=T href=/rss>"
    )
    assert [(one.url, one.said) for one in find(page)] == [
        ("https://blog.example/atom", True),
        ("https://blog.example/rss", True),
        ("http://blog.example/atom.xml", False),
    ]


def test_a_page_does_not_lead_to_itself() -> None:
    assert find("<a href=/feed/>RSS</a>", "https://blog.example/feed/") == []


def test_pages_in_other_letters_and_broken_pages() -> None:
    page = f"<title>Ł<p><table><link rel=alternate type={RSS} title='Ł' href=/a><td></b>"
    page = page.replace("<title>Ł", "<meta charset=iso-8859-2>")
    body = page.encode("iso-8859-2")
    (found,) = discovery.find(body, URL, content_type="text/html; charset=iso-8859-2")
    assert found == FoundFeed("https://blog.example/a", "Ł", RSS)


def test_pages_without_end_have_bounds() -> None:
    many = "".join(f"<link rel=alternate type={RSS} href=/f{n}>" for n in range(1000))
    assert len(find(many)) == discovery.FOUND_MAX
    head = f"<link rel=alternate type={RSS} href=/a>"
    for endless in ("<div>" * 100_000, "<a href=/feed" * 50_000, "<p title='" * 50_000):
        assert find(head + endless)[0].url == "https://blog.example/a"


@pytest.mark.parametrize("body", [b"", b"only words", b"\x89PNG\r\n\x1a\n"])
def test_what_has_no_markup_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeed, match="no web page either"):
        discovery.find(body, URL)
