"""Every rule of the check, one short list a format. ``docs/check.md`` shows the same."""

from __future__ import annotations

from collections.abc import Mapping

from feedsvc.formats.check.rules import (
    atom,
    bodies,
    document,
    extensions,
    feeds,
    jsonfeed,
    opml,
    rss,
)
from feedsvc.formats.check.rules.rule import Rule

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for part in (feeds, document, atom, rss, jsonfeed, opml, extensions, bodies)
    for rule in part.RULES
}
