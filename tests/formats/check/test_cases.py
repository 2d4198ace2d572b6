"""Every rule is broken by a document that is otherwise clean, and nothing else is said of it."""

from __future__ import annotations

import re

import pytest
from formats.check import (
    cases_atom,
    cases_bodies,
    cases_document,
    cases_extensions,
    cases_json,
    cases_opml,
    cases_rss,
)
from formats.check.documents import Case

from feedsvc.formats.check import RULES, check

CASES = [
    case
    for module in (
        cases_document,
        cases_atom,
        cases_rss,
        cases_json,
        cases_opml,
        cases_extensions,
        cases_bodies,
    )
    for case in module.CASES
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rules_that_are_broken_and_no_others(case: Case) -> None:
    findings = check(case.body, content_type=case.content_type, url=case.url)
    assert {finding.id for finding in findings} == case.rules, "\n".join(map(str, findings))


def test_every_rule_has_a_case() -> None:
    assert set(RULES) - {rule for case in CASES for rule in case.rules} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_findings_are_fit_to_be_read(case: Case) -> None:
    for finding in check(case.body, content_type=case.content_type, url=case.url):
        line = str(finding)
        assert "\n" not in line and not re.search(r"\{[a-z]+\}", finding.message)
        assert finding.where and finding.message.endswith((".", ")")) and finding.mend.endswith(".")
        assert len(line) < 900
