"""Which coding an ``Accept-Encoding`` gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.web.encodings import OFFERED, choose

CASES = [
    # Nothing said, nothing wanted.
    (None, "identity"),
    ("", "identity"),
    ("identity", "identity"),
    ("identity;q=1", "identity"),
    (" , ,", "identity"),
    # As browsers and readers send it.
    ("gzip", "gzip"),
    ("gzip, deflate", "gzip"),
    ("gzip, deflate, br", "br"),
    ("gzip, deflate, br, zstd", "br"),
    ("gzip,deflate,zstd", "zstd"),
    ("deflate", "identity"),
    ("compress, deflate", "identity"),
    ("gzip;q=1.0, identity; q=0.5, *;q=0", "gzip"),
    ("gzip;q=1.0,deflate;q=0.6,identity;q=0.3", "gzip"),
    # Names.
    ("x-gzip", "gzip"),
    ("GZip", "gzip"),
    ("BR", "br"),
    ("gzipped", "identity"),
    ("brotli", "identity"),
    ("x-br", "identity"),
    # Qualities: the best wins, then the smallest.
    ("br;q=0.5, gzip", "gzip"),
    ("br;q=0.5, gzip;q=0.6, zstd;q=0.7", "zstd"),
    ("gzip;q=0.001", "gzip"),
    ("gzip ; q=0.5 , br ; q=0.4", "gzip"),
    ("gzip;Q=0.5, br;Q=0.4", "gzip"),
    ("zstd;q=0.500, gzip;q=0.5", "zstd"),
    # q=0 is obeyed.
    ("gzip;q=0", "identity"),
    ("gzip;q=0.0", "identity"),
    ("gzip;q=0.000, br", "br"),
    ("br;q=0, zstd;q=0, gzip", "gzip"),
    ("x-gzip;q=0, gzip", "identity"),
    ("gzip, gzip;q=0", "identity"),
    # Any: that is gzip, which all who say so can read.
    ("*", "gzip"),
    ("*;q=0.1", "gzip"),
    ("gzip;q=0, *", "identity"),
    ("br, *;q=0.1", "br"),
    ("br;q=0, *;q=0.1", "gzip"),
    # identity is only better where it is said to be.
    ("identity, gzip", "gzip"),
    ("identity;q=1, gzip;q=0.5", "identity"),
    ("identity;q=0.5, gzip;q=0.5", "gzip"),
    ("gzip;q=0.1, *", "identity"),
    ("*;q=0, identity", "identity"),
    ("*;q=0, identity;q=0.1", "identity"),
    ("identity;q=0, gzip", "gzip"),
    ("identity;q=0, *", "gzip"),
    # Nothing that we have is acceptable.
    ("identity;q=0", None),
    ("*;q=0", None),
    ("deflate, identity;q=0", None),
    ("gzip;q=0, br;q=0, zstd;q=0, identity;q=0", None),
    ("deflate;q=1, *;q=0", None),
    # Garbled elements are as if they were not there.
    ("gzip;q=2", "identity"),
    ("gzip;q=-1", "identity"),
    ("gzip;q=0.1234, br", "br"),
    ("gzip;q=", "identity"),
    ("gzip;q=high", "identity"),
    ("gzip;level=9", "gzip"),
    ("gzip;level=9;q=0", "identity"),
    (";q=1, gzip", "gzip"),
    ("gzip br", "identity"),
    ("g\x00zip", "identity"),
    ("ｇｚｉｐ", "identity"),
    ("gzip;q=٠", "identity"),
    ("gzip;q=0" + " " * 5000 + ",br", "br"),
    ("deflate," * 9000 + "gzip", "gzip"),
]


@pytest.mark.parametrize(("accept", "coding"), CASES)
def test_the_coding(accept: str | None, coding: str | None) -> None:
    assert choose(accept) == coding


@pytest.mark.parametrize(
    ("accept", "coding"), [("br, gzip", "gzip"), ("br", "identity"), ("identity;q=0, br", None)]
)
def test_only_what_is_offered(accept: str, coding: str | None) -> None:
    assert choose(accept, ("gzip",)) == coding


WORDS = st.sampled_from([
    "gzip",
    "br",
    "zstd",
    "x-gzip",
    "identity",
    "*",
    "deflate",
    ";q=0",
    ";q=0.5",
    ";q=1",
    ",",
    " ",
])


@given(st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=60))
def test_whatever_is_sent(accept: str) -> None:
    coding = choose(accept)
    assert coding in {*OFFERED, "identity", None}
    # What is chosen was named, or anything was.
    if coding not in {"identity", None}:
        assert coding in accept.lower() or "*" in accept


@given(st.permutations(["br;q=0.8", "gzip;q=0.9", "zstd;q=0.7", "identity;q=0.1"]))
def test_the_order_says_nothing(elements: list[str]) -> None:
    assert choose(",".join(elements)) == "gzip"
