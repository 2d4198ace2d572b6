"""Serving for real: two workers, a scheduler, feeds read back with feedparser."""

from __future__ import annotations

import io
import signal
import socket
import time
from datetime import UTC, datetime, timedelta

import feedparser
import psutil
import pytest
from journeys.conftest import Site, until

SEED = """Rebels accuse the army

Bamako – First paragraph.

Second paragraph.
"""


def titles(site: Site, path: str = "/feeds/main.rss") -> list[str]:
    return [entry.title for entry in feedparser.parse(io.BytesIO(site.get(path))).entries]


def test_from_files_to_every_feed_and_back(site: Site) -> None:
    site.write("seed.txt", SEED)
    site.write("dated.md", "---\ntitle: Dated\ndate: 2026-01-02T03:04:05Z\n---\n*Hello*")
    with site.served() as process:
        for extension in ("rss", "atom"):
            feed = feedparser.parse(io.BytesIO(site.get(f"/feeds/main.{extension}")))
            assert not feed.bozo
            assert [entry.title for entry in feed.entries] == ["Rebels accuse the army", "Dated"]
            assert feed.entries[1].published_parsed[:6] == (2026, 1, 2, 3, 4, 5)
            assert feed.entries[1].link == f"{site.url}/items/dated"
        assert site.status("/items/dated") == 200
        # Two workers and no more than one scheduler: it lives in the first process.
        workers = [
            child
            for child in psutil.Process(process.pid).children()
            if "spawn_main" in " ".join(child.cmdline())
        ]
        assert len(workers) == 2


def test_edits_show_within_two_seconds_and_withdrawals_too(site: Site) -> None:
    path = site.write("a.md", "# First\n\nWords.")
    with site.served():
        assert titles(site) == ["First"]
        path.write_text("# Second\n\nWords.", encoding="utf-8")
        until(lambda: titles(site) == ["Second"], 2)
        site.write("sub/b.md", "# Third\n\nWords.")
        until(lambda: sorted(titles(site)) == ["Second", "Third"], 2)
        path.unlink()
        until(lambda: titles(site) == ["Third"], 2)
        assert b"deleted-entry" in site.get("/feeds/main.atom")
        assert site.status("/items/a") == 410


def test_a_scheduled_item_goes_out_within_a_second(site: Site) -> None:
    with site.served():
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
        site.write("soon.md", f"---\ntitle: Soon\ndate: {due.isoformat()}\n---\nNow.")
        assert titles(site) == []
        until(lambda: titles(site) == ["Soon"], 6)
        late = (datetime.now(UTC) - due).total_seconds()
        assert 0 <= late < 1.5  # a second, and the reader's own look


def test_a_restart_changes_no_byte(site: Site) -> None:
    site.write("a.md", "# Title\n\nWords.")
    paths = [f"/feeds/main.{extension}" for extension in ("rss", "atom", "json")]
    with site.served():
        before = [site.get(path) for path in paths]
    time.sleep(1.1)  # into another second
    with site.served():
        assert [site.get(path) for path in paths] == before


def test_sigterm_ends_it_with_status_0_and_answers_nobody_after(site: Site) -> None:
    with site.served() as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert site.get("/healthz") == b""


def test_kill_9_leaves_nobody_at_the_port_and_nothing_is_lost(site: Site) -> None:
    site.write("a.md", "# Title\n\nWords.")
    with site.served() as process:
        process.kill()
        process.wait(10)
        until(lambda: not site.get("/healthz"), 10)
    with site.served():
        assert titles(site) == ["Title"]


def test_workers_alone_leave_the_items_to_the_node_that_schedules(site: Site) -> None:
    path = site.write("a.md", "# Title\n\nWords.")
    site.run("sync")
    path.unlink()
    with site.served("--no-scheduler"):
        assert titles(site) == ["Title"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_it_listens_where_it_is_told(site: Site, host: str) -> None:
    with site.served("--host", host):
        assert site.status("/") == 200


def test_it_prints_the_addresses(site: Site) -> None:
    site.write("a.md", "# Title\n\nWords.")
    with site.served() as process:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=40)
    assert f"serves 1 item at {site.url}/" in out
    assert "Before others subscribe" in out
    for extension in ("rss", "atom", "json"):
        assert f"{site.url}/feeds/main.{extension}" in out


def test_a_taken_port_is_one_clear_message(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()
        done = site.run("serve")
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1, port {site.port}: address already in use" in done.stderr
    assert f"--port {site.port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_prints_notes_at_the_start(site: Site) -> None:
    site.write("a.md", "# Title\n\n![A cat](cat.png)")
    with site.served() as process:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=40)
    assert err.count("note: a.md: cat.png is not there") == 1


def test_a_bad_file_is_named_and_hides_no_other(site: Site) -> None:
    site.write("bad.md", "---\ndate: 2024-13-45\n---\nx")
    site.write("good.md", "# Good\n\nWords.")
    with site.served():
        assert titles(site) == ["Good"]
        until(lambda: b"bad.md" in site.get("/readyz"))
        site.write("bad.md", "# Healed\n\nx")
        until(lambda: sorted(titles(site)) == ["Good", "Healed"], 2)
        until(lambda: b"bad.md" not in site.get("/readyz"))
