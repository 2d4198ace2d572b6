"""How large a body may be, of whom (T16); and that debugging is never on (T37)."""

from __future__ import annotations

import pytest
from web.people import signed_in

from feedsvc.service import Service
from feedsvc.web import auth
from feedsvc.web.app import create_app
from feedsvc.web.policy import policy

MIB = 1024 * 1024
FILE = 512 * MIB

#: What each may send at least, and at most: path, who, bytes.
LIMITS = [
    ("/api/v1/items/batch", "write", 64 * MIB),
    ("/api/v1/items/batch", "admin", 64 * MIB),
    ("/api/v1/media", "write", FILE),
    ("/micropub/media", "write", FILE),
    ("/micropub", "write", FILE),
    ("/admin/media", "session", FILE),
    ("/admin/uploads", "session", FILE),
    ("/admin/items/tide", "session", FILE),
    ("/admin/items/tide", "nobody", MIB),
    ("/admin/uploads", "write", MIB),
    *(
        (path, who, MIB)
        for path in ("/api/v1/items/batch", "/api/v1/media", "/micropub/media", "/admin/media")
        for who in ("nobody", "wrong", "reader")
    ),
    ("/api/v1/media", "session", MIB),
    ("/admin/media", "write", MIB),
    ("/api/v1/items", "admin", MIB),
    ("/api/v1/media/../items", "admin", MIB),
    ("/feeds/main.rss", "admin", MIB),
    ("/", "session", MIB),
]


@pytest.mark.parametrize(("path", "who", "most"), LIMITS)
def test_how_much_who_may_send(fresh: Service, path: str, who: str, most: int) -> None:
    """Asked by the server before a byte of the body is read."""
    jane = signed_in(fresh)
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "POST", "wsgi.url_scheme": "https"}
    scopes = {"write": "write", "admin": "admin", "reader": "read:podcast"}
    if who in scopes:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {fresh.access.mint('x', scopes[who])[1]}"
    elif who == "wrong":
        environ["HTTP_AUTHORIZATION"] = f"Bearer fs_{'a' * 12}_{'b' * 40}"
    elif who == "session":
        cookie = jane.client.get_cookie("__Host-feedsvc", domain="example.org")
        assert cookie
        environ["HTTP_COOKIE"] = f"__Host-feedsvc={cookie.value}"
    with create_app(fresh).app_context():
        found = auth.body_limit(environ)
    assert most <= found <= most + MIB // 8
    assert most == FILE or found == most


def test_forms_have_bounds(fresh: Service) -> None:
    jane = signed_in(fresh)
    key = jane.key("/admin/account")
    large = {"csrf_token": key, "password": "x" * (MIB + 1)}
    assert jane.ask("POST", "/admin/account/password", data=large).status_code == 413
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="n%d"\r\n\r\nx\r\n' % n for n in range(10_000)
    )
    many = jane.ask(
        "POST",
        "/admin/account/password",
        data=parts[: MIB - 100] + b"--b--\r\n",
        content_type="multipart/form-data; boundary=b",
    )
    assert many.status_code == 413


def test_debugging_is_never_on(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")

    @policy("public")
    def fail() -> str:
        raise ZeroDivisionError("inside")

    app = create_app(fresh)
    app.add_url_rule("/fail", view_func=fail)
    assert not app.debug
    found = app.test_client().get("/fail", headers={"Accept": "text/html"})
    assert found.status_code == 500
    assert "inside" not in found.text
    assert "Traceback" not in found.text
    assert app.test_client().get("/console?__debugger__=yes").status_code == 404
