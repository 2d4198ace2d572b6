"""The judge of stored attacks finds what it looks for: in broken templates, and in any place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hostile import markup
from hostile.pages import Page, parsed
from hostile.payloads import XSS
from jinja2 import BaseLoader, Environment
from web.stored import QUIET, Site, attacked

#: A template, what stands in it, and a page that shows it: each without its escaping is a hole.
HOLES = [
    ("item.html", "<h1>{{ item | shown_title }}", "/items/{}"),
    ("item.html", '<meta property="og:title" content="{{ item | shown_title }}', "/items/{}"),
    ("item.html", "<bdi>{{ item.rights }}", "/items/{}"),
    ("item.html", "<bdi>{{ words }}", "/items/{}"),
    ("parts.html", "{{ item | shown_title }}", "/"),
    ("parts.html", "{{ item | shown_title }}", "/feeds/main"),
    ("parts.html", "{{ item | shown_title }}", "/search?q=findable"),
    ("admin/write.html", "{{ mine.summary }}", "/admin/items/{}"),
    ("admin/items.html", "{{ item | shown_title }}", "/admin/"),
]
ATTACK = '"><img src=x onerror=alert(1)></textarea></title><script>alert(1)</script>'


class _Broken(BaseLoader):
    """The templates, one of them with a value that is not escaped."""

    def __init__(self, whole: BaseLoader, name: str, place: str) -> None:
        self._whole, self._name, self._place = whole, name, place
        self.broken = False

    def get_source(self, environment: Environment, template: str) -> object:
        source, path, current = self._whole.get_source(environment, template)
        if template == self._name:
            assert self._place in source, f"{template} no longer has {self._place}"
            source = source.replace(self._place, self._place.replace(" }}", " | safe }}"))
            self.broken = True
        return source, path, current


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Site]]:
    """A quiet site and one that is attacked."""
    with (
        attacked(tmp_path_factory.mktemp("quiet") / "site", QUIET[:1], imports=False) as twin,
        attacked(tmp_path_factory.mktemp("judged") / "site", [ATTACK], imports=False) as site,
    ):
        yield twin, site


@contextmanager
def broken(site: Site, template: str, place: str) -> Iterator[None]:
    """The site with a hole."""
    found = [one.application.jinja_env for one in (site.client, site.person.client)]
    whole = [one.loader for one in found]
    try:
        for environment in found:
            environment.loader = _Broken(environment.loader, template, place)
            environment.cache.clear()
        yield
    finally:
        for environment, loader in zip(found, whole, strict=True):
            environment.loader = loader
            environment.cache.clear()


@pytest.mark.parametrize(("template", "place", "path"), HOLES)
def test_a_template_that_does_not_escape_is_found(
    sites: tuple[Site, Site], template: str, place: str, path: str
) -> None:
    twin, site = sites
    address = path.format(site.slugs["program"][0])
    quiet = Page(twin.get(path.format(twin.slugs["program"][0])).text)
    assert set(Page(site.get(address).text).shapes()) - set(quiet.shapes()) == set()
    with broken(site, template, place):
        page = Page(site.get(address).text)
    assert set(page.shapes()) - set(quiet.shapes()) != set()
    assert any("onerror" in fault or "script" in fault for fault in page.faults())


#: Where a value may stand in a page: a text, an attribute, texts of other kinds, an article.
PLACES = [
    '<p title="a">{}</p>',
    '<p title="{}">b</p>',
    '<a href="/{}">b</a>',
    '<a href="https://ok.example/{}" type="{}">b</a>',
    "<title>{}</title>",
    '<textarea name="t">\n{}</textarea>',
    "<table><tr><td>{}</td></tr></table>",
    "<table>{}</table>",
    '<div class="text">{}</div><p>b</p>',
    '<p data-words="{}" lang="{}">b</p>',
    "<noscript>{}</noscript>",
]


@pytest.mark.parametrize("place", PLACES)
def test_markup_that_is_taken_for_known_is_just_that(place: str) -> None:
    whole = f'<!doctype html><html lang="en"><head></head><body>{place}</body></html>'
    taken = 0
    for payload in XSS:
        for value in (payload, payload.replace("<", "&lt;").replace('"', "&#34;"), f"a {payload}"):
            html = whole.replace("{}", value.replace("\0", ""))
            same = markup.alike(html)
            if same is None:
                continue
            taken += 1
            read, known = parsed(html), parsed(same)
            assert known.shapes == read.shapes, html
            assert len(known.faults) == len(read.faults), html
    assert taken > 50
