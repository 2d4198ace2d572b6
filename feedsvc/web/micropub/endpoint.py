"""Where posts are made, changed and taken away (Micropub 3), and files sent ahead (3.6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest

from feedsvc.errors import Changed, Conflict, FieldFault, Forbidden, InvalidFields, UnsupportedType
from feedsvc.formats import clean, itemjson, microformats, micropub
from feedsvc.formats.itemjson import Given
from feedsvc.formats.micropub import Post, Properties, Removal, Update
from feedsvc.model import Enclosure, Item, Status
from feedsvc.web import auth
from feedsvc.web.api import asking
from feedsvc.web.current import current_service
from feedsvc.web.micropub import JSON, blueprint, done
from feedsvc.web.policy import policy

#: The properties that may come as files (Micropub 3.3.1).
_FILES = ("photo", "video", "audio")
_MULTIPART = "multipart/form-data"
_FORMS = ("application/x-www-form-urlencoded", _MULTIPART)
#: How often an update is made anew because somebody else was quicker.
_TRIES = 10
_BLOCK = 256 * 1024
#: What is served here stands first, should an address say nothing of a file's type.
_USUAL = {"audio": "audio/mpeg", "video": "video/mp4"}


@blueprint.before_request
def one_token() -> None:
    """Refuse a token in two places (RFC 6750 2): which of them is meant nobody can know."""
    if request.method == "POST" and request.mimetype in _FORMS:
        texts = request.form.getlist("access_token")
        if len(texts) + ("Authorization" in request.headers) > 1:
            raise BadRequest("send the token in the header or in the form, not in both")


@blueprint.post("/micropub")
@policy("micropub")
def change() -> Response:
    """Make a post (201), or change or take away the one that ``url`` names (204)."""
    if request.mimetype == JSON:
        asked = micropub.of_json(itemjson.loads(request.get_data()))
    elif request.mimetype in _FORMS:
        asked = micropub.of_form(request.form.items(multi=True))
    else:
        raise UnsupportedType(f"send {JSON} or a form")
    if isinstance(asked, Post):
        return _create(asked)
    asking.refuse_key("a change that is sent again changes nothing more")
    if isinstance(asked, Update):
        return _anew(lambda: _updated(asked))
    return _anew(lambda: _remove(asked))


@blueprint.post("/micropub/media")
@policy("micropub")
def media() -> Response:
    """Keep a file, so that a post can name its address (Micropub 3.6)."""
    asking.refuse_key("the same file sent again is one file anyway")
    if request.mimetype != _MULTIPART:
        raise UnsupportedType(f"send the file as the part `file` of {_MULTIPART}")
    file = request.files.get("file")
    if file is None:
        raise InvalidFields([FieldFault("file", "must be given: the file itself")])
    return done(201, _taken(file))


def _create(post: Post) -> Response:
    service = current_service()
    name = asking.key_name()
    key = asking.keyed(name, "POST micropub", _said() if name else b"")
    properties = _with_files(post.properties)
    entry = microformats.read(properties, look, slug=_slug(post.commands))
    written = service.submissions.add(
        Given(entry.item, entry.told), origin=auth.origin("micropub"), now=service.now(), key=key
    )
    if written.kind != "repeated":  # what it says beside its fields may be another by now
        service.store.keep_properties(written.item.guid, entry.rest)
    return done(201, written.item.url)


def _said() -> bytes:
    """What the request says, whatever divides the parts of its form (RFC 7578 4.1)."""
    if request.mimetype == JSON:
        return request.get_data()
    fields = [one for one in request.form.items(multi=True) if one[0] != "access_token"]
    files = []
    for name, file in request.files.items(multi=True):
        digest = hashlib.sha256()
        while piece := file.stream.read(_BLOCK):
            digest.update(piece)
        file.stream.seek(0)
        files.append((name, file.filename, digest.hexdigest()))
    return repr((fields, files)).encode("utf-8", "backslashreplace")


def _anew(work: Callable[[], Response]) -> Response:
    """Make a change of what the post is by then: an app names no version that it means."""
    for attempt in range(_TRIES):
        try:
            return work()
        except Changed:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _updated(update: Update) -> Response:
    """Raises Changed if somebody else changes the post's fields in this very moment."""
    service = current_service()
    old = post_of(update.url)
    rest = service.store.properties(old.guid)
    commands = {
        name.removeprefix("mp-"): values
        for name, values in update.replace.items()
        if name.startswith("mp-")
    }
    properties = micropub.updated(microformats.write(old, rest), update)
    entry = microformats.read(properties, look, old=old, slug=_slug(commands))
    item = entry.item
    if entry.told:
        item = service.submissions.change(
            old,
            Given(entry.item, entry.told),
            origin=auth.origin("micropub"),
            now=service.now(),
            expected=old.revision,
        ).item
    elif old.origin.startswith("file:"):
        raise Conflict("it is declared in a file; edit that file")
    if entry.rest != rest:
        service.store.change_properties(item.guid, lambda kept: _rest_after(update, item, kept))
    return done() if item.url == old.url else done(201, item.url)


def _rest_after(update: Update, item: Item, kept: Properties) -> Properties:
    """What no field holds after an update, of what is kept by then: others may have added to it."""
    return microformats.rest_of(micropub.updated(microformats.write(item, kept), update))


def _remove(removal: Removal) -> Response:
    service = current_service()
    old = post_of(removal.url)
    if removal.action == "delete":
        service.submissions.withdraw(old.guid, now=service.now())
        return done()
    if old.status is not Status.WITHDRAWN:
        return done()
    item = service.submissions.change(
        old,
        Given(replace(old, status=Status.PUBLISHED), frozenset({"status"})),
        origin=old.origin,
        now=service.now(),
        expected=old.revision,
    ).item
    return done() if item.url == old.url else done(201, item.url)


def post_of(url: str) -> Item:
    """The item whose address this is, present or former. Raises InvalidFields."""
    service = current_service()
    base = f"{service.settings.site.url}/items/"
    address = re.split("[?#]", url, maxsplit=1)[0]
    found = service.store.item(url=url)
    if found is None and address.startswith(base):
        found = service.store.item(slug=unquote(address.removeprefix(base)).strip("/"))
    if found is None:
        raise InvalidFields([FieldFault("url", "no post here has this address")])
    return found


def look(url: str, kind: str) -> Enclosure:
    """The file at an address, as its name has it. What an upload is, whoever takes it in knows."""
    named = clean.media_type("", url)
    return Enclosure(url, named if named.startswith(f"{kind}/") else _USUAL[kind])


def _slug(commands: Properties) -> str:
    values = commands.get("slug", [])
    return values[0] if values and isinstance(values[0], str) else ""


def _with_files(properties: Properties) -> Properties:
    """The properties with the addresses of the files that came with them."""
    found = {name: list(values) for name, values in properties.items()}
    for name, file in _files():
        found.setdefault(name, []).append(_taken(file))
    return found


def _files() -> Iterator[tuple[str, FileStorage]]:
    for given, file in request.files.items(multi=True):
        name = given.removesuffix("[]")
        if name not in _FILES:
            raise InvalidFields([FieldFault(name, f"is no file: {', '.join(_FILES)} are")])
        if file.filename:  # of an empty field in a form a browser sends a part too
            yield name, file


def _taken(file: FileStorage) -> str:
    service = current_service()
    if auth.identity().scope not in {"write", "admin"}:  # its policy has seen to it
        raise Forbidden("this token may not write", scope="write")
    taken = service.uploads.take(
        file.stream, name=file.filename or "", origin=auth.origin("micropub"), now=service.now()
    )
    return taken.url
