"""Where things stand: the public address of each feed and item, from the site's base alone."""

from __future__ import annotations

from urllib.parse import quote

from feedsvc.publish.document import Target

EXTENSIONS = ("rss", "atom", "json")
_FOLDERS = {"tag": "tags", "author": "authors"}
#: What stands for itself in a path segment (RFC 3986 3.3, ``pchar``): clients send it as it is.
_SEGMENT = "!$&'()*+,;=:@"


def addresses(site_url: str, key: str) -> dict[str, str]:
    """The addresses of a feed: its ``page`` for people and each format's.

    >>> addresses("https://example.org", "tag:c++")["atom"]
    'https://example.org/tags/c++.atom'
    """
    kind, colon, name = key.partition(":")  # a declared feed's name has no colon
    folder, name = (_FOLDERS[kind], name) if colon else ("feeds", key)
    page = f"{site_url}/{folder}/{quote(name, safe=_SEGMENT)}"
    return {"page": page, **{form: f"{page}.{form}" for form in EXTENSIONS}}


def search_addresses(site_url: str, query: str) -> dict[str, str]:
    """The same for a search. One for nothing has no query part.

    >>> search_addresses("https://example.org", "fish & chips")["rss"]
    'https://example.org/search.rss?q=fish%20%26%20chips'
    """
    asked = f"?q={quote(query, safe='')}" if query else ""
    forms = {form: f"{site_url}/search.{form}{asked}" for form in EXTENSIONS}
    return {"page": f"{site_url}/search{asked}", **forms}


def address_of(site_url: str, target: Target) -> str:
    """The one address at which a document stands, as it names itself.

    >>> address_of("https://example.org", Target("archive", "main", "atom", 3))
    'https://example.org/feeds/main/archive/3.atom'
    """
    match target.kind:
        case "live":
            return addresses(site_url, target.key)[target.form]
        case "archive":
            return (
                f"{addresses(site_url, target.key)['page']}/archive/{target.number}.{target.form}"
            )
        case "search":
            return search_addresses(site_url, target.key)[target.form]
        case "opml":
            return f"{site_url}/opml.xml"
