"""The 36 cases of micropub.rocks for servers, by their numbers there."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from intake.test_recognising import jpeg, png
from web.conftest import client_of
from web.harbour import SITE, wav
from werkzeug.test import TestResponse

from feedsvc.model import Item, Status
from feedsvc.service import Service

GIF = b"GIF89a\x02\0\x02\0" + bytes(20)
CAT, DOG = "https://photos.example/cat.jpg", "https://photos.example/dog.jpg"


class App:
    """A writing app with a token, and the site that it writes to."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.client: FlaskClient = client_of(service)
        self.token = service.access.mint("app", "write")[1]
        self.bearer = {"Authorization": f"Bearer {self.token}"}

    def form(self, *, auth: bool = True, **fields: Any) -> TestResponse:
        """``a__`` stands for ``a[]``, ``_`` for ``-``."""
        data = {
            name.replace("__", "[]").replace("_", "-") if name != "access_token" else name: value
            for name, value in fields.items()
        }
        return self.client.post("/micropub", data=data, headers=self.bearer if auth else {})

    def json(self, **body: Any) -> TestResponse:
        return self.client.post("/micropub", json=body, headers=self.bearer)

    def create(self, **properties: list[Any]) -> TestResponse:
        named = {name.replace("_", "-"): values for name, values in properties.items()}
        return self.json(type=["h-entry"], properties=named)

    def ask(self, query: str) -> Any:
        response = self.client.get(f"/micropub?{query}", headers=self.bearer)
        assert response.status_code == 200, response.json
        return response.json

    def source(self, url: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = self.ask(f"q=source&url={url}")["properties"]
        return found

    def item(self, url: str) -> Item:
        found = self.service.store.item(url=url)
        assert found is not None
        return found

    def upload(self, data: bytes, name: str) -> TestResponse:
        return self.client.post(
            "/micropub/media", data={"file": (io.BytesIO(data), name)}, headers=self.bearer
        )


@pytest.fixture
def app(fresh: Service) -> App:
    return App(fresh)


def made(response: TestResponse) -> str:
    """The address of the post that was made."""
    assert response.status_code in {201, 202}, response.get_data(as_text=True)
    return response.headers["Location"]


def changed(response: TestResponse) -> None:
    assert response.status_code in {200, 201, 204}, response.get_data(as_text=True)


def refused(response: TestResponse, status: int, word: str) -> None:
    assert (response.status_code, response.json["error"]) == (status, word), response.json
    assert response.json["error_description"]


# Create, with a form


def test_100_a_basic_post(app: App) -> None:
    url = made(app.form(h="entry", content="Micropub test of a basic post\n\nTwo & < paragraphs"))
    item = app.item(url)
    assert (
        item.content_html
        == "<p>Micropub test of a basic post</p>\n<p>Two &amp; &lt; paragraphs</p>"
    )
    assert (item.status, item.origin, item.title) == (Status.PUBLISHED, "micropub:app", "")
    assert url.startswith(f"{SITE}/items/")
    assert app.client.get(url.removeprefix(SITE)).status_code == 200
    assert b"basic post" in app.client.get("/feeds/main.rss").data


def test_101_a_post_with_two_categories(app: App) -> None:
    url = made(app.form(h="entry", content="x", category__=["test1", "test2"]))
    assert [one.term for one in app.item(url).categories] == ["test1", "test2"]


def test_104_a_post_with_a_photo_by_its_address(app: App) -> None:
    url = made(app.form(h="entry", content="x", photo=CAT))
    assert app.item(url).content_html == f'<p>x</p>\n<p><img src="{CAT}" alt=""></p>'
    assert app.item(url).image == CAT
    assert app.source(url)["photo"] == [CAT]
    assert app.source(url)["content"] == ["x"]


def test_107_a_post_with_one_category(app: App) -> None:
    url = made(app.form(h="entry", content="x", category="test1"))
    assert app.source(url)["category"] == ["test1"]


# Create, with JSON


def test_200_a_basic_post(app: App) -> None:
    url = made(app.create(content=["Micropub test"]))
    assert app.item(url).content_html == "<p>Micropub test</p>"


def test_201_a_post_with_two_categories(app: App) -> None:
    url = made(app.create(content=["x"], category=["test1", "test2"]))
    assert app.source(url)["category"] == ["test1", "test2"]


def test_202_html_is_kept_as_html(app: App) -> None:
    html = "<p>This post has <b>bold</b> and <i>italic</i> text.</p>"
    url = made(app.create(content=[{"html": html}]))
    assert app.item(url).content_html == html
    assert app.source(url)["content"] == [{"html": html}]


def test_203_a_photo_by_its_address(app: App) -> None:
    url = made(app.create(content=["x"], photo=[CAT]))
    assert app.source(url)["photo"] == [CAT]


def test_204_a_nested_object_is_kept(app: App) -> None:
    place = {
        "type": ["h-card"],
        "properties": {
            "name": ["Los Gorditos"],
            "url": ["https://foursquare.com/v/502c4bbde4b06e61e06d1ebf"],
            "latitude": [45.524330801154],
            "longitude": [-122.68068808051],
            "country-name": ["United States"],
        },
    }
    time = "2026-05-31T12:03:36-07:00"
    url = made(app.create(published=[time], content=["Lunch meeting"], checkin=[place]))
    assert app.source(url)["checkin"] == [place]
    assert app.source(url)["published"] == ["2026-05-31T19:03:36Z"]


def test_205_a_photo_with_a_description(app: App) -> None:
    photo = {"value": CAT, "alt": 'A "cat" & <dog>'}
    url = made(app.create(content=["x"], photo=[photo]))
    assert 'alt="A &quot;cat&quot; &amp; &lt;dog&gt;"' in app.item(url).content_html
    assert app.source(url)["photo"] == [photo]


def test_206_two_photos(app: App) -> None:
    url = made(app.create(content=["x"], photo=[CAT, DOG]))
    assert app.source(url)["photo"] == [CAT, DOG]
    assert app.source(url)["content"] == ["x"]


# Create, with files


def test_300_a_photo(app: App) -> None:
    photo = (io.BytesIO(png(640, 480)), "cat.png")
    url = made(app.form(h="entry", content="x", photo=photo))
    (address,) = app.source(url)["photo"]
    assert address.startswith(f"{SITE}/media/")
    response = app.client.get(address.removeprefix(SITE))
    assert (response.content_type, response.data) == ("image/png", png(640, 480))


def test_301_two_photos(app: App) -> None:
    photos = [(io.BytesIO(jpeg(n, n)), "cat.jpg") for n in (1, 2)]
    url = made(app.form(h="entry", content="x", photo__=photos))
    assert len(set(app.source(url)["photo"])) == 2


# Update


def update(app: App, url: str, **what: Any) -> dict[str, list[Any]]:
    """The properties after an update."""
    changed(app.json(action="update", url=url, **what))
    return app.source(url)


def test_400_replace(app: App) -> None:
    url = made(app.create(content=["Before"], category=["foo"]))
    after = update(app, url, replace={"content": ["After"]})
    assert (after["content"], after["category"]) == (["After"], ["foo"])


def test_401_add(app: App) -> None:
    url = made(app.create(content=["x"], category=["test1"]))
    assert update(app, url, add={"category": ["test2"]})["category"] == ["test1", "test2"]


def test_402_add_to_what_is_not_there(app: App) -> None:
    url = made(app.create(content=["x"]))
    assert update(app, url, add={"category": ["test1", "test2"]})["category"] == ["test1", "test2"]


def test_403_delete_a_value(app: App) -> None:
    url = made(app.create(content=["x"], category=["test1", "test2"]))
    assert update(app, url, delete={"category": ["test1"]})["category"] == ["test2"]


def test_404_delete_a_property(app: App) -> None:
    url = made(app.create(content=["x"], category=["test1", "test2"]))
    assert "category" not in update(app, url, delete=["category"])


def test_405_a_value_that_is_no_list(app: App) -> None:
    url = made(app.create(content=["Before"]))
    refused(
        app.json(action="update", url=url, replace={"content": "After"}), 400, "invalid_request"
    )
    assert app.source(url)["content"] == ["Before"]


# Delete


def gone(app: App, url: str) -> None:
    assert app.client.get(url.removeprefix(SITE)).status_code == 410
    assert b"at:deleted-entry" in app.client.get("/feeds/main.atom").data


def back(app: App, url: str) -> None:
    assert app.client.get(url.removeprefix(SITE)).status_code == 200
    assert b"at:deleted-entry" not in app.client.get("/feeds/main.atom").data


Way = Callable[..., TestResponse]
FORM_AND_JSON = pytest.mark.parametrize("way", [App.form, App.json], ids=["form", "json"])


@FORM_AND_JSON
def test_500_501_delete_and_502_503_undelete(app: App, way: Way) -> None:
    url = made(app.create(content=["x"]))
    for _ in range(2):  # twice is no fault
        changed(way(app, action="delete", url=url))
        gone(app, url)
    for _ in range(2):
        changed(way(app, action="undelete", url=url))
        back(app, url)


# Query


def test_600_config(app: App) -> None:
    config = app.ask("q=config")
    assert config["media-endpoint"] == f"{SITE}/micropub/media"
    assert config["syndicate-to"] == []
    assert {"config", "source", "syndicate-to"} <= set(config["q"])


def test_601_syndicate_to(app: App) -> None:
    assert app.ask("q=syndicate-to") == {"syndicate-to": []}


def test_602_source_of_all(app: App) -> None:
    url = made(app.create(name=["A post"], content=["Test"], category=["foo", "bar"]))
    source = app.ask(f"q=source&url={url}")
    assert source["type"] == ["h-entry"]
    assert source["properties"] == {
        "url": [url],
        "name": ["A post"],
        "content": ["Test"],
        "category": ["foo", "bar"],
        "published": ["2026-11-22T12:00:00Z"],
        "updated": ["2026-11-22T12:00:00Z"],
        "post-status": ["published"],
    }


def test_603_source_of_some(app: App) -> None:
    url = made(app.create(name=["A post"], content=["Test"], category=["foo", "bar"]))
    source = app.ask(
        f"q=source&url={url}&properties[]=content&properties[]=category&properties[]=x"
    )
    assert source == {"properties": {"content": ["Test"], "category": ["foo", "bar"]}}
    assert app.ask(f"q=source&url={url}&properties=name") == {"properties": {"name": ["A post"]}}


# The media endpoint


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        pytest.param(jpeg(640, 480), "a.jpg", "image/jpeg", id="700"),
        pytest.param(png(640, 480), "a.png", "image/png", id="701"),
        pytest.param(GIF, "a.gif", "image/gif", id="702"),
        pytest.param(wav(2), "a.wav", "audio/wav", id="sound"),
    ],
)
def test_700_701_702_files_sent_ahead(app: App, data: bytes, name: str, media_type: str) -> None:
    url = made(app.upload(data, name))
    response = app.client.get(url.removeprefix(SITE))
    assert (response.status_code, response.content_type) == (200, media_type)
    assert response.data == data


# Who it is


def test_800_a_token_in_the_header(app: App) -> None:
    made(app.form(h="entry", content="x"))


def test_801_802_a_token_in_the_form_is_not_kept(app: App) -> None:
    url = made(app.form(auth=False, h="entry", content="x", access_token=app.token))
    assert "access_token" not in app.source(url)
    assert app.service.store.properties(app.item(url).guid) == {}
    for path in (url.removeprefix(SITE), "/feeds/main.json", "/feeds/main.atom"):
        assert app.token.encode() not in app.client.get(path).data


@pytest.mark.parametrize("path", ["/micropub", "/micropub/media"])
def test_803_no_token(app: App, path: str) -> None:
    for response in (
        app.client.post(path, data={"h": "entry", "content": "x"}),
        app.client.post(path, data={"h": "entry", "content": "x", "access_token": "fs_no_no"}),
        app.client.post(path, json={"type": ["h-entry"], "properties": {"content": ["x"]}}),
        app.client.get(f"{path}?q=config"),
        app.client.get(f"{path}?q=config&access_token={app.token}"),
    ):
        refused(response, 401, "unauthorized")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert app.service.store.count() == 0


def test_804_a_token_that_may_only_read(app: App) -> None:
    reading = {"Authorization": f"Bearer {app.service.access.mint('reader', 'read:main')[1]}"}
    for response in (
        app.client.post("/micropub", data={"h": "entry", "content": "x"}, headers=reading),
        app.client.get("/micropub?q=config", headers=reading),
    ):
        refused(response, 403, "insufficient_scope")


def test_805_a_token_in_both_places(app: App) -> None:
    refused(app.form(h="entry", content="x", access_token=app.token), 400, "invalid_request")
    refused(app.form(h="entry", content="x", access_token="fs_no_no"), 400, "invalid_request")
    assert app.service.store.count() == 0
