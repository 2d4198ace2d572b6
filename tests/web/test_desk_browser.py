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
from playwright.sync_api import Browser, Page
from web.editing import NAME, PASSWORD, made_account
from web.harbour import PICTURE, SOUND, Clock, filled
from web.test_browser import AUDIT, SCHEMES, SIZES, browser, tab  # noqa: F401 - a fixture
from werkzeug.serving import make_server

from feedsvc.config import FeedSection
from feedsvc.service import Service
from feedsvc.store import PollCount
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
        server.app = create_app(service)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
            service.close()


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
        for name, path in PAGES.items():
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
