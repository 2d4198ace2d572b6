"""One attack in each field of an item, as each way in takes it.

``m17x`` and the like mark what the seventeenth attack came in with. What two ways can take alike
is the same text in both, so that it is one thing to judge where it is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree as ET

AT = "https://ok.example/"
#: What a search finds each item by.
FINDABLE = "findable"
Marked = Iterable[tuple[str, str]]


def program(mark: str, payload: str) -> dict[str, Any]:
    """An item as a program sends it, an attack in each field."""
    return {
        "guid": f"urn:{mark}:{payload}",
        "aliases": [f"urn:former:{mark}:{payload}"],
        "slug": f"{mark}slug {payload}",
        "url": f"{AT}url/{mark}{payload}",
        "external_url": f"{AT}about/{mark}{payload}",
        "title": f"{mark}title {payload}",
        "summary": f"{mark}summary {payload}",
        "content_html": _content(mark, payload),
        "authors": [{
            "name": f"{mark}author {payload}"[:190],
            "email": f"{mark}@{payload}",
            "uri": f"{AT}author/{mark}{payload}",
        }],
        "categories": [
            {
                "term": f"{mark}term {payload}"[:95],
                "label": f"{mark}label {payload}"[:95],
                "scheme": f"{AT}scheme/{mark}{payload}",
            },
            {"term": payload[:95]},
        ],
        "language": payload,
        "enclosures": [
            {
                "url": f"{AT}file/{mark}{payload}",
                "title": f"{mark}file {payload}",
                "type": payload,
                "length": 5,
                "duration": 7,
            },
            {"url": f"{AT}sound/{mark}.mp3", "type": f"audio/{payload}", "title": payload},
            {"url": f"{AT}film/{mark}.mp4?{payload}", "type": "video/mp4", "title": payload},
            {"url": f"{AT}picture/{mark}.png#{payload}", "type": "image/png", "title": payload},
        ],
        "image": f"{AT}image/{mark}{payload}",
        "source": {
            "title": f"{mark}source {payload}",
            "url": f"{AT}source/{mark}{payload}",
            "feed_url": f"{AT}feed/{mark}{payload}",
            "guid": f"{mark}sourceid {payload}",
        },
        "via": [{"url": f"{AT}via/{mark}{payload}", "title": f"{mark}via {payload}"}],
        "comments_url": f"{AT}comments/{mark}{payload}",
        "rights": f"{mark}rights {payload}",
        "podcast": {
            "duration": 9,
            "episode": 3,
            "season": 2,
            "explicit": True,
            "transcript": {"url": f"{AT}transcript/{mark}{payload}", "type": payload},
            "chapters": {"url": f"{AT}chapters/{mark}{payload}", "type": payload},
        },
    }  # fmt: skip


def markdown(mark: str, payload: str) -> dict[str, Any]:
    """An item in Markdown: the attack as itself, in a link, in code, as a picture, in a heading."""
    text = (
        f"# {payload}\n\n{mark}content {FINDABLE} {payload}\n\n"
        f"[{payload}]({payload}) ![{payload}]({payload})\n\n<{payload}>\n\n`{payload}`\n\n"
        f"```{payload}\n{payload}\n```\n\n> {payload}\n\n"
        f"[a]: {payload} '{payload}'\n\n| {payload} | b |\n|---|---|\n| {payload} | c |\n\n[a]"
    )
    return {"title": f"{mark}title", "content_markdown": text, "slug": f"{mark}markdown"}


def text_of(marked: Marked) -> str:
    """Plain text holds as many attacks as one likes, a paragraph each: none hides another."""
    return "\n\n".join(f"{mark}content {FINDABLE} {payload}" for mark, payload in marked)


def plain(group: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """An item in plain text."""
    return {"title": "", "content_text": text_of(group), "slug": f"{group[0][0]}text"}


def app(mark: str, payload: str, group: Marked = ()) -> dict[str, Any]:
    """A post as a Micropub client sends it, with a photo for each of ``group``."""
    return {
        "type": ["h-entry"],
        "properties": {
            "name": [f"{mark}title {payload}"],
            "summary": [f"{mark}summary {payload}"],
            "content": [{"html": _content(mark, payload)}],
            "category": [f"{mark}term {payload}"[:95]],
            "author": [{
                "type": ["h-card"],
                "properties": {
                    "name": [f"{mark}author {payload}"[:190]],
                    "url": [f"{AT}author/{mark}{payload}"],
                    "email": [f"mailto:{mark}@{payload}"],
                },
            }],
            "photo": [
                {"value": f"{AT}photo/{one}{its}", "alt": f"{one}alt {its}"} for one, its in group
            ],
            "featured": [f"{AT}image/{mark}{payload}"],
            "video": [f"{AT}film/{mark}.mp4?{payload}"],
            "in-reply-to": [f"{AT}about/{mark}{payload}"],
            "location": [{"type": ["h-adr"], "properties": {"name": [payload]}}],
            "mood": [payload],
        },
        "mp-slug": f"{mark}app {payload}",
    }  # fmt: skip


def app_form(mark: str, payload: str, group: Marked = ()) -> dict[str, Any]:
    """A post as a Micropub client sends it in a form, in plain text, about nothing but a page."""
    text = {"content": text_of(group)} if group else {}
    return {
        "h": "entry",
        "name": f"{mark}title {payload}",
        **text,
        "category[]": [f"{mark}term {payload}"[:95], payload[:95]],
        "bookmark-of": f"{AT}about/{mark}{payload}",
        "mp-slug": f"{mark}form {payload}",
    }


def form(mark: str, payload: str) -> dict[str, Any]:
    """The editor's form as somebody fills it in."""
    return {
        "title": f"{mark}title {payload}",
        "text": _content(mark, payload),
        "form": "html",
        "summary": f"{mark}summary {payload}",
        "tags": f"{mark}term {payload}"[:95],
        "authors": f"{mark}author {' '.join(payload.split())} {AT}author/{mark}",
        "slug": f"{mark}editor {payload}",
        "external_url": f"{AT}about/{mark}{payload}",
        "image": f"{AT}image/{mark}{payload}",
        "rights": f"{mark}rights {payload}",
        "file_url": f"{AT}file/{mark}{payload}",
        "file_title": f"{mark}file {payload}",
        "file_type": payload,
        "key": f"{mark}key",
    }


def file(mark: str, payload: str, group: Marked = ()) -> tuple[str, str]:
    """An item file of HTML: its path, which lies in folders called as ``group``; what is in it."""
    payload = _of_file(payload)
    told = "/".join([f"{mark}file", *(f"{one} {_of_file(its)}" for one, its in group)])
    parts = [
        re.sub(r"^[._~]", "x", part).encode()[:200].decode("utf-8", "ignore")  # none is hidden
        for part in _UNNAMED.sub("", told).split("/")
    ]
    front = {
        "title": f"{mark}title {payload}",
        "summary": f"{mark}summary {payload}",
        "slug": f"{mark}named {payload}",
        "url": f"{AT}url/{mark}{payload}",
        "image": f"{AT}image/{mark}{payload}",
        "comments": f"{AT}comments/{mark}{payload}",
        "rights": f"{mark}rights {payload}",
        "authors": [{
            "name": f"{mark}author {payload}"[:190],
            "uri": f"{AT}author/{mark}{payload}",
        }],
        "tags": [f"{mark}term {payload}"[:95]],
        "enclosures": [{
            "url": f"{AT}file/{mark}{payload}",
            "title": f"{mark}file {payload}",
            "type": payload,
        }],
    }  # fmt: skip
    lines = "\n".join(f"{name}: {_quoted(value)}" for name, value in front.items())
    path = "/".join(part for part in parts if part) + ".html"
    return path, f"---\n{lines}\n---\n{_content(mark, payload)}\n"


def file_markdown(mark: str, payload: str) -> tuple[str, str]:
    """An item file of Markdown, with TOML before it."""
    payload = _of_file(payload).replace("\x7f", "")
    front = {
        "title": f"{mark}title",
        "description": f"{mark}summary {payload}",
        "slug": f"{mark}toml {payload}",
        "authors": [f"{mark}author {payload}"[:190]],
        "tags": [f"{mark}term {payload}"[:95]],
        "lang": payload,
    }
    lines = "\n".join(f"{name} = {_quoted(value)}" for name, value in front.items())
    text = markdown(mark, payload)["content_markdown"]
    return f"{mark}.md", f"+++\n{lines}\n+++\n{text}\n"


def file_text(group: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """An item file of plain text: a title, an empty line, words."""
    text = text_of((mark, _of_file(payload)) for mark, payload in group)
    return f"{group[0][0]}.txt", f"{group[0][0]}title\n\n{text}\n"


def _content(mark: str, payload: str) -> str:
    return f"<p>{mark}content {FINDABLE}</p>{payload}"


def _of_file(payload: str) -> str:
    """What a file in UTF-8 can hold of it."""
    return payload.replace("\0", "").encode("utf-8", "replace").decode()


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


#: What no name of a file has.
_UNNAMED = re.compile(r"[\x00-\x1f\x7f-\x9f]")


# Feeds of others, each with all attacks

#: What no XML has.
_UNTOLD = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE = "2020-01-01T00:00:00Z"
#: Names of elements, by the prefixes that they have below.
_SPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}


def atom_feed(marked: Marked) -> bytes:
    feed = ET.Element(_name("a:feed"))
    _add(feed, "a:id", "urn:attacked:atom")
    _add(feed, "a:title", "Atom")
    for mark, payload in marked:
        entry = _add(feed, "a:entry")
        _add(entry, "a:id", f"urn:{mark}:atom")
        _add(entry, "a:published", _DATE)
        _add(entry, "a:updated", _DATE)
        _add(entry, "a:title", f"{mark}title {payload}")
        _add(entry, "a:summary", f"{mark}summary {payload}")
        _add(entry, "a:content", _content(mark, payload), type="html")
        _add(entry, "a:rights", f"{mark}rights {payload}")
        author = _add(entry, "a:author")
        _add(author, "a:name", f"{mark}author {payload}"[:190])
        _add(author, "a:uri", f"{AT}author/{mark}{payload}")
        tag = {"scheme": f"{AT}scheme/{mark}{payload}", "label": f"{mark}label {payload}"[:95]}
        _add(entry, "a:category", term=f"{mark}term {payload}"[:95], **tag)
        _add(entry, "a:link", rel="alternate", href=f"{AT}url/{mark}{payload}")
        _add(entry, "a:link", rel="related", href=f"{AT}about/{mark}{payload}")
        about = {"title": f"{mark}file {payload}", "type": payload}
        _add(entry, "a:link", rel="enclosure", href=f"{AT}file/{mark}{payload}", **about)
    return ET.tostring(feed, "utf-8", xml_declaration=True)


def rss_feed(marked: Marked) -> bytes:
    rss = ET.Element("rss", version="2.0")
    channel = _add(rss, "channel")
    _add(channel, "title", "RSS")
    _add(channel, "link", f"{AT}rss")
    for mark, payload in marked:
        item = _add(channel, "item")
        _add(item, "guid", f"urn:{mark}:rss", isPermaLink="false")
        _add(item, "pubDate", "Wed, 01 Jan 2020 00:00:00 GMT")
        _add(item, "title", f"{mark}title {payload}")
        _add(item, "description", f"{mark}summary {payload}")
        _add(item, "content:encoded", _content(mark, payload))
        _add(item, "dc:creator", f"{mark}author {payload}"[:190])
        _add(item, "dc:rights", f"{mark}rights {payload}")
        _add(item, "dc:language", payload)
        _add(item, "category", f"{mark}term {payload}"[:95], domain=f"{AT}scheme/{mark}{payload}")
        _add(item, "link", f"{AT}url/{mark}{payload}")
        _add(item, "comments", f"{AT}comments/{mark}{payload}")
        _add(item, "enclosure", url=f"{AT}file/{mark}{payload}", type=payload, length="5")
        _add(item, "media:thumbnail", url=f"{AT}image/{mark}{payload}")
    return ET.tostring(rss, "utf-8", xml_declaration=True)


def json_feed(marked: Marked) -> bytes:
    items = [
        {
            "id": f"urn:{mark}:json",
            "date_published": _DATE,
            "title": f"{mark}title {payload}",
            "summary": f"{mark}summary {payload}",
            "content_html": _content(mark, payload),
            "url": f"{AT}url/{mark}{payload}",
            "external_url": f"{AT}about/{mark}{payload}",
            "image": f"{AT}image/{mark}{payload}",
            "language": payload,
            "authors": [{
                "name": f"{mark}author {payload}"[:190],
                "url": f"{AT}author/{mark}{payload}",
            }],
            "tags": [f"{mark}term {payload}"[:95], payload[:95]],
            "attachments": [{
                "url": f"{AT}file/{mark}{payload}",
                "mime_type": payload,
                "title": f"{mark}file {payload}",
            }],
        }
        for mark, payload in marked
    ]  # fmt: skip
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "JSON", "items": items}).encode()


def _add(above: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    told = {key: _UNTOLD.sub("", value) for key, value in attributes.items()}
    made = ET.SubElement(above, _name(name), told)
    made.text = _UNTOLD.sub("", text)
    return made


def _name(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{_SPACES[prefix]}}}{local}" if prefix else local
