"""The editor in a real browser: an article's whole life, read in the feed after each step."""

from __future__ import annotations

import io
import itertools
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from playwright.sync_api import Browser, Page, expect
from web.conftest import _later
from web.editing import NAME, PASSWORD, made_account
from web.harbour import Clock, filled
from web.test_browser import AUDIT, SCHEMES, SIZES, browser, tab  # noqa: F401 a fixture among them
from werkzeug.serving import make_server

from feedsvc.model import Status
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web.app import create_app


@dataclass
class Site:
    """The filled site as it is served, with what a test moves: its clock and its store."""

    url: str
    service: Service
    clock: Clock

    def wait(self, **by: float) -> None:
        """Let time pass, and the scheduler do what is due."""
        self.clock.forward(**by)
        self.service.tick()

    def feed(self, form: str = "atom") -> dict[str, Any]:
        """The entries of the main feed by their titles, as feedparser reads them."""
        with urllib.request.urlopen(f"{self.url}/feeds/main.{form}") as response:
            headers = {"content-type": response.headers["Content-Type"]}
            found = feedparser.parse(io.BytesIO(response.read()), response_headers=headers)
        assert not found.bozo
        return {entry.title: entry for entry in found.entries}

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = Clock()
    with make_server("127.0.0.1", 0, _later, threaded=True) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        service = filled(tmp_path, url, clock)
        clock.forward(hours=1)
        server.app = create_app(service)
        made_account(service)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Site(url, service, clock)
        finally:
            server.shutdown()
            thread.join()
            service.close()


@contextmanager
def desk(browser: Browser, site: Site, size: str = "desktop", **options: Any) -> Iterator[Page]:  # noqa: F811
    """A page in a browser where somebody has signed in."""
    with tab(browser, size, **options) as page:
        page.set_default_timeout(15_000)
        page.goto(f"{site.url}/admin/")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Articles", level=1)).to_be_visible()
        yield page


def text_of(page: Page) -> Any:
    return page.get_by_label("Text", exact=True)


def shown(page: Page) -> Any:
    """What the preview shows."""
    return page.frame_locator("iframe").locator("main")


def status(page: Page) -> Any:
    return page.locator(".head .status")


def save(page: Page) -> None:
    """By keyboard, once the page's script is there: before, the keys are the browser's."""
    page.wait_for_load_state()
    page.keyboard.press("Control+s")


def test_the_life_of_an_article(browser: Browser, site: Site) -> None:  # noqa: F811
    title = "Low water"
    with desk(browser, site) as page:
        # Written, and seen as readers will see it while it is written.
        page.get_by_role("link", name="Write").click()
        page.wait_for_url("**/items/new*")  # the script shows what is typed from then on
        page.get_by_label("Title", exact=True).first.fill(title)
        text_of(page).fill("The *harbour* shows **what it keeps**.\n\n- ropes")
        page.get_by_label("Tags").fill("sea, long walks")
        expect(shown(page).locator("h1")).to_have_text(title)
        expect(shown(page).locator("em")).to_have_text("harbour")
        expect(shown(page).locator("li").first).to_have_text("ropes")
        save(page)
        expect(status(page)).to_have_text("Draft")
        assert title not in site.feed()
        # Scheduled, and taken back.
        page.get_by_text("Date, address and language").click()
        due = site.clock() + timedelta(hours=2)
        page.get_by_label("Date (UTC)").fill(f"{due:%Y-%m-%dT%H:%M}")
        page.get_by_role("button", name="Schedule").first.click()
        expect(status(page)).to_have_text("Scheduled")
        page.get_by_role("button", name="Back to draft").click()
        expect(status(page)).to_have_text("Draft")
        site.wait(hours=4)
        assert title not in site.feed(), "it was taken back"
        # Published with time to take it back, which is done.
        page.get_by_label("Date (UTC)").fill("")
        page.get_by_label("Undo within").select_option("10 minutes")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("No reader has seen it yet")).to_be_visible()
        assert title not in site.feed()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("no reader has seen it").first).to_be_visible()
        site.wait(hours=1)
        assert title not in site.feed(), "nobody ever saw it"
        # Published in earnest.
        page.get_by_role("button", name="Publish").click()
        expect(status(page)).to_have_text("Scheduled")
        site.wait(seconds=62)
        entry = site.feed()[title]
        assert "<em>harbour</em>" in entry.content[0].value
        assert [tag.term for tag in entry.tags] == ["sea", "long walks"]
        # Edited: the same entry, later.
        page.reload()
        expect(status(page)).to_have_text("Published")
        site.wait(hours=1)
        text_of(page).fill("The harbour *hides* what it keeps.")
        save(page)
        expect(page.get_by_text("Readers get the change")).to_be_visible()
        edited = site.feed()[title]
        assert edited.id == entry.id
        assert edited.published == entry.published
        assert edited.updated_parsed > entry.updated_parsed
        assert "hides" in edited.content[0].value
        # An edit taken back: the version before is looked at and brought back.
        page.get_by_role("link", name="History").click()
        expect(page.locator("ins", has_text="hides")).to_be_visible()
        page.get_by_role("link", name=re.compile("^Published")).first.click()
        page.get_by_role("button", name="Bring this version back").click()
        expect(page.get_by_text("Readers have the present one")).to_be_visible()
        assert "hides" in site.feed()[title].content[0].value
        save(page)
        expect(page.get_by_text("Readers get the change")).to_be_visible()
        back = site.feed()[title]
        assert back.id == entry.id
        assert back.content[0].value == entry.content[0].value
        # What feeds have of it.
        page.get_by_role("link", name="In feeds").click()
        expect(page.get_by_text("Nothing wrong")).to_have_count(3)
        page.get_by_role("link", name="Text", exact=True).click()
        # Withdrawn, and published again.
        page.get_by_text("Withdraw this article").click()
        page.get_by_role("button", name="Withdraw it").click()
        expect(status(page)).to_have_text("Withdrawn")
        assert title not in site.feed()
        assert site.status("/items/low-water") == 410
        page.get_by_role("button", name="Publish again", exact=False).first.click()
        expect(status(page)).to_have_text("Published")
        assert site.feed()[title].id == entry.id


def test_without_a_script(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site, "phone", java_script_enabled=False) as page:
        page.goto(f"{site.url}/admin/items/new")
        page.get_by_label("Title", exact=True).first.fill("By hand")
        text_of(page).fill("A *word*.")
        page.get_by_role("button", name="Preview").click()
        expect(shown(page).locator("em")).to_have_text("word")
        expect(text_of(page)).to_have_value("A *word*.")
        page.get_by_label("Undo within").select_option("none")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Published.")).to_be_visible()
        assert "By hand" in site.feed("rss")


def test_by_keyboard_alone(browser: Browser, site: Site) -> None:  # noqa: F811
    """From the list to a draft with tags, and on to the buttons, without a mouse."""
    with desk(browser, site) as page:
        page.goto(f"{site.url}/admin/items/new")
        page.keyboard.type("Keys")
        visited = []
        for _ in range(40):
            page.keyboard.press("Tab")
            place = page.evaluate("document.activeElement.name || document.activeElement.tagName")
            visited.append(place)
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid" or place == "preview", place
            if place == "text":
                page.keyboard.type("Words.")
            if place == "tags":
                page.keyboard.type("one, two")
            if page.evaluate("document.activeElement.value") == "publish":
                break
        else:
            pytest.fail(f"the buttons can't be reached: {visited}")
        assert visited.index("text") < visited.index("tags") < visited.index("hold")
        save(page)
        expect(status(page)).to_have_text("Draft")
        kept = site.service.store.item(slug="keys")
        assert kept
        assert [one.term for one in kept.categories] == ["one", "two"]
        # Enter in a line saves and does no more.
        page.wait_for_load_state()  # the script remembers where one was
        page.get_by_label("Tags").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Nothing was changed.")).to_be_visible()
        expect(page.get_by_label("Tags")).to_be_focused()


def test_edited_twice_at_once(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site) as page:
        page.goto(f"{site.url}/admin/items/note-1")
        text_of(page).fill("<p>It snowed on day 1.</p>")
        old = site.service.store.item(slug="note-1")
        assert old
        theirs = replace(old, content_html="<p>It hailed on day 1.</p>", origin="api:weather")
        site.service.store.apply([Put(theirs, replaces=old.guid)], site.clock())
        save(page)
        expect(page.get_by_role("heading", name="Somebody else changed")).to_be_visible()
        expect(page.locator("details[open] .difference del")).to_contain_text("hailed")
        expect(page.locator("details[open] .difference ins")).to_contain_text("snowed")
        expect(text_of(page)).to_have_value("<p>It snowed on day 1.</p>")
        now = site.service.store.item(slug="note-1")
        assert now
        assert "hailed" in now.content_html
        save(page)
        expect(page.get_by_text("Readers get the change")).to_be_visible()
        assert "snowed" in site.feed()["Note number 1 on the weather"].content[0].value


def test_what_was_typed_and_not_saved_comes_back(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site) as page:
        page.on("dialog", lambda dialog: dialog.accept())  # leave the page, says the browser
        page.goto(f"{site.url}/admin/items/draft")
        text_of(page).fill("Never saved.")
        expect(page.locator("#saved")).to_contain_text("kept in this browser")
        page.goto(f"{site.url}/admin/")
        page.goto(f"{site.url}/admin/items/draft")
        page.get_by_role("button", name="Bring it back").click()
        expect(text_of(page)).to_have_value("Never saved.")
        expect(shown(page)).to_contain_text("Never saved.")
        save(page)
        expect(page.get_by_text("Saved.").first).to_be_visible()
        page.reload()
        expect(page.get_by_role("button", name="Bring it back")).to_have_count(0)
        # A new article that has arrived is no longer offered where new ones are begun.
        page.goto(f"{site.url}/admin/items/new")
        page.get_by_label("Title", exact=True).first.fill("Arrived")
        text_of(page).fill("It has.")
        save(page)
        expect(status(page)).to_have_text("Draft")
        page.goto(f"{site.url}/admin/items/new")
        expect(text_of(page)).to_have_value("")
        expect(page.get_by_role("button", name="Bring it back")).to_have_count(0)


PAGES = {
    "articles": "/admin/",
    "articles-none": "/admin/?q=xyzzy",
    "write-new": "/admin/items/new",
    "write": "/admin/items/tide",
    "write-arabic": "/admin/items/bahr",
    "write-scheduled": "/admin/items/later",
    "write-withdrawn": "/admin/items/gone",
    "write-declared": "/admin/items/kelp",
    "history": "/admin/items/tide/history",
    "look": "/admin/items/salt/look",
}


def test_each_page_is_sound(browser: Browser, site: Site) -> None:  # noqa: F811
    store = site.service.store
    for slug, change in (("tide", {"title": "Tides"}), ("kelp", {"origin": "file:posts/kelp.md"})):
        item = store.item(slug=slug)
        assert item
        edited = replace(item, rights="© now", **change)  # type: ignore[arg-type]
        store.apply([Put(edited, replaces=item.guid)], site.clock())
    with desk(browser, site) as page:
        for name, path in PAGES.items():
            page.goto(site.url + path)
            for details in page.locator("details").all():
                details.evaluate("element => { element.open = true }")
            for (size, (width, height)), scheme in itertools.product(SIZES.items(), SCHEMES):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                if folder := os.environ.get("SCREENSHOTS"):
                    shot = Path(folder) / f"admin-{name}-{size}-{scheme}.png"
                    page.screenshot(path=shot, full_page=True)
                assert page.evaluate(AUDIT) == [], (name, size, scheme)
    withdrawn = store.item(slug="gone")
    assert withdrawn
    assert withdrawn.status is Status.WITHDRAWN, "looking changes nothing"
