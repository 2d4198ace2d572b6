"""One level of a document: which children may stand there, how often, with which attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from feedsvc.formats.check.finding import Report
from feedsvc.formats.check.tree import Element, children, local, namespace

Check = Callable[[Report, Element], None]
#: A feed or channel, or an entry or item.
Level = Literal["feed", "item"]

NO_ATTRIBUTES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """A child element: how its content is checked, and its attributes (without a namespace)."""

    check: Check
    many: bool = False
    attributes: frozenset[str] = NO_ATTRIBUTES


def walk(
    report: Report,
    parent: Element,
    fields: Mapping[str, Field],
    *,
    prefix: str,
    core: str,
    others: Check,
) -> Counter[str]:
    """Check the children of ``parent`` and say how many of each name there are.

    ``core`` is the format's namespace and ``prefix`` begins the ids of its rules; elements of
    other namespaces go to ``others``.
    """
    seen: Counter[str] = Counter()
    stray_text(report, parent, f"{prefix}.text-stray")
    for node in children(parent):
        if namespace(node) != core:
            others(report, node)
            continue
        name = local(node)
        field = fields.get(name)
        if field is None:
            report.add(
                f"{prefix}.element-undefined", node, parent=local(parent), hint=_hint(name, fields)
            )
            continue
        seen[name] += 1
        if seen[name] > 1 and not field.many:
            report.add(f"{prefix}.element-repeated", node, parent=local(parent))
        undefined_attributes(report, node, field.attributes, f"{prefix}.attribute-undefined")
        field.check(report, node)
    return seen


def undefined_attributes(
    report: Report, node: Element, known: frozenset[str], rule_id: str
) -> None:
    """Note the attributes without a namespace that the element does not have."""
    for attribute in node.attrib:
        if not str(attribute).startswith("{") and attribute not in known:
            report.add(rule_id, node, attribute=attribute)


def stray_text(report: Report, parent: Element, rule_id: str) -> None:
    """Note text between child elements, where only elements belong."""
    texts = (parent.text, *(node.tail for node in parent))
    if stray := next((text.strip() for text in texts if text and text.strip()), ""):
        report.add(rule_id, parent, value=stray)


def anything(report: Report, node: Element) -> None:
    """The check of an element whose content is free."""


def _hint(name: str, fields: Mapping[str, Field]) -> str:
    """A word about the name that was perhaps meant: names are case-sensitive."""
    folded = name.lower().replace("-", "").replace("_", "")
    meant = next((known for known in fields if known.lower() == folded), "")
    return f"; {meant} is meant, perhaps" if meant else ""
