"""Content codings: read back by decoders that are not ours, and equal wherever they are made."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from functools import cache

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st
from publish.desk import CODINGS, Desk, an_item

from feedsvc.publish.document import Coding, Document
from feedsvc.publish.encodings import encode

TEXT = b"".join(b"<item><title>Title %d</title></item>" % number for number in range(500))
_NODE = """
const zlib = require("node:zlib");
const unpack = { gzip: "gunzipSync", br: "brotliDecompressSync", zstd: "zstdDecompressSync" };
const name = unpack[process.argv[1]];
if (!zlib[name]) process.exit(77);
process.stdout.write(zlib[name](require("node:fs").readFileSync(0)));
"""


def by_node(coding: Coding, data: bytes) -> bytes:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node to unpack with")
    done = subprocess.run([node, "-e", _NODE, coding], input=data, capture_output=True, check=False)
    if done.returncode == 77:
        pytest.skip(f"this node can't unpack {coding}")
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_zstd(data: bytes) -> bytes:
    zstd = shutil.which("zstd")
    if zstd is None:
        pytest.skip("there is no zstd to unpack with")
    return subprocess.run([zstd, "-dc"], input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("body", [b"", b"a", TEXT, os.urandom(10_000)], ids=len)
@pytest.mark.parametrize(
    ("coding", "decode"),
    [
        ("gzip", gzip.decompress),
        ("gzip", lambda data: zlib.decompress(data, wbits=31)),
        ("gzip", lambda data: by_node("gzip", data)),
        ("br", lambda data: by_node("br", data)),
        ("zstd", lambda data: by_node("zstd", data)),
        ("zstd", by_zstd),
    ],
    ids=["gzip", "zlib", "gzip by node", "br by node", "zstd by node", "zstd by zstd"],
)
def test_others_unpack_it(coding: Coding, decode: Callable[[bytes], bytes], body: bytes) -> None:
    assert decode(encode(body, coding)) == body


@given(st.binary(max_size=2000))
def test_any_bytes_come_back(body: bytes) -> None:
    assert encode(body, "identity") is body
    assert gzip.decompress(encode(body, "gzip")) == body
    assert bytes(cramjam.brotli.decompress(encode(body, "br"))) == body
    assert bytes(cramjam.zstd.decompress(encode(body, "zstd"))) == body


def test_gzip_says_neither_a_time_nor_a_name() -> None:
    """RFC 1952 2.3: no flags, no time, and no system that it was made on."""
    assert encode(TEXT, "gzip")[:10].hex() == "1f8b08000000000000ff"


def test_they_are_much_smaller() -> None:
    for coding in ("gzip", "br", "zstd"):
        assert len(encode(TEXT, coding)) < len(TEXT) / 4


_ELSEWHERE = """
import sys
from feedsvc.publish.encodings import encode
body = sys.stdin.buffer.read()
print(*(encode(body, coding).hex() for coding in ("identity", "gzip", "br", "zstd")))
"""


@cache
def elsewhere() -> list[str]:
    """What another process with another seed makes."""
    said = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        input=TEXT,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        check=True,
    ).stdout
    return said.decode().split()


@pytest.mark.parametrize("coding", CODINGS)
def test_another_process_makes_the_same(coding: Coding) -> None:
    assert encode(TEXT, coding).hex() == elsewhere()[CODINGS.index(coding)]


def test_a_document_is_coded_once(desk: Desk) -> None:
    desk.put(an_item())
    document = desk.document()
    alone = document.size
    assert alone == len(document.body())
    for coding in CODINGS:
        assert document.body(coding) is document.body(coding)
    assert document.size == sum(len(document.body(coding)) for coding in CODINGS)
    assert document.body("gzip") == encode(document.body(), "gzip")


def test_eight_threads_get_the_same_bytes(desk: Desk) -> None:
    for number in range(50):
        desk.put(an_item(number, feeds=("short",), summary="Words " * 50))
    document = desk.document("short")
    ready = threading.Barrier(8)
    got: list[bytes] = []

    def ask(made: Document) -> None:
        ready.wait()
        got.append(made.body("br"))

    threads = [threading.Thread(target=ask, args=(document,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len({id(body) for body in got}) == 1
