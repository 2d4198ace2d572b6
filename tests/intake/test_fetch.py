"""A document that a person names on their own machine: a file, or an address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hostile.upstream import FEED, Upstream

from feedsvc.cli import main
from feedsvc.errors import FetchFailed, NotFound
from feedsvc.intake.fetch import LIMIT, Fetched, get_or_read


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED)
    assert get_or_read(str(path)) == Fetched(FEED)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    with path.open("wb") as file:
        file.truncate(LIMIT + 1)
    with pytest.raises(NotFound, match="more than 20 MiB; no reader takes that"):
        get_or_read(str(path))


@pytest.mark.parametrize("what", ["no/such.xml", "ftp://example.org/", ".", "a\x00b"])
def test_what_is_neither_file_nor_address_says_what_to_give(what: str) -> None:
    with pytest.raises(NotFound, match="can't be read: .*; give a file or an http"):
        get_or_read(what)


def test_an_address_is_fetched_wherever_it_is(upstream: Upstream) -> None:
    url = upstream.url("/feed")
    assert get_or_read(url) == Fetched(FEED, "application/rss+xml", url)
    moved = get_or_read(upstream.url(f"/to/302?{url}"))
    assert (moved.body, moved.url) == (FEED, url)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/status/404", "answers 404 Not Found"),
        ("/status/410", "answers 410 Gone"),
        ("/status/599", "answers 599"),
        ("/status/304", "answers 304 Not Modified"),
        ("/cut/length", "can't be fetched: it ends before its end"),
        ("/bomb/gzip", "can't be fetched: it has more than 20 MiB"),
        ("/bomb/br", "can't be fetched: its Content-Encoding is not the gzip"),
    ],
)
def test_an_address_without_a_document_says_why(upstream: Upstream, path: str, says: str) -> None:
    with pytest.raises((NotFound, FetchFailed)) as caught:
        get_or_read(upstream.url(path, user="me:secret"))
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_status == 1


def test_a_feed_elsewhere_is_checked(upstream: Upstream) -> None:
    result = CliRunner().invoke(main, ["check", upstream.url("/feed")])
    assert result.exit_code == 0, result.output
    failed = CliRunner().invoke(main, ["check", upstream.url("/status/503")])
    assert failed.exit_code == 1
