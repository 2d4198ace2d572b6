"""Exports of WordPress, as its ``wp-admin/includes/export.php`` writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.errors import NotAFeed
from feedsvc.formats import wxr
from feedsvc.formats._autop import autop
from feedsvc.model import Author, Category, Enclosure, Item, Status

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.4.3" created="2024-03-01 09:00" -->
<rss version="2.0"
    xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
    xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:wfw="http://wellformedweb.org/CommentAPI/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
    <title>Jo &amp; Co</title>
    <link>https://blog.example</link>
    <description>Words</description>
    <language>en-US</language>
    <wp:wxr_version>1.2</wp:wxr_version>
    <wp:base_site_url>https://blog.example</wp:base_site_url>
    <wp:base_blog_url>https://blog.example</wp:base_blog_url>
    <wp:author><wp:author_id>1</wp:author_id><wp:author_login><![CDATA[jo]]></wp:author_login>
        <wp:author_email><![CDATA[jo@blog.example]]></wp:author_email>
        <wp:author_display_name><![CDATA[Jo  Doe]]></wp:author_display_name></wp:author>
    <wp:category><wp:term_id>3</wp:term_id><wp:category_nicename>big-cats</wp:category_nicename>
        <wp:cat_name><![CDATA[Big Cats]]></wp:cat_name></wp:category>
    <generator>https://wordpress.org/?v=6.4.3</generator>
"""

FULL = """
    <item>
        <title><![CDATA[Lions & tigers]]></title>
        <link>https://blog.example/2024/02/lions/</link>
        <pubDate>Thu, 29 Feb 2024 11:00:00 +0000</pubDate>
        <dc:creator><![CDATA[jo]]></dc:creator>
        <guid isPermaLink="false">https://blog.example/?p=12</guid>
        <description></description>
        <content:encoded><![CDATA[First line
second line.

Another <em>paragraph</em>.<!--more-->

<h2>Head</h2>
<ul>
<li>One</li>
<li>Two</li>
</ul>
End.]]></content:encoded>
        <excerpt:encoded><![CDATA[About <b>cats</b>]]></excerpt:encoded>
        <wp:post_id>12</wp:post_id>
        <wp:post_date><![CDATA[2024-02-29 12:00:00]]></wp:post_date>
        <wp:post_date_gmt><![CDATA[2024-02-29 11:00:00]]></wp:post_date_gmt>
        <wp:post_modified_gmt><![CDATA[2024-03-01 08:00:00]]></wp:post_modified_gmt>
        <wp:comment_status><![CDATA[open]]></wp:comment_status>
        <wp:post_name><![CDATA[lions]]></wp:post_name>
        <wp:status><![CDATA[publish]]></wp:status>
        <wp:post_parent>0</wp:post_parent>
        <wp:post_type><![CDATA[post]]></wp:post_type>
        <wp:post_password><![CDATA[]]></wp:post_password>
        <wp:is_sticky>0</wp:is_sticky>
        <category domain="category" nicename="big-cats"><![CDATA[Big Cats]]></category>
        <category domain="category" nicename="uncategorized"><![CDATA[Uncategorized]]></category>
        <category domain="post_tag" nicename="zoo"><![CDATA[Zoo]]></category>
        <category domain="post_format" nicename="post-format-aside"><![CDATA[Aside]]></category>
        <wp:postmeta><wp:meta_key><![CDATA[_thumbnail_id]]></wp:meta_key>
            <wp:meta_value><![CDATA[13]]></wp:meta_value></wp:postmeta>
        <wp:postmeta><wp:meta_key><![CDATA[enclosure]]></wp:meta_key>
            <wp:meta_value><![CDATA[https://blog.example/lion.mp3
4096
audio/mpeg
a:1:{s:8:"duration";s:4:"1:01";}]]></wp:meta_value></wp:postmeta>
        <wp:comment><wp:comment_id>1</wp:comment_id>
            <wp:comment_content><![CDATA[Nice!]]></wp:comment_content></wp:comment>
    </item>
"""

PICTURE = """
    <item><title>lion</title><link>https://blog.example/2024/02/lions/lion/</link>
        <guid isPermaLink="false">https://blog.example/wp-content/uploads/lion.jpg</guid>
        <wp:post_id>13</wp:post_id><wp:status>inherit</wp:status>
        <wp:post_type>attachment</wp:post_type>
        <wp:attachment_url>https://blog.example/wp-content/uploads/lion.jpg</wp:attachment_url>
    </item>
"""


def export(*items: str) -> bytes:
    return f"{HEAD}{''.join(items)}</channel></rss>".encode()


def post(status: str = "publish", kind: str = "post", more: str = "", content: str = "C") -> str:
    return f"""<item><title>T</title><link>https://blog.example/?p=7</link>
        <guid isPermaLink="false">https://blog.example/?p=7</guid>
        <content:encoded><![CDATA[{content}]]></content:encoded>
        <wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>{more}</item>"""


def item_of(item: str) -> Item:
    (found,) = wxr.read(export(item)).items
    return found


def test_a_post_with_all_that_it_has() -> None:
    parsed = wxr.read(export(FULL, PICTURE))
    assert parsed.items == (
        Item(
            guid="https://blog.example/?p=12",
            slug="lions",
            url="https://blog.example/2024/02/lions/",
            title="Lions & tigers",
            summary="About cats",
            content_html="<p>First line<br>\nsecond line.</p>\n<p>Another <em>paragraph</em>.</p>\n"
            "<h2>Head</h2>\n<ul>\n<li>One</li>\n<li>Two</li>\n</ul>\n<p>End.</p>",
            authors=(Author("Jo Doe"),),
            categories=(Category("Big Cats"), Category("Zoo")),
            published=datetime(2024, 2, 29, 11, tzinfo=UTC),
            updated=datetime(2024, 3, 1, 8, tzinfo=UTC),
            enclosures=(Enclosure("https://blog.example/lion.mp3", "audio/mpeg", 4096),),
            image="https://blog.example/wp-content/uploads/lion.jpg",
        ),
    )
    assert parsed.faults == ("1 of type attachment left out.",)


def test_the_blog_itself() -> None:
    feed = wxr.read(export(FULL)).feed
    assert (feed.id, feed.title, feed.url, feed.description, feed.language) == (
        "https://blog.example",
        "Jo & Co",
        "https://blog.example",
        "Words",
        "en-US",
    )
    assert feed.updated == datetime(2024, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("publish", Status.PUBLISHED),
        ("future", Status.SCHEDULED),
        ("draft", Status.DRAFT),
        ("pending", Status.REVIEW),
        ("private", Status.DRAFT),
    ],
)
def test_where_a_post_stands(status: str, expected: Status) -> None:
    assert item_of(post(status)).status is expected


@pytest.mark.parametrize("status", ["draft", "pending"])
def test_what_was_never_out_has_no_date_and_no_address(status: str) -> None:
    dates = (
        "<wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>"
        "<pubDate>Mon, 30 Nov -0001 00:00:00 +0000</pubDate>"
    )
    item = item_of(post(status, more=dates))
    assert (item.published, item.updated, item.url) == (None, None, "")
    assert item.guid == "https://blog.example/?p=7"


def test_without_a_date_in_gmt_the_one_of_the_feed_counts() -> None:
    dates = (
        "<wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>"
        "<pubDate>Thu, 29 Feb 2024 12:00:00 +0100</pubDate>"
    )
    assert item_of(post(more=dates)).published == datetime(2024, 2, 29, 11, tzinfo=UTC)


def test_a_post_with_a_password_is_no_public_one() -> None:
    locked = post(more="<wp:post_password><![CDATA[sesame]]></wp:post_password>")
    assert item_of(locked).status is Status.DRAFT


def test_pages_and_what_else_is_no_post_are_left_out_and_told() -> None:
    body = export(
        post(), post(kind="page"), post(kind="page"), post(kind="nav_menu_item"), post("trash")
    )
    parsed = wxr.read(body)
    assert len(parsed.items) == 1
    assert parsed.faults == (
        "1 of status trash left out.",
        "1 of type nav_menu_item left out.",
        "2 of type page left out.",
    )
    assert len(wxr.read(body, kinds=("post", "page")).items) == 3


def test_an_author_of_an_older_export_goes_by_the_login() -> None:
    assert item_of(post(more="<dc:creator>amy</dc:creator>")).authors == (Author("amy"),)


def test_what_the_block_editor_wrote_has_its_paragraphs() -> None:
    typed = (
        "<!-- wp:paragraph -->\n<p>One\n\nstill one</p>\n<!-- /wp:paragraph -->\n\n"
        '<!-- wp:image {"id":13,"sizeSlug":"large"} -->\n<figure class="wp-block-image">'
        '<img src="/a.jpg" alt=""/></figure>\n<!-- /wp:image -->'
    )
    assert item_of(post(content=typed)).content_html == (
        "<p>One\n\nstill one</p>\n\n\n\n"
        '<figure class="wp-block-image"><img src="/a.jpg" alt=""/></figure>'
    )


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("One", "<p>One</p>"),
        ("One\r\n\r\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("One\nTwo", "<p>One<br>\nTwo</p>"),
        ("One<br />\nTwo", "<p>One<br />\nTwo</p>"),
        ("<p>One</p>\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("<h2>A</h2>\nOne", "<h2>A</h2>\n<p>One</p>"),
        ("A<pre>x\n\ny</pre>B", "<p>A</p>\n<pre>x\n\ny</pre>\n<p>B</p>"),
        (
            "<blockquote>One\n\nTwo</blockquote>",
            "<blockquote>\n<p>One</p>\n<p>Two</p>\n</blockquote>",
        ),
        ("One <strong>b\nc</strong>", "<p>One <strong>b<br>\nc</strong></p>"),
        ("A\n<hr>\nB", "<p>A</p>\n<hr>\n<p>B</p>"),
        (
            "<table>\n<tr><td>a</td></tr>\n</table>",
            "<table>\n<tr>\n<td>a</td>\n</tr>\n</table>",
        ),
    ],
)
def test_paragraphs(typed: str, shown: str) -> None:
    assert autop(typed) == shown


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_every_version_of_the_vocabulary_is_read(version: str) -> None:
    body = export(FULL, PICTURE).replace(b"export/1.2/", f"export/{version}/".encode())
    assert wxr.is_wxr(body)
    assert wxr.read(body).items == wxr.read(export(FULL, PICTURE)).items


@pytest.mark.parametrize("broken", [(b" & tigers", b"\x08 & tigers"), (b"</channel></rss>", b"")])
def test_a_broken_export_is_mended_as_far_as_it_goes(broken: tuple[bytes, bytes]) -> None:
    parsed = wxr.read(export(FULL, PICTURE).replace(*broken))
    assert parsed.items[0].title == "Lions & tigers"
    assert len(parsed.faults) == 2


@pytest.mark.parametrize("body", [b"", b"{}", b"<opml/>", b"<html></html>", b"<rss/>"])
def test_what_is_no_export_is_refused(body: bytes) -> None:
    assert not wxr.is_wxr(body)
    with pytest.raises(NotAFeed, match="no export of WordPress"):
        wxr.read(body)
