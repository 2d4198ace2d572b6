"""How many bytes an item may take in a feed, told without rendering it.

The store parts the items of a feed into documents by this, once for all formats, so it has to hold
for the largest of them, in full and as a summary: an upper bound, and a near one for what people
write. A feed's head is not in it.
"""

from __future__ import annotations

from feedsvc.formats._remembering import remembered
from feedsvc.model import Author, Category, Enclosure, Item, Podcast, Source, Via

# What an item is made of beside its texts: tags, keys, dates, line ends. A namespace that an item
# is the first to use is counted with what uses it.
_FRAME = 640
_AUTHOR = 150
_CATEGORY = 130
_ENCLOSURE = 480
_SOURCE = 520
_VIA = 80
_PODCAST = 1100  # with what a show says of itself as soon as it has an episode
_DIRECTION = 140
_FIELD = 110
# The feed's author stands in for a missing one: a name of 200 characters, an e-mail address of 320,
# a page of 2048, and all that twice in JSON Feed.
_FEED_AUTHOR = 2 * (4 * 200 + 320 + 2048) + _AUTHOR
_TITLE_WORDS, _EXCERPT_WORDS = 61, 301  # shown_title and excerpt, with the ellipsis


def measured(item: Item) -> int:
    """The most bytes that the item takes in any format of any feed that shows it."""
    return (
        _FRAME
        + _text(item.guid)
        + _address(item.url)
        + _title(item)
        + _bodies(item)
        + _authors(item)
        + _details(item)
        + sum(map(_category, item.categories))
        + sum(map(_enclosure, item.enclosures))
        + (_source(item.source) if item.source else 0)
        + sum(map(_via, item.via))
        + (_podcast(item.podcast) if item.podcast else 0)
    )


#: The same, for who asks often of the same items.
weight = remembered(measured)


def _bodies(item: Item) -> int:
    """Content and summary, or, in a feed of summaries, the summary alone: in JSON Feed twice."""
    if item.summary:
        brief, twice = _text(item.summary, escapes=2), 2 * _text(item.summary)
    elif item.content_html:
        brief, twice = _words(item.content_html, _EXCERPT_WORDS)
    else:
        brief, twice = _text(item.title, escapes=2), 2 * _text(item.title)
    return max(_html(item.content_html) + brief, twice)


def _title(item: Item) -> int:
    """The title that is shown: the item's own, its first words, or its address."""
    if item.title:
        return _text(item.title)
    if item.summary:
        return _text(item.summary[:_TITLE_WORDS]) + 3
    return _words(item.content_html, _TITLE_WORDS)[0] + _text(item.url) + _text(item.guid)


def _html(content: str) -> int:
    """HTML as the text of an element, in a CDATA section, and as a string of JSON."""
    plain = _length(content)
    tags = content.count("<") + content.count(">")
    escaped = 3 * tags + 4 * content.count("&") + 12 * content.count("]]>")
    quoted = sum(map(content.count, '"\\\n\t'))
    return plain + max(escaped, quoted)


def _text(text: str, *, escapes: int = 1) -> int:
    """Plain text in an element, in an attribute, in JSON; ``escapes`` 2 is for text as HTML."""
    if not text:
        return 0
    total = _length(text)
    if not text.isalnum():
        total += (1 + 4 * escapes) * text.count("&") + (2 + 3 * escapes) * text.count("<")
        total += 5 * text.count('"') + (4 * escapes) * text.count(">")
        total += text.count("\\") + 5 * sum(map(text.count, "\n\t\r"))
    return total


def _address(address: str) -> int:
    """An address, which RSS and Atom write without any letter but those of ASCII."""
    length = _text(address)
    return length + 4 * (length - len(address)) if not address.isascii() else length


def _words(content: str, most: int) -> tuple[int, int]:
    """The first words of HTML, without taking it apart: once with escapes, and twice in JSON."""
    length = min(most, len(content))
    wide = min(3 * length, _length(content) - len(content)) + 3
    marks = min(length, content.count("&"))
    signs = min(length, content.count('"') + content.count("\\"))
    return length + wide + 9 * marks, 2 * (length + wide + marks + signs)


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _authors(item: Item) -> int:
    if not item.authors and item.source is None:
        return _FEED_AUTHOR
    return sum(map(_author, item.authors))


def _author(author: Author) -> int:
    told = _text(author.name) + _text(author.email or "") + _address(author.uri or "")
    return _AUTHOR + 2 * told


def _details(item: Item) -> int:
    addresses = filter(None, (item.external_url, item.image, item.comments_url))
    texts = filter(None, (item.language, item.rights))
    total = sum(_FIELD + _address(address) for address in addresses)
    total += sum(_FIELD + _text(text) for text in texts)
    return total + _DIRECTION if item.direction else total


def _category(category: Category) -> int:
    told = _text(category.scheme or "") + _text(category.label or "")
    return _CATEGORY + 2 * _text(category.term) + told


def _enclosure(enclosure: Enclosure) -> int:
    told = _address(enclosure.url) + _text(enclosure.type) + _text(enclosure.title or "")
    return _ENCLOSURE + 2 * told


def _source(source: Source) -> int:
    feed, page = _address(source.feed_url or ""), _address(source.url or "")
    return _SOURCE + 2 * _text(source.title or "") + 3 * feed + 2 * page + _text(source.guid or "")


def _via(place: Via) -> int:
    return _VIA + _address(place.url) + _text(place.title or "")


def _podcast(podcast: Podcast) -> int:
    files = (file for file in (podcast.transcript, podcast.chapters) if file)
    return _PODCAST + sum(_address(file.url) + _text(file.type) for file in files)
