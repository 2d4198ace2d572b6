"""Addresses, guids, slugs and whole items at the border: what is kept, what goes with a note."""

from __future__ import annotations

import html as escaping
import time
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import samples
from hostile import html5, payloads
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.formats import clean
from feedsvc.model import Author, Category, Enclosure, Item, Podcast, Reference, Source, Via

SITE = "https://example.org"
BASE = f"{SITE}/items/post"


def cleaned(**given: object) -> tuple[Item, tuple[str, ...]]:
    return clean.item(replace(Item(), **given), base=BASE)  # type: ignore[arg-type]


class TestUrl:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
            ("HTTP://EXAMPLE.org", "http://example.org"),
            (" https://example.org/a\n b ", "https://example.org/a%20b"),
            ("https://example.org/ü?ü#ü", "https://example.org/%C3%BC?%C3%BC#%C3%BC"),
            ("https://example.org/100%", "https://example.org/100%25"),
            ("https://example.org/%7e%C3%BC", "https://example.org/%7e%C3%BC"),
            (
                'https://example.org/<">`{}|^[]',
                "https://example.org/%3C%22%3E%60%7B%7D%7C%5E%5B%5D",
            ),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("https://STRASSE.example.", "https://strasse.example"),
            ("https://straße.example", "https://xn--strae-oqa.example"),
            ("http://例え。テスト/", "http://xn--r8jz45g.xn--zckzah/"),
            ("http://user:pa ss@example.org:8080/", "http://example.org:8080/"),
            ("https://user@example.org", "https://example.org"),
            ("//user:pass@other.example/@x", "https://other.example/@x"),
            ("https:\\\\u:p@example.org/", "https://example.org/"),
            ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]:80/"),
            ("http://good.example\\@evil.example/", "http://good.example/@evil.example/"),
            ("//other.example/x", "https://other.example/x"),
            ("/x", "https://example.org/x"),
            ("x", "https://example.org/items/x"),
            ("../x", "https://example.org/x"),
            ("?q", "https://example.org/items/post?q"),
            ("#f", "https://example.org/items/post#f"),
            ("12:30.html", "https://example.org/items/12:30.html"),
        ],
    )
    def test_makes(self, given: str, expected: str) -> None:
        assert clean.url(given, base=BASE) == expected
        assert clean.url(expected) == expected

    @pytest.mark.parametrize("given", payloads.ADDRESSES, ids=ascii)
    def test_drops(self, given: str) -> None:
        assert clean.url(given, base=BASE) is None

    def test_needs_a_base_for_a_relative_one(self) -> None:
        assert clean.url("/x") is None

    @given(st.text(max_size=60), st.sampled_from(("", "https://example.org/", "//", "http://a")))
    @settings(max_examples=300, deadline=None)
    def test_is_ascii_and_stable(self, given: str, head: str) -> None:
        made = clean.url(head + given, base=BASE)
        if made is not None:
            assert made.isascii() and made.isprintable() and " " not in made
            assert clean.url(made) == made


class TestGuid:
    @pytest.mark.parametrize(
        "given",
        [
            *("tag:example.org,2026:x", "urn:x:1", "https://example.org/?p=1", "doi:10.1000/182"),
            *("x:ü", "https://[2001:db8::1]:8080/a/@b?c/d?#e?f", "https://ex.org/%C3%BC?\ue000"),
            *("HTTPS://EX.org", "mailto:a@b.example", "about:blank?x", "x:/a", "x:///a", "x:?a"),
            *("https://例え.テスト/😀", "urn:x-y:a/b//c"),
        ],
    )
    def test_keeps_an_iri(self, given: str) -> None:
        assert clean.guid(f" {given}\n") == given

    @pytest.mark.parametrize(
        "given",
        [
            "my-post",
            "12:30:45",
            "a b:c",
            "javascript:alert(1)",
            "data:x,y",
            "urn:" + "x" * 1100,
            "نص",
            *("https://ex.org/%zz", "https://ex.org/%", "https://ex.org/%4", "urn:x:%"),
            *("http://", "https:///a", "https:a", "https:/a", "https://:80/", "https://@/"),
            *("https://ex.org/#a#b", "x:a[]", "https://ex.org/?a[]=1", "https://[ex]/", "x:"),
            *("https://ex.org/\ue000", "https://ex.org:http/", "x:a|b", "x:a\\b"),
        ],
    )
    def test_names_anything_else_stably(self, given: str) -> None:
        made = clean.guid(given)
        assert made.startswith("urn:uuid:") and clean.guid(made) == made
        assert made != clean.guid(given + "2") != clean.guid(given, scope="https://a.example/feed")

    def test_publishes_no_password(self) -> None:
        assert clean.guid("https://me:secret@ex.org/?p=1") == "https://ex.org/?p=1"
        assert clean.guid("https://me:sec@ret@ex.org/") == "https://ex.org/"
        assert clean.guid("tag:me@ex.org,2026:1") == "tag:me@ex.org,2026:1"

    def test_never_changes_between_releases(self) -> None:
        assert clean.guid("my-post") == "urn:uuid:5b52f1e3-38ff-5c7d-a84c-997af26ce349"


class TestSlug:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("Hello, World!", "hello-world"),
            ("under_score", "under_score"),
            ("Ünïcödé Ärger", "ünïcödé-ärger"),
            ("中文 标题", "中文-标题"),
            ("مرحبا بالعالم", "مرحبا-بالعالم"),
            ("हिन्दी", "हिन्दी"),
            ("İstanbul", "i̇stanbul"),
            ("v1.2/beta\\x", "v1-2-beta-x"),
            ("..", ""),
            ("../../etc/passwd", "etc-passwd"),
            ("a\r\nSet-Cookie: x\x00\x7f\u2028b", "a-set-cookie-x-b"),
            ("\u0301mark", "mark"),
            ("x" * 5000, "x" * 100),
            ("😀", ""),
        ],
    )
    def test_makes(self, given: str, expected: str) -> None:
        assert clean.slug(given) == expected
        assert clean.slug(expected) == expected


class TestItem:
    @pytest.mark.parametrize(
        ("files", "kept"),
        [
            ([("audio/mpeg", None)], [61]),
            ([("video/mp4", None)], [61]),
            ([("audio/mpeg", 60)], [60]),
            ([("image/png", None), ("audio/mpeg", None), ("audio/ogg", None)], [None, 61, None]),
            ([("audio/mpeg", 60), ("audio/ogg", None)], [60, None]),
            ([("application/pdf", None)], [None]),
            ([], []),
        ],
    )
    def test_a_file_is_as_long_as_its_episode(
        self, files: list[tuple[str, int | None]], kept: list[int | None]
    ) -> None:
        enclosures = tuple(
            Enclosure(f"{SITE}/{n}", kind, duration=duration)
            for n, (kind, duration) in enumerate(files)
        )
        item, notes = cleaned(enclosures=enclosures, podcast=Podcast(duration=61))
        assert [file.duration for file in item.enclosures] == kept
        assert notes == ()
        silent, _ = cleaned(enclosures=enclosures, podcast=Podcast(episode=1))
        assert silent.enclosures == enclosures

    @pytest.mark.parametrize("space", [" ", "\n", "= "])
    def test_is_not_kept_busy_by_white_space(self, space: str) -> None:
        started = time.perf_counter()
        cleaned(content_html=f"<p a={space * 60_000}>x</p>")
        assert time.perf_counter() - started < 2

    def test_publishes_no_password(self) -> None:
        login = "https://me:secret@ex.org/"
        given = replace(
            samples.FULL,
            guid=f"{login}1",
            url=f"{login}2",
            external_url=f"{login}3",
            content_html=f"<p><a href='{login}4'>x</a><img src={login}5 srcset='{login}6 2x'></p>",
            authors=(Author("Ada", None, f"{login}7"),),
            categories=(Category("food", f"{login}8"),),
            enclosures=(Enclosure(f"{login}9", "audio/mpeg"),),
            image=f"{login}10",
            source=Source("x", f"{login}11", f"{login}12", f"{login}13"),
            via=(Via(f"{login}16", "x"),),
            comments_url=f"{login}14",
            podcast=Podcast(transcript=Reference(f"{login}15", "text/vtt")),
        )
        kept, notes = clean.item(given, base="https://me:secret@base.example/")
        assert "secret" not in repr(kept) and "me:" not in repr(kept)
        assert {kept.guid, kept.url, kept.image} == {f"https://ex.org/{n}" for n in (1, 2, 10)}
        said = {note.partition(":")[0] for note in notes if "password" in note}
        assert said == {
            *("guid", "url", "external_url", "content", "author", "category scheme", "enclosure"),
            *("image", "source", "via", "comments", "transcript"),
        }
        assert "secret" not in "".join(notes)
        assert clean.item(kept, base=BASE) == (kept, ())

    def test_leaves_a_clean_item_alone(self) -> None:
        for item in (samples.FULL, samples.BARE):
            once, notes = clean.item(item, base=samples.SITE)
            assert notes == ()
            assert replace(once, content_html=item.content_html, direction=item.direction) == item
            assert clean.item(once, base=BASE) == (once, ())

    @pytest.mark.parametrize("payload", payloads.XSS, ids=ascii)
    def test_plain_fields_stay_text(self, payload: str) -> None:
        item, _ = cleaned(
            title=payload,
            summary=payload,
            rights=payload,
            authors=(Author(payload, payload, payload),),
            categories=(Category(payload, payload, payload),),
            source=Source(payload, payload, payload, payload),
            via=(Via(payload, payload), Via("https://b.example/", payload)),
            enclosures=(Enclosure("x.mp3", payload, title=payload),),
            language=payload,
            slug=payload,
            guid=payload,
            image=payload,
        )
        assert clean.item(item, base=BASE) == (item, ())
        shown = (item.title, item.summary, item.rights, item.authors[0].name, item.source.title)
        shown = (*shown, *(place.title for place in item.via))
        for text in (*shown, *(c.term for c in item.categories), item.enclosures[0].title):
            page = f'<p title="{escaping.escape(text)}">{escaping.escape(text)}</p>'
            assert html5.faults(page) == [] and html5.text(page) == text
        assert item.title == clean.text(payload) or len(payload) > 500
        assert item.language is None and not set(item.slug) & set("<>\"'&/:.% \n")
        pages = [place.url for place in item.via]
        for address in (
            *pages,
            item.image,
            item.authors[0].uri,
            item.source.url,
            item.source.feed_url,
        ):
            assert address is None or address.startswith(("http://", "https://"))
            assert address is None or not set(address) & set('<>"` \n')
        assert item.guid == "" or clean.is_iri(item.guid)

    @pytest.mark.parametrize("address", payloads.ADDRESSES, ids=ascii)
    def test_drops_unusable_addresses_with_a_note(self, address: str) -> None:
        item, notes = cleaned(
            url=address,
            external_url=address,
            image=address,
            comments_url=address,
            authors=(Author("A", uri=address),),
            enclosures=(Enclosure(address, "audio/mpeg"),),
            source=Source(url=address),
            via=(Via(address, "B"),),
            podcast=Podcast(transcript=Reference(address, "text/vtt")),
        )
        assert item == replace(Item(), authors=(Author("A"),))
        said = {note.partition(":")[0] for note in notes}
        fields = "url external_url image comments author enclosure source transcript via"
        assert said == (set(fields.split()) if address.strip() else set())

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (datetime(2026, 1, 2, 3, 4, 5, 678), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
            (
                datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=45))),
                datetime(2026, 1, 1, 21, 19, 5, tzinfo=UTC),
            ),
            (
                datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
                datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
            ),
            (datetime(1000, 1, 1, tzinfo=UTC), datetime(1000, 1, 1, tzinfo=UTC)),
            (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), None),
            (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))), None),
            (datetime(999, 12, 31, tzinfo=UTC), None),
            (datetime(3000, 1, 1, tzinfo=UTC), None),
        ],
    )
    def test_times(self, given: datetime, expected: datetime | None) -> None:
        item, notes = cleaned(published=given, updated=given, expires=given)
        assert (item.published, item.updated, item.expires) == (expected,) * 3
        assert len(notes) == (0 if expected else 3)

    @pytest.mark.parametrize(
        ("given", "expected", "direction"),
        [
            ("en", "en", "ltr"),
            ("PT_br", "pt-BR", "ltr"),
            ("zh-hant-tw", "zh-Hant-TW", "ltr"),
            ("ar", "ar", "rtl"),
            ("az-arab", "az-Arab", "rtl"),
            ("en-x-us", "en-x-us", "ltr"),
            (" ", None, None),
            ("english language", None, None),
            ("-", None, None),
            ("e" * 60, None, None),
        ],
    )
    def test_languages(self, given: str, expected: str | None, direction: str | None) -> None:
        item, notes = cleaned(language=given)
        assert (item.language, item.direction) == (expected, direction)
        assert bool(notes) == (expected is None and bool(given.strip()))

    def test_other_places_are_told_once_each_and_twenty_of_them(self) -> None:
        twice = (Via("b", " B\n b "), Via(f"{SITE}/items/b", "again"))
        assert cleaned(via=twice)[0].via == (Via(f"{SITE}/items/b", "B b"),)
        many = tuple(Via(f"https://b.example/{n}") for n in range(22))
        item, notes = cleaned(via=many)
        assert (item.via, notes) == (many[:20], ("via: kept the first 20 of 22",))

    def test_a_given_direction_wins(self) -> None:
        assert cleaned(language="en", direction="rtl")[0].direction == "rtl"

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ((Author(" Ada\n Lovelace "),), (Author("Ada Lovelace"),)),
            ((Author("", "ada@example.org"),), (Author("ada", "ada@example.org"),)),
            (
                (Author("", None, f"{SITE}/ada/"),),
                (Author("example.org/ada", None, f"{SITE}/ada/"),),
            ),
            ((Author("Ada", "not a mail", "nowhere:x"),), (Author("Ada"),)),
            ((Author("Ada"), Author("ADA", "ada@example.org")), (Author("Ada"),)),
            ((Author(" "), Author(".."), Author("B")), (Author("B"),)),
            ((Author("x" * 300),), (Author("x" * 199 + "…"),)),
        ],
    )
    def test_authors(self, given: tuple[Author, ...], expected: tuple[Author, ...]) -> None:
        assert cleaned(authors=given)[0].authors == expected

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ((Category("Big  Cats"), Category("big-cats")), (Category("Big Cats"),)),
            ((Category("a", "no iri", "a"),), (Category("a"),)),
            ((Category("a", "urn:x:1", "A letter"),), (Category("a", "urn:x:1", "A letter"),)),
            ((Category("", None, "Label"),), (Category("Label"),)),
            ((Category("."), Category("/"), Category(""), Category("C#")), (Category("C#"),)),
        ],
    )
    def test_categories(self, given: tuple[Category, ...], expected: tuple[Category, ...]) -> None:
        assert cleaned(categories=given)[0].categories == expected

    def test_limits(self) -> None:
        item, notes = cleaned(
            title="word " * 200,
            summary="s" * 5000,
            rights="r" * 3000,
            slug="x" * 200,
            categories=tuple(Category(f"c{n}") for n in range(500)),
            authors=tuple(Author(f"a{n}") for n in range(30)),
            enclosures=tuple(Enclosure(f"{n}.mp3", "") for n in range(60)),
            guid="urn:x:" + "y" * 10_000,
        )
        assert (len(item.title), len(item.summary), len(item.rights or "")) == (495, 4000, 2000)
        assert (len(item.categories), len(item.authors), len(item.enclosures)) == (20, 20, 50)
        assert len(item.slug) == 100 and item.guid.startswith("urn:uuid:")
        assert len(notes) == 8
        assert clean.item(item, base=BASE) == (item, ())

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (Enclosure("/a.mp3", ""), Enclosure(f"{SITE}/a.mp3", "audio/mpeg")),
            (Enclosure("/a.MP3?v=1", "mp3"), Enclosure(f"{SITE}/a.MP3?v=1", "audio/mpeg")),
            (Enclosure("/a", "x/y; z=1", -1), Enclosure(f"{SITE}/a", "x/y")),
            (Enclosure("/a", "", 0, " ", 0), Enclosure(f"{SITE}/a", "application/octet-stream")),
            (
                Enclosure("/a", "A/B", 2**60, "T", 61),
                Enclosure(f"{SITE}/a", "a/b", None, "T", 61),
            ),
        ],
    )
    def test_enclosures(self, given: Enclosure, expected: Enclosure) -> None:
        assert cleaned(enclosures=(given, given))[0].enclosures == (expected,)

    def test_podcast(self) -> None:
        item, notes = cleaned(
            podcast=Podcast(0, -1, 3, False, Reference("t.srt", ""), Reference("c.json", "")),
        )
        assert item.podcast == Podcast(
            season=3,
            explicit=False,
            transcript=Reference("https://example.org/items/t.srt", "application/x-subrip"),
            chapters=Reference("https://example.org/items/c.json", "application/json+chapters"),
        )
        assert notes == ("episode: dropped -1",)
        assert cleaned(podcast=Podcast(0))[0].podcast is None

    def test_counts_what_it_drops(self) -> None:
        _, notes = cleaned(
            title="a\x00b", content_html='<script>x</script><img src="data:,">\x08&#8;'
        )
        assert notes == (
            "title: dropped 1 character that feeds can't carry",
            "content: dropped what a feed can't carry safely: <script>",
            "content: dropped addresses with data:",
            "content: dropped 2 character(s) that feeds can't carry",
        )

    def test_older_guids_are_iris_too(self) -> None:
        item, _ = cleaned(guid="urn:x:1", aliases=("urn:x:1", "urn:x:0", "urn:x:0", "7", ""))
        assert item.aliases == ("urn:x:0", clean.guid("7"))

    def test_no_unfit_character_passes_through_any_field(self) -> None:
        bad = "x" + "".join(payloads.CHARACTERS) + "y"
        item, notes = cleaned(
            title=bad,
            summary=bad,
            content_html=bad,
            rights=bad,
            origin=bad,
            slug=bad,
            guid=f"urn:{bad}",
            url=f"https://example.org/{bad}",
            authors=(Author(bad, f"{bad}@{bad}", f"https://example.org/{bad}"),),
            categories=(Category(bad, f"urn:{bad}", bad),),
            feeds=(bad,),
            aliases=(f"urn:{bad}",),
            source=Source(bad, bad, bad, bad),
        )
        text = "".join(str(getattr(item, field.name)) for field in fields(item))
        assert not set(text) & set(payloads.CHARACTERS)
        assert item.title == item.slug == "xy"
        assert (
            f"title: dropped {len(payloads.CHARACTERS)} characters that feeds can't carry" in notes
        )
