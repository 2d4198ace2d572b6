"""docs/check.md and the code list the same rules, word for word."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

from feedsvc.formats.check import RULES
from feedsvc.formats.check.rules.rule import Rule

PAGE = Path(__file__).parents[3] / "docs" / "check.md"


def row(rule: Rule) -> str:
    """The rule as a row of the page's tables."""
    what = re.sub(r"\{\w+\}", "…", rule.message)
    cells = (rule.severity, rule.format, what, rule.section, rule.mend)
    shown = (re.sub(r"([<|*_])", r"\\\1", cell) for cell in cells)
    return f"| `{rule.id}` | {' | '.join(shown)} |"


def tables() -> str:
    """The tables of all rules; what ``docs/check.md`` has between its first and last table."""
    head = "| rule | severity | format | what is said | from | how to mend |\n" + "|---" * 6 + "|"
    parts = []
    for name, rules in groupby(RULES.values(), lambda rule: rule.id.partition(".")[0]):
        parts.append(f"### {name}\n\n{head}\n" + "\n".join(map(row, rules)) + "\n")
    return "\n".join(parts)


def test_every_rule_is_documented_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    told = [line for line in page if re.match(r"\| `[a-z]+\.", line)]
    assert told == [row(rule) for rule in RULES.values()]


def test_rules_are_well_told() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"[a-z]+(\.[a-z0-9]+(-[a-z0-9]+)*){1,2}", rule.id), rule.id
        assert rule.message.endswith(".") and rule.mend.endswith("."), rule.id
        assert "{" not in rule.mend, rule.id
        assert rule.section and rule.format
        assert rule.severity in {"error", "warning"}
