"""What a writer meets in a real browser: two tabs, the way back, a phone, large letters."""

from __future__ import annotations

from playwright.sync_api import Browser, expect
from web.editing import PASSWORD, made_account
from web.test_browser import browser  # noqa: F401 a fixture
from web.test_editor_browser import Site, desk, site, status, text_of  # noqa: F401 a fixture

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
        page.keyboard.press("Control+s")
        expect(status(page)).to_have_text("Draft")
        page.go_back()
        expect(status(page)).to_have_text("Draft")
        expect(page.locator("#title")).to_have_value("Once")
        text_of(page).fill("More words.")
        page.keyboard.press("Control+s")
        expect(page.get_by_text("Saved.").first).to_be_visible()
        found, _ = site.service.store.items(status=Status.DRAFT, search="words")
        assert [item.content_markdown for item in found] == ["More words."]
