"""What `check` says of a feed as it is given out, in each of its formats."""

from __future__ import annotations

from dataclasses import dataclass

from feedsvc.formats.check import Finding, check
from feedsvc.publish import marking
from feedsvc.publish.addresses import addresses
from feedsvc.publish.document import Target
from feedsvc.publish.documents import FORMATS
from feedsvc.service import Service
from feedsvc.web.pages import FORMS


@dataclass(frozen=True, slots=True)
class Checked:
    """A format by its name, its address, its length in bytes and what is wrong with it."""

    name: str
    url: str
    length: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the findings are faults, not mere advice."""
        return sum(finding.severity == "error" for finding in self.findings)


def checked(service: Service, key: str) -> list[Checked]:
    """The documents of a feed, each checked as `feedsvc check` does it; none if it has ended."""
    where = addresses(service.settings.site.url, key)
    found = []
    names = {form: name for form, name, _ in FORMS}
    for form in FORMATS:
        document = service.documents.document(Target("live", key, form), private=True)
        if document is None:
            continue
        body = marking.opened(document.body("identity"), None)
        findings = check(body, content_type=document.head.media_type, url=where[form])
        found.append(Checked(names[form], where[form], len(body), tuple(findings)))
    return found
