"""The page of who polls: sums, plots, one feed, programs that fetch everything each time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html
from web.editing import Editor

from feedsvc.service import Service
from feedsvc.store import PollCount


@pytest.fixture
def editor(fresh: Service) -> Editor:
    return Editor(fresh)


def add(service: Service, feed: str, client: str, *, ago: int = 0, **counts: int) -> None:
    day = service.now().date() - timedelta(days=ago)
    service.store.add_polls([PollCount(day, feed, "rss", client, **counts)], service.now())


def tiles(page: str) -> dict[str, str]:
    root = html.fromstring(page)
    return {
        " ".join(tile.findtext("dt").split()): " ".join(tile.find("dd").text_content().split())
        for tile in root.xpath("//dl[@class='tiles']/div")
    }


def rows(page: str, heading: str) -> list[list[str]]:
    root = html.fromstring(page)
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in root.xpath(f"//section[@aria-labelledby='{heading}']//tbody/tr")
    ]


def test_nobody_has_polled(editor: Editor) -> None:
    page = editor.page("/admin/polls")
    assert "Nobody has polled in these days" in page
    assert "<svg" not in page


def test_sums_plots_feeds_and_programs(editor: Editor) -> None:
    service = editor.service
    add(service, "main", "Feedly", requests=90, not_modified=80, deltas=4, bytes_sent=6_000,
        bytes_saved=18_000, subscribers=40)  # fmt: skip
    add(service, "main", "curl", requests=10, unconditional=10, refused=3, bytes_sent=70_000)
    add(service, "podcast", "Feedly", ago=29, requests=25, not_modified=20)
    add(service, "podcast", "Feedly", ago=30, requests=1_000)
    page = editor.page("/admin/polls")
    assert tiles(page) == {
        "Polls": "125",
        "Told that nothing is new": "80%",
        "Sent": "76 kB",
        "Saved by 304s and deltas": "18 kB 19%",
        "Readers through aggregators": "40",
        "Refused: too often": "3",
    }
    drawings = html.fromstring(page).xpath("//svg[@role='img']")
    assert [drawing.findtext("title") for drawing in drawings] == [
        "What polls were answered",
        "Share told that nothing is new",
        "Bytes sent and saved",
        "Readers through aggregators",
    ]
    assert [row[:2] for row in rows(page, "by-feed")] == [["main", "100"], ["podcast", "25"]]
    assert [row[0] for row in rows(page, "by-program")] == ["Feedly", "curl"]
    assert [row[:3] for row in rows(page, "ignoring")] == [["curl", "main", "10"]]
    assert " style=" not in page


def test_the_numbers_of_a_plot_stand_in_a_table(editor: Editor) -> None:
    add(editor.service, "main", "Feedly", ago=1, requests=7, not_modified=5, refused=1)
    table = html.fromstring(editor.page("/admin/polls?days=7")).xpath("//figure[1]//table")[0]
    cells = [[cell.text_content() for cell in row] for row in table.iter("tr")]
    assert cells[0][0] == "Day (UTC)"
    assert cells[2] == ["21 Nov", "5", "0", "1", "1"]
    assert len(cells) == 8


def test_one_feed_alone(editor: Editor) -> None:
    add(editor.service, "notes", "Feedly", requests=5)
    add(editor.service, "jottings", "Feedly", requests=2)  # a name it had before
    add(editor.service, "main", "curl", requests=50, unconditional=50)
    page = editor.page("/admin/polls?feed=notes&days=7")
    assert tiles(page)["Polls"] == "7"
    assert "Polls of <bdi>notes</bdi>" in page
    assert "curl" not in page
    assert 'href="?days=90&amp;feed=notes"' in page


@pytest.mark.parametrize(
    ("key", "shown"),
    [("tag:long walks", "#long walks"), ("search:", "searches"), ("opml:", "the list of feeds")],
)
def test_other_feeds_have_addresses_too(editor: Editor, key: str, shown: str) -> None:
    add(editor.service, key, "Feedly", requests=5)
    (link,) = html.fromstring(editor.page("/admin/polls")).xpath(
        "//section[@aria-labelledby='by-feed']//a"
    )
    assert link.text_content() == shown
    assert f"Polls of <bdi>{shown}</bdi>" in editor.page(f"/admin/polls{link.get('href')}")


@pytest.mark.parametrize("asked", ["?feed=nowhere", "?feed=search:", "?feed=%00"])
def test_a_feed_that_nobody_asked_for(editor: Editor, asked: str) -> None:
    add(editor.service, "main", "Feedly", requests=5)
    answer = editor.client.get(f"/admin/polls{asked}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "obody has asked for a feed of that name" in answer.text


def test_a_feed_that_nobody_has_polled_yet(editor: Editor) -> None:
    add(editor.service, "main", "Feedly", requests=5)
    page = editor.page("/admin/polls?feed=empty")
    assert "Polls of <bdi>empty</bdi>" in page
    assert "Nobody has polled it in these days" in page


@pytest.mark.parametrize("days", ["", "0", "8", "-1", "x", "9" * 400])
def test_days_that_are_not_offered_are_the_usual_ones(editor: Editor, days: str) -> None:
    assert "2026-10-24 to 2026-11-22" in editor.page(f"/admin/polls?days={days}")


def test_names_from_outside_stay_text(editor: Editor) -> None:
    name = "<script>alert(1)</script>"
    add(editor.service, f"tag:{name}", name, requests=50, unconditional=50)
    page = editor.page("/admin/polls")
    assert name not in page
    assert "&lt;script&gt;" in page
