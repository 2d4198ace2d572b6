"""An item of JSON Feed, and its attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedsvc.formats.check import dates, html, words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.json_values import (
    ARRAY,
    NUMBER,
    OBJECT,
    STRING,
    Kind,
    authors,
    keys,
    language,
    url,
)

_ITEM: Mapping[str, Kind] = {
    "id": STRING,
    "url": STRING,
    "external_url": STRING,
    "title": STRING,
    "content_html": STRING,
    "content_text": STRING,
    "summary": STRING,
    "image": STRING,
    "banner_image": STRING,
    "date_published": STRING,
    "date_modified": STRING,
    "author": OBJECT,
    "authors": ARRAY,
    "tags": ARRAY,
    "language": STRING,
    "attachments": ARRAY,
}
_ATTACHMENT: Mapping[str, Kind] = {
    "url": STRING,
    "mime_type": STRING,
    "title": STRING,
    "size_in_bytes": NUMBER,
    "duration_in_seconds": NUMBER,
}


def check_item(report: Report, item: Mapping[str, Any], where: str, *, is_old: bool) -> None:
    """Check an item. ``is_old``: of version 1, where one ``author`` is right."""
    keys(report, item, _ITEM, where)
    if item.get("id") is None or item["id"] == "":
        report.add("json.item.id-missing", where)
    if "content_html" not in item and "content_text" not in item:
        report.add("json.item.content-missing", where)
    for key in ("url", "external_url", "image", "banner_image"):
        url(report, item, key, where)
    if not item.get("url") and not item.get("external_url"):
        report.add("json.item.url-missing", where)
    authors(report, item, where, is_old=is_old)
    language(report, item, where)
    _dates(report, item, where)
    _texts(report, item, where)
    _tags(report, item.get("tags"), where)
    _attachments(report, item.get("attachments"), where)


def _dates(report: Report, item: Mapping[str, Any], where: str) -> None:
    if "date_published" not in item and "date_modified" not in item:
        report.add("json.item.date-missing", where)
    for key in ("date_published", "date_modified"):
        value = item.get(key)
        if not isinstance(value, str):
            continue
        reading = dates.rfc3339(value)
        if reading.fault:
            report.add(
                "json.date-invalid", f"{where} / {key}", key=key, value=value, fault=reading.fault
            )
        elif reading.is_implausible:
            report.add("feed.date-implausible", f"{where} / {key}", name=key, value=value)


def _texts(report: Report, item: Mapping[str, Any], where: str) -> None:
    for key in ("title", "summary", "content_text"):
        value = item.get(key)
        if isinstance(value, str) and (found := words.markup_in(value)):
            report.add("json.text-html", f"{where} / {key}", key=key, found=found)
    body = item.get("content_html")
    if isinstance(body, str):
        html.check_html(report, body, f"{where} / content_html")


def _tags(report: Report, tags: Any, where: str) -> None:
    if not isinstance(tags, list):
        return
    if any(not isinstance(tag, str) for tag in tags):
        report.add("json.type", where, key="a tag", found="no string", wanted="a string")
    if any(isinstance(tag, str) and not tag.strip() for tag in tags):
        report.add("json.tag-empty", where)


def _attachments(report: Report, attachments: Any, where: str) -> None:
    if not isinstance(attachments, list):
        return
    for number, attachment in enumerate(attachments, 1):
        place = f"{where} / attachments {number}"
        if not isinstance(attachment, dict):
            report.add(
                "json.type", place, key="an attachment", found="no object", wanted="an object"
            )
            continue
        keys(report, attachment, _ATTACHMENT, place)
        for key in ("url", "mime_type"):
            if not attachment.get(key):
                report.add("json.key-missing", place, key=key)
        url(report, attachment, "url", place)
        kind = attachment.get("mime_type")
        if isinstance(kind, str) and kind and not words.is_media_type(kind):
            report.add("json.media-type-invalid", place, value=kind)
        for key in ("size_in_bytes", "duration_in_seconds"):
            value = attachment.get(key)
            if isinstance(value, int | float) and value < 0:
                report.add("json.number-negative", place, key=key, value=value)
