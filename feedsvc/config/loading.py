"""Reading config.toml and the environment, with every fault at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from feedsvc import model
from feedsvc.config.sections import Settings
from feedsvc.config.values import duration_text
from feedsvc.errors import ConfigError, Fault

ENV_PREFIX = "FEEDSVC_"
#: Environment variables of ours that are no configuration keys.
_NOT_KEYS = {"FEEDSVC_CONFIG"}


def load(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration file and the environment.

    Raises ConfigError, which names every fault with its key, value and what is allowed.
    """
    environ = os.environ if environ is None else environ
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), [Fault("", "", _MISSING)]) from None
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 text (at byte {error.start}); save it as UTF-8"
        raise ConfigError(str(path), [Fault("", "", reason)]) from None
    except OSError as error:
        reason = f"it can't be read: {(error.strerror or str(error)).lower()}"
        raise ConfigError(str(path), [Fault("", "", reason)]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(path), [Fault("", "", f"it is not TOML: {error}")]) from None
    faults = [*_overlay(data, environ), *crossed(data.get("feeds")), *_twice(data.get("sources"))]
    if "root" in data:  # the one field that is not a key of the file
        faults.append(Fault("root", repr(data["root"]), _unknown("root", Settings)))
    try:
        settings = Settings.model_validate({**data, "root": path.absolute().parent})
    except ValidationError as error:
        faults += [fault(detail) for detail in error.errors()]
    else:
        if not faults:
            return settings
    raise ConfigError(str(path), faults)


#: A name and a password in an address: whoever reads an error, or a log, need not know them.
_PASSWORD = re.compile(r"(:/*)[^/?#\s'\",]*@")
_MISSING = (
    "there is no such file: write one (a [site] table with title and url is enough), "
    "or name another with --config FILE"
)


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> Iterator[Fault]:
    """Put the environment's values into ``data``, in place; yield what has no place there."""
    for variable in sorted(environ):
        name = variable.removeprefix(ENV_PREFIX)
        if name == variable or variable in _NOT_KEYS:
            continue
        keys = name.lower().split("__")
        if len(keys) == 1 and keys[0] not in Settings.model_fields:
            continue  # some other program's, or a test's
        place: Any = data
        try:
            for key in keys[:-1]:
                place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
            last: Any = int(keys[-1]) if isinstance(place, list) else keys[-1]
            place[last] = _toml_value(environ[variable])
        except (AttributeError, IndexError, TypeError, ValueError):
            yield Fault(
                variable, _PASSWORD.sub(r"\1***@", environ[variable]), "no key of that name to set"
            )


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def crossed(feeds: Any) -> Iterator[Fault]:
    """What is wrong between the keys of ``[[feeds]]``, which no key alone can tell.

    Looks at the values as they came, so that these faults are told with all others.
    """
    tables = feeds if isinstance(feeds, list) else []
    known = [(number, feed) for number, feed in enumerate(tables) if isinstance(feed, dict)]
    yield from _names(known)
    for number, feed in known:
        if "notice" in feed and "ends" not in feed:
            allowed = "a notice only together with ends, the day of the end that it tells of"
            yield Fault(f"feeds[{number}].notice", repr(feed["notice"]), allowed)
        if "ends" in feed and feed.get("name") == model.MAIN_FEED:
            allowed = f"no end for {model.MAIN_FEED}, which is always there; other feeds may end"
            yield Fault(f"feeds[{number}].ends", _shown(feed["ends"]), allowed)


def _twice(sources: Any) -> Iterator[Fault]:
    """Addresses of ``[[sources]]`` that are given twice, and vetoes that nothing waits for."""
    seen: set[str] = set()
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        if not isinstance(source, dict):
            continue
        url = source.get("url")
        if isinstance(url, str) and url in seen:
            yield Fault(f"sources[{number}].url", _shown(url), "each address only once")
        seen.add(str(url))
        if "veto" in source and source.get("trust") != "review":
            allowed = 'a veto only together with trust = "review"'
            yield Fault(f"sources[{number}].veto", repr(source["veto"]), allowed)


def _names(feeds: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[Fault]:
    """Names that two feeds want: each leads to one feed, now and for good."""
    seen: set[str] = set()
    for number, feed in feeds:
        if isinstance(name := feed.get("name"), str):
            if name in seen:
                yield Fault(f"feeds[{number}].name", repr(name), "a name only once")
            seen.add(name)
    now, before = {*seen, model.MAIN_FEED}, set[str]()
    for number, feed in feeds:
        names = feed.get("formerly")
        for place, name in enumerate(names if isinstance(names, list) else []):
            if not isinstance(name, str):
                continue
            key = f"feeds[{number}].formerly[{place}]"
            if name in now:
                yield Fault(key, repr(name), "a name that no feed has now")
            elif name in before:
                yield Fault(key, repr(name), "a former name only once")
            before.add(name)


def fault(detail: Any, section: type[BaseModel] = Settings) -> Fault:
    """One of pydantic's findings in the user's words; ``section`` is what was to be read."""
    allowed, key = "", ""
    for part in detail["loc"]:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
        if isinstance(part, str) and part in section.model_fields:
            field = section.model_fields[part]
            allowed = field.description or allowed
            section = _section_of(field.annotation) or section
    if detail["type"] == "extra_forbidden":
        allowed = _unknown(str(detail["loc"][-1]), section)
    elif detail["type"] == "missing":
        allowed = f"must be given: {allowed}"
        return Fault(key, "missing", allowed)
    return Fault(key, _shown(detail["input"]), allowed)


def _shown(value: Any) -> str:
    """A value as it stands in the file, more or less."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, timedelta):
        return repr(duration_text(value))
    if isinstance(value, date):
        return value.isoformat()
    return _PASSWORD.sub(r"\1***@", repr(value))


def _unknown(key: str, section: type[BaseModel]) -> str:
    known = ", ".join(name for name in section.model_fields if name != "root")
    return f"unknown key {key!r}; known here: {known}"


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _section_of(inner):
            return found
    return None
