"""What is shown at some moments only: forms that are refused or carried, conflicts, what leads to
a file, those who read a private feed, rules of the configuration.

Each with every attack, many in one text: where none may become markup, none hides another.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from web.harbour import PICTURE, SITE, Clock, settings
from web.people import Browser, browser, signed_in
from web.test_stored_xss_elsewhere import judged, shapes, titles
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection, SourceSection, WhereSection
from feedsvc.model import Item
from feedsvc.service import Service
from feedsvc.store import Put

Ask = Callable[[str], TestResponse]
OURS = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def person(fresh: Service) -> Browser:
    return signed_in(fresh)


def walk(ask: Ask, longest: int, quiet: Sequence[str]) -> None:
    """All attacks, as many at a time as the text has characters for, are text in the answer."""
    known = {shape for words in quiet for shape in shapes(ask(words))}
    seen: set[str] = set()
    for group in titles(longest):
        page = judged(ask(" ".join(group)), known)
        assert page
        seen |= set(re.findall(r"m\d+x(?= )", page.text()))
    assert len(seen) >= 200


# Forms


def test_a_form_that_is_carried_over_signing_in(fresh: Service) -> None:
    guest = browser(fresh)

    def ask(words: str) -> TestResponse:
        fields = {"title": words, "text": words, "tags": [words, words]}
        named = re.sub(r'["\\\\\x00-\x1f]', "", words)
        file = {"upload": (io.BytesIO(PICTURE), f"{named}.png")}
        return guest.ask("POST", "/admin/items/new", data=fields | file, headers=OURS)

    walk(ask, 2000, ["quiet words"])
    for group in titles(2000):
        sent = dict.fromkeys(group, "x")  # what somebody calls a field
        assert judged(guest.ask("POST", "/admin/items/new", data=sent, headers=OURS))


def test_a_name_that_may_not_come_in(fresh: Service) -> None:
    guest = browser(fresh)
    key, number = guest.key(), iter(range(250))

    def ask(words: str, path: str = "/admin/sign-in") -> TestResponse:
        guest.address = f"192.0.2.{next(number)}"  # each may try five times a minute
        fields = {"csrf_token": key, "name": words, "password": "x"}
        carried = {"feedsvc-name": words, "feedsvc-password": "x"}
        return guest.ask("POST", path, data=fields | carried, headers=OURS)

    walk(ask, 20_000, ["quiet words"])
    walk(lambda words: ask(words, "/admin/items/new"), 20_000, ["quiet words"])


def test_forms_that_are_refused(person: Browser) -> None:
    key = person.key("/admin/new-feed")
    names = ("name", "title", "description", "notice", "language", "hold", "ends", "page_size")
    names += ("url", "into", "every", "trust", "veto", "content")
    kinds = ("tags", "authors", "text", "languages", "sources")
    rules = [f"{group}.{kind}" for group in ("all", "any", "none") for kind in kinds]
    quiet = ["quiet words", "x" * 3000 + '"\x01', "https://a.example/", '"', ""]

    def ask(words: str, path: str) -> TestResponse:
        fields = {"csrf_token": key} | dict.fromkeys([*names, *rules], words)
        return person.ask("POST", f"/admin/{path}", data=fields, buffered=True)

    for path in ("feeds", "sources", "feeds/preview"):
        walk(partial(ask, path=path), 190, quiet)


# Articles


def test_two_who_write_the_same_and_what_was_there_before(fresh: Service, person: Browser) -> None:
    key, pages = person.key("/admin/account"), list[str]()

    def told(words: str) -> dict[str, Any]:
        names = ("title", "text", "summary", "rights", "tags", "source_title")
        return dict.fromkeys(names, words) | {"title": words[:490], "authors": f"{words[:150]}"}

    def ask(words: str) -> TestResponse:
        """The answer to who saves over what somebody else has saved meanwhile."""
        path = f"/admin/items/article-{len(pages)}"
        slug = path.rpartition("/")[2]
        former = "".join(char for char in words if char.isprintable())
        item = Item(slug=slug, title=former[:490], summary=former, rights=former)
        fresh.store.apply([Put(item)], fresh.now())
        first = fresh.store.item(slug=slug)
        assert first
        pages.append(f"{path}?version={first.revision}")
        sent = {"csrf_token": key, "action": "save", "form": "html", "slug_now": first.slug}
        sent |= {"slug": first.slug, "revision": str(first.revision)}
        theirs = person.ask("POST", path, data=sent | told(f"theirs {words}"), buffered=True)
        assert theirs.status_code == 303, theirs.text
        clash = person.ask("POST", path, data=sent | told(f"mine {words}"), buffered=True)
        assert clash.status_code == 409
        return clash

    walk(ask, 480, ["quiet words"])
    known = shapes(person.get(pages[0], buffered=True))
    assert len(pages) >= 20
    for page in pages:  # a former version, brought back
        assert judged(person.get(page, buffered=True), known)


def test_what_leads_to_a_file_and_what_a_rule_takes(fresh: Service, person: Browser) -> None:
    key = person.key("/admin/media")
    known: set[str] = set()
    send = {"csrf_token": key, "action": "publish", "hold": "0", "form": "html", "text": "x"}

    def ask(words: str) -> TestResponse:
        """The files, one of which is in an article with that title."""
        files = {"file": (io.BytesIO(PICTURE + words.encode("utf-8", "replace")), "a.png")}
        person.ask("POST", "/admin/media", data={"csrf_token": key, **files}, buffered=True)
        upload = next(one for one in fresh.store.uploads(limit=200)[0] if one.id not in known)
        known.add(upload.id)
        fields = {"title": words[:490], "image": fresh.uploads.url(upload), "key": upload.id}
        fields["tags"] = f"t{len(known) % 3}"
        made = person.ask("POST", "/admin/items/new", data=send | fields, buffered=True)
        assert made.status_code == 303, made.text
        return person.get("/admin/media", buffered=True)

    walk(ask, 480, ["quiet words"])
    seen: set[str] = set()
    for tag in ("t0", "t1", "t2"):  # the newest ten of each
        part = {"csrf_token": key, "any.tags": tag}
        page = judged(person.ask("POST", "/admin/feeds/preview?part", data=part, buffered=True))
        assert page
        seen |= set(re.findall(r"m\d+x(?= )", page.text()))
    assert len(seen) >= 200


# Feeds and their readers


def test_who_reads_a_private_feed(fresh: Service, person: Browser) -> None:
    key, number = person.key("/admin/account"), iter(range(250))

    def ask(words: str) -> TestResponse:
        name = f"f{next(number)}"
        kept = "".join(char for char in words if char.isprintable())
        section = FeedSection.model_validate({"name": name, "title": kept[:490], "private": True})
        fresh.make_feed(section, origin="editor:jane")
        fields = {"csrf_token": key, "name": kept[:100], "feed": name, "lasts": "30"}
        shown = person.ask("POST", "/admin/subscribers", data=fields, buffered=True)
        assert shown.status_code == 200, shown.text
        return shown

    walk(ask, 480, ["quiet words"])


@pytest.fixture
def declared(tmp_path: Path, clock: Clock) -> Iterator[Browser]:
    """Somebody who looks at a feed and a source of the configuration, whose rules are attacks."""
    attacks = [one for group in titles(80) for one in group]
    words = {"tags": attacks, "authors": attacks, "text": attacks}
    rules = WhereSection.model_validate({"any": words, "none": words})
    (tmp_path / "items").mkdir()
    site = settings(tmp_path, SITE)
    made = site.model_copy(
        update={
            "feeds": (FeedSection(name="main", where=rules), FeedSection(name="quiet")),
            "sources": (
                SourceSection(url="https://a.example/", where=rules),
                SourceSection(url="https://b.example/"),
            ),
        }
    )
    service = Service.open(made, clock=clock)
    yield signed_in(service)
    service.close()


def test_rules_of_the_configuration(declared: Browser) -> None:
    for path in ("/admin/feeds/main", "/admin/sources/1"):
        page = judged(declared.get(path, buffered=True))
        assert page
        told = [shape for shape in page.shapes() if "/dl[class=told]" in shape]
        assert {shape.rpartition("/")[2] for shape in told} == {
            *("dl[class=told]", "div[]", "dt[]", "dd[]", "bdi[]")
        }
        assert len(set(re.findall(r"m\d+x(?= )", page.text()))) >= 200
