"""The whole service with hostile sources beside good ones: nobody but they themselves notice."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import sqlite3
import statistics
import sys
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from hostile.loopback import Canary
from hostile.upstream import Upstream
from journeys.conftest import Site, until
from journeys.publishers import NETWORK, Poll, Publishers, Sent, entry, feed, listening

from feedsvc import config
from feedsvc.service import Service
from feedsvc.store import SourceRow

MIB = 1024 * 1024
GOOD, ENTRIES = 10, 100
#: A time that does not come.
LATER = 4 * 10**15
#: What the hostile server does (hostile/upstream.py), each at an address of its own.
PATHS = tuple(
    """
    /status/404 /status/500 /status/410 /status/204 /status/304 /status/206 /status/401 /status/999
    /hops/20/302 /hops/3/301 /circle/3/302 /circle/2/308 /late/30 /bomb/gzip /bomb/br /bomb/zstd
    /bomb/double /bomb/plain /bomb-302/gzip /bomb-302/plain /drip/head /drip/line /drip/body
    /drip/chunk /silent/accept /silent/head /silent/body /long/line /long/lines /long/status
    /flood/continue /cut/length /cut/chunked /cut/gzip /cut/reset /cut/head /length/short
    /length/wrong /length/two /gzip/right /gzip/members /gzip/padded /gzip/lie /gzip/thousands
    /gzip/empty /encoding?br /encoding?deflate /encoding?gzip /encoding?gzip%7Cgzip /encoding?x-evil
    /cookie /garbage /raw?%00%00 /raw?HTTP/1.1%20200%20OK%0d%0a%0d%0a
    """.split()
)
#: Ways to lead to ``{port}`` of this machine, which is the canary's.
THERE = (
    "http://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "http://localhost:{port}/",
    "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://user@127.1:{port}/", "http://0:{port}/",
)  # fmt: skip
#: Titles that may come in: of the good sources, and of the hostile ones' own feeds.
SOUND = re.compile(
    r"Watched \d+|Good \d+-\d+|One|Mine \d+|Fine|New \d+ \d+|Many \d+|Large|Deep|Who|Slow|Tags"
)


def documents(port: int) -> dict[str, bytes]:
    """Bodies that hurt whoever parses or cleans them; ``port`` is the canary's."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    fine = feed("evil", entry("fine", "Fine")).decode()
    root = fine.partition("?>")[2]

    def with_dtd(dtd: str, text: str) -> bytes:
        document = f'<?xml version="1.0"?><!DOCTYPE rss [{dtd}]>{root}'
        return document.replace("<description>d<", f"<description>{text}<", 1).encode()

    many = (entry(f"m{n}", f"Many {n}") for n in range(20_000))
    categories = "".join(f"<category>c{n}</category>" for n in range(500))
    return {
        "laughs": with_dtd(f'<!ENTITY l0 "ha">{laughs}', "&l11;"),
        "quadratic": with_dtd(f'<!ENTITY q "{"q" * 100_000}">', "&q;" * 10_000),
        "file": with_dtd('<!ENTITY f SYSTEM "file:///etc/passwd">', "&f;"),
        "remote": with_dtd(f'<!ENTITY r SYSTEM "http://127.0.0.1:{port}/r">', "&r;"),
        "dtd": root.replace(
            "<rss", f'<!DOCTYPE rss SYSTEM "http://127.0.0.1:{port}/dtd"><rss', 1
        ).encode(),
        "author": feed("a", entry("w", "Who", more=f"<author>{'a.' * 16_000}</author>")),
        "longer-author": feed("a", entry("w", "Who", more=f"<author>{'a.' * 500_000}</author>")),
        "deep": feed("d", entry("d", "Deep", "<div>" * 20_000)),
        "deep-xml": f"<rss><channel>{'<a>' * 100_000}".encode(),
        "divs": feed("s", entry("s", "Slow", "<div>" * 80_000)),
        "ampersands": feed("s", entry("s", "Slow", "&" * 400_000)),
        "many": feed("many", *many),
        "large": feed("large", entry("l", "Large", "Large words. " * 900_000)),
        "just-too-large": feed("large", entry("l", "Large", "Large words. " * 350_000)),
        "categories": feed("c", entry("c", "Tags", more=categories)),
        "page": b"<html><body>An error. Please come back.</body></html>",
        "binary": bytes(range(256)) * 1000,
        "json-deep": b"[" * 1_000_000,
        "opml": b'<opml version="2.0"><body><outline xmlUrl="http://127.0.0.1/"/></body></opml>',
        "packed": b"",
    }


@dataclass
class Watch:
    """Somebody who uses the service meanwhile; seconds that each answer took, and failures."""

    site: Site
    token: str
    took: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(30)

    def _watch(self, ended: threading.Event) -> None:
        paths = ("/feeds/main.rss", "/api/v1/items?limit=20", "/feeds/main.json", "/api/v1/items")
        while not ended.wait(0.02):
            path = paths[len(self.took) % len(paths)]
            before = time.monotonic()
            try:
                status = self.asked(path)
            except OSError as error:
                status = repr(error)
            if status not in {"200", "201"}:
                self.failures.append(f"{path}: {status}")
            self.took.append(time.monotonic() - before)

    def asked(self, path: str) -> str:
        """The status of an answer: of a new item, or of what there is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        words = {"title": f"Watched {len(self.took)}", "content_text": "Words."}
        new = json.dumps(words) if path == "/api/v1/items" else None
        with contextlib.closing(connection):
            connection.request("POST" if new else "GET", path, new, headers)
            answer = connection.getresponse()
            answer.read()
            return str(answer.status)


class Enemies(Upstream):
    """The hostile server at many addresses."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.hosts = [f"127.78.20.{number}" for number in range(1, count + 1)]

    async def _open(self) -> None:
        self._servers, self.port = await listening(self._talk, self.hosts)


def own_of(process: psutil.Process) -> dict[int, str]:
    """The service's processes but those that parse, by number."""
    found = {process.pid: "scheduler"}
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "parsing" not in " ".join(child.cmdline()):
                found[child.pid] = "worker"
    return found


def status_of(number: int, name: str) -> float:
    """MiB of a field of a process's status."""
    text = Path(f"/proc/{number}/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def rows(site: Site) -> dict[str, SourceRow]:
    service = Service.open(config.load(site.root / "config.toml", {}), declare=False)
    try:
        return {row.spec.url: row for row in service.store.sources()}
    finally:
        service.close()


def shown(site: Site) -> list[str]:
    service = Service.open(config.load(site.root / "config.toml", {}), declare=False)
    try:
        found: list[str] = []
        cursor = None
        while True:
            items, cursor = service.store.items(cursor=cursor, limit=100)
            found += [item.title for item in items]
            if cursor is None:
                return found
    finally:
        service.close()


Answering = Callable[[Poll], Awaitable[Sent]]


def hurting(names: Sequence[str], bodies: Mapping[str, bytes]) -> Answering:
    """Each host has a document of its own; the last is all new at every poll."""

    async def answer(poll: Poll) -> Sent:
        name = names[int(poll.host.rpartition(".")[2]) - 1]
        if name == "new":
            told = (entry(f"{poll.number} {n}", f"New {poll.number} {n}") for n in range(100))
            return Sent(feed("new", *told))
        if name == "packed":
            packed = zlib.compressobj(9, wbits=31)
            body = packed.compress(b"<rss><channel>" + b" " * 64 * MIB) + packed.flush()
            return Sent(body, headers={"Content-Encoding": "gzip"})
        return Sent(bodies[name])

    return answer


async def good(poll: Poll) -> Sent:
    number = int(poll.host.rpartition(".")[2])
    words = "Words that a good source may well have. " * 50
    told = (entry(f"{number}-{n}", f"Good {number}-{n}", words) for n in range(ENTRIES))
    return Sent(feed(f"good-{number}", *told), headers={"ETag": '"good"'})


def site_of(root: Path, urls: Sequence[str], ports: Sequence[int]) -> Site:
    """A site with these sources, none of which is due yet."""
    tables = "".join(f"[[sources]]\nurl = {json.dumps(url)}\n" for url in urls)
    site = Site.of(
        root,
        '[site]\ntitle = "Among"\n[items]\nwatch = false\n'
        f'[limits]\nallow_networks = ["{NETWORK}"]\nallow_ports = {list(ports)}\n'
        f'polls = "off"\nfetch_time = "2s"\n{tables}',
    )
    Service.open(config.load(site.root / "config.toml", {})).close()
    make_due(site, urls, LATER)
    return site


def make_due(site: Site, urls: Sequence[str], at: int = 1) -> None:
    """Let sources be polled at a time, in microseconds since 1970."""
    with contextlib.closing(sqlite3.connect(site.root / "var" / "feedsvc.db")) as conn, conn:
        asked = "UPDATE sources SET next_poll_at = ? WHERE url = ?"
        conn.executemany(asked, [(at, url) for url in urls])


def are_polled(site: Site, urls: Sequence[str]) -> bool:
    found = rows(site)
    return all(found[url].state.last_poll_at for url in urls)


@dataclass
class Memory:
    """The memory of the service's own processes, from now on."""

    before: dict[int, tuple[str, float]] = field(default_factory=dict)
    sums: list[float] = field(default_factory=list)

    def is_steady(self, process: psutil.Process) -> bool:
        """Whether what was started (serve.py) has loaded its code: all are as large as before."""
        self.sums.append(sum(status_of(number, "VmRSS") for number in own_of(process)))
        return len(self.sums) > 40 and max(self.sums[-40:]) - min(self.sums[-40:]) < 1

    def look(self, process: psutil.Process) -> None:
        for number, kind in own_of(process).items():
            Path(f"/proc/{number}/clear_refs").write_text("5", encoding="ascii")  # peaks anew
            self.before[number] = (kind, status_of(number, "VmRSS"))

    def grown(self) -> dict[str, float]:
        """MiB that each has had more at most."""
        return {
            f"{kind} {number}": round(status_of(number, "VmHWM") - was, 1)
            for number, (kind, was) in self.before.items()
        }


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells peaks")
def test_a_service_among_hostile_sources(tmp_path: Path) -> None:
    bodies: dict[str, bytes] = {}
    names = [*documents(1), "new"]
    memory = Memory()
    with (
        Canary() as canary,
        Enemies(len(PATHS) + 4 * len(THERE)) as enemies,
        Publishers(21, len(names), hurting(names, bodies)) as hurt,
        Publishers(22, 2 * GOOD, good) as publishers,
    ):
        bodies |= documents(canary.port)
        there = [place.format(port=canary.port) for place in THERE]
        paths = [*PATHS, *(f"/to/{code}?{url}" for code in (301, 302, 307, 308) for url in there)]
        hostile = [
            f"http://{host}:{enemies.port}{path}"
            for host, path in zip(enemies.hosts, paths, strict=True)
        ]
        hostile += hurt.urls() + [url for url in there if url.startswith("http")]
        first, later = publishers.urls()[:GOOD], publishers.urls()[GOOD:]
        ports = (enemies.port, hurt.port, publishers.port, canary.port)
        site = site_of(tmp_path / "site", [*first, *later, *hostile], ports)
        token = site.run("token", "create", "watch", "--scope", "write").stdout.split()[-1]
        watch = Watch(site, token)
        with site.served() as process:
            make_due(site, first)
            until(lambda: are_polled(site, first), 60)
            for path in ("/feeds/main.rss", "/feeds/main.json", "/api/v1/items") * 8:
                assert watch.asked(path) in {"200", "201"}  # each worker has done all of it once
            service = psutil.Process(process.pid)
            until(lambda: memory.is_steady(service) and watch.asked("/api/v1/items") == "201")
            memory.look(service)
            with watch.watching():
                started = time.monotonic()
                make_due(site, [*hostile, *later])
                until(lambda: are_polled(site, later), 120)
                good_took = time.monotonic() - started
                until(lambda: are_polled(site, hostile), 180)
                took = time.monotonic() - started
            grown = memory.grown()
    p99 = statistics.quantiles(watch.took, n=100)[98]
    sys.stdout.write(
        f"{len(hostile)} hostile sources in {took:.1f} s, the good ones in {good_took:.1f} s; "
        f"{len(watch.took)} requests, p99 {1000 * p99:.0f} ms, of writes the longest "
        f"{1000 * max(watch.took[3::4]):.0f} ms; grown MiB {grown}\n"
    )
    assert canary.hits == []
    assert watch.failures == []
    assert p99 < 5, p99  # on a machine that does nothing else: a quarter of a second
    assert max(grown.values()) < 32, grown
    found, titles = rows(site), shown(site)
    assert {found[url].state.status for url in [*first, *later]} == {"ok"}
    assert sum(title.startswith("Good ") for title in titles) == 2 * GOOD * ENTRIES
    assert [title for title in titles if not SOUND.fullmatch(title)] == []
