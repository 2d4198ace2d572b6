"""Extension elements: their vocabularies, podcasts, media, archives, tombstones."""

from __future__ import annotations

from formats.check.documents import ATOM, RSS, Case, cases

_MEDIA = '<media:content url="https://e.org/1.jpg" type="image/jpeg" medium="image"/>'
_ENCLOSURE = '<enclosure url="https://e.org/1.mp3" length="1" type="audio/mpeg"/>'
_SHOW = (
    '<language>en</language><itunes:category text="Technology"/><itunes:explicit>false'
    '</itunes:explicit><itunes:image href="https://e.org/i.jpg"/><itunes:owner><itunes:email>'
    "a@e.org</itunes:email></itunes:owner>"
)
_DELETED = '<at:deleted-entry ref="tag:example.org,2026:2" when="2026-11-22T11:30:00Z"/>'


def _in_item(rules: str, elements: str) -> tuple[str, str, str]:
    return rules, "</item>", f"{elements}</item>"


def _in_channel(rules: str, elements: str) -> tuple[str, str, str]:
    return rules, "<item>", f"{elements}<item>"


def _in_feed(rules: str, elements: str) -> tuple[str, str, str]:
    return rules, "<entry>", f"{elements}<entry>"


CASES: list[Case] = cases(
    RSS,
    [
        # Dublin Core, syndication, slash, wfw, threading, places
        _in_item("", "<dc:creator>Ada</dc:creator><dc:creator>Grace</dc:creator>"),
        _in_item("feed.name-mailbox", "<dc:creator>ada@example.org</dc:creator>"),
        _in_item("extension.element-undefined", "<dc:author>Ada</dc:author>"),
        _in_item("extension.element-repeated", "<dc:title>a</dc:title><dc:title>b</dc:title>"),
        _in_item("extension.value-invalid", "<dc:language>english</dc:language>"),
        _in_item("extension.text-html", "<dc:rights>&lt;b>Mine&lt;/b></dc:rights>"),
        _in_channel("extension.value-invalid", "<dc:date>22 Nov 2026</dc:date>"),
        _in_channel("", "<dc:date>2026-11</dc:date>"),
        _in_channel("feed.date-implausible", "<dc:date>1970-01-01</dc:date>"),
        _in_channel("", "<sy:updatePeriod>daily</sy:updatePeriod>"),
        _in_channel(
            "",
            "<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>24</sy:updateFrequency>",
        ),
        _in_channel("feed.rhythms-differ", "<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod>"),
        _in_channel(
            "feed.rhythms-differ", "<ttl>60</ttl><sy:updateFrequency>2</sy:updateFrequency>"
        ),
        _in_channel(
            "extension.value-invalid", "<ttl>60</ttl><sy:updateFrequency>0</sy:updateFrequency>"
        ),
        _in_channel("extension.value-invalid", "<sy:updatePeriod>Daily</sy:updatePeriod>"),
        _in_channel("extension.element-undefined", "<sy:UpdatePeriod>daily</sy:UpdatePeriod>"),
        _in_channel("extension.value-invalid", "<sy:updateFrequency>None</sy:updateFrequency>"),
        _in_item("extension.element-misplaced", "<sy:updatePeriod>daily</sy:updatePeriod>"),
        _in_item("rss.channel.build-date-missing", "<slash:comments>3</slash:comments>"),
        _in_item(
            "extension.value-invalid rss.channel.build-date-missing",
            "<slash:comments>many</slash:comments>",
        ),
        _in_item("", "<wfw:commentRss>https://e.org/c</wfw:commentRss>"),
        _in_item("extension.element-undefined", "<wfw:commentRSS>https://e.org/c</wfw:commentRSS>"),
        _in_item("extension.value-invalid", "<wfw:comment>/c</wfw:comment>"),
        _in_item("", '<thr:in-reply-to ref="tag:example.org,2026:0" href="https://e.org/0"/>'),
        _in_item("extension.attribute-missing", '<thr:in-reply-to href="https://e.org/0"/>'),
        _in_item("extension.value-invalid", '<thr:in-reply-to ref="0"/>'),
        _in_item("", "<georss:point>45.2 -71.9</georss:point>"),
        _in_item("extension.value-invalid", "<georss:point>145.2 -71.9</georss:point>"),
        _in_item("extension.element-misplaced", "<fh:archive/>"),
        # Atom in RSS
        _in_item("", "<atom:updated>2026-11-22T11:30:00Z</atom:updated>"),
        _in_item("atom.date-invalid", "<atom:updated>22 Nov 2026</atom:updated>"),
        _in_item("extension.element-undefined", "<atom:pubDate>x</atom:pubDate>"),
        _in_item("extension.attribute-undefined", '<atom:link href="https://e.org/" hrf="x"/>'),
        _in_item("atom.link.href-missing", '<atom:link rel="related"/>'),
        _in_item("extension.element-misplaced", '<atom:link href="https://e.org/" thr:count="2"/>'),
        _in_item("", '<atom:link rel="replies" href="https://e.org/" thr:count="2"/>'),
        _in_item(
            "extension.value-invalid",
            '<atom:link rel="replies" href="https://e.org/" thr:count="two"/>',
        ),
        _in_item(
            "atom.attribute-undefined",
            '<atom:link rel="replies" href="https://e.org/" thr:when="now"/>',
        ),
        _in_item("", "<atom:source><atom:title>Else</atom:title></atom:source>"),
        # Podcasts
        _in_channel("", _SHOW),
        _in_channel("itunes.show-incomplete", "<itunes:author>Ada</itunes:author>"),
        _in_channel("", "<itunes:explicit>false</itunes:explicit>"),
        _in_item("", f"{_ENCLOSURE}<itunes:duration>61</itunes:duration>"),
        _in_channel("itunes.category-unknown", _SHOW.replace("Technology", "Podcasting")),
        _in_channel(
            "",
            _SHOW.replace(
                '"Technology"/>', '"Arts"><itunes:category text="Food"/></itunes:category>'
            ),
        ),
        _in_channel(
            "itunes.category-unknown",
            _SHOW.replace(
                '"Technology"/>', '"Arts"><itunes:category text="Golf"/></itunes:category>'
            ),
        ),
        _in_channel("extension.value-invalid", _SHOW.replace("false", "clean")),
        _in_channel("extension.value-invalid", _SHOW.replace("https://e.org/i.jpg", "i.jpg")),
        _in_channel("itunes.owner-email-missing", _SHOW.replace("email>", "name>")),
        _in_channel("extension.value-invalid", _SHOW.replace("a@e.org", "Ada")),
        _in_channel("itunes.keywords-commas", f"{_SHOW}<itunes:keywords>a b</itunes:keywords>"),
        _in_channel("extension.value-invalid", f"{_SHOW}<itunes:type>daily</itunes:type>"),
        _in_channel(
            "extension.value-invalid", f"{_SHOW}<itunes:subtitle>{'x' * 256}</itunes:subtitle>"
        ),
        _in_channel("extension.element-undefined", f"{_SHOW}<itunes:host>Ada</itunes:host>"),
        _in_item(
            "extension.value-invalid",
            "<itunes:duration>one hour</itunes:duration>",
        ),
        _in_item(
            "itunes.format-unplayable",
            f"{_ENCLOSURE.replace('mp3', 'ogg')}<itunes:episode>1</itunes:episode>",
        ),
        _in_item("", '<podcast:transcript url="https://e.org/t.vtt" type="text/vtt"/>'),
        _in_item("extension.attribute-missing", '<podcast:transcript url="https://e.org/t.vtt"/>'),
        _in_channel("extension.value-invalid", "<podcast:locked>maybe</podcast:locked>"),
        _in_channel("extension.value-invalid", "<podcast:guid>my show</podcast:guid>"),
        _in_channel("", "<podcast:somethingNew/>"),
        # Media RSS
        _in_item("", _MEDIA),
        _in_item("extension.attribute-missing", "<media:content/>"),
        _in_item("extension.attribute-undefined", _MEDIA.replace("url=", 'href="x" url=')),
        _in_item("extension.value-invalid", _MEDIA.replace('medium="image"', 'medium="photo"')),
        _in_item("extension.value-invalid", _MEDIA.replace("https://e.org", "")),
        _in_item("extension.value-invalid", _MEDIA.replace("/>", ' width="0"/>')),
        _in_item("extension.value-invalid", _MEDIA.replace("/>", ' isDefault="yes"/>')),
        _in_item("media.group-single", f"<media:group>{_MEDIA}</media:group>"),
        _in_item("", f"<media:group>{_MEDIA * 2}</media:group>"),
        _in_item("media.adult-deprecated", "<media:adult>true</media:adult>"),
        _in_item(
            "media.content-alone", '<media:content url="https://e.org/1.mp3" type="audio/mpeg"/>'
        ),
        _in_item("", f'{_ENCLOSURE}<media:content url="https://e.org/1.mp3" type="audio/mpeg"/>'),
        _in_item("extension.attribute-missing", "<media:thumbnail/>"),
        _in_item("extension.text-html", "<media:title>&lt;b>x&lt;/b></media:title>"),
        _in_item("extension.value-invalid", '<media:title type="text">x</media:title>'),
        _in_item("extension.value-invalid", "<media:rating>bad</media:rating>"),
        _in_item("", '<media:rating scheme="urn:simple">nonadult</media:rating>'),
        _in_item("extension.value-invalid", '<media:hash algo="crc">1</media:hash>'),
        _in_item(
            "extension.value-invalid",
            '<media:restriction relationship="perhaps">all</media:restriction>',
        ),
        _in_item("extension.value-invalid", '<media:credit role="Author">Ada</media:credit>'),
        _in_item(
            "extension.value-invalid",
            _MEDIA.replace("/>", "><media:rating>bad</media:rating></media:content>"),
        ),
        # Tombstones
        _in_channel("", _DELETED),
        _in_channel("extension.attribute-missing", '<at:deleted-entry ref="urn:isbn:1"/>'),
        _in_channel("extension.value-invalid", _DELETED.replace("T11:30:00Z", "")),
        _in_channel("extension.value-invalid", _DELETED.replace("tag:example.org,2026:2", "2")),
        _in_channel(
            "tombstone.entry-alive",
            _DELETED.replace("tag:example.org,2026:2", "https://example.org/1"),
        ),
        _in_item("extension.element-misplaced", _DELETED),
    ],
) + cases(
    ATOM,
    [
        # Archives
        _in_feed("", "<fh:complete/>"),
        _in_feed("extension.attribute-undefined", '<fh:complete x="1"/>'),
        _in_feed(
            "history.complete-paged",
            '<fh:complete/><link rel="next" href="https://example.org/2"/>',
        ),
        _in_feed(
            "history.complete-current",
            '<fh:complete/><link rel="current" href="https://example.org/now"/>',
        ),
        _in_feed("", '<fh:complete/><link rel="current" href="https://example.org/feed.atom"/>'),
        # The oldest archive has none before it.
        _in_feed("", '<fh:archive/><link rel="current" href="https://example.org/now"/>'),
        _in_feed("history.archive-unlinked", "<fh:archive/>"),
        _in_feed("history.archive-complete", "<fh:archive/><fh:complete/>"),
        _in_feed(
            "extension.element-repeated",
            '<fh:archive/><fh:archive/><link rel="current" href="https://example.org/now"/>',
        ),
        _in_feed(
            "history.archive-loop",
            '<fh:archive/><link rel="current" href="https://example.org/now"/>'
            '<link rel="prev-archive" href="https://example.org/feed.atom"/>',
        ),
        _in_feed(
            "history.archive-current-missing",
            '<fh:archive/><link rel="prev-archive" href="https://example.org/a1"/>',
        ),
        _in_feed(
            "",
            '<fh:archive/><link rel="prev-archive" href="https://example.org/a1"/>'
            '<link rel="current" href="https://example.org/now"/>',
        ),
        _in_feed(
            "history.past-end",
            '<link rel="last" href="https://example.org/feed.atom"/>'
            '<link rel="next" href="https://example.org/2"/>',
        ),
        (
            "history.link-in-entry",
            "</entry>",
            '<link rel="next" href="https://example.org/2"/></entry>',
        ),
        # Tombstones
        _in_feed("", f"{_DELETED}{_DELETED.replace('2026:2', '2026:3')}"),
        ("", "</entry>", f"</entry>{_DELETED}"),
        _in_feed("tombstone.entry-alive", _DELETED.replace("2026:2", "2026:1")),
        # It came back half an hour later.
        _in_feed("", _DELETED.replace("2026:2", "2026:1").replace("T11:30", "T10:30")),
        _in_feed(
            "atom.person.name-missing", _DELETED.replace("/>", "><at:by/></at:deleted-entry>")
        ),
        _in_feed(
            "extension.element-undefined", _DELETED.replace("/>", "><at:why/></at:deleted-entry>")
        ),
    ],
)
