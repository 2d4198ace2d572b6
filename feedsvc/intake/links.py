"""What the relative links of an item file mean. Pure.

A relative link is written as files lie in the folder, but read under the item's address, where
nothing above has the same name. So content with links that lead up is cleaned against ``MARK``,
under which every link shows how it was written.
"""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urljoin, urlsplit

from feedsvc.intake.scan import MAX_DEPTH, unsound

_MARK_HOST = "https://beside.invalid/"
_STEPS = [f"~{number}" for number in range(1, MAX_DEPTH + 2)]
#: An address that nothing has (RFC 6761 6.4), deep enough for a link to lead up as far as it can.
MARK = _MARK_HOST + "/".join(_STEPS) + "/"


def is_relative(link: str) -> bool:
    """Whether a link is resolved against the place where it stands, and leads away from it.

    >>> is_relative("cat.png"), is_relative("/cat.png"), is_relative("#top"), is_relative("a:b")
    (True, False, False, False)
    """
    try:
        parts = urlsplit(link.strip())
    except ValueError:  # a broken IPv6 address
        return False
    return not (parts.scheme or parts.netloc or parts.path.startswith("/")) and bool(parts.path)


def local_path(link: str, folder: str) -> str | None:
    """The file that a relative link means, as a path in the items folder.

    ``folder`` is the item file's, ``""`` or ``posts/``. None for a link that leads above it, or to
    something hidden. Query and fragment don't count.

    >>> local_path("img/my%20cat.png?w=9", "posts/"), local_path("../cat.png", "posts/")
    ('posts/img/my cat.png', None)
    """
    path = _path_of(link)
    return None if path is None or not _is_plain(path) else folder + path


def path_of_item(link: str, folder: str) -> str | None:
    """The same for a link to another item file, which may lie anywhere in the items folder.

    >>> path_of_item("../b.md#end", "posts/"), path_of_item("../b.md", "")
    ('b.md', None)
    """
    path = _path_of(link)
    if path is None:
        return None
    whole = posixpath.normpath(folder + path)
    return whole if _is_plain(whole.removeprefix("/")) else None


def _path_of(link: str) -> str | None:
    try:
        return posixpath.normpath(unquote(urlsplit(link.strip()).path, errors="strict"))
    except ValueError:  # percent-encoded bytes that are no UTF-8
        return None


def _is_plain(path: str) -> bool:
    steps = path.split("/")
    if any(not step or step.startswith(".") or "\\" in step for step in steps):
        return False
    return not unsound(path)


def leads_up(link: str) -> bool:
    """Whether a relative link leads out of the folder that it stands in."""
    return (_path_of(link) or "").startswith("../")


def as_written(address: str, base: str) -> str | None:
    """The relative link that became an address under ``base``; None for one that was absolute.

    >>> as_written("https://beside.invalid/~1/x/b.md", "https://beside.invalid/~1/~2/")
    >>> as_written(urljoin(MARK, "../x/b.md"), MARK), as_written(urljoin(MARK, "/b"), MARK)
    ('../x/b.md', '/b')
    """
    if base != MARK:
        return address.removeprefix(base) if address.startswith(base) else None
    if not address.startswith(_MARK_HOST):
        return None
    steps = address.removeprefix(_MARK_HOST).split("/")
    same = 0
    while same < len(_STEPS) and same < len(steps) and steps[same] == _STEPS[same]:
        same += 1
    rest = "/".join(steps[same:])
    return "../" * (len(_STEPS) - same) + rest if same else f"/{rest}"


#: Addresses of the site that a link up from an item's address can mean, beside other items.
_OF_THE_SITE = ("feeds/", "tags/", "authors/", "opml.xml")


def address_above(link: str, base: str) -> str | None:
    """The address that a link which leads up means under the item's own, None when it has none.

    ``base`` is the item's address with a slash at its end. Addresses of items have no suffix, so
    ``../b`` may be one, and ``../b.pdf`` is a file.

    >>> address_above("../b", "https://x.example/items/a/")
    'https://x.example/items/b'
    """
    address = urljoin(base, link)
    inside = address.removeprefix(urljoin(base, "../../"))
    named = "." in posixpath.basename(urlsplit(address).path)
    return address if not named or inside.startswith(_OF_THE_SITE) else None
