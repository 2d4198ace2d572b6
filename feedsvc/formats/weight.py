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


#: Of a part of an item: its size beside its texts, the texts that are told once, those told twice.
_Part = tuple[int, tuple[str | None, ...], tuple[str | None, ...]]


def measured(item: Item) -> int:
    """The most bytes that the item takes in any format of any feed that shows it."""
    parts: list[_Part] = [
        (_FRAME + _wide(item.url), (item.guid, item.url), ()),
        _title(item),
        _details(item),
        *_authors(item),
        *map(_category, item.categories),
        *map(_enclosure, item.enclosures),
        *map(_via, item.via),
    ]
    if item.source:
        parts.append(_source(item.source))
    if item.podcast:
        parts.append(_podcast(item.podcast))
    total = _bodies(item)
    once: list[str | None] = []
    twice: list[str | None] = []
    for size, some, others in parts:
        total += size
        once += some
        twice += others
    # Counted all together, which costs as little as one.
    return total + _text("".join(filter(None, once))) + 2 * _text("".join(filter(None, twice)))


#: The same, for who asks often of the same items.
weight = remembered(measured)


def _bodies(item: Item) -> int:
    """Content and summary, or, in a feed of summaries, the summary alone: in JSON Feed twice."""
    full = _html(item.content_html)
    if not item.summary and item.content_html:
        brief, twice = _words(item.content_html, _EXCERPT_WORDS)
        return max(full + brief, twice)
    shown = item.summary or item.title
    brief = _text(shown, escapes=2)
    return full + brief if full >= brief else max(full + brief, 2 * _text(shown))


def _title(item: Item) -> _Part:
    """The title that is shown: the item's own, its first words, or its address."""
    if item.title:
        return 0, (item.title,), ()
    if item.summary:
        return 3, (item.summary[:_TITLE_WORDS],), ()
    return _words(item.content_html, _TITLE_WORDS)[0], (item.url, item.guid), ()


def _html(content: str) -> int:
    """HTML as the text of an element, in a CDATA section, and as a string of JSON."""
    escaped = 3 * (content.count("<") + content.count(">")) + 4 * content.count("&")
    if "]" in content:
        escaped += 12 * content.count("]]>")
    quoted = content.count('"') + content.count("\n") + _rare(content, "\\\t")
    return _length(content) + max(escaped, quoted)


def _text(text: str, *, escapes: int = 1) -> int:
    """Plain text in an element, in an attribute, in JSON; ``escapes`` 2 is for text as HTML."""
    if not text:
        return 0
    total = _length(text)
    if not text.isalnum():
        total += (1 + 4 * escapes) * text.count("&") + (2 + 3 * escapes) * text.count("<")
        total += 5 * text.count('"') + (4 * escapes) * text.count(">")
        total += _rare(text, "\\") + 5 * _rare(text, "\n\t\r")
    return total


def _rare(text: str, characters: str) -> int:
    """How many of these characters the text has: mostly none, which is seen sooner."""
    found = 0
    for one in characters:
        if one in text:
            found += text.count(one)
    return found


def _wide(address: str | None) -> int:
    """What an address takes more than its text: RSS and Atom write it in ASCII."""
    return 0 if not address or address.isascii() else 4 * (_text(address) - len(address))


def _words(content: str, most: int) -> tuple[int, int]:
    """The first words of HTML, without taking it apart: once with escapes, and twice in JSON."""
    length = min(most, len(content))
    wide = min(3 * length, _length(content) - len(content)) + 3
    marks = min(length, content.count("&"))
    signs = min(length, content.count('"') + content.count("\\"))
    return length + wide + 9 * marks, 2 * (length + wide + marks + signs)


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _authors(item: Item) -> list[_Part]:
    if not item.authors and item.source is None:
        return [(_FEED_AUTHOR, (), ())]
    return [_author(author) for author in item.authors]


def _author(author: Author) -> _Part:
    size = _AUTHOR + 2 * _wide(author.uri)
    return size, (), (author.name, author.email, author.uri)


def _details(item: Item) -> _Part:
    addresses = (item.external_url, item.image, item.comments_url)
    texts = (*addresses, item.language, item.rights)
    size = _FIELD * sum(map(bool, texts)) + sum(map(_wide, addresses))
    return size + _DIRECTION if item.direction else size, texts, ()


def _category(category: Category) -> _Part:
    return _CATEGORY, (category.scheme, category.label), (category.term,)


def _enclosure(enclosure: Enclosure) -> _Part:
    size = _ENCLOSURE + 2 * _wide(enclosure.url)
    return size, (), (enclosure.url, enclosure.type, enclosure.title)


def _source(source: Source) -> _Part:
    feed, page = source.feed_url, source.url
    size = _SOURCE + 3 * _wide(feed) + 2 * _wide(page)
    return size, (feed, source.guid), (feed, page, source.title)


def _via(place: Via) -> _Part:
    return _VIA + _wide(place.url), (place.url, place.title), ()


def _podcast(podcast: Podcast) -> _Part:
    files = [file for file in (podcast.transcript, podcast.chapters) if file]
    size = _PODCAST + sum(_wide(file.url) for file in files)
    return size, tuple(text for file in files for text in (file.url, file.type)), ()
