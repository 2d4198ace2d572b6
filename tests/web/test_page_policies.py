"""No page runs or styles anything that stands in it: by its policy, and by what stands there.

Every rule of the URL map that can be read is asked, with what is there and with what is not.
"""

from __future__ import annotations

import re

from hostile.pages import Page
from web.people import signed_in
from werkzeug.test import TestResponse

from feedsvc.model import Category, Item
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web.policy import policy

_ARGUMENT = re.compile(r"<(?:[^<>:]*:)?([^<>]*)>")
#: What is there, by the names that rules have for it.
THERE = {"slug": "open", "name": "main", "tag": "sea", "term": "sea", "author": "jane"}
_MAY = {"'none'", "'self'", "http:", "https:", "data:", "allow-same-origin"}


def paths(service: Service, rules: list[str]) -> set[str]:
    """Each rule with what is there, and with what is not."""
    return {
        _ARGUMENT.sub(value, rule)
        for rule in rules
        for value in (lambda found: THERE.get(found[1], "main"), "nowhere-1")
    }


def sound(answer: TestResponse) -> bool:
    """Whether it is a page; whatever it is, its policy lets nothing in that stands in it."""
    policies = answer.headers["Content-Security-Policy"]
    said = {
        words[0]: set(words[1:]) for one in policies.split(";") if (words := one.strip().split())
    }
    assert said["default-src"] == {"'none'"}, policies
    assert said.get("script-src", set()) <= {"'self'"}, policies
    assert said.get("style-src", set()) <= {"'self'"}, policies
    assert set().union(*said.values()) <= _MAY, policies
    if answer.mimetype != "text/html" or not answer.data:
        return False
    assert said.get("base-uri", {"'none'"}) == {"'none'"}
    assert Page(answer.text).faults() == ()
    return True


def test_every_page_of_the_url_map(fresh: Service) -> None:
    item = Item(slug="open", title="Open", content_html="<p>x", categories=(Category("sea"),))
    fresh.store.apply([Put(item)], fresh.now())
    person = signed_in(fresh)
    app = person.client.application
    app.__dict__["_got_first_request"] = False  # signing in was one; this adds a view that fails

    def broken() -> str:
        raise RuntimeError("on purpose")

    app.add_url_rule("/broken", "broken", policy("public")(broken))
    rules = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    statuses: dict[int, int] = {}
    for path in sorted(paths(fresh, rules)):
        answer = person.get(path, headers={"Accept": "text/html"}, buffered=True)
        if sound(answer):
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
    assert statuses[200] >= 15
    assert statuses[404] >= 10
    assert statuses[500] == 1
    for method in ("POST", "DELETE"):  # 400, 401, 405 are pages too
        for path in sorted(paths(fresh, rules)):
            sound(person.ask(method, path, headers={"Accept": "text/html"}, buffered=True))
