"""Foreign documents read in children: what they may cost, and that nothing gets out.

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
from pathlib import Path
from typing import Any

import psutil
import pytest
from hostile.feeds import GOOD, URL, document, entry
from samples import FULL, feed_in

from feedsvc.errors import NotAFeed
from feedsvc.formats import exact
from feedsvc.intake import parsing_child, parsing_process, parsing_reading
from feedsvc.intake.parsing import ParserKilled, Parsers
from feedsvc.intake.parsing_process import ChildProcess
from feedsvc.intake.parsing_reading import Asked
from feedsvc.intake.parsing_values import ReadEntry, ReadFeed, dumps, loads
from feedsvc.model import Item


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    parsers = Parsers()
    yield parsers
    parsers.close()


def is_read(parsers: Parsers) -> bool:
    return [one.raw for one in parsers.read_now(GOOD, None, URL).entries] == ["1"]


def test_what_is_read_in_the_child_is_what_is_read_here(parsers: Parsers) -> None:
    here = parsing_reading.read(GOOD, Asked(URL))
    assert parsers.read_now(GOOD, None, URL) == here
    assert asyncio.run(parsers.read(GOOD, None, URL)) == here


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


#: Small to send, much to keep.
MANY = b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"[]," * 3_000_000 + b"[]]}"
#: Much to read, nothing to be refused.
LONG = document("".join(entry(f"<description>{n}</description>", f"{n}") for n in range(60_000)))


@pytest.mark.parametrize(
    ("limits", "body", "limit"),
    [
        ({"cpu": 1}, LONG, "cpu"),
        ({"wall": 0.2}, LONG, "wall"),
        ({"memory": 192 * 1024 * 1024}, MANY, "memory"),
    ],
)
def test_what_takes_too_much_is_killed_and_the_next_is_read(
    limits: Any, body: bytes, limit: str
) -> None:
    parsers = Parsers(**limits)
    try:
        with pytest.raises(ParserKilled, match="took more than (1 s|0.2 s|192 MiB)") as killed:
            parsers.read_now(body, None, URL)
        assert killed.value.limit == limit
        assert is_read(parsers)
    finally:
        parsers.close()


def test_the_memory_of_a_child_stays_flat(parsers: Parsers) -> None:
    body = document("".join(entry(f"<description>{n}</description>", f"{n}") for n in range(50)))
    asked = Asked(URL)
    child = ChildProcess(20)
    try:
        for _ in range(20):
            child.ask(body, asked)
        before = psutil.Process(child.pid).memory_info().rss
        for _ in range(60):
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
    assert loads(dumps(read)) == loads(dumps(read, {"d": exact.dumps(FULL)})) == read
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
