"""Programs by their User-Agent: real ones, and what nobody should be remembered by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.web.agents import Agent, client_of

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"

REAL = [
    (
        "Feedly/1.0 (+http://www.feedly.com/x.html; 128 subscribers; like FeedFetcher-Google)",
        Agent("Feedly", 128),
    ),
    ("FeedlyBot/1.0 (http://feedly.com)", Agent("Feedly")),
    ("Feedbin feed-id:1373711 - 42 subscribers", Agent("Feedbin", 42, "1373711")),
    (
        "Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 20 subscribers; )",
        Agent("Inoreader", 20),
    ),
    (
        f"NewsBlur Feed Fetcher - 56 subscribers - http://www.newsblur.com/site/4 ({_MAC} AppleW)",
        Agent("NewsBlur", 56),
    ),
    (
        "Mozilla/5.0 (compatible; theoldreader.com; 3 subscribers; feed-id=5f6a7b)",
        Agent("The Old Reader", 3, "5f6a7b"),
    ),
    (
        "Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 1 subscribers)",
        Agent("BazQux", 1),
    ),
    ("Mozilla/5.0 (compatible; Miniflux/2.2.0; +https://miniflux.app)", Agent("Miniflux")),
    ("FreshRSS/1.24.1 (Linux; https://freshrss.org)", Agent("FreshRSS")),
    ("NetNewsWire (RSS Reader; https://netnewswire.com/)", Agent("NetNewsWire")),
    ("Tiny Tiny RSS/24.01-abc (Unsupported) (https://tt-rss.org/)", Agent("Tiny Tiny RSS")),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.3.1",
        Agent("Thunderbird"),
    ),
    ("CommaFeed/4.3.3 (https://github.com/Athou/commafeed)", Agent("CommaFeed")),
    (
        "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html; 9 subscribers; feed-id=77)",
        Agent("FeedFetcher-Google", 9, "77"),
    ),
    (
        "Bloglovin/1.0 (http://www.bloglovin.com; 2 subscribers)",
        Agent("Bloglovin", 2),
    ),
    (
        "Overcast/1.0 Podcast Sync (123 subscribers; feed-id=8; +http://overcast.fm/)",
        Agent("Overcast", 123, "8"),
    ),
    (
        "PocketCasts/1.0 (Pocket Casts Feed Parser; +http://pocketcasts.com/)",
        Agent("Pocket Casts"),
    ),
    ("newsboat/2.32.0 (Linux x86_64)", Agent("Newsboat")),
    ("Akregator/5.22.3 librss/remnants", Agent("Akregator")),
    (
        "Liferea/1.14.1 (Linux; https://lzone.de/liferea/) AppleWebKit (KHTML, like Gecko)",
        Agent("Liferea"),
    ),
    (
        f"{_WINDOWS} AppleWebKit/538.1 (KHTML, like Gecko) QuiteRSS/0.19.4 Safari/538.1",
        Agent("QuiteRSS"),
    ),
    ("RSSGuard/4.5.1 (GNU/Linux) Qt/6", Agent("RSS Guard")),
    ("Reeder/5040001 CFNetwork/1335.0.3 Darwin/21.6.0", Agent("Reeder")),
    ("Unread RSS Reader - https://www.goldenhillsoftware.com/unread/", Agent("Unread")),
    ("SpaceCowboys Android RSS Reader / 2.6.5(305)", Agent("Feeder")),
    ("NextCloud-News/1.0", Agent("Nextcloud News")),
    ("Emacs Elfeed 3.4.1", Agent("Elfeed")),
    ("rss2email/3.14 (https://github.com/rss2email/rss2email)", Agent("rss2email")),
    ("feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/", Agent("feedparser")),
    ("UniversalFeedParser/5.2.1 +https://code.google.com/p/feedparser/", Agent("feedparser")),
    ("python-reader/3.10 (+https://github.com/lemon24/reader)", Agent("reader")),
    ("SimplePie/1.8.0 (Feed Parser; http://simplepie.org; Allow like Gecko)", Agent("SimplePie")),
    ("Some-Service/2 (like FeedFetcher-Google)", Agent("Some-Service")),
    ("WordPress/6.4.2; https://jane-doe.example", Agent("WordPress")),
    ("http.rb/5.1.1 (Mastodon/4.2.1; +https://social.example/)", Agent("Mastodon")),
    ("Slackbot 1.0 (+https://api.slack.com/robots)", Agent("Slackbot")),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://google.com/bot.html)", Agent("Googlebot")),
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", Agent("AhrefsBot")),
    ("AppleCoreMedia/1.0.0.21G93 (iPhone; U; CPU OS 17_6_1)", Agent("Apple Podcasts")),
    ("curl/8.5.0", Agent("curl")),
    ("Wget/1.21.4", Agent("Wget")),
    ("python-requests/2.31.0", Agent("python-requests")),
    ("Python-urllib/3.11", Agent("Python-urllib")),
    ("Python/3.11 aiohttp/3.9.1", Agent("aiohttp")),
    ("python-httpx/0.27.0", Agent("python-httpx")),
    ("Go-http-client/2.0", Agent("Go-http-client")),
    ("libwww-perl/6.67", Agent("libwww-perl")),
    ("okhttp/4.12.0", Agent("okhttp")),
    ("Rome Client (http://tinyurl.com/64t5n) Ver: 0.9", Agent("Rome Client")),
    (f"{_WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0",
     Agent("browser")),
    (f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
     Agent("browser")),
    ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
     Agent("browser")),
    ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/23.0 Mobile Safari/537.36",
     Agent("browser")),
    ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", Agent("browser")),
    ("Mozilla/5.0", Agent("browser")),
    ("Lynx/2.9.0 libwww-FM/2.14", Agent("browser")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "agent"), REAL, ids=[case[1].name for case in REAL])
def test_programs_as_they_call_themselves(said: str, agent: Agent) -> None:
    assert client_of(said) == agent


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (None, "none"),
        ("", "none"),
        (" \t", "none"),
        ("\x00\x01\x1b[31m", "other"),
        ("\u202e\u200b", "other"),
        ("jane.doe@example.com", "other"),
        ("jane@example.com/1.0", "other"),
        ("Jane Doe <jane@example.com>", "other"),
        ("192.0.2.7", "other"),
        ("https://jane.example/", "other"),
        ("jane.example/1.0", "other"),
        ("+46 70 123 45 67", "other"),
        ("Mozilla/5.0 (compatible; jane.example; 1.0)", "other"),
        ("4f1f9a3c-71c2-4f7e-9b1c-6f6e0e7b5c11", "other"),
        ("a4f1f9a3c71c24f7e9b1c6f6e0e7b5c11", "other"),
        ("<script>alert(1)</script>", "other"),
        ("' OR 1=1 --", "other"),
        ("A" * 41, "other"),
        ("x" * 10_240, "other"),
        ("I am a sentence that somebody wrote by hand", "other"),
        ("NameWithVersion-1.2.3", "NameWithVersion"),
        ("curl/8\r\nX-Evil: 1", "curl"),
        ("cu\x00rl/8", "other"),
    ],
)
def test_what_is_no_name(said: str | None, name: str) -> None:
    assert client_of(said).name == name


@pytest.mark.parametrize(
    ("said", "subscribers"),
    [
        ("X/1 (1 subscriber)", 1),
        ("X/1 (7 readers)", 7),
        ("X/1 (1234 Subscribers)", 1234),
        ("X/1 (-5 subscribers)", 5),
        ("X/1 (99999999999 subscribers)", 0),
        ("X/1 (1.5 subscribers)", 0),
        ("X/1 (1,234 subscribers)", 1234),
        ("X/1 (1.234 subscribers)", 1234),
        ("X/1 (1 234 readers)", 1234),
        ("X/1 1 234 readers", 1234),
        ("1,234,567 subscribers", 1_234_567),
        ("X/1 (123,456,789 subscribers)", 0),
        ("X/1 (1.234,567 subscribers)", 0),
        ("X/1 (1,23 subscribers)", 0),
        ("X/2 345 readers", 345),
        ("Feedbin feed-id:1 234 subscribers", 234),
        ("X/1 (of 12 feeds 1234 readers)", 1234),
        ("X/1 (many subscribers)", 0),
        ("X/1 (5 subscriptions)", 0),
        ("X/1 (\u0663 subscribers)", 0),
        ("X/1 " + "x" * 600 + " (5 subscribers)", 0),
    ],
)
def test_for_how_many(said: str, subscribers: int) -> None:
    assert client_of(said).subscribers == subscribers


@given(st.text(max_size=600))
def test_a_name_is_short_and_plain_whatever_is_said(said: str) -> None:
    agent = client_of(said)
    assert 0 < len(agent.name) <= 40
    assert agent.name.isascii()
    assert agent.name.isprintable()
    assert not set(agent.name) & set("@./:;<>\"'")
    assert 0 <= agent.subscribers < 10**8
    assert len(agent.feed_id) <= 40
