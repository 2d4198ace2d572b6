"""Podcasts: Apple's itunes elements and those of the podcast namespace."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from feedsvc.formats.check import words
from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.namespaces import DC, ITUNES
from feedsvc.formats.check.tree import LANG, Element, attribute, children, local, namespace, text
from feedsvc.formats.check.vocabulary import (
    BOTH,
    FEED,
    ITEM,
    Vocabulary,
    address,
    attribute_address,
    attribute_matches,
    defined,
    invalid,
    is_count,
    is_number,
    is_positive,
    matching,
    one_of,
    plain,
)
from feedsvc.formats.check.walk import Check

_APPLE = "Apple Podcasts, A Podcaster's Guide to RSS"
_NAMESPACE = "Podcast Namespace 1.0"

_DURATION = re.compile(r"\d+(:[0-5]?\d(:[0-5]\d)?)?", re.ASCII)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_PLAYABLE = frozenset({"mp3", "m4a", "mov", "mp4", "m4v", "pdf", "epub", "wav", "aac"})

#: Apple's categories with their subcategories.
_CATEGORIES = {
    "Arts": "Books|Design|Fashion & Beauty|Food|Performing Arts|Visual Arts",
    "Business": "Careers|Entrepreneurship|Investing|Management|Marketing|Non-Profit",
    "Comedy": "Comedy Interviews|Improv|Stand-Up",
    "Education": "Courses|How To|Language Learning|Self-Improvement",
    "Fiction": "Comedy Fiction|Drama|Science Fiction",
    "Government": "",
    "Health & Fitness": "Alternative Health|Fitness|Medicine|Mental Health|Nutrition|Sexuality",
    "History": "",
    "Kids & Family": "Education for Kids|Parenting|Pets & Animals|Stories for Kids",
    "Leisure": "Animation & Manga|Automotive|Aviation|Crafts|Games|Hobbies|Home & Garden"
    "|Video Games",
    "Music": "Music Commentary|Music History|Music Interviews",
    "News": "Business News|Daily News|Entertainment News|News Commentary|Politics|Sports News"
    "|Tech News",
    "Religion & Spirituality": "Buddhism|Christianity|Hinduism|Islam|Judaism|Religion|Spirituality",
    "Science": "Astronomy|Chemistry|Earth Sciences|Life Sciences|Mathematics|Natural Sciences"
    "|Nature|Physics|Social Sciences",
    "Society & Culture": "Documentary|Personal Journals|Philosophy|Places & Travel|Relationships",
    "Sports": "Baseball|Basketball|Cricket|Fantasy Sports|Football|Golf|Hockey|Rugby|Running"
    "|Soccer|Swimming|Tennis|Volleyball|Wilderness|Wrestling",
    "Technology": "",
    "True Crime": "",
    "TV & Film": "After Shows|Film History|Film Interviews|Film Reviews|TV Reviews",
}


def _tag(name: str) -> str:
    return f"{{{ITUNES}}}{name}"


def check_show(report: Report, feed: Element, items: Sequence[Element]) -> None:
    """What a directory of podcasts asks of a feed that says it is a show.

    A site's feed in which an episode comes by says so of the episode alone, and is no show. Nor
    does it become one by saying whether it is explicit, which other validators ask of it then.
    """
    for item in filter(_uses, items):
        _playable(report, item)
    if not _uses(feed, but="explicit"):
        return
    missing = [
        f"itunes:{name}"
        for name in ("category", "explicit", "image", "owner")
        if feed.find(_tag(name)) is None
    ]
    if not (
        feed.find("language") is not None
        or feed.find(f"{{{DC}}}language") is not None
        or feed.get(LANG)
        or feed.getroottree().getroot().get(LANG)
    ):
        missing.insert(0, "language")
    if missing:
        report.add("itunes.show-incomplete", feed, missing=", ".join(missing))


def _uses(element: Element, *, but: str = "") -> bool:
    return any(namespace(node) == ITUNES and local(node) != but for node in children(element))


def _playable(report: Report, item: Element) -> None:
    for node in children(item):
        is_link = local(node) == "link" and node.get("rel") == "enclosure"
        is_picture = node.get("type", "").startswith("image/")
        if is_picture or (local(node) != "enclosure" and not is_link):
            continue
        url = node.get("url") or node.get("href") or ""
        try:
            name = urlsplit(url).path.rpartition("/")[2]
        except ValueError:
            continue
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        if ending and ending not in _PLAYABLE:
            report.add("itunes.format-unplayable", node, value=ending)


def _category(report: Report, node: Element) -> None:
    found = attribute(node, "text")
    if found is None:
        return
    if found not in _CATEGORIES:
        report.add("itunes.category-unknown", node, value=found)
        return
    for part in children(node):
        if part.tag == _tag("category"):
            inner = attribute(part, "text")
            if inner not in _CATEGORIES[found].split("|"):
                report.add("itunes.category-unknown", part, value=f"{found} / {inner}")
        elif namespace(part) == ITUNES:
            report.add("extension.element-undefined", part, hint="", section=_APPLE)


def _owner(report: Report, node: Element) -> None:
    mailbox = node.find(_tag("email"))
    if mailbox is None:
        report.add("itunes.owner-email-missing", node)
    elif not words.is_mailbox(text(mailbox)):
        invalid(report, mailbox, text(mailbox), "an e-mail address", _APPLE)


def _image(report: Report, node: Element) -> None:
    attribute_address(report, node, "href", _APPLE)


def _keywords(report: Report, node: Element) -> None:
    value = text(node)
    if " " in value and "," not in value:
        report.add("itunes.keywords-commas", node, value=value)


_YES = one_of("yes", "no", source=_APPLE)
_POSITIVE = matching(is_positive, "a whole number from 1 up", _APPLE)

APPLE = Vocabulary(
    _APPLE,
    {
        "applepodcastsVerify": defined(FEED),
        "author": defined(BOTH, plain(_APPLE, 255)),
        "block": defined(BOTH, one_of("yes", "no", "clean", source=_APPLE)),
        "category": defined(BOTH, _category, many=True, required="text", attributes=""),
        "complete": defined(FEED, _YES),
        "duration": defined(
            ITEM,
            matching(lambda v: _DURATION.fullmatch(v) is not None, "seconds or HH:MM:SS", _APPLE),
        ),
        "episode": defined(ITEM, _POSITIVE),
        "episodeType": defined(ITEM, one_of("full", "trailer", "bonus", source=_APPLE)),
        "explicit": defined(BOTH, one_of("true", "false", source=_APPLE)),
        "image": defined(BOTH, _image, required="href", attributes=""),
        "isClosedCaptioned": defined(ITEM, _YES),
        "keywords": defined(BOTH, _keywords),
        "new-feed-url": defined(FEED, address(_APPLE)),
        "order": defined(ITEM, matching(is_count, "a whole number", _APPLE)),
        "owner": defined(FEED, _owner),
        "season": defined(ITEM, _POSITIVE),
        "subtitle": defined(BOTH, plain(_APPLE, 255)),
        "summary": defined(BOTH, plain(_APPLE, 4000)),
        "title": defined(BOTH, plain(_APPLE)),
        "type": defined(FEED, one_of("episodic", "serial", source=_APPLE)),
    },
)


def _file(report: Report, node: Element) -> None:
    attribute_address(report, node, "url", _NAMESPACE)
    attribute_matches(report, node, "type", words.is_media_type, "a media type", _NAMESPACE)


def _trailer(report: Report, node: Element) -> None:
    _file(report, node)
    attribute_matches(report, node, "length", is_count, "a count of bytes", _NAMESPACE)


def _soundbite(report: Report, node: Element) -> None:
    for name in ("startTime", "duration"):
        attribute_matches(report, node, name, is_number, "a number of seconds", _NAMESPACE)


def _person(report: Report, node: Element) -> None:
    for name in ("href", "img"):
        attribute_address(report, node, name, _NAMESPACE)
    if not text(node):
        invalid(report, node, "nothing", "a name", _NAMESPACE)


def _text(most: int) -> Check:
    return matching(
        lambda value: 0 < len(value) <= most, f"a text of 1 to {most} characters", _NAMESPACE
    )


_WHOLE = matching(is_count, "a whole number", _NAMESPACE)
_MEDIUM = re.compile(r"[A-Za-z]+")

PODCAST = Vocabulary(
    _NAMESPACE,
    {
        "alternateEnclosure": defined(ITEM, _trailer, many=True, required="type"),
        "chapters": defined(ITEM, _file, required="url type"),
        "episode": defined(ITEM, matching(is_number, "a number", _NAMESPACE)),
        "funding": defined(BOTH, _file, many=True, required="url"),
        "guid": defined(
            FEED, matching(lambda v: _GUID.fullmatch(v) is not None, "a UUID", _NAMESPACE)
        ),
        "license": defined(BOTH, _text(128)),
        "location": defined(BOTH, _text(128), many=True),
        "locked": defined(FEED, one_of("yes", "no", source=_NAMESPACE)),
        "medium": defined(
            FEED, matching(lambda v: _MEDIUM.fullmatch(v) is not None, "a word", _NAMESPACE)
        ),
        "person": defined(BOTH, _person, many=True),
        "season": defined(ITEM, _WHOLE),
        "soundbite": defined(ITEM, _soundbite, many=True, required="startTime duration"),
        "trailer": defined(FEED, _trailer, many=True, required="url pubdate"),
        "transcript": defined(ITEM, _file, many=True, required="url type"),
    },
    closed=False,
)
