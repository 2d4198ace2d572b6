"""Every kind of page in a real browser: phone and desktop, light and dark, keyboard, no script.

With ``SCREENSHOTS=folder`` in the environment each page is saved there as it was looked at.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import feedparser
import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright
from web.conftest import served

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = {
    "home": "/",
    "feed": "/feeds/main",
    "feed-gathered": "/feeds/podcast",
    "feed-gathered-much": "/feeds/notes",
    "feed-older": "/feeds/main?page=2",
    "feed-empty": "/feeds/empty",
    "tag": "/tags/sea",
    "author": "/authors/jane-doe",
    "search": "/search?q=note*",
    "search-nothing": "/search?q=xyzzy",
    "search-form": "/search",
    "item": "/items/tide",
    "item-audio": "/items/salt",
    "item-arabic": "/items/bahr",
    "item-chinese": "/items/hai",
    "item-untitled": "/items/untitled",
    "item-foreign": "/items/kelp",
    "not-found": "/feeds/nowhere",
    "withdrawn": "/items/gone",
}
SIZES = {"desktop": (1280, 900), "phone": (390, 844), "small": (320, 568)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

#: Milliseconds until what is expected has failed to come; a machine may be busy with other things.
expect.set_options(timeout=15_000)

#: The page's faults as a list of sentences; what axe-core's basic rules look for, and contrast.
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        try:
            started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        except Error as error:
            # For a person `make test` needs nothing but Python; where it counts, all of it.
            (pytest.fail if os.environ.get("CI") else pytest.skip)(
                "The pages are tested in Chromium, which could not be started. Install it with "
                "`apt-get install chromium`, or with `.venv/bin/playwright install chromium`.\n"
                f"{error.message}"
            )
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("served")) as url:
        yield url


@contextmanager
def tab(browser: Browser, size: str = "desktop", **options: Any) -> Iterator[Page]:
    """A page in a context of its own. Anything that the browser complains of fails the test."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        reduced_motion="reduce",  # colours are looked at, not their change
        **options,
    )
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "requestfailed",
        lambda request: complaints.append(
            f"failed: {request.url}" if request.failure != "net::ERR_ABORTED" else "status of 499"
        ),  # whoever goes on to the next page wants no icon of this one
    )
    yield page
    context.close()
    # An error page itself is announced on the console.
    assert not [said for said in complaints if "status of 4" not in said]


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_sound(browser: Browser, site: str, name: str) -> None:
    with tab(browser) as page:
        page.goto(site + PAGES[name])
        for (size, (width, height)), scheme in itertools.product(SIZES.items(), SCHEMES):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            if folder := os.environ.get("SCREENSHOTS"):
                shot = Path(folder) / f"{name}-{size}-{scheme}.png"
                page.screenshot(path=shot, full_page=True)
            assert page.evaluate(AUDIT) == [], (size, scheme)
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        assert page.evaluate(AUDIT) == []


def test_the_audit_finds_faults(browser: Browser) -> None:
    """Else the test above would say nothing."""
    with tab(browser, "phone") as page:
        page.set_content(
            """<!doctype html><html><head></head><body><h1>a</h1><h1>b</h1><h4>skips</h4>
            <input id=x><input id=x><img src="data:,"><a href="/"></a><button></button>
            <p style="color:#999;background:#fff">pale</p>
            <div style="width:900px">wide</div></body></html>"""
        )
        faults = "\n".join(page.evaluate(AUDIT))
    for fault in (
        "no language",
        "no title",
        "h1",
        "main",
        "heading level",
        "no name: input",
        "no name: a",
        "no name: button",
        "no alt",
        "id used twice",
        "contrast",
        "wider than the window",
    ):
        assert fault in faults, fault


def test_dark_is_dark(browser: Browser, site: str) -> None:
    grounds = []
    for scheme in SCHEMES:
        with tab(browser, color_scheme=scheme) as page:
            page.goto(site)
            ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            grounds.append(sum(int(part) for part in ground.strip("rgb()").split(",")))
    light, dark = grounds
    assert light > 700
    assert dark < 120


def test_the_keyboard_goes_everywhere(browser: Browser, site: str) -> None:
    with tab(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(site)
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        assert skip.inner_text() == "Skip to content"
        box = skip.bounding_box()
        assert box
        assert box["x"] >= 0 <= box["y"]
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        for _ in range(6):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.get_attribute("data-copy"):
                break
        outline = focused.evaluate("element => getComputedStyle(element).outlineStyle")
        assert outline == "solid", "focus can be seen"
        page.keyboard.press("Enter")
        page.get_by_role("status").get_by_text("Address copied").wait_for(state="attached")
        assert focused.inner_text() == "Copied"
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{site}/feeds/main.rss"


def test_every_copy_button_copies_its_own_address(browser: Browser, site: str) -> None:
    with tab(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        # As on plain http, where the clipboard interface refuses.
        page.add_init_script("navigator.clipboard.writeText = () => Promise.reject()")
        page.goto(site)
        buttons = page.locator("button[data-copy]").all()
        assert len(buttons) == 5
        for button in buttons:
            button.click()
            button.get_by_text("Copied").wait_for()
            assert page.evaluate("navigator.clipboard.readText()") == button.get_attribute(
                "data-copy"
            )


def test_without_a_script(browser: Browser, site: str) -> None:
    with tab(browser, java_script_enabled=False) as page:
        page.goto(site)
        assert page.locator("button[data-copy]:visible").count() == 0
        assert page.get_by_label("Address of the feed").input_value() == f"{site}/feeds/main.rss"
        page.get_by_text("Open in a reader").click()
        assert page.get_by_text("The feed reader on this device").is_visible()


def test_search_by_keyboard(browser: Browser, site: str) -> None:
    with tab(browser, "phone") as page:
        page.goto(site)
        page.get_by_label("Search articles").fill("harbour")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=harbour")
        page.get_by_role("link", name="What the tide leaves").click()
        page.wait_for_url("**/items/tide")


@pytest.mark.parametrize("name", ["home", "feed", "tag", "author", "search", "item"])
def test_autodiscovery(browser: Browser, site: str, name: str) -> None:
    with tab(browser) as page:
        page.goto(site + PAGES[name])
        links = page.eval_on_selector_all(
            "head link[rel=alternate]", "all => all.map(link => [link.type, link.href])"
        )
    assert len(links) >= 3
    for media_type, url in links:
        with urllib.request.urlopen(url) as response:
            body, content_type = response.read(), response.headers["Content-Type"]
        assert content_type.startswith(media_type)
        if media_type == "application/feed+json":
            assert json.loads(body)["feed_url"] == url
            continue
        found = feedparser.parse(io.BytesIO(body), response_headers={"content-type": content_type})
        assert not found.bozo
        assert found.feed.title


def test_sound_and_pictures_load(browser: Browser, site: str) -> None:
    """The policy lets them through, and the player finds its way in the file."""
    with tab(browser) as page:
        page.goto(f"{site}/items/salt")
        length = page.locator("audio").evaluate(
            """audio => new Promise(done => {
                audio.onloadedmetadata = () => done(audio.duration);
                audio.onerror = () => done(audio.error.message);
                audio.load();
                audio.preload = "metadata";
            })"""
        )
        assert length == pytest.approx(2, abs=0.1)
        page.goto(f"{site}/items/tide")
        picture = page.get_by_alt_text("Low water")
        assert picture.evaluate("picture => picture.naturalWidth") == 1600
        box = picture.bounding_box()
        assert box
        assert box["width"] / box["height"] == pytest.approx(4, rel=0.02)


def test_right_to_left(browser: Browser, site: str) -> None:
    with tab(browser) as page:
        page.goto(f"{site}/items/bahr")
        assert page.locator("h1").evaluate("title => getComputedStyle(title).direction") == "rtl"
        edges = page.evaluate(
            """[...document.querySelectorAll("h1, .byline time, article footer p")].map(element => {
                const range = document.createRange();
                range.selectNodeContents(element);
                return Math.round(range.getBoundingClientRect().right);
            })"""
        )
        article = page.locator("article").bounding_box()
        assert article
        assert all(abs(edge - article["x"] - article["width"]) <= 2 for edge in edges), edges


def test_paper(browser: Browser, site: str) -> None:
    with tab(browser) as page:
        page.goto(f"{site}/items/tide")
        page.emulate_media(media="print")
        assert page.locator(".text").is_visible()
        assert not page.locator(".masthead .search").is_visible()
        assert page.evaluate(AUDIT) == []
