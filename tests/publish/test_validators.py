"""Validators: what was minted is verified, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.publish import validators
from feedsvc.publish.document import Head, Target
from feedsvc.publish.validators import Base, mint, of_search, subject, verify

ABOUT, GUID = "0123456789abcdef", "tag:example.org,2026-11-22:feeds/main"
LIVE = subject(ABOUT, GUID, Target("live", "main", "rss"))
AT = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
ETAG = mint(LIVE, 1234, AT)

REVISIONS = st.integers(min_value=0, max_value=2**63 - 1)
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31), timezones=st.just(UTC)
)


@given(REVISIONS, TIMES)
def test_what_was_minted_is_verified(revision: int, at: datetime) -> None:
    etag = mint(LIVE, revision, at)
    assert verify(LIVE, etag) == Base(revision, at)
    assert etag.isascii()
    assert len(etag) <= 46


@given(st.text() | st.from_regex(r'(W/)?"?[0-9a-z]+\.[0-9a-z]+\.[0-9a-f]{16}(-gzip)?"?'))
def test_garbage_is_nobodys(text: str) -> None:
    assert verify(LIVE, text) is None


@pytest.mark.parametrize("length", [0, 1, 10, 10_000, 1_000_000])
@pytest.mark.parametrize("char", ["0", "z", '"', ".", "-gzip", "W/", "\0", "é"])
def test_garbage_of_any_length_is_nobodys(length: int, char: str) -> None:
    for text in (char * length, f'"{char * length}.{char * length}.0123456789abcdef"'):
        assert verify(LIVE, text) is None


@pytest.mark.parametrize(
    "sent",
    [
        ETAG,
        f"W/{ETAG}",
        f" {ETAG} ",
        ETAG.strip('"'),
        *(f'{ETAG[:-1]}{suffix}"' for suffix in ("-gzip", "-br", "-zstd", "--gzip", ";gzip")),
        f'W/{ETAG[:-1]}-gzip"',
    ],
)
def test_it_comes_back_in_many_dresses(sent: str) -> None:
    assert verify(LIVE, sent) == Base(1234, AT)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "*",
        '""',
        ETAG[1:],
        ETAG.upper(),
        f'"0{ETAG[1:]}',  # the same number, written as we never do
        f'"1{ETAG[1:]}',
        ETAG.replace(".", ".0", 1),
        f'{ETAG[:-2]}g"',
        f'{ETAG[:-1]}-lzma"',
        f'{ETAG[:-1]}-gzip-gzip"',
        f"{ETAG}, {ETAG}",
        "zzzzzzzzzzzzz.zzzzzzzzzzzzz.0123456789abcdef",
    ],
)
def test_what_is_not_quite_ours_is_nobodys(sent: str) -> None:
    assert verify(LIVE, sent) is None


OTHERS = {
    "form": subject(ABOUT, GUID, Target("live", "main", "atom")),
    "kind": subject(ABOUT, GUID, Target("archive", "main", "rss")),
    "number": subject(ABOUT, GUID, Target("archive", "main", "rss", 1)),
    "feed": subject(ABOUT, f"{GUID}2", Target("live", "main", "rss")),
    "about": subject("fedcba9876543210", GUID, Target("live", "main", "rss")),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_each_document_has_its_own(other: str) -> None:
    assert mint(other, 1234, AT) != ETAG
    assert verify(other, ETAG) is None


def test_another_history_has_others() -> None:
    """After a restore a revision's number comes once more, at another time."""
    assert mint(LIVE, 1234, AT + timedelta(microseconds=1)) != ETAG


def test_a_renamed_feed_keeps_its_own() -> None:
    """Its guid is what it is; that its address changed is for ``about`` to say."""
    assert subject(ABOUT, GUID, Target("live", "renamed", "rss")) == LIVE


PAIRS = [(1, 5), (2, 7)]
SEARCH = Target("search", "fish & chips", "rss")


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (SEARCH, []),
        (SEARCH, [(2, 7), (1, 5)]),
        (SEARCH, [(1, 5), (2, 8)]),
        (SEARCH, [(1, 5)]),
        (SEARCH, [(1, 5), (2, 7), (3, 7)]),
        (Target("search", "fish & chips", "atom"), PAIRS),
        (Target("search", "fish", "rss"), PAIRS),
    ],
)
def test_a_search_changes_with_what_it_finds(target: Target, found: list[tuple[int, int]]) -> None:
    etag = of_search(ABOUT, GUID, SEARCH, PAIRS)
    assert etag == of_search(ABOUT, GUID, SEARCH, iter(PAIRS))
    assert etag != of_search(ABOUT, GUID, target, found)


def test_each_coding_has_its_own() -> None:
    head = Head(ETAG, AT, "application/rss+xml")
    tags = {head.etag_in(coding) for coding in ("identity", "gzip", "br", "zstd")}
    assert tags == {ETAG, *(f'{ETAG[:-1]}-{coding}"' for coding in ("gzip", "br", "zstd"))}
    assert {verify(LIVE, tag) for tag in tags} == {Base(1234, AT)}


_ELSEWHERE = """
from datetime import UTC, datetime
from feedsvc.publish.document import Target
from feedsvc.publish.validators import mint, of_search, subject
about, guid = "0123456789abcdef", "tag:example.org,2026-11-22:feeds/main"
at = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
print(mint(subject(about, guid, Target("live", "main", "rss")), 1234, at))
print(of_search(about, guid, Target("search", "fish & chips", "rss"), [(1, 5), (2, 7)]))
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_another_process_mints_the_same(seed: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split() == [ETAG, of_search(ABOUT, GUID, SEARCH, PAIRS)]


def test_the_bytes_of_a_small_document_are_their_own() -> None:
    assert validators.of_bytes(b"a") != validators.of_bytes(b"b")
