"""How findings are told: place, line, number, order."""

from __future__ import annotations

from formats.check.documents import ATOM, JSON, RSS

from feedsvc.formats.check import check
from feedsvc.formats.check.finding import MOST_OF_A_RULE


def test_a_finding_says_where_what_which_rule_and_how_to_mend() -> None:
    (finding,) = check(RSS.replace("<title>One", "<title>&lt;b>One&lt;/b>").encode())
    assert (finding.id, finding.line, finding.severity) == ("rss.text-html", 9, "warning")
    assert finding.where == "item 1 (<b>One</b>) / title, line 9"
    assert str(finding) == (
        "item 1 (<b>One</b>) / title, line 9: warning: title is plain text but holds </b>, which"
        " many readers show as it is. Take the markup out."
        " [rss.text-html, RSS Best Practices, Character Data]"
    )


def test_a_finding_in_a_body_has_its_own_line() -> None:
    body = "<description><![CDATA[<p>\n\n<b>Hello</p>]]></description>"
    old = "<description>&lt;p&gt;Hello&lt;/p&gt;</description>"
    (finding,) = check(RSS.replace(old, body).encode())
    assert (finding.id, finding.line) == ("body.markup-broken", 15)


def test_entries_are_told_apart_by_number_and_title() -> None:
    second = ATOM[ATOM.index("<entry>") : ATOM.index("</feed>")].replace("One", "Two")
    second = second.replace("2026:1", "2026:2").replace("T11:00:00Z", "yesterday")
    (finding,) = check(ATOM.replace("</feed>", second + "</feed>").encode())
    assert finding.where == "entry 2 (Two) / updated, line 19"


def test_an_item_of_json_feed_is_named() -> None:
    (finding,) = check(JSON.replace("2026-11-22T11:00:00Z", "today").encode())
    assert finding.where == "item 1 (One) / date_published"


def test_where_xml_breaks_is_said_by_line_and_column() -> None:
    (finding,) = check(RSS.replace("<title>One", "<title>Fish & chips").encode())
    assert (finding.line, finding.where) == (9, "column 14, line 9")


def test_where_json_breaks_is_said_by_line_and_column() -> None:
    (finding,) = check(JSON.replace('"en",', '"en"').encode())
    assert (finding.line, finding.where) == (8, "column 1, line 8")


def test_a_page_names_the_feeds_that_it_advertises() -> None:
    page = (
        b"<!doctype html><link rel='alternate' type='application/rss+xml' href='/feed.rss'>"
        b'<LINK REL="ALTERNATE" TYPE="application/feed+json" HREF="feed.json?a=1&amp;b=2">'
        b"<link rel=alternate type=text/html href=/de><link rel=stylesheet href=/s.css>"
    )
    (finding,) = check(page, url="https://example.org/blog/")
    assert finding.id == "feed.html-page"
    assert (
        "https://example.org/feed.rss, https://example.org/blog/feed.json?a=1&b=2."
        in finding.message
    )


def test_many_findings_of_one_rule_are_counted() -> None:
    item = RSS[RSS.index("<item>") : RSS.index("</channel>")]
    many = "".join(
        item.replace("/1<", f"/{n}<").replace("<title>One</title>", "") for n in range(500)
    )
    findings = check(RSS.replace(item, many).encode())
    assert len(findings) == MOST_OF_A_RULE
    assert findings[-1].message.endswith("(And 490 more like this.)")


def test_findings_come_by_line() -> None:
    spoilt = RSS.replace("<title>One", "<title>").replace("<rss ", '<rss lang="en" ')
    lines = [finding.line or 0 for finding in check(spoilt.encode())]
    assert lines == sorted(lines) and len(lines) == 2
