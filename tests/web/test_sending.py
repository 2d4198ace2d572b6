"""An episode and an article with footnotes, by every way in: what the feed then says of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from web.editing import Editor
from web.harbour import SITE, SOUND
from werkzeug.test import TestResponse

from feedsvc.service import Service

TEXT = "See below.[^1] [The other](other) ![](/top.png)\n\n[^1]: A note.\n"
Way = Callable[["Sender", str], TestResponse]


class Sender:
    """Somebody with a token and an account, who has uploaded a sound."""

    def __init__(self, service: Service) -> None:
        self.editor = Editor(service)
        self.client = self.editor.client
        token = service.access.mint("program", "write")[1]
        self.bearer = {"Authorization": f"Bearer {token}"}
        upload = service.uploads.take(
            io.BytesIO(SOUND), name="rye.wav", origin="api:program", now=service.now()
        )
        self.sound = upload.url


def by_api(sender: Sender, sound: str) -> TestResponse:
    fields = {"title": "Rye", "content_markdown": TEXT, "enclosures": [{"url": sound}]}
    return sender.client.post("/api/v1/items", json=fields, headers=sender.bearer)


def by_batch(sender: Sender, sound: str) -> TestResponse:
    fields = {"title": "Rye", "content_markdown": TEXT, "enclosures": [{"url": sound}]}
    headers = {**sender.bearer, "Content-Type": "application/x-ndjson"}
    return sender.client.post("/api/v1/items/batch", data=json.dumps(fields), headers=headers)


def by_editor(sender: Sender, sound: str) -> TestResponse:
    return sender.editor.save(
        "/admin/items/new", title="Rye", text=TEXT, file_url=sound, action="publish", hold="0"
    )


def by_micropub(sender: Sender, sound: str) -> TestResponse:
    html = '<a href="#fn1">1</a> <a href="other">x</a> <img src="/top.png"> <p id="fn1">A note.</p>'
    properties = {"name": ["Rye"], "content": [{"html": html}], "audio": [sound]}
    post = {"type": ["h-entry"], "properties": properties}
    return sender.client.post("/micropub", json=post, headers=sender.bearer)


@pytest.mark.parametrize("way", [by_api, by_batch, by_editor, by_micropub])
def test_an_episode_with_footnotes(fresh: Service, way: Way) -> None:
    sender = Sender(fresh)
    answer = way(sender, sender.sound)
    assert answer.status_code < 400, answer.text
    item = fresh.store.item(slug="rye")
    assert item
    for address in (f"{SITE}/items/rye#fn1", f"{SITE}/items/other", f"{SITE}/top.png"):
        assert f'="{address}"' in item.content_html
    feed = sender.client.get("/feeds/main.rss").text
    assert f'url="{sender.sound}" length="{len(SOUND)}" type="audio/wav"' in feed
    assert "<itunes:duration>2</itunes:duration>" in feed


def test_a_preview_shows_the_links_that_readers_get(fresh: Service) -> None:
    editor = Editor(fresh)
    seen = editor.send("/admin/preview", title="Rye", text=TEXT, form="markdown").text
    assert f'href="{SITE}/items/rye#fn1"' in seen
    editor.save("/admin/items/new", title="Rye", text=TEXT, slug="loaf")
    seen = editor.send("/admin/preview", **editor.form("/admin/items/loaf")).text
    assert f'href="{SITE}/items/loaf#fn1"' in seen


def test_a_picture_that_lies_nowhere_is_told(fresh: Service) -> None:
    sender = Sender(fresh)
    fields = {"title": "Rye", "content_markdown": "![](pan.jpg)"}
    answer = sender.client.post("/api/v1/items", json=fields, headers=sender.bearer)
    assert answer.json
    (note,) = answer.json["notes"]
    assert note.startswith(f"content: pan.jpg leads to {SITE}/items/pan.jpg, where nothing is")
    saved = sender.editor.save("/admin/items/new", title="Pan", text="![](pan.jpg)")
    assert "pan.jpg leads to" in sender.editor.page(urlsplit(saved.headers["Location"]).path)
