"""The configuration: what is taken, and every fault at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import config
from feedsvc.errors import ConfigError
from feedsvc.where import Terms

DOCS = Path(__file__).parent.parent / "docs" / "configuration.md"


def load(tmp_path: Path, text: str, **environ: str) -> config.Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path, environ)


def faults(tmp_path: Path, text: str, **environ: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environ)
    assert caught.value.exit_status == 2
    return {fault.key: f"{fault.value} | {fault.allowed}" for fault in caught.value.faults}


def test_an_empty_file_is_a_whole_configuration(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    assert settings.site.url == "http://127.0.0.1:8000"
    assert settings.items_path == tmp_path / "items"
    assert settings.store_url == f"sqlite:///{tmp_path}/var/feedsvc.db"
    assert [feed.name for feed in settings.all_feeds()] == ["main"]


def test_main_comes_first_and_keeps_what_it_declares(tmp_path: Path) -> None:
    settings = load(tmp_path, '[[feeds]]\nname="b"\n[[feeds]]\nname="main"\nhold="10m"')
    assert [feed.name for feed in settings.all_feeds()] == ["main", "b"]
    assert settings.all_feeds()[0].hold == timedelta(minutes=10)


def test_where_becomes_words_of_the_model(tmp_path: Path) -> None:
    text = '[[feeds]]\nname="a"\nwhere={any={tags=["x"]},none={languages=["de"],text=["spam"]}}'
    where = load(tmp_path, text).feeds[0].where.where()
    assert (where.any, where.none) == (Terms(tags=("x",)), Terms(languages=("de",), text=("spam",)))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000"),
        ("localhost", "http://127.0.0.1:9000"),
        ("0.0.0.0", "http://127.0.0.1:9000"),
        ("::", "http://[::1]:9000"),
        ("::1", "http://[::1]:9000"),
    ],
)
def test_without_an_address_the_site_is_where_it_listens(
    tmp_path: Path, host: str, url: str
) -> None:
    assert load(tmp_path, f'[server]\nhost="{host}"\nport=9000').site.url == url


def test_the_environment_sets_any_key(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        '[site]\ntitle="File"\n[[feeds]]\nname="a"',
        FEEDSVC_SITE__TITLE="Environment: yes",
        FEEDSVC_SERVER__PORT="9001",
        FEEDSVC_ITEMS__WATCH="false",
        FEEDSVC_FEEDS__0__PAGE_SIZE="7",
        FEEDSVC_CONFIG="elsewhere.toml",
        OTHER="1",
    )
    assert settings.site.title == "Environment: yes"
    assert settings.server.port == 9001
    assert settings.items.watch is False
    assert settings.feeds[0].page_size == 7


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("2027-01-31", datetime(2027, 2, 1, tzinfo=UTC)),
        ('"2027-01-31"', datetime(2027, 2, 1, tzinfo=UTC)),
        ('"2027-01-31T00:00"', datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T08:00:00", datetime(2027, 1, 31, 8, tzinfo=UTC)),
        ("2027-01-31T08:00:00+01:00", datetime(2027, 1, 31, 7, tzinfo=UTC)),
        ('"2027-01-31T08:00Z"', datetime(2027, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_a_feed_ends_on_a_day_or_at_a_moment(tmp_path: Path, written: str, end: datetime) -> None:
    text = f'[[feeds]]\nname="a"\nends={written}\nnotice="Goes on as b."\nformerly=["x", "y"]'
    (feed,) = load(tmp_path, text).feeds
    assert (feed.ends, feed.notice, feed.formerly) == (end, "Goes on as b.", ("x", "y"))


@pytest.mark.parametrize(
    ("written", "rate"),
    [("60/hour", (60, 3600)), ("1/minute", (1, 60)), ("24/day", (24, 86400)), ("off", None)],
)
def test_a_rate_is_how_often_and_per_how_many_seconds(
    tmp_path: Path, written: str, rate: tuple[int, int] | None
) -> None:
    assert load(tmp_path, f'[limits]\npolls="{written}"').limits.polls == rate
    assert load(tmp_path, "", FEEDSVC_LIMITS__POLLS=written).limits.polls == rate


def test_networks_are_networks_or_single_addresses(tmp_path: Path) -> None:
    written = '["10.1.2.0/24", "192.168.1.7", "fd00::/8", "fd00::7"]'
    limits = load(tmp_path, f"[limits]\nallow_networks={written}").limits
    assert [str(network) for network in limits.allow_networks] == [
        "10.1.2.0/24",
        "192.168.1.7/32",
        "fd00::/8",
        "fd00::7/128",
    ]
    assert load(tmp_path, "", FEEDSVC_LIMITS__ALLOW_NETWORKS=written).limits == limits


CASES = [
    ("colour=1", "colour", "known here: site, server"),
    ('root="/"', "root", "unknown key"),
    ('[site]\ntitel="x"', "site.titel", "known here: title, url"),
    ('[site]\nurl="example.org"', "site.url", "'example.org' | the public base address"),
    ('[site]\nurl="https://example.org/?a=1"', "site.url", "the public base address"),
    ('[site]\nurl="https://example.org:99999"', "site.url", "the public base address"),
    ('[site]\nlanguage="english!"', "site.language", "a language tag such as en"),
    ('[site]\nauthor={email="a@b.c"}', "site.author.name", "must be given: a name"),
    ('[site]\nauthor={name="A",email="me"}', "site.author.email", "'me' | an e-mail address"),
    ('[site]\nurl="http://ex ample.org"', "site.url", "the public base address"),
    ('[site]\nurl="https://ex<b>.org"', "site.url", "the public base address"),
    ('[site]\nurl="https://a..b"', "site.url", "the public base address"),
    ('[site]\nimage="https://example.org/a b.png"', "site.image", "an absolute http"),
    ('[site]\ntitle="a\\u0001b"', "site.title", "a plain text title"),
    ('[site]\ntitle="  "', "site.title", "a plain text title"),
    ('[[feeds]]\nname="a"\ntitle=" "', "feeds[0].title", "plain text"),
    ("site=3", "site", "3 | a table: [site]"),
    ('[server]\nhost="nope host"', "server.host", "an IP address to listen on"),
    ("[server]\nport=70000", "server.port", "70000 | a whole number from 1 to 65535"),
    ('[server]\nworkers="many"', "server.workers", "'many' | a whole number from 1 to 64"),
    ('[store]\nurl="mysql://x"', "store.url", "sqlite:///PATH or postgresql://"),
    ('[items]\nwatch="sometimes"', "items.watch", "true or false"),
    ('[[feeds]]\ntitle="x"', "feeds[0].name", "must be given: lower-case letters"),
    ('[[feeds]]\nname="Big Cats"', "feeds[0].name", "'Big Cats' | lower-case letters"),
    ('[[feeds]]\nname="a"\n[[feeds]]\nname="a"', "feeds[1].name", "a name only once"),
    ('[[feeds]]\nname="a"\nhold="soon"', "feeds[0].hold", "'soon' | a time such as"),
    ('[[feeds]]\nname="a"\ncontent="half"', "feeds[0].content", '"full" or "summary"'),
    ('[[feeds]]\nname="a"\npage_size=0', "feeds[0].page_size", "from 1 to 200"),
    ('[[feeds]]\nname="a"\nwhere={any={tag=["x"]}}', "feeds[0].where.any.tag", "known here: tags"),
    ('[[feeds]]\nname="a"\nwhere={any={tags="x"}}', "feeds[0].where.any.tags", "a list of words"),
    ('[[feeds]]\nname="a"\ndelta="perhaps"', "feeds[0].delta", "'perhaps' | true or false"),
    ('[[feeds]]\nname="a"\nends="soon"', "feeds[0].ends", "'soon' | the day or moment of its end"),
    ('[[feeds]]\nname="a"\nends=12:00:00', "feeds[0].ends", "the day or moment of its end"),
    ('[[feeds]]\nname="a"\nends=0001-01-01T00:00:00+01:00', "feeds[0].ends", "0001-01-01T00:00:00"),
    ('[[feeds]]\nname="a"\nends=2027-01-31\nnotice=" "', "feeds[0].notice", "what to tell"),
    ('[[feeds]]\nname="a"\nnotice="bye"', "feeds[0].notice", "'bye' | a notice only together"),
    ('[[feeds]]\nname="main"\nends=2027-01-31', "feeds[0].ends", "2027-01-31 | no end for main"),
    ('[[feeds]]\nname="a"\nformerly="b"', "feeds[0].formerly", "names that the feed had before"),
    ('[[feeds]]\nname="a"\nformerly=["B"]', "feeds[0].formerly[0]", "'B' | names that the feed"),
    ('[[feeds]]\nname="a"\nformerly=[1]', "feeds[0].formerly[0]", "1 | names that the feed"),
    ('[[feeds]]\nname="a"\nformerly=["a"]', "feeds[0].formerly[0]", "that no feed has now"),
    ('[[feeds]]\nname="a"\nformerly=["main"]', "feeds[0].formerly[0]", "that no feed has now"),
    ('[[feeds]]\nname="a"\nformerly=["b","b"]', "feeds[0].formerly[1]", "former name only once"),
    (
        '[[feeds]]\nname="a"\nformerly=["c"]\n[[feeds]]\nname="b"\nformerly=["c"]',
        "feeds[1].formerly[0]",
        "'c' | a former name only once",
    ),
    (
        '[[feeds]]\nname="a"\nformerly=["b"]\n[[feeds]]\nname="b"',
        "feeds[0].formerly[0]",
        "'b' | a name that no feed has now",
    ),
    ('[limits]\npolls="often"', "limits.polls", "'often' | a rate such as"),
    ("[limits]\npolls=60", "limits.polls", "60 | a rate such as"),
    ('[limits]\npolls="0/hour"', "limits.polls", '"off"'),
    ("[limits]\nmedia=1000", "limits.media", "1000 | a number of bytes from 65536"),
    ('[store]\nmedia=""', "store.media", "the folder of uploaded files"),
    ('[limits]\nallow_networks="10.0.0.0/8"', "limits.allow_networks", "a list of networks"),
    ('[limits]\nallow_networks=["lan"]', "limits.allow_networks[0]", "'lan' | a list of networks"),
    (
        '[limits]\nallow_networks=["10.1.2.3/8"]',
        "limits.allow_networks[0]",
        "'10.1.2.3/8' | a list",
    ),
    ("[limits]\nallow_networks=[1]", "limits.allow_networks[0]", "1 | a list of networks"),
    ("[limits]\nallow_ports=[0]", "limits.allow_ports[0]", "0 | a list of whole numbers"),
    ('[limits]\nallow_ports=["80"]', "limits.allow_ports[0]", "'80' | a list of whole numbers"),
    ("[limits]\nallow_ports=[]", "limits.allow_ports", "such as [80, 443]"),
    ("[limits]\nfetch_size=20971521", "limits.fetch_size", "from 16384 to 20971520"),
    ('[limits]\nfetch_time="11m"', "limits.fetch_time", "'11m' | a time from"),
    ('[limits]\nfetch_time="0s"', "limits.fetch_time", "'0s' | a time from"),
    ("[limits]\nfetches=0", "limits.fetches", "0 | a whole number from 1 to 100"),
    ('[limits]\nbody="1MB"', "limits.body", "known here: polls"),
]


@pytest.mark.parametrize(("text", "key", "says"), CASES)
def test_a_fault_names_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, key: str, says: str
) -> None:
    found = faults(tmp_path, text)
    assert set(found) == {key}
    assert says in found[key]


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = 'zoo=1\n[site]\nurl="x"\n[server]\nport=0\n[[feeds]]\nname="?"\n[[feeds]]\nname="?"'
    text += '\nnotice="bye"\nformerly=["main", "!"]\n[limits]\npolls="x"'
    assert set(faults(tmp_path, text, FEEDSVC_SITE__LANGUAGE="!")) == {
        "zoo",
        "site.url",
        "site.language",
        "server.port",
        "feeds[0].name",
        "feeds[1].name",
        "feeds[1].notice",
        "feeds[1].formerly[0]",
        "feeds[1].formerly[1]",
        "limits.polls",
    }


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FEEDSVC_SITE__TITLE__X", "1"), ("FEEDSVC_FEEDS__9__NAME", "a")],
)
def test_a_variable_without_a_place_is_a_fault(tmp_path: Path, variable: str, value: str) -> None:
    assert variable in faults(
        tmp_path, '[site]\ntitle="x"\n[[feeds]]\nname="a"', **{variable: value}
    )


def test_an_unknown_variable_is_a_fault(tmp_path: Path) -> None:
    assert "site.colour" in faults(tmp_path, "", FEEDSVC_SITE__COLOUR="red")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "there is no such file: write one"),
        (b"[site", "not TOML"),
        (b"a='\xff'", r"not UTF-8 text \(at byte 3\)"),
        (b"a=" + b"[" * 5000, "not TOML"),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path: Path, data: bytes | None, says: str) -> None:
    path = tmp_path / "config.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError, match=says):
        config.load(path, {})


def test_a_source_says_what_is_wanted_of_a_feed(tmp_path: Path) -> None:
    text = '[[sources]]\nurl="https://a.example/f"\nevery="30m"\ntrust="review"\nveto="6h"'
    (source,) = load(tmp_path, text).sources
    assert (source.every, source.veto) == (timedelta(minutes=30), timedelta(hours=6))
    assert (source.name, source.into, source.trust) == ("", None, "review")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('name = "x"', "sources[0].url"),
        ('url = "file:///etc/passwd"', "sources[0].url"),
        ('url = "https://a.example/"\nevery = "0s"', "sources[0].every"),
        ('url = "https://a.example/"\nevery = "999999999d"', "sources[0].every"),
        ('url = "https://a.example/"\ntrust = "blind"', "sources[0].trust"),
        ('url = "https://a.example/"\nveto = "6h"', "sources[0].veto"),
        ('url = "https://a.example/"\n[[sources]]\nurl = "https://a.example/"', "sources[1].url"),
    ],
)
def test_faults_of_sources_are_told(tmp_path: Path, text: str, key: str) -> None:
    assert key in faults(tmp_path, f"[[sources]]\n{text}")


def test_the_docs_name_every_key() -> None:
    text = DOCS.read_text(encoding="utf-8")
    keys = [
        *config.SiteSection.model_fields,
        *config.ServerSection.model_fields,
        *config.StoreSection.model_fields,
        *config.ItemsSection.model_fields,
        *config.FeedSection.model_fields,
        *config.SourceSection.model_fields,
        *config.WhereSection.model_fields,
        *config.TermsSection.model_fields,
        *config.LimitsSection.model_fields,
    ]
    assert [key for key in keys if f"`{key}`" not in text] == []
    documented = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert documented <= set(keys)


def test_faults_show_no_password_and_times_as_they_are_written(tmp_path: Path) -> None:
    told = faults(
        tmp_path, '[[sources]]\nurl="http://me:secret@a.example/ x"\nevery="400d"\nname="x"'
    )
    assert "secret" not in str(told)
    assert "400d" in str(told)
