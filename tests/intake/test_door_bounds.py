"""However much, long or oddly another server answers: bounded in bytes and in time."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hostile.loopback import HOST
from hostile.upstream import FEED, MIB, Upstream
from intake.asking import ask, ask_all, limits

from feedsvc.errors import FetchFailed
from feedsvc.intake.asking import Answer, Asked
from feedsvc.intake.door import Door
from feedsvc.intake.lookup import Names

BOMBS = [f"/{kind}/{coding}" for kind in ("bomb", "bomb-302") for coding in
         ("gzip", "br", "zstd", "double", "plain")]  # fmt: skip
PEAK = Path("/proc/self/status")
MEMORY = """
import json, pathlib, re, sys
sys.path.insert(0, sys.argv[1])
from intake.asking import ask_all, limits
from feedsvc.errors import FetchFailed
def peak():  # KiB of this program alone, where ru_maxrss has what the one before it had
    status = pathlib.Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1])
urls = sys.argv[3:]
ask_all([urls[0].rsplit("/", 2)[0] + "/feed"] * 3, limits(int(sys.argv[2])))
before = peak()
told = []
for url in urls:
    (found,) = ask_all([url], limits(int(sys.argv[2])))
    kind = found.kind if isinstance(found, FetchFailed) else str(found.status)
    told.append([url, kind, peak() - before])
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def kind(upstream: Upstream, path: str, **more: object) -> str:
    """What kind of failure it ends in, or the status."""
    (found,) = ask_all([upstream.url(path)], limits(upstream.port, **more))
    return found.kind if isinstance(found, FetchFailed) else str(found.status)


@pytest.mark.skipif(not PEAK.exists(), reason="only Linux tells the peak of one program")
def test_no_bomb_takes_memory(upstream: Upstream) -> None:
    urls = [*map(upstream.url, BOMBS), *(upstream.url(f"/long/{n}") for n in ("line", "lines"))]
    sent = upstream.sent
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", MEMORY, str(Path(__file__).parent.parent),
         str(upstream.port), *urls],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = json.loads(told.stdout)
    assert [kind for _, kind, _ in found] == [
        *("size", "encoding", "encoding", "encoding", "size"),  # gzip br zstd double plain
        *("200",) * 5,  # of a redirect nothing is read
        *("protocol",) * 2,
    ]
    assert max(grown for *_, grown in found) < 32 * 1024, found  # KiB
    # What no one reads is hardly sent: the peer was hung up on.
    assert upstream.sent - sent < 100 * MIB


@pytest.mark.parametrize("path", ["/drip/head", "/drip/line", "/drip/body", "/drip/chunk",
                                  "/flood/continue", "/to/302?/drip/body"])  # fmt: skip
def test_a_drip_ends_at_the_deadline(upstream: Upstream, path: str) -> None:
    failed = fails(upstream, path, seconds=0.3, silence=10)
    assert (failed.kind, failed.reason) == ("timeout", "it was not done within 0.3 seconds")


def fails(upstream: Upstream, path: str, **more: object) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        ask(upstream.url(path), limits(upstream.port, **more))
    return caught.value


@pytest.mark.parametrize("path", ["/silent/accept", "/silent/head", "/silent/body"])
def test_a_silence_ends(upstream: Upstream, path: str) -> None:
    failed = fails(upstream, path, silence=0.2)
    assert (failed.kind, failed.reason) == ("timeout", "it was silent for 0.2 seconds")


def test_redirects_have_one_deadline_together(upstream: Upstream) -> None:
    assert kind(upstream, "/late/5") == "200"
    upstream.requests.clear()
    failed = fails(upstream, "/late/5", seconds=0.3)
    assert (failed.kind, failed.url) == ("timeout", upstream.url("/late/5"))
    assert 1 <= len(upstream.requests) <= 4


@pytest.mark.parametrize("path", ["/long/line", "/long/lines", "/long/status", "/length/wrong",
                                  "/length/two", "/cut/head", "/garbage"])  # fmt: skip
def test_a_head_that_is_none_is_refused(upstream: Upstream, path: str) -> None:
    sent = upstream.sent
    assert kind(upstream, path) == "protocol"
    assert upstream.sent - sent < 10 * MIB


@pytest.mark.parametrize("path", ["/cut/length", "/cut/chunked", "/cut/gzip", "/cut/reset"])
def test_a_body_that_ends_before_its_end_is_none(upstream: Upstream, path: str) -> None:
    failed = fails(upstream, path)
    assert (failed.kind, failed.reason) == ("truncated", "it ends before its end")


@pytest.mark.parametrize(
    ("path", "becomes"),
    [
        ("/gzip/right", FEED),
        ("/gzip/members", FEED),
        ("/gzip/padded", FEED),
        ("/gzip/empty", b""),
        ("/gzip/lie", "encoding"),
        ("/gzip/thousands", "size"),
        ("/encoding?identity", FEED),
        ("/encoding?", FEED),
        ("/encoding?gzip", "encoding"),
        ("/encoding?br", "encoding"),
        ("/encoding?zstd", "encoding"),
        ("/encoding?deflate", "encoding"),
        ("/encoding?compress", "encoding"),
        ("/encoding?gzip, gzip", "encoding"),
        ("/encoding?gzip|gzip", "encoding"),
        ("/encoding?gzip|br", "encoding"),
        ("/encoding?aes128gcm", "encoding"),
    ],
)
def test_one_gzip_is_unpacked_and_nothing_else(
    upstream: Upstream, path: str, becomes: bytes | str
) -> None:
    (found,) = ask_all([upstream.url(path.replace(" ", "%20"))], limits(upstream.port))
    assert (found.body if isinstance(found, Answer) else found.kind) == becomes


@pytest.mark.parametrize("path", ["/feed", "/gzip/right", "/gzip/members"])
def test_a_size_is_of_the_last_byte(upstream: Upstream, path: str) -> None:
    assert kind(upstream, path, size=len(FEED)) == "200"
    failed = fails(upstream, path, size=len(FEED) - 1)
    assert (failed.kind, failed.reason) == ("size", f"it has more than {len(FEED) - 1} bytes")


def test_an_error_is_told_whatever_its_body_is(upstream: Upstream) -> None:
    # 410 ends a feed; a body that is refused must not hide it.
    assert kind(upstream, "/status/410", size=1) == "410"


class Hanging:
    """Finds names; what begins with ``hangs`` only after ``go``."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.under_way: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        if host.startswith("hangs"):
            self.under_way.append(host)
            self.go.wait(30)
        return [HOST]


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    find = Hanging()
    yield find
    find.go.set()


def test_a_resolver_that_hangs_holds_up_nobody_else(upstream: Upstream, hanging: Hanging) -> None:
    async def run() -> None:
        within = limits(upstream.port)
        async with Door(within, lookup=Names(at_once=13, find=hanging)) as door:
            ask = [f"http://hangs{n}.test:{upstream.port}/feed" for n in range(12)]
            hung = [asyncio.create_task(door.get(Asked(url))) for url in ask]
            for n in range(30):
                found = await door.get(Asked(f"http://sound{n}.test:{upstream.port}/feed"))
                assert found.status == 200
            assert len(hanging.under_way) == 12
            assert not any(task.done() for task in hung)
            hanging.go.set()
            assert [(await task).status for task in hung] == [200] * 12

    asyncio.run(run())


def test_a_resolver_that_hangs_is_not_waited_for(upstream: Upstream, hanging: Hanging) -> None:
    urls = [f"http://hangs{n}.test:{upstream.port}/feed" for n in range(12)]
    lookup = Names(at_once=3, find=hanging)
    found = ask_all(urls, limits(upstream.port, seconds=0.3), lookup=lookup)
    assert [one.kind for one in found if isinstance(one, FetchFailed)] == ["timeout"] * 12
    assert len(hanging.under_way) == 3  # threads that nobody waits for are counted on


def test_look_ups_that_hang_have_a_ceiling(upstream: Upstream, hanging: Hanging) -> None:
    urls = [f"http://hangs{n}.test:{upstream.port}/feed" for n in range(5)]
    ceiling = threading.BoundedSemaphore(3)
    within = limits(upstream.port, seconds=0.2)
    first = ask_all(urls[:3], within, lookup=Names(find=hanging, ceiling=ceiling))
    assert [one.kind for one in first if isinstance(one, FetchFailed)] == ["timeout"] * 3
    (late,) = ask_all(urls[4:], within, lookup=Names(find=hanging, ceiling=ceiling))
    assert isinstance(late, FetchFailed)
    assert (late.kind, "the system's resolver hangs" in late.reason) == ("dns", True)


def test_a_look_up_that_fails_frees_its_place(upstream: Upstream) -> None:
    def find(host: str, port: int) -> Sequence[str]:
        raise OSError("no network")

    urls = [f"http://a{n}.test:{upstream.port}/" for n in range(10)]
    found = ask_all(urls, limits(upstream.port), lookup=Names(at_once=1, find=find))
    assert [one.kind for one in found if isinstance(one, FetchFailed)] == ["dns"] * 10


def test_connections_are_used_again(upstream: Upstream) -> None:
    found = ask_all([upstream.url("/feed")] * 200, limits(upstream.port))
    assert [one.status for one in found if isinstance(one, Answer)] == [200] * 200
