"""The editor's pages of feeds, subscribers, polls and media in a real browser.

Phone and desktop, light and dark, with and without script. With ``SCREENSHOTS=folder`` in the
environment each page is saved there as it was looked at.
"""

from __future__ import annotations

import itertools
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from web.editing import NAME, PASSWORD, made_account
from web.harbour import PICTURE, SOUND, Clock, filled
from web.sourced import bring, changes, crediting, entry, made, told, waits, write
from web.test_browser import AUDIT, SCHEMES, SIZES, browser, tab  # noqa: F401 - a fixture
from werkzeug.serving import make_server

from feedsvc.config import FeedSection
from feedsvc.model import Category, Status
from feedsvc.service import Service
from feedsvc.store import KeepRecord, PollCount, SourceState
from feedsvc.web.app import create_app

PAGES = {
    "polls": "/admin/polls",
    "polls-weeks": "/admin/polls?days=400&feed=main",
    "polls-none": "/admin/polls?feed=empty",
    "media": "/admin/media",
    "media-none": "/admin/media?q=xyzzy",
    "subscribers": "/admin/subscribers",
    "feeds": "/admin/feeds",
    "feed-new": "/admin/new-feed",
    "feed-made": "/admin/feeds/members",
    "feed-declared": "/admin/feeds/notes",
    "sources": "/admin/sources",
    "source-new": "/admin/new-source",
    "waiting": "/admin/waiting",
}


def _later(*_: object) -> list[bytes]:
    raise AssertionError("asked before the application was there")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A served site with an account, a private feed, files and polls."""
    clock = Clock()
    with make_server("127.0.0.1", 0, _later, threaded=True) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        service = filled(tmp_path_factory.mktemp("desk"), url, clock)
        made_account(service)
        service.make_feed(FeedSection(name="members", private=True), origin=f"editor:{NAME}")
        service.access.revoke(service.access.mint("Bob", "read:members")[0].id)
        service.access.mint("Ann", "read:members", created_by=NAME)
        service.access.mint("A script", "write", created_by=NAME)
        service.store.add_polls(list(_polls(clock)), clock())
        _add_sources(service, clock)
        server.app = create_app(service)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
            service.close()


def _add_sources(service: Service, clock: Clock) -> None:
    """One whose entries wait, one that credits another, one that fails at a long address."""
    paper = made(service, name="The Paper", trust="review")
    waits(service, paper, "first", out_at=clock() + timedelta(hours=5))
    waits(service, paper, "second", why="it has the words of another one, which is gone")
    changes(service, paper, "third")
    news, other = (made(service, f"https://{name}.example/feed") for name in ("news2", "other"))
    crediting(service, news, other, "fourth")
    long = "x" * 120
    broken = made(service, f"https://broken.example/{long}")
    error = f"https://broken.example/{long} can't be fetched: it does not answer"
    refused = told(service, f"a guid {long}", "refused", why="it has neither title nor text")
    write(service, broken, records=(KeepRecord(refused),))
    service.store.set_source(broken.id, SourceState("failing", last_error=error, failures=4))


def _polls(clock: Clock) -> Iterator[PollCount]:
    for ago, (feed, client) in itertools.product(
        range(0, 120, 3), (("main", "Feedly"), ("notes", "curl"), ("tag:sea", "NetNewsWire"))
    ):
        blind = 40 if client == "curl" else 0
        yield PollCount((clock() - timedelta(days=ago)).date(), feed, "rss", client, 40, blind,
                        40 - blind, 0, 0, 9_000 * blind, 9_000 * (40 - blind), 7)  # fmt: skip


@contextmanager
def signed_in(browser: Browser, service: Service, **options: Any) -> Iterator[Page]:  # noqa: F811
    with tab(browser, **options) as page:
        page.goto(f"{service.settings.site.url}/admin/sign-in")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/admin/")
        yield page


def test_each_page_is_sound(browser: Browser, service: Service, tmp_path: Path) -> None:  # noqa: F811
    site = service.settings.site.url
    for name, data in (("low water.png", PICTURE), ("salt.wav", SOUND)):
        (tmp_path / name).write_bytes(data)
    with signed_in(browser, service) as page:
        page.goto(f"{site}/admin/media")
        files = [tmp_path / "low water.png", tmp_path / "salt.wav"]
        page.locator("#file").set_input_files(files)
        page.get_by_role("button", name="Upload", exact=True).click()
        page.get_by_text("salt.wav is uploaded.").wait_for()
        rows = service.sources.all()
        its = {f"source-{n}": f"/admin/sources/{row.id}" for n, row in enumerate(rows[:4])}
        credited = service.store.item(guid="urn:x:fourth")
        assert credited
        its["source-item"] = f"/admin/items/{credited.slug}"
        for name, path in (PAGES | its).items():
            page.goto(site + path)
            for (size, (width, height)), scheme in itertools.product(SIZES.items(), SCHEMES):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                if folder := os.environ.get("SCREENSHOTS"):
                    shot = Path(folder) / f"{name}-{size}-{scheme}.png"
                    page.screenshot(path=shot, full_page=True)
                assert page.evaluate(AUDIT) == [], (name, size, scheme)
            for details in page.locator("details").all():
                details.evaluate("element => { element.open = true }")
            assert page.evaluate(AUDIT) == [], f"{name}, all opened"


@pytest.mark.parametrize("script", [True, False])
def test_a_feed_is_made_with_its_rules_looked_at_first(
    browser: Browser,  # noqa: F811
    service: Service,
    script: bool,
) -> None:
    site, name = service.settings.site.url, f"walks-{script}".lower()
    with signed_in(browser, service, java_script_enabled=script) as page:
        page.goto(f"{site}/admin/feeds")
        page.get_by_role("link", name="New feed").click()
        page.wait_for_url("**/new-feed")  # the script looks at what is typed from then on
        page.get_by_label("Name in the address").fill(name)
        page.get_by_label("Topics").nth(1).fill("notes, sea")
        if not script:
            page.get_by_role("button", name="Look").click()
        page.get_by_text("26 published articles").wait_for()
        page.get_by_label("Topics").nth(2).fill("notes")
        if not script:
            page.get_by_role("button", name="Look").click()
        page.get_by_text("2 published articles").wait_for()
        page.get_by_role("button", name="Make the feed").click()
        page.get_by_text(f"The feed {name} is made.").wait_for()
        with urllib.request.urlopen(f"{site}/feeds/{name}.rss") as answer:
            assert answer.read().count(b"<item>") == 2


def test_a_subscriber_gets_an_address_and_loses_it_by_keyboard(
    browser: Browser,  # noqa: F811
    service: Service,
) -> None:
    site = service.settings.site.url
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    with signed_in(browser, service, **options) as page:
        page.goto(f"{site}/admin/subscribers")
        page.get_by_label("Name").first.fill("Clara")
        page.keyboard.press("Enter")
        page.get_by_text("The address for Clara").wait_for()
        page.get_by_role("button", name="Copy the RSS address").press("Enter")
        page.get_by_role("status").get_by_text("Address copied").wait_for(state="attached")
        address = page.evaluate("navigator.clipboard.readText()")
        with urllib.request.urlopen(address) as answer:
            assert answer.headers["Cache-Control"] == "private, no-store"
        row = page.get_by_role("row").filter(has_text="Clara")
        row.locator("summary", has_text="Revoke").press("Enter")
        row.locator("button", has_text="Revoke").press("Enter")
        page.get_by_text("Revoked: Clara.").wait_for()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address)
        assert refused.value.code == 401
        refused.value.close()


@pytest.mark.parametrize("script", [True, False])
def test_what_waits_is_settled_by_keyboard(
    browser: Browser,  # noqa: F811
    service: Service,
    script: bool,
) -> None:
    site = service.settings.site.url
    (paper,) = (row for row in service.sources.all() if row.spec.name == "The Paper")
    names = [f"{name}-{script}".lower() for name in ("good", "bad")]
    for name in names:
        waits(service, paper, name)
    with signed_in(browser, service, java_script_enabled=script) as page:
        page.get_by_role("navigation", name="Editor").get_by_role("link", name="Waiting").click()
        for name, button in zip(names, ("Publish ticked", "Drop ticked"), strict=True):
            tick = page.get_by_label(f"Tick: Title of {name}")
            tick.press("Space")
            page.get_by_role("button", name=button).press("Enter")
            expect(tick).to_have_count(0)  # what is said stands there since the first already
            page.get_by_text("1 entry is ").wait_for()
        good, bad = (service.store.item(guid=f"urn:x:{name}") for name in names)
        assert good
        assert (good.status, bad) == (Status.PUBLISHED, None)
        with urllib.request.urlopen(f"{site}/items/{good.slug}") as answer:
            assert "Words of good" in answer.read().decode()


@pytest.mark.parametrize("script", [True, False])
def test_a_source_is_added_and_its_rules_are_looked_at(
    browser: Browser,  # noqa: F811
    service: Service,
    script: bool,
) -> None:
    site = service.settings.site.url
    with signed_in(browser, service, java_script_enabled=script) as page:
        page.goto(f"{site}/admin/sources")
        page.get_by_role("link", name="New source").click()
        page.get_by_label("Address of the feed").fill(f"https://{script}.example/feed")
        page.get_by_label("Address of the feed").press("Enter")
        page.get_by_text("is made. It is polled now").wait_for()
        page.wait_for_load_state()  # the script looks at what is typed from then on
        (row,) = (one for one in service.sources.all() if str(script) in one.spec.url)
        bring(service, row, entry(row, f"wet-{script}", categories=(Category("sea"),)))
        page.get_by_label("Topics").first.fill("sea")
        if not script:
            page.get_by_role("button", name="Look").click()
        page.get_by_text(f"Title of wet-{script}").first.wait_for()
        page.get_by_role("button", name="Save", exact=True).last.click()
        page.get_by_text("is changed.").wait_for()
        page.get_by_role("button", name="Pause").press("Enter")
        page.get_by_text("is paused: nothing is asked").wait_for()
        page.get_by_role("button", name="Resume").press("Enter")
        page.get_by_text("is polled again, now").wait_for()
