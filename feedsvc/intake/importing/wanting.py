"""A source as somebody wants it, read and checked: every fault at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import ValidationError

from feedsvc.config import LimitsSection, SourceSection
from feedsvc.config.loading import fault
from feedsvc.errors import Fault, FieldFault, InvalidFields
from feedsvc.intake.addresses import host_fault, port_fault
from feedsvc.intake.asking import masked
from feedsvc.intake.importing.telling import spec_of
from feedsvc.store import SourceSpec

#: What stands for a name and a password that are not shown.
_MASK = "***"


def read_source(
    given: Mapping[str, Any],
    feeds: Collection[str],
    limits: LimitsSection,
    old: SourceSpec | None = None,
) -> SourceSpec:
    """The source that ``given`` describes with the keys of ``[[sources]]``.

    ``feeds`` are the names of those that are there. The password that is shown as ``***`` is that
    of the ``old`` one. Raises InvalidFields with every fault, an address among them that nobody
    would ask, as it is spelled; what it leads to is looked at when it is asked.
    """
    given = dict(given)
    faults = list(_crossed(given, feeds))
    url = given.get("url")
    if isinstance(url, str) and (known := _unmasked(url, old)) is None:
        reason = f"{_MASK} stands for a name and a password that are not shown: give them again"
        faults.append(FieldFault("url", reason))
    elif isinstance(url, str):
        given["url"] = known
    try:
        section = SourceSection.model_validate(given)
    except ValidationError as error:
        faults += [_told(fault(detail, SourceSection)) for detail in error.errors()]
    else:
        if wrong := _unasked(section.url, limits):
            faults.append(FieldFault("url", wrong))
        if not faults:
            return spec_of(section)
    raise InvalidFields(faults)


def _told(one: Fault) -> FieldFault:
    """A fault as it may be shown: not with an address, which may have a password in it."""
    if one.value == "missing":
        return FieldFault(one.key, "must be given")
    reason = f"must be {one.allowed}" if one.key == "url" else f"{one.value}: {one.allowed}"
    return FieldFault(one.key, reason)


def _crossed(given: Mapping[str, Any], feeds: Collection[str]) -> Iterator[FieldFault]:
    """What is wrong beyond the form of each key alone."""
    into = given.get("into")
    if isinstance(into, str) and into not in feeds:
        yield FieldFault("into", f"there is no feed {into!r}; there are {', '.join(sorted(feeds))}")
    if given.get("veto") is not None and given.get("trust") != "review":
        yield FieldFault("veto", 'has a meaning only together with trust = "review"')


def _unmasked(url: str, old: SourceSpec | None) -> str | None:
    """The address with the password that its mask stands for; None where nobody knows that."""
    if old is not None and url == masked(old.url):
        return old.url
    try:
        new = urlsplit(url)
        if new.netloc.rpartition("@")[0] != _MASK:
            return url
        known = urlsplit(old.url) if old else None
    except ValueError:  # no address at all, as is told elsewhere
        return url
    if known is None or "@" not in known.netloc or _place(known) != _place(new):
        return None
    return new._replace(netloc=known.netloc).geturl()


def _place(url: SplitResult) -> tuple[str, str]:
    """Whom a password is told: never another one."""
    return url.scheme, url.netloc.rpartition("@")[2].lower()


def _unasked(url: str, limits: LimitsSection) -> str | None:
    """Why an address is never asked, as it is spelled."""
    parts = urlsplit(url)
    try:
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        return "no host is named so"
    if wrong := host_fault(host):
        return wrong
    port = parts.port
    if port is None or limits.allow_networks:  # whose networks are open may be asked at any port
        return None
    return port_fault(port, limits.allow_ports)
