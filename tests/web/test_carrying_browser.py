"""A session ends while somebody writes, in a real browser, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from web.editing import NAME, PASSWORD
from web.test_browser import browser  # noqa: F401 a fixture
from web.test_editor_browser import Site, site  # noqa: F401 a fixture among them

TEXT = 'First line, "quoted" & <b>bold</b>.\n\n- ropes\n- nets\n\n\nThe end – 終わり.'


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_was_written_is_saved_after_signing_in(
    browser: Browser,  # noqa: F811
    site: Site,  # noqa: F811
    scripts: bool,
    elsewhere: bool,
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    try:
        page = context.new_page()
        page.set_default_timeout(15_000)

        def sign_in(page_of: str = "Sign in") -> None:
            page.get_by_label("Name").fill(NAME)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name=page_of).click()

        page.goto(f"{site.url}/admin/items/new")
        sign_in()
        page.get_by_label("Title", exact=True).first.fill("Low <water>")
        page.get_by_label("Text", exact=True).fill(TEXT)
        page.get_by_label("Tags").fill("sea, long walks")
        site.service.store.drop_sessions(NAME)
        if elsewhere:  # in another tab, which gives the forms of both another key
            form, page = page, context.new_page()
            page.set_default_timeout(15_000)
            page.goto(f"{site.url}/admin/")
            sign_in()
            expect(page.get_by_role("heading", name="Articles", level=1)).to_be_visible()
            page.close()
            page = form
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was saved yet")
        assert site.service.store.items(search="Low")[0] == []
        page.get_by_text("What you wrote").click()
        expect(page.get_by_label("Text")).to_have_value(TEXT)
        if elsewhere:
            page.get_by_role("button", name="Save now").click()
        else:
            sign_in("Sign in and save")
        expect(page.locator(".head .status")).to_have_text("Draft")
        expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
        (item,) = site.service.store.items(search="Low")[0]
        assert item.title == "Low <water>"
        assert [one.term for one in item.categories] == ["sea", "long walks"]
        page.reload()
        expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    finally:
        context.close()
