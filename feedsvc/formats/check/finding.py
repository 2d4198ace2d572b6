"""A finding, and the report that gathers findings while a document is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from feedsvc.formats.check import tree
from feedsvc.formats.check.rules import RULES
from feedsvc.formats.check.rules.rule import Severity
from feedsvc.formats.check.tree import Element

#: So many findings of one rule are told one by one; the last of them counts the others.
MOST_OF_A_RULE = 10

_SHOWN = 100
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a document.

    ``where`` is a place that people can find, with the line (1-based) when it is known; ``rule``
    names the standard and its section, ``id`` is the rule's stable name in ``docs/check.md``.
    """

    severity: Severity
    where: str
    rule: str
    message: str
    mend: str
    id: str = ""
    line: int | None = None

    def __str__(self) -> str:
        """The finding on one line: where, what, which rule, how to mend."""
        return f"{self.where}: {self.severity}: {self.message} {self.mend} [{self.id}, {self.rule}]"


class Report:
    """Findings about one document. ``url`` is where it was fetched, ``source`` its decoded text."""

    __slots__ = ("_findings", "_lines", "_more", "source", "url")

    def __init__(self, url: str | None = None) -> None:
        self.url = url
        self.source = ""
        self._lines: list[str] = []
        self._findings: dict[str, list[Finding]] = {}
        self._more: dict[str, int] = {}

    def add(
        self,
        rule_id: str,
        at: Element | str,
        *,
        line: int | None = None,
        section: str = "",
        **facts: object,
    ) -> None:
        """Note that the rule is broken.

        ``at`` is the element or a place in words; ``line`` overrides the element's own,
        ``section`` the rule's. ``facts`` fill the rule's sentence; ``{name}`` is the element's.
        """
        rule = RULES[rule_id]
        told = self._findings.setdefault(rule_id, [])
        if len(told) == MOST_OF_A_RULE:
            self._more[rule_id] = self._more.get(rule_id, 0) + 1
            return
        if isinstance(at, str):
            where = at
        else:
            where, line = tree.path(at), line or tree.line_of(at)
            facts.setdefault("name", tree.shown_name(at))
        where = shown(where, 160)
        told.append(
            Finding(
                severity=rule.severity,
                where=f"{where}, line {line}" if line else where,
                rule=section or rule.section,
                message=rule.message.format(**{k: shown(str(v)) for k, v in facts.items()}),
                mend=rule.mend,
                id=rule.id,
                line=line,
            )
        )

    def source_lines(self, first: int, count: int) -> list[str]:
        """``count`` lines of the source as they were written, from line ``first`` (1-based)."""
        if not self._lines:
            self._lines = self.source.split("\n")
        return self._lines[first - 1 : first - 1 + count]

    def has(self, rule_id: str) -> bool:
        """Whether the rule was found broken already."""
        return rule_id in self._findings

    def findings(self) -> list[Finding]:
        """All findings by line, those without a line first."""
        every = [finding for told in self._findings.values() for finding in told[:-1]]
        for rule_id, told in self._findings.items():
            more = self._more.get(rule_id)
            last = told[-1]
            every.append(
                replace(last, message=f"{last.message} (And {more} more like this.)")
                if more
                else last
            )
        return sorted(every, key=lambda finding: finding.line or 0)


def shown(value: str, most: int = _SHOWN) -> str:
    """``value`` fit for one line of a terminal: folded, cut, control characters spelled out."""
    folded = " ".join(value.split())
    if len(folded) > most:
        folded = folded[: most - 1] + "…"
    return _UNSHOWABLE.sub(lambda match: f"U+{ord(match[0]):04X}", folded)
