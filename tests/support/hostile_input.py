"""Texts, buttons and bodies that could break parsers, and the statuses allowed in the response."""

from __future__ import annotations

from django.http import HttpResponse

# NUL, control characters, overrides, lone surrogates as a browser sends them, long texts, numbers that are too large.
NASTY = [
    "", " ", "\0", "a\0b", "\x1f", "\x7f", "\u202e", "\u2066x", "\ufffd\ufffd", "\ufffe", "\U0010ffff", "é" * 300,
    "x" * 10_000, "9" * 10_000, "-" * 10_000, "１２３", "٣٤", "²", "½", "Ⅷ", "1/1/99999999999", "1/1/10000",
    "1/1/0001", "31/12/9999", "1/10/9999", "9999-12-31", "0000-00-00", "00/00/0000", "24:00", "99:99", "1e999",
    "NaN", "-1", "0", "999999999999999999999", "'; DROP TABLE x; --", "<script>alert(1)</script>", "{{ 7*7 }}",
    "%s%n", "${7*7}", "../../etc/passwd", "on", "yes", "no", "XXX", "124", "322", "302", "EXT", "STU", "FLX", "day",
    "flat", "85073003328", "0852093431", "00150",
]  # fmt: skip

# Further fields of a post: names that the pages use, with values that they never send.
BUTTONS: dict[str, list[str]] = {
    "go": ["previous", "refresh", "discard", "nothing"],
    "language": ["nl", "fr", "xx", "", "../en"],
    "shown_fields": ["", "//", "joint_committee,worker_type", "day"],
    "shown_committee": ["", "XXX", "x"],
    "draft_copy": ["x", "\0", "a:b"],
    "answers_digest": ["x"],
    "displayed_preview": ["A", "B 90374-349"],
}

# Bodies that are no form data, with their declared content type.
BODIES = [
    (b"", "application/x-www-form-urlencoded"),
    (b"{}", "application/json"),
    (b'{"worker-ssin": 1}', "application/json"),
    (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
    (b"worker-family_name=%FF%FE%00%ED%A0%80", "application/x-www-form-urlencoded"),
    (b"worker-family_name=%u0000&worker-ssin", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"x", "application/x-www-form-urlencoded; charset=nonsense"),
    (b"x", "multipart/form-data"),
    (b"x", "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data; name=\"worker-ssin\"; filename=\"a\"\r\n\r\nfile\r\n--x--\r\n",
     "multipart/form-data; boundary=x"),
    (b"&".join(b"a%d=1" % number for number in range(300)), "application/x-www-form-urlencoded"),
    (b"worker-family_name=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
    (b"x", "text/plain"),
    (b"x", ""),
]  # fmt: skip


def harmless(answer: HttpResponse) -> None:
    """Assert that the response is a page, a redirect, or a client error."""
    assert answer.status_code in (200, 302, 400, 403, 404, 405, 410)
