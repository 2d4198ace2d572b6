"""Things of the API that are there: what an operation that names one is to meet.

Each is made when it is first wanted, and again when it has been changed or has ended.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from web.api.conftest import Program
from web.harbour import PICTURE
from web.sourced import bring, crediting, entry, waits
from web.sourced import made as made_source

from feedsvc.service import Service

BELOW = "/api/v1"


@dataclass
class Thing:
    """Something that is there: what it is called in addresses, and what a body says of it.

    ``etag`` is its entity tag, None where it has none.
    """

    names: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)
    etag: str | None = None


class Things:
    """What there is of each kind. ``path`` is always that of an operation, names in braces."""

    def __init__(self, service: Service, program: Program) -> None:
        self._service, self._program = service, program
        self._numbers = count(1)
        self._there: dict[str, Thing] = {}

    def of(self, path: str) -> Thing | None:
        """What the operations at ``path`` can meet; None for those that name nothing."""
        kind = _kind(path)
        if kind not in self._there and (made := self._made(kind)) is not None:
            self._there[kind] = made
        return self._there.get(kind)

    def changed(self, path: str) -> None:
        """Somebody has changed what is there, or has ended it."""
        self._there.pop(_kind(path), None)

    def _made(self, kind: str) -> Thing | None:
        number = next(self._numbers)
        match kind:
            case "items/{name}":
                return self._read(f"/items/{self._program.send(title=f'Item {number}')['slug']}")
            case "items/{name}/take-apart":
                row, other = (
                    made_source(self._service, f"https://{host}{number}.example/feed")
                    for host in ("a", "b")
                )
                item = crediting(self._service, row, other, f"story{number}")
                found = self._service.store.item(guid=item.guid)
                assert found
                return Thing(
                    {"name": found.slug}, {"source": other.id, "guid": f"urn:x:story{number}-too"}
                )
            case "feeds/{name}":
                made = self._program.ask("POST", "/feeds", json={"name": f"feed-{number}"})
                return self._read(f"/feeds/{made.json['name']}")
            case "sources/{number}" | "sources/preview":
                row = made_source(self._service, f"https://s{number}.example/feed")
                bring(self._service, row, entry(row, f"e{number}"))
                found = self._read(f"/sources/{row.id}", "number")
                return found if kind != "sources/preview" else Thing({}, {"source": row.id})
            case "tokens/{identifier}":
                sent = {"name": f"Token {number}", "scope": "write"}
                made = self._program.ask("POST", "/tokens", json=sent)
                return Thing({"identifier": made.json["id"]})
            case "media/{upload_id}":
                sent = {"file": (io.BytesIO(PICTURE + b"%d" % number), f"{number}.png")}
                made = self._program.ask("POST", "/media", data=sent)
                return Thing({"upload_id": made.json["id"]})
            case "waiting/{number}/{key}":
                row = made_source(self._service, f"https://w{number}.example/feed", trust="review")
                key = waits(self._service, row, f"w{number}")
                (digest,) = (
                    one["digest"]
                    for one in self._program.read("/waiting?limit=200")["items"]
                    if one["key"] == key
                )
                names = {"number": str(row.id), "key": key}
                return Thing(names, {"take": True, "digest": digest}, f'"{digest}"')
        return None

    def _read(self, path: str, name: str = "name") -> Thing:
        answer = self._program.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return Thing({name: path.rpartition("/")[2]}, etag=answer.headers["ETag"])


def _kind(path: str) -> str:
    """What is meant below the API: ``sources/{number}`` of all that is done with a source."""
    told = path.removeprefix(f"{BELOW}/")
    first = "/".join(told.split("/")[:2])
    return first if first in {"sources/{number}", "tokens/{identifier}"} else told
