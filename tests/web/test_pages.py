"""What the pages say, by their HTML; how they look and work is the browser's test."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from web.harbour import NOW, SITE, Clock

from feedsvc.model import Item, Via
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web.app import create_app

BROWSER = {"Accept": "text/html"}


def look(client: FlaskClient, path: str, status: int = 200) -> BeautifulSoup:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == status
    return BeautifulSoup(response.text, "lxml")


def the(page: BeautifulSoup | Tag, selector: str) -> Tag:
    found = page.select(selector)
    assert len(found) == 1, (selector, found)
    return found[0]


def words(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def test_home_names_every_feed_and_the_newest_items(client: FlaskClient) -> None:
    page = look(client, "/")
    assert words(the(page, "h1")) == "The Quiet Hour"
    alternates = [(link["type"], link["href"]) for link in page.select("head link[rel=alternate]")]
    assert alternates == [
        (media_type, f"{SITE}/feeds/{name}.{form}")
        for name in ("main", "podcast", "notes", "empty")
        for form, media_type in (
            ("rss", "application/rss+xml"),
            ("atom", "application/atom+xml"),
            ("json", "application/feed+json"),
        )
    ]
    feeds = [words(link) for link in page.select("#feeds ~ ul h3 a")]
    assert feeds == ["Everything", "The podcast", "notes", "empty"]
    items = [words(heading) for heading in page.select(".items h3")]
    assert items[0] == "What the tide leaves & <keeps>"
    assert len(items) == 12
    assert not {"A draft", "Later", "Gone"} & set(items)
    topics = [link["href"] for link in page.select("#topics ~ ul a")]
    assert "/tags/c++" in topics
    assert "/tags/ac-dc" in topics
    authors = {link["href"] for link in page.select("#authors ~ ul a")}
    assert "/authors/jane-doe" in authors
    for path in (*topics, *authors):
        look(client, str(path))


def test_subscribing_needs_no_script(client: FlaskClient) -> None:
    for path, feed in (("/", "/feeds/main"), ("/tags/sea", "/tags/sea"), ("/search?q=tide", "")):
        page = look(client, path)
        box = the(page, ".subscribe")
        address = the(box, "input")
        assert address.has_attr("readonly")
        assert the(box, f"label[for={address['id']}]")
        wanted = f"{SITE}{feed}.rss" if feed else f"{SITE}/search.rss?q=tide"
        assert address["value"] == wanted
        assert the(box, "button").has_attr("hidden"), "shown by the script alone"
        assert the(box, "a[href^='feed:']")["href"] == f"feed:{wanted}"
        forms = [str(link["href"]) for link in box.select(".forms a")]
        assert [client.get(form).status_code for form in forms] == [200, 200, 200]
        for link in box.select("details a[href^=https]"):
            assert "noreferrer" in link["rel"]


def test_web_readers_are_offered_only_where_they_can_reach_us(
    tmp_path: pytest.TempPathFactory,
) -> None:
    from web.harbour import filled

    service = filled(tmp_path, "http://127.0.0.1:8000", Clock())
    try:
        page = look(create_app(service).test_client(), "/")
    finally:
        service.close()
    assert [words(link) for link in page.select(".subscribe details a")] == [
        "The feed reader on this device"
    ]


def test_an_item_with_everything(client: FlaskClient) -> None:
    page = look(client, "/items/tide")
    article = the(page, "article")
    assert (article["lang"], article["dir"]) == ("en-GB", "ltr")
    assert words(the(article, "h1")) == "What the tide leaves & <keeps>"
    assert words(the(page, "title")) == "What the tide leaves & <keeps> – The Quiet Hour"
    times = {words(time): time["datetime"] for time in article.select("time")}
    assert times["21 November 2026"] == "2026-11-21T12:00:00Z"
    assert times["22 November 2026"] == "2026-11-22T10:00:00Z"
    assert [a["href"] for a in article.select("a[rel=author]")] == [
        "/authors/jane-doe",
        "/authors/ola-nordmann",
    ]
    assert {words(a) for a in article.select("a[rel=tag]")} == {
        "Sea",
        "long walks",
        "C++",
        "AC/DC",
        "package.json",
    }
    assert the(article, "a[href='https://example.com/talk']")
    assert "© 2026 Jane Doe" in words(article)
    assert the(page, "link[rel=canonical]")["href"] == f"{SITE}/items/tide"
    assert the(article, "pre code")
    assert the(article, "img[alt='Low water']")


def test_an_episode_can_be_heard(client: FlaskClient) -> None:
    article = the(look(client, "/items/salt"), "article")
    sound = the(article, "audio")
    assert sound.has_attr("controls")
    assert sound["src"] == f"{SITE}/items/salt/salt.wav"
    assert sound["aria-label"]
    assert the(article, "video")["src"] == "https://example.com/film.mp4"
    told = words(article)
    for part in ("0:02", "16 kB", "54 kB", "application/pdf", "Season 2", "Episode 7", "Explicit"):
        assert part in told, part
    assert the(article, "a[type='text/vtt']")
    assert the(article, "a[type='application/json+chapters']")


def test_a_right_to_left_item(client: FlaskClient) -> None:
    article = the(look(client, "/items/bahr"), "article")
    assert (article["lang"], article["dir"]) == ("ar", "rtl")
    for english in article.select("time"):
        assert the(article, "footer")["lang"] == "en"
        assert english.find_parent(attrs={"dir": "ltr"}) or english["dir"] == "ltr"
    row = next(row for row in look(client, "/").select(".items article") if row["lang"] == "ar")
    assert row["dir"] == "rtl"


def test_an_untitled_item_is_called_by_its_first_words(client: FlaskClient) -> None:
    page = look(client, "/items/untitled")
    assert words(the(page, "h1")) == "Only words, no title, written on the ferry."
    assert the(page, "article")["dir"] == "auto"


def test_a_foreign_item_gives_credit(client: FlaskClient) -> None:
    page = look(client, "/items/kelp")
    article = the(page, "article")
    assert words(the(article, "cite")) == "The Kelp Review"
    assert the(article, "a[href='https://kelp.example/']")
    assert the(article, "a[href='https://kelp.example/a']")
    assert words(the(article, "a[href='https://www.papers.example/kelp']")) == "papers.example"
    assert the(page, "link[rel=canonical]")["href"] == "https://kelp.example/a"
    assert len(page.select("h1")) == 1, "the text's own h1 stands below the title"
    assert [words(heading) for heading in article.select(".text h2, .text h3")] == [
        "Read again",
        "Below",
    ]


def test_lists_say_where_a_foreign_item_is_from(client: FlaskClient) -> None:
    for path in ("/", "/feeds/main"):
        rows = look(client, path).select(".items article")
        told = {words(the(row, "a")): words(the(row, ".byline")) for row in rows}
        assert told["A paper on kelp, read again"].endswith("from The Kelp Review")
        assert sum("from " in said for said in told.values()) == 1


def test_old_slug(client: FlaskClient) -> None:
    response = client.get("/items/old-name", headers=BROWSER)
    assert response.status_code == 308
    assert response.headers["Location"] == f"{SITE}/items/new-name"
    assert words(the(look(client, "/items/new-name"), "h1")) == "Renamed"


def test_withdrawn(client: FlaskClient) -> None:
    page = look(client, "/items/gone", 410)
    assert "withdrawn" in words(the(page, "main"))
    assert "This will be withdrawn" not in words(page)


@pytest.mark.parametrize("slug", ["draft", "later", "never-was"])
def test_what_is_not_published_looks_as_if_it_were_not_there(
    client: FlaskClient, slug: str
) -> None:
    hidden = client.get(f"/items/{slug}", headers=BROWSER)
    absent = client.get("/items/nothing-of-that-name", headers=BROWSER)
    assert hidden.status_code == 404
    assert hidden.data == absent.data


def test_a_scheduled_item_shows_at_its_time(fresh: Service, clock: Clock) -> None:
    due = (clock() + timedelta(hours=1)).replace(microsecond=0)
    item = Item(slug="soon", title="Soon", content_html="<p>x</p>", published=due)
    fresh.store.apply([Put(item)], clock())
    client = create_app(fresh).test_client()
    assert client.get("/items/soon").status_code == 404
    clock.forward(hours=1)
    fresh.tick()
    assert client.get("/items/soon").status_code == 200


def test_long_lists_come_in_pages(client: FlaskClient) -> None:
    first, second = look(client, "/feeds/main"), look(client, "/feeds/main?page=2")
    titles = [words(h) for page in (first, second) for h in page.select(".items h3")]
    assert len(titles) == len(set(titles)) == 31
    assert the(first, "a[rel=next]")["href"] == "/feeds/main?page=2"
    assert the(second, "a[rel=prev]")["href"] == "/feeds/main?"
    assert not second.select("a[rel=next]")
    look(client, "/feeds/main?page=3", 404)
    for nonsense in ("0", "-1", "x", "٣", "1e3", "9999999999999999999999"):
        assert look(client, f"/feeds/main?page={nonsense}") == first


def test_search(client: FlaskClient) -> None:
    empty = look(client, "/search")
    assert not empty.select(".items, .subscribe")
    found = look(client, "/search?q=weather")
    assert len(found.select(".items li")) == 20
    assert the(found, "#query")["value"] == "weather"
    assert the(found, "a[rel=next]")["href"] == "/search?q=weather&page=2"
    assert len(look(client, "/search?q=weather&page=2").select(".items li")) == 4
    nothing = look(client, "/search?q=xyzzy")
    assert "Nothing was found" in words(the(nothing, ".nothing"))
    assert words(the(look(client, "/search?q=<b>"), "h1 bdi")) == "<b>"


def test_an_empty_site(fresh: Service) -> None:
    client = create_app(fresh).test_client()
    for path in ("/", "/feeds/main", "/feeds/empty"):
        assert "Nothing has been published here yet" in words(the(look(client, path), ".nothing"))


PAYLOADS = [
    "<script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_plain_fields_stays_text(fresh: Service, clock: Clock, payload: str) -> None:
    """The page holds the same elements as one with harmless words, and the words as they are."""
    from feedsvc.model import Author, Category, Enclosure, Source

    def shape(text: str) -> tuple[list[str], str]:
        item = Item(
            guid="urn:x:payload",
            slug="payload",
            title=text,
            summary=text,
            content_html="<p>x</p>",
            authors=(Author(text),),
            categories=(Category("tag", None, text),),
            source=Source(text),
            via=(Via("https://b.example/", text),),
            enclosures=(Enclosure("https://example.com/a.mp3", "audio/mpeg", title=text),),
            rights=text,
            published=NOW.replace(microsecond=0),
        )
        fresh.store.apply([Put(item)], clock())
        page = look(create_app(fresh).test_client(), "/items/payload")
        names = [f"{tag.name} {sorted(name for name in tag.attrs)}" for tag in page.find_all(True)]
        return names, words(the(page, "h1"))

    assert shape(payload) == (shape("harmless")[0], " ".join(payload.split()))


@pytest.mark.parametrize(
    ("url", "said"),
    [("", ""), ("https://elsewhere.example/a", "This article lives at elsewhere.example")],
)
def test_only_an_article_of_another_site_says_where_it_lives(
    fresh: Service, clock: Clock, url: str, said: str
) -> None:
    item = Item(slug="ça va ʺ", url=url, title="x", published=clock(), content_html="<p>x</p>")
    fresh.store.apply([Put(item)], clock())
    kept = fresh.store.items()[0][0]
    page = look(create_app(fresh).test_client(), f"/items/{kept.slug}")
    assert not kept.slug.isascii()
    footer = words(the(page, "article footer"))
    assert said in footer
    assert ("lives at" in footer) == bool(said)


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ((), None),
        ((Via("https://b.example/1", "The Daily & co"),), "Also at The Daily & co."),
        (
            (Via("https://b.example/1"), Via("https://c.example/2", "C"), Via("https://d.example")),
            "Also at b.example, C and d.example.",
        ),
    ],
)
def test_an_article_says_who_else_carries_it(
    fresh: Service, clock: Clock, places: tuple[Via, ...], said: str | None
) -> None:
    item = Item(slug="a", title="x", published=clock(), content_html="<p>x</p>", via=places)
    fresh.store.apply([Put(item)], clock())
    footer = the(look(create_app(fresh).test_client(), "/items/a"), "article footer")
    assert [link["href"] for link in footer.select("a[href]")] == [one.url for one in places]
    sentences = " ".join(footer.get_text().split())
    assert said in sentences if said else "Also at" not in sentences


def test_a_feed_says_what_it_is_gathered_from(client: FlaskClient) -> None:
    few = the(look(client, "/feeds/podcast"), ".gathered")
    assert few.get_text() == "Gathered from Kelp Radio, Tangle & Wrack and راديو البحر."
    assert [link["href"] for link in few.select("a[rel=noopener]")] == [
        "https://kelp.example/",
        "https://podcast-2.example/feed.xml",
        "https://podcast-1.example/feed.xml",
    ]
    many = the(look(client, "/feeds/notes"), "details.gathered")
    assert words(the(many, "summary")) == "Gathered from 7 sources"
    assert [words(link) for link in many.select("li")][:2] == ["The Daily Dune", "The Daily Gull"]
    for page in ("/feeds/main", "/feeds/notes?page=2", "/tags/notes"):
        assert look(client, page).select(".gathered") == []


def test_an_edit_shows_at_once(fresh: Service, clock: Clock) -> None:
    fresh.store.apply([Put(Item(slug="a", title="Before", content_html="<p>x</p>"))], clock())
    client = create_app(fresh).test_client()
    before = client.get("/items/a")
    item = fresh.store.item(slug="a")
    assert item
    clock.forward(milliseconds=50)
    edited = replace(item, title="After")  # the same `updated`: nothing but the title differs
    fresh.store.apply([Put(edited, replaces=item.guid)], clock())
    for header, value in (
        ("If-None-Match", before.headers["ETag"]),
        ("If-Modified-Since", before.headers["Last-Modified"]),
    ):
        after = client.get("/items/a", headers={header: value})
        assert after.status_code == 200
        assert "After" in after.text
