"""What a writer meets in a real browser: two tabs, the way back, a phone, large letters."""

from __future__ import annotations

import os

from playwright.sync_api import Browser, expect
from web.editing import PASSWORD, made_account
from web.test_browser import browser  # noqa: F401 a fixture
from web.test_editor_browser import Site, desk, save, site, status, text_of  # noqa: F401 a fixture

from feedsvc.model import Status


def test_all_that_two_tabs_left_unsaved_is_offered_to_who_typed_it(
    browser: Browser,  # noqa: F811
    site: Site,  # noqa: F811
) -> None:
    new = f"{site.url}/admin/items/new"
    made_account(site.service, "ola")
    with desk(browser, site) as page:
        tabs = [page.context.new_page() for _ in range(2)]
        for one, words in zip(tabs, ("First words", "Other words"), strict=True):
            one.goto(new)
            text_of(one).fill(words)
            expect(one.locator("#saved")).to_contain_text("Not saved yet")
        page.goto(new)
        expect(text_of(page)).to_be_visible()
        assert page.get_by_role("button", name="Bring it back").count() == 0, "open elsewhere"
        for one in tabs:
            one.close()
        page.goto(f"{site.url}/admin/")
        page.goto(new)
        expect(page.get_by_text("never saved: “First words”")).to_be_visible()
        expect(page.get_by_text("never saved: “Other words”")).to_be_visible()
        page.context.clear_cookies()
        page.goto(f"{site.url}/admin/")
        page.get_by_label("Name").fill("ola")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Articles", level=1)).to_be_visible()
        page.goto(new)
        expect(text_of(page)).to_be_visible()
        page.wait_for_function("navigator.locks.query().then(() => true)")
        assert page.get_by_role("button", name="Bring it back").count() == 0, "somebody else"


def test_back_after_the_first_save_leads_to_the_article(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site) as page:
        page.goto(f"{site.url}/admin/items/new")
        page.locator("#title").fill("Once")
        text_of(page).fill("Words.")
        save(page)
        expect(status(page)).to_have_text("Draft")
        page.go_back()
        expect(status(page)).to_have_text("Draft")
        expect(page.locator("#title")).to_have_value("Once")
        text_of(page).fill("More words.")
        save(page)
        expect(page.get_by_text("Saved.").first).to_be_visible()
        found, _ = site.service.store.items(status=Status.DRAFT, search="words")
        assert [item.content_markdown for item in found] == ["More words."]


def test_what_has_the_focus_is_never_behind_the_dock(browser: Browser, site: Site) -> None:  # noqa: F811
    """WCAG 2.4.11. Keyboard alone, on a desktop and on a phone, also with its keyboard open."""
    with desk(browser, site) as page:
        for width, height in ((1280, 700), (390, 844), (390, 480)):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{site.url}/admin/items/draft")
            for details in page.locator("details").all():
                details.evaluate("element => { element.open = true }")
            page.locator("#title").focus()
            for _ in range(60):
                page.keyboard.press("Tab")
                name, hidden = page.evaluate(HIDDEN)
                assert not hidden, (name, width, height)
                if name == "save":
                    break
            else:
                raise AssertionError("the buttons can't be reached")


#: The focused element's name, and whether no part of it is to be seen beside the dock.
HIDDEN = """() => {
  const one = document.activeElement;
  const dock = document.querySelector(".dock");
  const box = one.getBoundingClientRect();
  const sticky = getComputedStyle(dock).position === "sticky";
  const end = sticky ? Math.min(innerHeight, dock.getBoundingClientRect().top) : innerHeight;
  return [one.value || one.name || one.tagName, !dock.contains(one) && (box.top >= end - 1 || box.bottom <= 0)];
}"""  # noqa: E501


def test_letters_of_twice_the_size_fit_on_a_phone(browser: Browser, site: Site) -> None:  # noqa: F811
    paths = (
        *("", "?status=scheduled", "items/new", "items/tide", "items/later", "items/tide/history"),
        *("items/salt/look", "media", "feeds", "new-feed", "feeds/main", "subscribers", "polls"),
        "account",
    )
    wide = {}
    with desk(browser, site, "phone") as signed_in:
        cookies = signed_in.context.storage_state()
        page = browser.new_page(viewport={"width": 390, "height": 844}, storage_state=cookies)
        for path in paths:
            page.goto(f"{site.url}/admin/{path}")
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 390:
                wide[path] = width, page.evaluate(WIDEST)
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=f"{folder}/large-{path.replace('/', '-') or 'list'}.png")
        page.context.close()
    assert not wide


WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > 391)
  .map((one) => `${one.tagName}.${one.className}#${one.id}`).slice(0, 8)"""


def test_what_waits_counts_down_and_then_is_out(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site, "phone", timezone_id="Asia/Tokyo") as page:
        page.goto(f"{site.url}/admin/items/new")
        assert page.locator("iframe").bounding_box()["height"] < 150  # type: ignore[index]
        page.locator("#title").fill("A long title that goes on and on, over two lines at the least")
        assert page.locator("#title").bounding_box()["height"] > 60  # type: ignore[index]
        text_of(page).fill("Words.")
        expect(page.locator("#saved")).to_be_in_viewport()
        page.get_by_role("button", name="Publish").click()
        expect(page.locator("[data-left]")).to_contain_text("0:5")
        due = page.locator("[data-due] time")
        assert "UTC" in str(due.get_attribute("title"))
        assert "UTC" not in due.inner_text()
        site.wait(seconds=62)
        page.evaluate("out()")  # what the countdown does at its end
        expect(page.get_by_text("It is out.")).to_be_visible()
        expect(status(page)).to_have_text("Published")
        expect(page.get_by_text("Withdraw this article")).to_be_visible()
