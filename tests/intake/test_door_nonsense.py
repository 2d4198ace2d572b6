"""Whatever bytes come back: an answer, or a failure that says so; never anything else."""

from __future__ import annotations

import gzip
import random
from urllib.parse import quote

import pytest
from hostile.upstream import Upstream
from intake.asking import ask_all, limits

from feedsvc.errors import FetchFailed

SOUND = (
    b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a"\r\n\r\nhello',
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /feed?x=1\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello" * 9, mtime=0),
    b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nabc",
)
ODD = (
    *(b"\r\n", b"\n", b"\0", b":", b" ", b"\xff", b"999", b"-1", b"0x10", b"9" * 20),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: gzip, chunked\r\n"),
    *(b"Content-Encoding: br\r\n", b"ETag: \xff\xfe\r\n", b"ETag: \xc3\xa9\r\n"),
    b"Location: \xe2\x80\xae//x\\@\r\n",
    b"Location: http://\xff\xfe/\r\n",
    b"Location: http://a:b@[::ffff:127.0.0.1%251]:80/%zz\r\n",
    b"Location: http://xn--\xc3\xa9/\r\n",
    b"Location: http:////\r\n",
    b"Location: http://\xe2\x84\xaa/\r\n",
    b"Location: ?\r\n",
    b"Location: //[\r\n",
    b"Location: http://\xc2\xad/\r\n",
    b"Location: http://[::1]:99999999/\r\n",
    b"Location: http://" + b"a" * 300 + b"/\r\n",
)


def changed(chance: random.Random) -> bytes:
    """A sound answer with some bytes more, fewer or other."""
    made = bytearray(chance.choice(SOUND))
    for _ in range(chance.randint(1, 4)):
        at, how = chance.randrange(len(made) + 1), chance.random()
        if how < 0.4:
            made[at:at] = chance.choice(ODD)
        elif how < 0.7:
            del made[at : at + chance.randint(1, 6)]
        elif how < 0.85:
            made[at : at + 1] = bytes([chance.randrange(256)])
        else:
            head = made.find(b"\r\n") + 2
            made[head:head] = chance.choice(ODD)
    return bytes(made)


@pytest.mark.parametrize("seed", range(4))
def test_nonsense_is_an_answer_or_a_failure(seed: int) -> None:
    async def nobody(host: str, port: int) -> list[str]:
        return []

    chance = random.Random(seed)
    with Upstream() as upstream:
        urls = [upstream.url("/raw?" + quote(changed(chance), safe="")) for _ in range(300)]
        found = ask_all(urls, limits(upstream.port, silence=1), lookup=nobody)
    for one in found:
        if isinstance(one, FetchFailed):
            str(one).encode()
        else:  # what is kept can be kept, and sent back
            assert all(value.encode() for value in one.headers.values())
    assert {one.kind for one in found if isinstance(one, FetchFailed)} >= {"protocol", "redirect"}
    assert any(not isinstance(one, FetchFailed) and one.status == 200 for one in found)
