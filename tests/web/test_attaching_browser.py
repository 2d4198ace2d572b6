"""Pictures and sound put into an article in a real browser: pasted, dropped, chosen, refused."""

from __future__ import annotations

import base64
import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect
from web.harbour import PICTURE, SOUND, png
from web.test_browser import browser  # noqa: F401 a fixture
from web.test_editor_browser import (  # noqa: F401 a fixture among them
    Site,
    desk,
    save,
    shown,
    site,
    text_of,
)

CAT = {"name": "cat.png", "mimeType": "image/png", "buffer": PICTURE}
TALK = {"name": "talk.wav", "mimeType": "audio/wav", "buffer": SOUND}

#: Files as an event of the browser brings them: pasted, or dropped.
BRING = """(element, [kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const brought = new DataTransfer();
  brought.items.add(new File([bytes], name, { type }));
  const how = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { ...how, clipboardData: brought })
    : new DragEvent(kind, { ...how, dataTransfer: brought });
  return element.dispatchEvent(event);
}"""


def bring(place: Locator, kind: str, name: str, data: bytes) -> None:
    assert not place.evaluate(BRING, [kind, name, "image/png", base64.b64encode(data).decode()])


def choose(page: Page, *files: Any) -> None:
    page.get_by_label("Add files").set_input_files(list(files))


def adds(page: Page) -> Locator:
    return page.locator("#uploads li")


def uploading(page: Page) -> Any:
    """Within it an upload begins, which a route of the test's can hold from then on."""
    return page.expect_request("**/admin/uploads")


def test_pictures_go_where_one_writes(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site) as page:
        page.goto(f"{site.url}/admin/items/new")
        page.get_by_label("Title", exact=True).first.fill("Cats")
        text = text_of(page)
        text.fill("Above\n\nBelow")
        text.evaluate("element => element.setSelectionRange(5, 5)")
        bring(text, "paste", "image.png", PICTURE)
        expect(text).to_have_value(
            re.compile(r"^Above\n\n!\[\]\(http://\S+/image\.png\)\n\nBelow$")
        )
        # One goes on with what it shows.
        page.keyboard.type("A cat")
        expect(text).to_have_value(re.compile(r"!\[A cat\]\(http"))
        expect(page.locator("#uploads-say")).to_contain_text("image.png is in the text.")
        expect(shown(page).locator("img")).to_have_attribute("alt", "A cat")
        assert (
            shown(page).locator("img").evaluate("img => img.decode().then(() => img.naturalWidth)")
        )
        # Dropped, and undone.
        text.evaluate(
            "element => element.setSelectionRange(element.value.length, element.value.length)"
        )
        bring(text, "drop", "dog.png", png(30, 20))
        expect(text).to_have_value(re.compile(r"Below\n\n!\[\]\(http\S+/dog\.png\)$"))
        page.get_by_role("button", name="Set as picture dog.png").click()
        expect(page.get_by_label("Picture", exact=True)).to_have_value(re.compile(r"/dog\.png$"))
        save(page)
        expect(page.locator(".head .status")).to_have_text("Draft")
        item = site.service.store.item(slug="cats")
        assert item
        assert item.image
        assert item.image.endswith("/dog.png")
        assert item.content_html.count("<img") == 2
        # As HTML with its size; chosen as the picture from what is there already.
        page.get_by_label("Written in").select_option("html")
        text.fill("<p>Other</p>")
        choose(page, CAT)
        expect(text).to_have_value(
            re.compile(r'^<p>Other</p>\n\n<img src="http\S+" alt="" width="1600" height="400">$')
        )
        page.get_by_text("Choose one of your pictures").click()
        page.get_by_role("button", name="Set as picture: image.png").click()
        expect(page.get_by_label("Picture", exact=True)).to_have_value(re.compile(r"/image\.png$"))


def test_sound_becomes_an_episode(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site, "phone") as page:
        page.goto(f"{site.url}/admin/items/new")
        page.get_by_label("Title", exact=True).first.fill("Talk")
        choose(page, TALK)
        row = page.locator(".file-row").first
        expect(row.get_by_label("Address")).to_have_value(re.compile(r"/talk\.wav$"))
        expect(row.get_by_label("Type")).to_have_value("audio/wav")
        expect(row.get_by_label("Bytes")).to_have_value(str(len(SOUND)))
        expect(row.get_by_label("Duration")).to_have_value("0:02")
        expect(text_of(page)).to_have_value("")
        expect(shown(page).locator("audio")).to_be_visible()
        page.get_by_text("Podcast and more").click()
        page.get_by_label("Episode", exact=True).fill("7")
        page.get_by_label("Explicit").select_option("no")
        page.get_by_label("Undo within").select_option("none")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Published.")).to_be_visible()
        entry = site.feed("rss")["Talk"]
        (sound,) = entry.enclosures
        assert (sound.type, int(sound.length)) == ("audio/wav", len(SOUND))
        assert (entry.itunes_episode, entry.itunes_duration) == ("7", "2")


def test_what_is_on_its_way_and_what_never_arrives(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site) as page:
        page.goto(f"{site.url}/admin/items/new")
        page.get_by_label("Title", exact=True).first.fill("Slow")
        text = text_of(page)
        text.fill("Words.")
        held: list[Route] = []
        page.route("**/admin/uploads", lambda route: held.append(route))  # noqa: PLW0108 playwright marks handlers
        with uploading(page):
            choose(page, CAT)
        expect(text).to_have_value("Words.\n\nUploading cat.png…")
        expect(adds(page).locator("progress")).to_be_visible()
        # Saving waits, and what fails is told: nothing is lost, nothing saved.
        save(page)
        expect(page.locator("#saved")).to_have_text("Saving as soon as the files are uploaded.")
        held.pop().fulfill(status=413, json={"detail": "it is too large."})
        expect(adds(page)).to_contain_text("cat.png was not uploaded: it is too large.")
        expect(adds(page)).to_contain_text("Nothing was saved yet")
        expect(text).to_have_value("Words.")
        assert "/items/new" in page.url
        # Again, while one writes on and saves: it arrives, and then it is saved.
        text.press("Control+End")
        with uploading(page):
            page.get_by_role("button", name="Try again cat.png").click()
        expect(page.get_by_role("button", name="Cancel cat.png")).to_be_visible()
        text.press("Control+Home")
        page.keyboard.type("More w")
        save(page)
        held.pop().continue_()
        expect(page.locator(".head .status")).to_have_text("Draft")
        expect(text).to_have_value(re.compile(r"^More wWords\.\n\n!\[\]\(http\S+\)$"))
        # Cancelled; refused for what it is.
        with uploading(page):
            choose(page, CAT)
        page.get_by_role("button", name="Cancel cat.png").click()
        expect(adds(page)).to_have_count(0)
        expect(text).not_to_have_value(re.compile("Uploading"))
        page.unroute_all()
        choose(page, {"name": "fake.png", "mimeType": "image/png", "buffer": b"<b>no</b>"})
        expect(adds(page)).to_contain_text("fake.png was not uploaded: ")
        expect(text).not_to_have_value(re.compile("Uploading"))
        # With the caret nowhere yet, below what is there.
        page.reload()
        choose(page, {**CAT, "buffer": png(20, 20)})
        expect(text).to_have_value(re.compile(r"^More wWords[^U]+\)\n\n!\[\]\(http\S+\)$"))
        text.fill("Words.")
        save(page)
        expect(page.get_by_text("Saved.").first).to_be_visible()


def test_what_is_chosen_before_the_script_is_there_is_uploaded(
    browser: Browser,  # noqa: F811
    site: Site,  # noqa: F811
) -> None:
    with desk(browser, site) as page:
        held: list[Route] = []
        page.route("**/attach*.js*", lambda route: held.append(route))  # noqa: PLW0108 playwright marks handlers
        with page.expect_request("**/attach*.js*"):
            page.goto(f"{site.url}/admin/items/new", wait_until="commit")
        text_of(page).fill("Words.")
        choose(page, CAT)
        page.get_by_label("Upload the picture").set_input_files(CAT)
        held.pop().continue_()
        expect(text_of(page)).to_have_value(re.compile(r"^Words\.\n\n!\[\]\(http\S+/cat\.png\)$"))
        expect(page.get_by_label("Picture", exact=True)).to_have_value(re.compile(r"/cat\.png$"))


def test_files_without_a_script(browser: Browser, site: Site) -> None:  # noqa: F811
    with desk(browser, site, "phone", java_script_enabled=False) as page:
        page.goto(f"{site.url}/admin/items/new")
        page.get_by_label("Title", exact=True).first.fill("By hand")
        text_of(page).fill("Words.")
        choose(page, CAT, TALK)
        page.get_by_role("button", name="Preview").click()
        expect(shown(page)).to_contain_text("Words.")
        page.get_by_role("button", name="Save draft").click()
        expect(text_of(page)).to_have_value(re.compile(r"^Words\.\n\n!\[\]\(http\S+\)\n$"))
        expect(page.get_by_label("Address of file 1")).to_have_value(re.compile(r"/talk\.wav$"))
