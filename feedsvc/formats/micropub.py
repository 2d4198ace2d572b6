"""What Micropub clients send (W3C Micropub 3), as values: forms and JSON read, updates made.

``Properties`` are those of microformats2 in JSON: each name has a list of values, which are texts,
objects ``{"html": …}`` or ``{"value": …, "alt": …}``, or microformats of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from feedsvc.errors import FieldFault, InvalidFields

Properties = dict[str, list[object]]
Action = Literal["create", "update", "delete", "undelete"]

#: A property's name, as microformats have them; what begins with ``mp-`` is a command.
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COMMAND = "mp-"
#: Parts of a form that are no properties. A token is never kept.
_NO_PROPERTIES = {"h", "action", "url", "access_token", "q"}
_ACTIONS = ("update", "delete", "undelete")


@dataclass(frozen=True, slots=True)
class Post:
    """A post to be made: its properties, and the ``mp-`` commands without that beginning."""

    properties: Properties
    commands: Properties


@dataclass(frozen=True, slots=True)
class Update:
    """What is to become of the properties of the post at ``url`` (Micropub 3.4)."""

    url: str
    replace: Properties
    add: Properties
    delete: Properties  #: values to be taken away; without any, the whole property


@dataclass(frozen=True, slots=True)
class Removal:
    """The post at ``url`` is to be taken away, or to be back."""

    url: str
    action: Literal["delete", "undelete"]


def of_form(pairs: Iterable[tuple[str, str]]) -> Post | Removal:
    """What a form asks for: a post made, or taken away. Raises InvalidFields.

    ``name[]`` is ``name`` several times; ``content[html]`` is content in HTML.
    """
    given: Properties = {}
    for name, value in pairs:
        html = name == "content[html]"
        key = "content" if html else name.removesuffix("[]")
        given.setdefault(key, []).append({"html": value} if html else value)
    action = _text(given, "action")
    if action in {"delete", "undelete"}:
        return Removal(_address(given.get("url", [""])[0]), action)  # type: ignore[arg-type]
    if action == "update":
        raise _wrong("action", "an update is sent as JSON (application/json)")
    if action not in {"", "create"}:
        raise _wrong("action", "must be create, delete or undelete")
    if _text(given, "h") not in {"", "entry"}:
        raise _wrong("h", "must be entry: nothing else is kept here")
    return _post({name: values for name, values in given.items() if name not in _NO_PROPERTIES})


def of_json(value: object) -> Post | Update | Removal:
    """What a JSON object asks for. Raises InvalidFields."""
    if not isinstance(value, Mapping):
        raise _wrong("", "must be a JSON object")
    action = value.get("action", "create")
    if action in _ACTIONS:
        url = _address(value.get("url"))
        return _update(url, value) if action == "update" else Removal(url, action)
    if action != "create":
        raise _wrong("action", "must be create, update, delete or undelete")
    if value.get("type") != ["h-entry"]:
        raise _wrong("type", 'must be ["h-entry"]: nothing else is kept here')
    given = _properties("properties", value.get("properties"))
    # Some clients put commands beside the properties, as the first drafts had it.
    beside = {name: values for name, values in value.items() if str(name).startswith(_COMMAND)}
    return _post({**given, **{name: _listed(values) for name, values in beside.items()}})


def updated(properties: Properties, update: Update) -> Properties:
    """The properties after an update: replaced, then added to, then taken away from."""
    found = {name: list(values) for name, values in properties.items()}
    found.update(update.replace)
    for name, values in update.add.items():
        have = found.get(name, [])
        found[name] = have + [value for value in values if value not in have]
    for name, values in update.delete.items():
        kept = [value for value in found.get(name, []) if values and value not in values]
        found[name] = kept
    return found


def _post(given: Properties) -> Post:
    commands = {
        name.removeprefix(_COMMAND): values
        for name, values in given.items()
        if name.startswith(_COMMAND)
    }
    properties = {name: v for name, v in given.items() if not name.startswith(_COMMAND)}
    for name in properties:
        if not _NAME.fullmatch(name):
            raise _wrong(_shown(name), "is no name of a property")
    properties.pop("access-token", None)
    return Post(properties, commands)


def _update(url: str, value: Mapping[str, object]) -> Update:
    replace = _properties("replace", value.get("replace", {}))
    add = _properties("add", value.get("add", {}))
    gone = value.get("delete", {})
    if isinstance(gone, list) and all(isinstance(name, str) for name in gone):
        delete: Properties = {str(name): [] for name in gone}
    else:
        delete = _properties("delete", gone)
        if empty := next((name for name, values in delete.items() if not values), None):
            raise _wrong(f"delete.{empty}", "names no value; to delete all: a list of names")
    if not (replace or add or delete):
        raise _wrong("", "an update needs replace, add or delete")
    for name in (*replace, *add, *delete):
        if not _NAME.fullmatch(name.removeprefix(_COMMAND)):
            raise _wrong(_shown(name), "is no name of a property")
    return Update(url, replace, add, delete)


def _properties(where: str, value: object) -> Properties:
    if not isinstance(value, Mapping):
        raise _wrong(where, "must be an object of properties, each with a list of values")
    for name, values in value.items():
        if not isinstance(values, list):
            raise _wrong(f"{where}.{_shown(name)}", "must be a list of values")
    return {str(name): list(values) for name, values in value.items()}


def _listed(values: object) -> list[object]:
    return list(values) if isinstance(values, list) else [values]


def _address(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong("url", "must be the address of the post")
    return value


def _text(given: Properties, name: str) -> str:
    values = given.get(name, [])
    return str(values[0]) if values else ""


def _shown(name: object) -> str:
    return json.dumps(str(name))[1:-1][:60]


def _wrong(field: str, reason: str) -> InvalidFields:
    return InvalidFields([FieldFault(field, reason)])
