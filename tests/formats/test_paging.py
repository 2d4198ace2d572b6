"""Which document comes next in a feed's history, and when there is none."""

from __future__ import annotations

import pytest

from feedsvc.formats import paging, upstream
from feedsvc.formats.parsed import NEVER, Advice
from feedsvc.model import Feed, Link

URL = "https://blog.example/feed/"
WORDPRESS = Advice(generator="https://wordpress.org/?v=6.4.3")


def feed(*links: Link, complete: bool = False, archive: bool = False) -> Feed:
    return Feed("urn:f", "F", "", NEVER, links=links, complete=complete, archive=archive)


def following(document: str, url: str = URL, **more) -> str | None:
    parsed = upstream.read(document.encode(), url=url)
    return paging.following(parsed.feed, parsed.advice, url, entries=len(parsed.items), **more)


def atom(head: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0"'
        ' xmlns:openSearch="http://a9.com/-/spec/opensearchrss/1.0/"><id>urn:f</id><title>F</title>'
        f"{head}<entry><id>urn:1</id><title>1</title></entry></feed>"
    )


def rss(head: str) -> str:
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:openSearch="http://a9.com/-/spec/opensearch/1.1/"><channel><title>F</title>'
        f"{head}<item><title>1</title></item></channel></rss>"
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (atom(""), None),
        (atom('<link rel="next" href="?page=2"/>'), f"{URL}?page=2"),
        (atom('<link rel="prev-archive" href="/a/9"/>'), "https://blog.example/a/9"),
        # A complete history is better than pages, which move while somebody reads.
        (
            atom('<link rel="next" href="/p/2"/><link rel="prev-archive" href="/a/9"/>'),
            "https://blog.example/a/9",
        ),
        (atom('<fh:archive/><link rel="prev-archive" href="/a/8"/>'), "https://blog.example/a/8"),
        (atom('<link rel="next" href="javascript:x()"/>'), None),
        (atom('<link rel="next" href="/feed/"/>'), None),
        (
            rss('<atom:link rel="next" href="https://blog.example/p/2"/>'),
            "https://blog.example/p/2",
        ),
        # WordPress
        (rss("<generator>https://wordpress.org/?v=6.4.3</generator>"), f"{URL}?paged=2"),
        (rss("<generator>http://wordpress.com/</generator>"), f"{URL}?paged=2"),
        (atom('<generator uri="https://wordpress.org/">WordPress</generator>'), f"{URL}?paged=2"),
        (rss("<generator>Hugo -- gohugo.io, no wordpress.org</generator>"), None),
        # Blogger
        (
            atom(
                "<openSearch:totalResults>60</openSearch:totalResults>"
                "<openSearch:startIndex>1</openSearch:startIndex>"
                "<openSearch:itemsPerPage>25</openSearch:itemsPerPage>"
            ),
            f"{URL}?start-index=2&max-results=25",
        ),
        (
            rss(
                "<openSearch:totalResults>60</openSearch:totalResults>"
                "<openSearch:startIndex>60</openSearch:startIndex>"
            ),
            None,
        ),
        (
            (
                '{"version": "https://jsonfeed.org/version/1.1", "title": "F",'
                ' "items": [{"id": "1"}], "next_url": "https://blog.example/2.json"}'
            ),
            "https://blog.example/2.json",
        ),
    ],
)
def test_the_next_document(document: str, expected: str | None) -> None:
    assert following(document) == expected


def test_pages_of_wordpress_go_on_from_the_one_that_was_asked_for() -> None:
    document = rss("<generator>https://wordpress.org/?v=6.4.3</generator>")
    assert following(document, f"{URL}?cat=3&paged=7") == f"{URL}?cat=3&paged=8"
    assert following(document, f"{URL}?paged=x") == f"{URL}?paged=2"


def test_a_page_without_entries_is_behind_the_last() -> None:
    assert paging.following(feed(), WORDPRESS, URL, entries=0) is None
    assert paging.following(feed(), WORDPRESS, URL, entries=1) is not None


@pytest.mark.parametrize("ends", [feed(complete=True), feed(archive=True)])
def test_a_feed_that_says_that_it_ends_has_no_pages_by_guess(ends: Feed) -> None:
    assert paging.following(ends, WORDPRESS, URL, entries=10) is None


def test_what_was_read_already_ends_the_history_in_any_spelling() -> None:
    older = feed(Link("prev-archive", "https://blog.example/a/1"))
    for visited in ("https://blog.example/a/1", "http://blog.example/a/1#x"):
        assert paging.following(older, Advice(), URL, entries=1, visited={visited}) is None
    assert paging.following(older, Advice(), URL, entries=1, visited={"https://e.org"}) is not None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('</p/2>; rel="next"', "https://blog.example/p/2"),
        ("</p/2>;rel=next", "https://blog.example/p/2"),
        ('<https://hub.example/>; rel="hub", </p/2>; title="a, b"; rel="x next"', "https://blog.example/p/2"),
        ('</p/2>; rel="next", </a/1>; rel="prev-archive"', "https://blog.example/a/1"),
        ('</p/2>; rel="nextish"', None),
        ("</p/2>", None),
        ("<" * 5000, None),
    ],
)  # fmt: skip
def test_a_link_in_the_header_counts_too(header: str, expected: str | None) -> None:
    assert paging.following(feed(), Advice(), URL, entries=1, headers={"link": header}) == expected
