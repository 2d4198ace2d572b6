"""Foreign documents read in children: what comes out, what it may cost, and that nothing gets out.

Each hostile document is answered or given up within its limits, and the next one is read as if
nothing had been.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta
from html import escape
from pathlib import Path

import psutil
import pytest
from samples import FULL, feed_in

from feedsvc.errors import NotAFeed
from feedsvc.formats import atom, clean, jsonfeed, rss
from feedsvc.intake import parsing_child, parsing_process, parsing_reading
from feedsvc.intake.parsing import ParserKilled, Parsers, scope_of
from feedsvc.intake.parsing_process import ChildProcess
from feedsvc.intake.parsing_reading import Asked
from feedsvc.intake.parsing_values import ReadEntry, ReadFeed, dumps, loads
from feedsvc.model import Item, Status

URL = "https://www.example.org/feed"


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    parsers = Parsers()
    yield parsers
    parsers.close()


def document(inner: str) -> bytes:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>T</title><link>https://e.org/</link>{inner}</channel></rss>"
    ).encode()


def entry(inner: str, guid: str = "1") -> str:
    return f'<item><guid isPermaLink="false">{guid}</guid><title>t</title>{inner}</item>'


GOOD = document(entry("<link>https://e.org/a/</link><description>Words</description>"))


def is_read(parsers: Parsers) -> bool:
    return [one.raw for one in parsers.read_now(GOOD, None, URL).entries] == ["1"]


# What comes out


@pytest.mark.parametrize("format_", [atom, rss, jsonfeed])
def test_a_feed_of_ours_comes_out_clean_and_whole(parsers: Parsers, format_) -> None:
    name = format_.__name__.rpartition(".")[2].removesuffix("feed")
    items = [replace(FULL, guid=f"urn:x:{n}", url=f"https://e.org/{n}") for n in range(3)]
    read = parsers.read_now(format_.render(feed_in(name), items), None, URL)
    assert (read.kind, read.feed.title, read.left_out) == ("feed", "Example & Sons", 0)
    assert [one.raw for one in read.entries] == ["urn:x:0", "urn:x:1", "urn:x:2"]
    for one in read.entries:
        assert one.item is not None
        again, notes = clean.item(one.item, base=URL)
        assert (again, notes, one.notes) == (one.item, (), ())
        assert one.item.authors == FULL.authors or format_ is rss


def test_what_is_read_in_the_child_is_what_is_read_here(parsers: Parsers) -> None:
    here = parsing_reading.read(GOOD, Asked(URL))
    assert parsers.read_now(GOOD, None, URL) == here
    assert asyncio.run(parsers.read(GOOD, None, URL)) == here


def test_an_entry_is_completed_cleaned_and_has_a_guid_of_its_feed() -> None:
    body = document(
        "<language>de</language>"
        + entry(
            "<link>https://e.org/a/</link><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>"
            "<content:encoded><![CDATA[<p onclick='x()'>One <a href='../b'>b</a>"
            "<script>x()</script></p>]]></content:encoded>"
        )
    )
    (one,) = parsing_reading.read(body, Asked(URL)).entries
    assert one.item is not None
    assert (one.raw, one.item.language) == ("1", "de")
    assert one.item.guid == clean.guid("1", scope="example.org/feed")
    assert 'href="https://e.org/b"' in one.item.content_html
    assert "onclick" not in one.item.content_html
    assert one.notes == ("content: dropped what a feed can't carry safely: <script>",)


def test_the_scope_of_a_feed_outlives_its_move_to_https() -> None:
    assert scope_of("http://example.org/feed") == scope_of("https://www.example.org/feed")
    moved = parsing_reading.read(GOOD, Asked("https://e.org/new", scope=scope_of(URL)))
    assert moved.entries[0].item == parsing_reading.read(GOOD, Asked(URL)).entries[0].item


def test_one_bad_entry_is_refused_alone_with_a_reason() -> None:
    bad = entry(f"<content:encoded>{escape('<div>' * 80_000)}</content:encoded>", "bad")
    read = parsing_reading.read(document(entry("", "a") + bad + entry("", "c")), Asked(URL))
    assert [(one.raw, one.item is not None) for one in read.entries] == [
        ("a", True),
        ("bad", False),
        ("c", True),
    ]
    assert "at most 262,144 (256 KiB)" in read.entries[1].refused
    assert len(read.entries[1].digest) == 64


def test_an_unchanged_entry_has_the_same_digest_and_a_changed_one_another() -> None:
    def digest(body: bytes) -> str:
        return parsing_reading.read(body, Asked(URL)).entries[0].digest

    assert digest(GOOD) == digest(GOOD.replace(b"<title>T</title>", b"<title>Other</title>"))
    assert digest(GOOD) != digest(GOOD.replace(b"Words", b"Other words"))


def dated(number: int) -> str:
    day = FULL.published + timedelta(days=number)
    return entry(f"<pubDate>{day:%a, %d %b %Y %H:%M:%S} GMT</pubDate>", f"{number}")


def test_of_more_entries_than_wanted_the_newest_are_kept_in_the_feeds_order() -> None:
    body = document("".join(map(dated, (3, 1, 5, 2, 4))))
    read = parsing_reading.read(body, Asked(URL, most=3))
    assert [one.raw for one in read.entries] == ["3", "5", "4"]
    assert read.left_out == 2


def test_an_entry_without_a_date_may_be_new_and_is_kept() -> None:
    read = parsing_reading.read(document(dated(1) + entry("", "x") + dated(2)), Asked(URL, most=2))
    assert [one.raw for one in read.entries] == ["x", "2"]


def test_entries_beyond_the_size_of_an_answer_are_left_out_and_counted() -> None:
    text = f"<description>{'word ' * 1000}</description>"
    body = document("".join(entry(text, f"{n}") for n in range(50)))
    read = parsing_reading.read(body, Asked(URL, size=60_000))
    assert 5 <= len(read.entries) <= 12
    assert read.left_out == 50 - len(read.entries)
    assert len(dumps(read)) < 65_000


def test_a_guid_of_ten_kilobytes_is_shortened_to_one_that_no_other_has() -> None:
    long = "x" * 10_000
    body = document(entry("", f"{long}a") + entry("", f"{long}b"))
    one, two = parsing_reading.read(body, Asked(URL)).entries
    assert len(one.raw) <= 1024
    assert one.raw != two.raw


def test_a_list_and_a_page_are_told_from_feeds(parsers: Parsers) -> None:
    listed = parsers.read_now(
        b'<opml version="1.0"><head><title>My feeds</title></head><body><outline text="News">'
        b'<outline text="A" xmlUrl="https://a.example/feed"/></outline></body></opml>',
        "text/x-opml",
        URL,
    )
    assert (listed.kind, listed.feed.title) == ("opml", "My feeds")
    assert [(one.url, one.path) for one in listed.outlines] == [
        ("https://a.example/feed", ("News",))
    ]
    page = parsers.read_now(
        b"<!DOCTYPE html><title>P</title>"
        b"<link rel=alternate type=application/rss+xml href=/rss title=News>",
        "text/html",
        "https://e.org/",
    )
    assert page.kind == "page"
    assert [(one.url, one.title) for one in page.found] == [("https://e.org/rss", "News")]


def test_an_export_of_wordpress_comes_with_the_status_of_its_posts(parsers: Parsers) -> None:
    posts = "".join(
        f"<item><title>{status}</title><guid isPermaLink='false'>{status}</guid>"
        f"<wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status></item>"
        for status, kind in (("publish", "post"), ("draft", "post"), ("private", "page"))
    )
    body = (
        '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
        f"<title>Blog</title><link>https://blog.example</link>{posts}</channel></rss>"
    ).encode()
    read = parsers.read_now(body, None, URL)
    assert (read.kind, read.faults) == ("wxr", ("1 of type page left out.",))
    stand = [one.item and (one.item.title, one.item.status) for one in read.entries]
    assert stand == [("publish", Status.PUBLISHED), ("draft", Status.DRAFT)]
    both = asyncio.run(parsers.read(body, None, URL, kinds=("post", "page")))
    assert len(both.entries) == 3


@pytest.mark.parametrize("body", [b"", b"words", b'{"a": 1}', b"<svg/>", b"\x89PNG\r\n\x1a\n\0\0"])
def test_what_is_no_feed_is_refused_and_the_child_goes_on(parsers: Parsers, body: bytes) -> None:
    with pytest.raises(NotAFeed):
        parsers.read_now(body, None, URL)
    assert is_read(parsers)


# What it may cost

BILLION = (
    '<!DOCTYPE r [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
).encode()

HOSTILE = {
    "billion laughs": BILLION + document(entry("<description>&a9;</description>")),
    "a file as an entity": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + document(entry("<description>&x;</description>")),
    "an author of 1 MB": document(entry(f"<author>{'a.' * 500_000}</author>")),
    "an editor of 32 KB": document(f"<managingEditor>{'a.' * 16_000}</managingEditor>" + entry("")),
    "tags 20,000 deep": document(entry(f"<description>{'<b>' * 20_000}</description>")),
    "HTML 20,000 deep": document(entry(f"<description>{'&lt;b>' * 20_000}</description>")),
    "80,000 <div>": document(entry(f"<content:encoded>{'&lt;div>' * 80_000}</content:encoded>")),
    "400,000 & that are no XML": document(entry(f"<description>{'&' * 400_000}</description>")),
    "3 MB of &": document(
        entry(f"<content:encoded><![CDATA[{'&' * 3_000_000}]]></content:encoded>")
    ),
    "an item of 11 MB": document(
        entry(f"<content:encoded>{'word ' * 2_200_000}</content:encoded>")
    ),
    "500 categories": document(entry("".join(f"<category>c{n}</category>" for n in range(500)))),
    "JSON 100,000 deep": b'{"version": "https://jsonfeed.org/version/1.1", "items": '
    + b"[" * 100_000,
    "20,000 items": document("".join(entry("", f"{n}") for n in range(20_000))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_costs_little_and_the_next_is_read(name: str, parsers: Parsers) -> None:
    me = psutil.Process()
    body = HOSTILE[name]
    is_read(parsers)
    before = me.memory_info().rss
    try:
        read = parsers.read_now(body, None, URL, most=200)
    except (NotAFeed, ParserKilled):
        pass
    else:
        assert len(read.entries) <= 200
        for one in read.entries:
            assert one.item is None or len(one.item.content_html) <= 256 * 1024
            assert "root:" not in repr(one)
    assert me.memory_info().rss - before < 32 * 1024 * 1024
    assert is_read(parsers)


#: Much to read, nothing to be refused.
LONG = document("".join(entry(f"<description>{n}</description>", f"{n}") for n in range(60_000)))


@pytest.mark.parametrize(
    ("limits", "limit"),
    [({"cpu": 1}, "cpu"), ({"wall": 0.2}, "wall")],
)
def test_what_takes_too_long_is_killed_and_the_next_is_read(limits, limit: str) -> None:
    parsers = Parsers(**limits)
    try:
        with pytest.raises(ParserKilled, match="took more than (1|0.2) seconds") as killed:
            parsers.read_now(LONG, None, URL)
        assert killed.value.limit == limit
        assert is_read(parsers)
    finally:
        parsers.close()


def test_what_takes_too_much_memory_is_given_up_and_the_next_is_read(parsers: Parsers) -> None:
    body = b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"[]," * 9_000_000
    with pytest.raises(ParserKilled, match="512 MiB of memory") as killed:
        parsers.read_now(body + b"[]]}", None, URL)
    assert killed.value.limit == "memory"
    assert is_read(parsers)


def test_the_memory_of_a_child_stays_flat(parsers: Parsers) -> None:
    body = document("".join(entry(f"<description>{n}</description>", f"{n}") for n in range(50)))
    asked = Asked(URL)
    child = ChildProcess(20)
    try:
        for _ in range(20):
            child.ask(body, asked)
        before = psutil.Process(child.pid).memory_info().rss
        for _ in range(100):
            child.ask(body, asked)
        assert psutil.Process(child.pid).memory_info().rss - before < 2 * 1024 * 1024
    finally:
        child.kill()


# Children come and go


def test_children_are_kept_and_restarted_after_so_many_documents(monkeypatch) -> None:
    monkeypatch.setattr(parsing_process, "_DOCUMENTS_MAX", 3)
    parsers = Parsers()
    pids = []
    others = set(children())
    try:
        for _ in range(6):
            parsers.read_now(GOOD, None, URL)
            pids.append({child.pid for child in children() if child not in others})
    finally:
        parsers.close()
    assert pids[0] == pids[1] != pids[2]  # the next one is there as soon as one is worn out
    assert pids[2] == pids[3] == pids[4]
    assert all(len(one) == 1 for one in pids)
    assert set(children()) == others


def children() -> list[psutil.Process]:
    everybody = psutil.Process().children()
    return [one for one in everybody if parsing_child.__name__ in one.cmdline()]


def test_a_child_that_died_in_between_is_replaced_unseen() -> None:
    parsers = Parsers()
    try:
        assert is_read(parsers)
        for child in children():
            child.kill()
            psutil.wait_procs([child], timeout=5)
        assert is_read(parsers)
    finally:
        parsers.close()


def test_several_children_read_at_the_same_time() -> None:
    parsers = Parsers(2)
    others = len(children())
    try:
        with ThreadPoolExecutor(8) as threads:
            read = list(threads.map(lambda _: is_read(parsers), range(40)))
        assert read == [True] * 40
        assert len(children()) - others <= 2
    finally:
        parsers.close()


def test_who_waits_when_it_is_closed_hears_of_it() -> None:
    parsers = Parsers()
    others = set(children())
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(parsers.read_now, LONG, None, URL)
        while set(children()) == others and not waiting.done():
            pass
        parsers.close()
        with pytest.raises(ParserKilled):
            waiting.result(10)
    assert set(children()) == others
    with pytest.raises(ParserKilled, match="about to end"):
        is_read(parsers)


def test_children_end_with_a_parent_that_was_killed() -> None:
    program = (
        "import sys\n"
        "from feedsvc.intake.parsing_process import ChildProcess\n"
        "from feedsvc.intake.parsing_reading import Asked\n"
        "child = ChildProcess(20)\n"
        f"child.ask({GOOD!r}, Asked({URL!r}))\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        child.wait(timeout=10)
    assert not child.is_running()


# What a child says is looked at


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("ANSWER.pack(1 << 30, 1)", "gave 1,073,741,824 bytes"),
        ("ANSWER.pack(2, 1) + b'{}'", "kind: "),
        ("ANSWER.pack(9, 1) + b'[' * 9", "Invalid JSON"),
        ("ANSWER.pack(9, 1) + b'{'", "ended with "),
        ("ANSWER.pack(9, 7) + b'{' * 9", "Invalid JSON"),
        ("b''", "ended with 7: its last words"),
    ],
)
def test_a_child_that_was_taken_over_can_hand_over_nothing_else(says: str, reason: str) -> None:
    program = (
        "import sys, struct; ANSWER = struct.Struct('>IB')\n"
        "sys.stdout.buffer.write(ANSWER.pack(0, 0)); sys.stdout.flush(); sys.stdin.buffer.read(8)\n"
        f"sys.stdout.buffer.write({says}); sys.stdout.flush()\n"
        "print('its last words', file=sys.stderr, flush=True); sys.exit(7)"
    )
    child = ChildProcess(20, command=(sys.executable, "-c", program))
    with pytest.raises(ParserKilled, match=re.escape(reason)) as killed:
        child.ask(GOOD, Asked(URL))
    assert killed.value.limit == "crash"
    assert not child.is_fit


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "feed", "entries": [{"raw": 1, "item": null}]}',
        '{"kind": "virus"}',
        '{"kind": "feed", "entries": [{"raw": "1", "item": {"revision": "9"}}]}',
        '{"kind": "feed", "more": 1}',
    ],
)
def test_an_answer_with_a_field_of_another_kind_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=": "):
        loads(text.encode())


def test_an_answer_comes_back_as_it_was() -> None:
    read = ReadFeed("feed", feed_in("atom"), (ReadEntry("1", FULL, notes=("n",), digest="d"),), 3)
    assert loads(dumps(read)) == read
    assert loads(dumps(replace(read, entries=(ReadEntry("", Item()),)))).entries[0].item == Item()


# It has no business elsewhere


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace, which is not installed")
def test_the_child_opens_nothing_but_its_own_code_and_connects_to_nobody(tmp_path: Path) -> None:
    local = f"file://{tmp_path}/secret"
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    documents = [
        GOOD,
        f'<!DOCTYPE rss SYSTEM "{local}.dtd" [<!ENTITY % p SYSTEM "{local}"> %p;'
        f'<!ENTITY x SYSTEM "{local}">]>'.encode()
        + document(entry("<description>&x;</description><xi:include href='/etc/passwd'/>")),
        b'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">' + GOOD,
        b"/etc/passwd",
        f'<!DOCTYPE opml SYSTEM "{local}"><opml><body/></opml>'.encode(),
        f"<!DOCTYPE html SYSTEM '{local}'><html><base href='{local}'><link href=x>".encode(),
        b'<?xml version="1.0" encoding="koi8-r"?>' + GOOD,
    ]
    log = tmp_path / "log"
    question = json.dumps(asdict(Asked(URL))).encode()
    frames = b"".join(
        parsing_child.QUESTION.pack(len(question), len(body)) + question + body
        for body in documents
    )
    done = subprocess.run(
        [*("strace", "-f", "-qq", "-o", log, "-e", TRACED), *parsing_process.COMMAND],
        input=frames,
        capture_output=True,
        check=False,
        env=parsing_process.ENVIRONMENT,
        timeout=60,
    )
    if b"not permitted" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b'"kind":') >= 4
    calls = log.read_text(encoding="utf-8", errors="replace").splitlines()
    limited = next(n for n, call in enumerate(calls) if "RLIMIT_FSIZE" in call)
    assert not [call for call in calls if ELSEWHERE.match(call)]
    opened = [found[1] for call in calls[limited:] if (found := OPENED.search(call))]
    assert opened
    assert [path for path in opened if not is_code(path)] == []
    written = [call for call in calls if re.search(r"O_(WRONLY|RDWR|CREAT)", call)]
    assert written == []


TRACED = "trace=%file,%network,%process,prlimit64"
ELSEWHERE = re.compile(r"\d+ +(?:connect|socket|send|bind|fork|vfork|clone)")
OPENED = re.compile(r'\bopen(?:at)?\([^"]*"([^"]*)"')


#: Where Python's code lies, and ours.
CODE = tuple(map(str, (sys.prefix, sys.base_prefix, parsing_process.ENVIRONMENT["PYTHONPATH"])))


def is_code(path: str) -> bool:
    """Whether the path is of Python's own code, or ours, or a folder that holds some."""
    is_library = path.endswith((".py", ".pyc", ".so")) or ".so." in path
    return is_library or (path.startswith(CODE) and Path(path).is_dir())
