"""Private feeds as their subscribers meet them: who is let in, what is said, where links lead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web.circle import BROWSER, FORMS, Reader, circle
from web.harbour import PICTURE, SITE
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection
from feedsvc.model import Category, Item
from feedsvc.service import Service
from feedsvc.store import Put

FEED = [f"/feeds/zanzibar.{form}" for form in FORMS]
ARCHIVE = [f"/feeds/zanzibar/archive/1.{form}" for form in FORMS]
PAGES = ["/feeds/zanzibar", "/items/quokka-1", "/items/named"]
FILES = ["/items/quokka-1/quokka.png", "/items/quokka-1/quokka.wav"]
LED_ON = {
    "/feeds/okapi.atom": "/feeds/zanzibar.atom",
    "/feeds/okapi/archive/1.rss": "/feeds/zanzibar/archive/1.rss",
    "/feeds/zanzibar.RSS": "/feeds/zanzibar.rss",
    "/items/quokka-old": "/items/quokka-new",
}
GONE = ["/items/quokka-gone"]
EVERY = [*FEED, *ARCHIVE, *PAGES, *FILES, *LED_ON, *GONE]
BASIC = 'Basic realm="feedsvc", charset="UTF-8"'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with circle(tmp_path_factory.mktemp("circle")) as service:
        yield service


@pytest.fixture(scope="module")
def ada(service: Service) -> Reader:
    """A subscriber of the feed."""
    return Reader(service, "read:zanzibar")


def said(answer: TestResponse) -> dict[str, str]:
    """The headers, without the one that goes by whether a token stood in the address at all."""
    return {name: value for name, value in answer.headers.items() if name != "Referrer-Policy"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", EVERY)
def test_strangers_are_told_the_same_whatever_they_show(
    service: Service, ada: Reader, path: str, method: str
) -> None:
    nobody = Reader(service)
    plain = nobody.ask(path, method)
    assert plain.status_code == 401
    assert plain.headers["WWW-Authenticate"] == BASIC
    assert "no-store" in plain.headers["Cache-Control"]
    gone = Reader(service, "read:zanzibar")
    service.access.revoke(gone.token.split("_")[1])
    other, writer = Reader(service, "read:quokka-full"), Reader(service, "write")
    asked = [
        nobody.ask(f"{path}?token={ada.token[:-1]}x", method),
        nobody.ask(f"{path}?token={ada.token}&token={ada.token}", method),
        nobody.ask(f"{path}?token=", method),
        nobody.ask(path, method, Authorization="Basic ????"),
        nobody.ask(path, method, If_None_Match="*"),
        *(one.ask(path, method, by=by) for one in (gone, other, writer)
          for by in ("address", "basic", "bearer")),
    ]  # fmt: skip
    for answer in asked:
        assert (answer.status_code, answer.data) == (401, plain.data)
        assert said(answer) == said(plain)


@pytest.mark.parametrize("by", ["address", "basic", "bearer"])
@pytest.mark.parametrize("path", EVERY)
def test_subscribers_are_let_in_and_nobody_keeps_it(ada: Reader, path: str, by: str) -> None:
    answer = ada.ask(path, by=by)
    expected = 308 if path in LED_ON else 410 if path in GONE else 200
    assert answer.status_code == expected
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Expires" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    if path in LED_ON:
        mark = f"?token={ada.token}" if by == "address" else ""
        assert answer.headers["Location"] == f"{SITE}{LED_ON[path]}{mark}"
    if path.endswith(".png"):
        assert answer.data == PICTURE
    head = ada.ask(path, "HEAD", by=by)
    assert (head.status_code, head.data) == (expected, b"")
    assert dict(head.headers) == dict(answer.headers)


@pytest.mark.parametrize("path", [*FEED, *ARCHIVE, *PAGES, FILES[0]])
def test_an_administrator_may_read_it_as_a_program(service: Service, path: str) -> None:
    admin = Reader(service, "admin")
    assert admin.ask(path, by="bearer").status_code == 200
    assert admin.ask(path, by="address").status_code == 401


@pytest.mark.parametrize("path", [*FEED, *ARCHIVE, *PAGES])
def test_polls_are_conditional_and_coded(ada: Reader, path: str) -> None:
    first = ada.ask(path)
    again = ada.ask(path, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "private, no-store"
    assert ada.ask(path, If_Modified_Since=first.headers["Last-Modified"]).status_code == 304
    assert ada.ask(path, Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"


def own_links(text: str) -> set[str]:
    """The addresses of this site in a document or a page."""
    return set(re.findall(rf"(?:{re.escape(SITE)})/[^\s\"'<>\\,]*", text))


def needs_token(address: str) -> bool:
    path = address.removeprefix(SITE)
    return path.startswith(("/feeds/zanzibar", "/items/quokka", "/items/named"))


@pytest.mark.parametrize("path", [*FEED, *ARCHIVE, *PAGES[:2]])
def test_links_carry_the_readers_own_token(service: Service, ada: Reader, path: str) -> None:
    for reader in (ada, Reader(service, "read:zanzibar")):
        answer = reader.ask(path, Accept=BROWSER)
        text = f"{answer.headers.get('Link', '')} {answer.data.decode()}"
        links = {link for link in own_links(text) if needs_token(link)}
        links -= {SITE + path}  # a page says what its own address is
        assert links
        for link in links:
            assert link.partition("#")[0].endswith(f"?token={reader.token}"), link
            if "quokka.vtt" not in link and "b.png" not in link:
                assert reader.ask(link.partition("#")[0]).status_code in {200, 308}, link
        assert set(re.findall(r"fs_[A-Za-z0-9_]+", text)) == {reader.token}
        text = text.replace(f"%3Ftoken%3D{reader.token}", "")  # how other readers are told of it
        for link in own_links(text) - links:
            assert "token" not in link
        assert "https://elsewhere.example/items/quokka-1?" not in text


@pytest.mark.parametrize("by", ["basic", "bearer"])
@pytest.mark.parametrize("path", [*FEED, *ARCHIVE, *PAGES])
def test_without_a_token_in_the_address_there_is_none_in_links(
    ada: Reader, path: str, by: str
) -> None:
    answer = ada.ask(path, by=by, Accept=BROWSER)
    assert "token" not in f"{answer.headers}{answer.data.decode()}"
    links = own_links(answer.data.decode())
    assert any(needs_token(link) for link in links)


def test_whoever_follows_links_walks_all_of_it(ada: Reader) -> None:
    address, titles = "/feeds/zanzibar.json", []
    while address:
        document: dict[str, Any] = json.loads(ada.ask(address).data)
        titles += [item["title"] for item in document["items"]]
        address = document.get("next_url", "")
    wanted = {f"Quokka news: quokka-{n}" for n in range(1, 9)} | {"Named quokka"}
    assert wanted <= set(titles)


def test_a_feed_of_the_whole_has_public_items_too(service: Service) -> None:
    reader = Reader(service, "read:quokka-full")
    document = json.loads(reader.ask("/feeds/quokka-full.json").data)
    urls = {item["url"] for item in document["items"]}
    assert urls == {f"{SITE}/items/open", f"{SITE}/items/plain"}
    assert document["feed_url"].endswith(f"?token={reader.token}")
    assert reader.ask("/items/quokka-1").status_code == 401


def test_an_ended_feed_tells_only_its_subscribers_so(service: Service) -> None:
    assert Reader(service).ask("/feeds/axolotl.rss").status_code == 401
    reader = Reader(service, "read:axolotl")
    assert reader.ask("/feeds/axolotl.rss").status_code == 410
    assert Reader(service).ask("/items/axolotl").status_code == 401
    assert reader.ask("/items/axolotl").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_a_delta_is_its_readers_own(tmp_path: Path, form: str) -> None:
    with circle(tmp_path) as service:
        readers = [Reader(service, "read:zanzibar") for _ in range(2)]
        address = f"/feeds/zanzibar.{form}"
        etags = [reader.ask(address).headers["ETag"] for reader in readers]
        item = service.store.item(slug="quokka-2")
        assert item is not None
        service.now.forward(minutes=1)  # type: ignore[attr-defined]
        service.withdraw(item.guid)
        for reader, etag in zip(readers, etags, strict=True):
            answer = reader.ask(address, If_None_Match=etag, A_IM="feed")
            assert answer.status_code == 226
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert item.guid in answer.data.decode()
            assert set(re.findall(r"fs_\w+", answer.data.decode())) == {reader.token}


def test_what_becomes_private_is_so_at_the_next_poll(tmp_path: Path) -> None:
    """Also where the fast path knows the address by heart."""
    with circle(tmp_path) as service:
        nobody = Reader(service)
        for _ in range(3):
            assert nobody.ask("/feeds/notes.rss").status_code == 200
        notes = next(feed for feed in service.settings.all_feeds() if feed.name == "notes")
        private = notes.model_copy(update={"name": "made"})
        service.make_feed(private, origin="api:test")
        for _ in range(3):
            assert nobody.ask("/feeds/made.rss").status_code == 200
        closed = private.model_copy(update={"private": True})
        service.make_feed(closed, origin="api:test", replaces="made")
        assert nobody.ask("/feeds/made.rss").status_code == 401
        assert nobody.ask("/items/open").status_code == 401
        assert "Open to all" not in nobody.ask("/feeds/notes.rss").data.decode()


def test_an_author_can_not_make_a_reader_give_his_token_away(service: Service, ada: Reader) -> None:
    """Whatever a text says: only links of ours get a token."""
    text = ada.ask("/feeds/zanzibar.json").data.decode()
    assert f"elsewhere.example/items/quokka-1?token={ada.token}" not in text


def test_a_token_goes_on_through_new_names_and_the_end(tmp_path: Path) -> None:
    with circle(tmp_path) as service:
        reader, other = Reader(service, "read:made"), Reader(service, "read:zanzibar")
        where = {"any": {"tags": ["made"]}}
        made = FeedSection.model_validate({"name": "made", "private": True, "where": where})
        service.make_feed(made, origin="api:test")
        item = Item(slug="theirs", title="Theirs", categories=(Category("made"),))
        service.store.apply([Put(item)], service.now())
        renamed = made.model_copy(update={"name": "later"})
        service.make_feed(renamed, origin="api:test", replaces="made")
        assert reader.ask("/items/theirs").status_code == 200
        assert reader.ask("/feeds/later.rss").status_code == 200
        service.end_feed("later")
        assert reader.ask("/items/theirs").status_code == 200
        assert reader.ask("/feeds/later.rss").status_code == 410
        assert other.ask("/items/theirs").status_code == 401
        assert Reader(service).ask("/items/theirs").status_code == 401
