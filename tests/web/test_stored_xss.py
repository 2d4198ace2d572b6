"""What an item says never becomes markup that a template did not make, wherever it is shown.

A site takes in every attack in every field by every way, and a twin of it takes in quiet words.
Every place that shows items is read by an HTML5 parser, two XML parsers or a JSON parser; what
stands there beside texts and values must stand in the same place of the twin.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hostile import documents, html5
from hostile.pages import Page
from hostile.payloads import XSS
from web.attacks import FINDABLE
from web.harbour import SITE
from web.stored import QUIET, SOME, Said, Site, attacked, said

from feedsvc.model import term_key

_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?|")
#: What readers and editors are shown of one item.
OF_ITEM = [
    "/items/{}",
    "/admin/items/{}",
    "/admin/items/{}/history",
    "/admin/items/{}/history?revision={first}&to=now",
    "/admin/items/{}/look",
    "/admin/items/{}/preview",
]
#: What `check` finds depends on the values; each finding is text in a list.
_FINDINGS = re.compile(r"ul\[class=findings\]|span\[class=status (warning|good|error)\]")
#: How many topics and differences there are does too.
_MANY = re.compile(r"dl\[class=places\]/|class=past\]/section\[aria-labelledby\]/|class=terms\]/")
#: A topic that has no page of its own, as one of an item that another one withdrew.
_ALONE = "ul[aria-label,class=terms]/li[]/bdi[]"
#: What a feed of some length has, and one of few items has not; an entry without content.
_OF_LENGTH = {
    "rss/channel/{http://purl.org/syndication/history/1.0}archive[]",
    "{http://www.w3.org/2005/Atom}feed/{http://purl.org/syndication/history/1.0}archive[]",
    ".next_url",
    "._feedsvc.prev_archive_url",
    "._feedsvc.archive",
    "._feedsvc.current_url",
    ".items[].content_text",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with attacked(tmp_path_factory.mktemp("attacked") / "site") as found:
        yield found


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Of each way one item whose values are all kept, one without those that may be dropped."""
    with attacked(tmp_path_factory.mktemp("quiet") / "site", [*QUIET, ""]) as found:
        yield found


def page_of(site: Site, path: str, **headers: str) -> Page:
    answer = site.get(path, **headers)
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    sound_headers(answer)
    page = Page(answer.text)
    assert page.faults() == (), path
    return page


def sound_headers(answer: object) -> None:
    for name, value in answer.headers.items():  # type: ignore[attr-defined]
        assert _VALUE.fullmatch(value), (name, value)
        if name in {"Location", "Content-Location"}:
            assert re.match(r"https?://[^/]|/(?!/)", value), (name, value)


def addresses(site: Site, way: str, number: int, path: str) -> str:
    slug = site.slugs[way][number]
    first = ""
    if "{first}" in path:
        item = site.service.store.item(slug=slug)
        assert item
        first = str(site.service.store.history(item.guid)[-1].revision)
    return path.format(quote(slug, safe=""), first=first)


def has_page(way: str, path: str) -> bool:
    """What programs sent has a former version; that of the others is the present one."""
    return "{first}" not in path or way == "program"


def known(twin: Site, path: str) -> dict[str, int]:
    """What the template makes at most, by the quiet items of all ways."""
    most: dict[str, int] = {}
    for way, slugs in twin.slugs.items():
        for number in range(len(slugs)):
            if not has_page(way, path):
                continue
            for shape, count in page_of(twin, addresses(twin, way, number, path)).shapes().items():
                most[shape] = max(most.get(shape, 0), count)
    return most


@pytest.mark.parametrize("path", OF_ITEM)
def test_pages_of_one_item(site: Site, twin: Site, path: str) -> None:
    """Each attack in each field, by whichever way it came to stand there just so.

    A page of two items that say the same in a field is the same there: it is read once.
    """
    most = known(twin, path)
    to_readers = not path.endswith(("/admin/items/{}", "/history", "to=now"))
    judged: set[Said] = set()
    numbers: set[int] = set()
    for way, slugs in site.slugs.items():
        for place, slug in enumerate(slugs if has_page(way, path) else ()):
            here = site.numbers[way][place] & SOME
            new = said(site.kept[slug], to_readers=to_readers) - judged
            if path.endswith("/look") and way != "program":
                # There an entry is one text, in which content is none by itself.
                new = {one for one in new if one[0] != ".content_html"}
            if not here or not new:
                continue
            page = page_of(site, addresses(site, way, place, path))
            made = {
                shape: count
                for shape, count in page.shapes().items()
                if count > most.get(shape, 0)
                and not _FINDINGS.search(shape)
                and not shape.endswith(_ALONE)
                and not (shape in most and _MANY.search(shape))
            }
            assert not made, (way, slug)
            text = page.text()
            for number in here:
                assert f"m{number}x" in text, (way, slug)
            judged |= new
            numbers |= here
    assert len(numbers) >= 200
    # Each way has something of its own, if only where a file lies.
    assert len(judged) >= 200 * 20


def test_what_is_answered_to_whoever_sends_it(site: Site, twin: Site) -> None:
    quiet: set[str] = set()
    for _, answer in twin.answers:
        quiet |= set(Page(answer.text).shapes()) if answer.mimetype == "text/html" else set()
    forms = 0
    for mark, answer in site.answers:
        sound_headers(answer)
        if answer.mimetype != "text/html" or not answer.data:
            continue
        page = Page(answer.text)
        assert page.faults() == (), mark
        assert set(page.shapes()) - quiet == set(), mark
        assert mark in page.text()  # also where a redirect says where it leads
        forms += 1
    assert forms >= 400


def marks(page: Page) -> set[str]:
    return set(re.findall(r"m\d+x(?=title|content)", page.text()))


def test_home_with_each_item(site: Site, twin: Site) -> None:
    quiet = {shape for answer in twin.homes for shape in Page(answer.text).shapes()}
    seen: Counter[str] = Counter()
    for answer in site.homes:
        sound_headers(answer)
        page = Page(answer.text)
        assert page.faults() == ()
        assert set(page.shapes()) - quiet == set()
        seen.update(marks(page))
    assert len(seen) == len(XSS)
    # Of a program, in Markdown, of an app and the editor, which stood there together, in a file.
    assert sum(seen[f"m{number}x"] >= 4 for number in SOME) >= 200


@pytest.mark.parametrize("asked", ["/feeds/main?", f"/search?q={FINDABLE}&"])
def test_lists_of_items(site: Site, twin: Site, asked: str) -> None:
    quiet = set(page_of(twin, f"{asked}page=1").shapes())
    quiet |= set(page_of(twin, f"{asked}page=2").shapes())
    seen: set[str] = set()
    number = 1
    more = True
    while more:
        page = page_of(site, f"{asked}page={number}")
        assert set(page.shapes()) - quiet == set(), number
        seen |= marks(page)
        number += 1
        more = f"page={number}" in page.text()
    assert len(seen) == len(XSS)


def test_lists_of_the_editor(site: Site, twin: Site) -> None:
    quiet: set[str] = set()
    for path in ("/admin/", "/admin/?q=words", "/admin/?status=published", "/admin/feeds"):
        quiet |= set(page_of(twin, path).shapes())
    seen: set[str] = set()
    path: str | None = "/admin/"
    while path:
        page = page_of(site, path)
        new = {
            one for one in set(page.shapes()) - quiet if "nav[aria-label,class=pager]" not in one
        }
        assert new == set(), path
        seen |= set(re.findall(r"m\d+x", page.text()))
        answer = site.get(path).text
        more = re.search(r'rel="next" href="([^"]*)"', answer)
        path = more[1].replace("&amp;", "&") if more else None
    assert len(seen) == len(XSS)


def derived(site: Site) -> Iterator[tuple[int, str]]:
    """The pages of each topic and each author."""
    for number, slug in enumerate(site.slugs["program"]):
        item = site.service.store.item(slug=slug)
        assert item
        for kind, name in (
            ("tags", item.categories[0].term if item.categories else ""),
            ("authors", item.authors[0].name if item.authors else ""),
        ):
            if name:
                yield number, f"/{kind}/{quote(term_key(name), safe='')}"


def test_topics_and_authors(site: Site, twin: Site) -> None:
    quiet: set[str] = set()
    documents_quiet: dict[str, set[str]] = {}
    for _, path in derived(twin):
        quiet |= set(page_of(twin, path).shapes())
    for form in FORMS:
        documents_quiet[form] = shapes_of_feeds(twin, form)
    judged = 0
    for number, path in derived(site):
        if number not in SOME:
            continue
        page = page_of(site, path)
        assert set(page.shapes()) - quiet == set(), path
        judged += 1
        if path.startswith("/tags/") == bool(number % 2):  # of the one or the other a document
            continue
        form = FORMS[number // 2 % len(FORMS)]
        shapes, faults = document(site, f"{path}.{form}")
        assert faults == [], path
        assert shapes - documents_quiet[form] - _OF_LENGTH == set(), path
    assert judged >= 2 * 200


FORMS = ("rss", "atom", "json")


def document(site: Site, path: str) -> tuple[set[str], list[str]]:
    answer = site.get(path, Accept="*/*")
    assert answer.status_code == 200, path
    sound_headers(answer)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    judge = documents.members if answer.mimetype.endswith("json") else documents.xml
    return judge(answer.data)


def feeds_of(site: Site, form: str) -> Iterator[str]:
    yield f"/feeds/main.{form}"
    number = 1
    while site.get(f"/feeds/main/archive/{number}.{form}").status_code == 200:
        yield f"/feeds/main/archive/{number}.{form}"
        number += 1


def shapes_of_feeds(site: Site, form: str) -> set[str]:
    found: set[str] = set()
    for path in [*feeds_of(site, form), *(f"{path}.{form}" for _, path in derived(site))]:
        found |= document(site, path)[0]
    return found


@pytest.mark.parametrize("form", FORMS)
def test_feeds_and_archives(site: Site, twin: Site, form: str) -> None:
    quiet = shapes_of_feeds(twin, form)
    seen: set[bytes] = set()
    paths = [*feeds_of(site, form), f"/search.{form}?q=script"]
    for path in paths:
        shapes, faults = document(site, path)
        assert faults == [], path
        assert shapes - quiet - _OF_LENGTH == set(), path
        seen |= set(re.findall(rb"m\d+x", site.get(path, Accept="*/*").data))
    assert len(seen) == len(XSS)


def test_answers_of_the_api(site: Site) -> None:
    seen = 0
    path: str | None = "/api/v1/items?limit=200"
    while path:
        answer = site.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        sound_headers(answer)
        assert documents.members(answer.data)[1] == []
        told = answer.json
        assert told
        seen += len(told["items"])
        more = told["next_cursor"]
        path = f"/api/v1/items?limit=200&cursor={quote(more, safe='')}" if more else None
    assert seen == sum(map(len, site.slugs.values()))
    for way in ("app", "app_form"):
        for slug in site.slugs[way]:
            answer = site.get(f"/micropub?q=source&url={quote(f'{SITE}/items/{slug}')}")
            assert (answer.status_code, answer.mimetype) == (200, "application/json")
            sound_headers(answer)
            for one in answer.json["properties"].get("content", []):
                assert html5.faults(one["html"]) == [] if isinstance(one, dict) else True
