"""Hostile texts, bodies, bytes and addresses."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.support.hostile_input import NASTY

# At least one of each: zero width, right to left, combining, presentation forms, tags, replaced lone surrogates.
UNUSUAL = [
    "\u200b", "A\u200dB", "\ufeff1", "\u00ad", "\u202eevil", "\u2067x\u2069", "אברהם", "محمد", "a\u0301\u0328",
    "e" + "\u0301" * 200, "\u0301", "ﬁ", "Å\u212b", "\u1100\u1161\u11a8", "𝐀𝐁", "\U000e0041", "\ud7ff\ue000", "İı",
    "ẞß", "\u2028", "a\r\nb", "a\nb", "\t", "\x0b", "\x85", "\u00a0", "\u3000", "x" * 1000, "x" * 1001, "é" * 1001,
    "&#0;", "&amp;", "%00", "%uD800", "\\u0000", '"><input name=x>', "1 000", "1e3", "0x10", "१२", "৭",
    "85.07.30-033.28", " 85073003328 ", "BE 0852.093.431", "0.852.093.431", "2/3/2026", "2026-03-02", "02.03.2026",
    "31/2/2026", "00/00/1991", "8h30", "0830", "24:00", "12", "999", "1000", "Ana-María", "O’Neill", "Nuñez",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(UNUSUAL),
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(string.digits + "/-.: ", max_size=14),
    st.text("aé\u0301\u200b\u202e\u0000\ufffd\u0600", max_size=30),
)
BYTES = st.one_of(
    st.sampled_from([
        b"\xed\xa0\x80", b"\xed\xa0\xbd\xed\xb8\x80", b"\xc0\x80", b"\xff\xfe", b"\xf4\x90\x80\x80", b"caf\xe9",
        b"\xef\xbb\xbf", b"\x00", b"\x1b[2J", "é".encode("utf-16"), "Müller".encode("cp1252"),
    ]),
    st.binary(max_size=30),
)  # fmt: skip
CHARSETS = ["", "utf-8", "UTF-8", "utf8", "iso-8859-1", "utf-16", "utf-7", "idna", "x" * 200, "utf-8; charset=latin-1"]
SEGMENTS = st.one_of(
    st.sampled_from([
        "done", "wizard_goto_step", "..", "%2e%2e", "overview%00", "OVERVIEW", "start ", "employer", "worker",
        "period",        "overview", "discard", "é", "-", "_", "0", "x" * 500, "start/overview", "%ff", "%ed%a0%80",
        "period;x=1",
    ]),
    st.text(string.ascii_letters + string.digits + "-_.%", min_size=1, max_size=40),
)  # fmt: skip
METHODS = [
    *["GET", "POST"] * 6,
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "X" * 50,
]
HEADERS: dict[str, list[str]] = {
    "HTTP_X_HTTP_METHOD_OVERRIDE": ["DELETE", "POST"],
    "HTTP_ACCEPT_LANGUAGE": ["", "xx", "nl;q=abc", "fr," * 500, "\xff", "../../etc"],
    "HTTP_COOKIE": ["sessionid=", "sessionid=" + "x" * 300, "sessionid=a\x00b", "csrftoken=\xe9", "=;=;", "a" * 5000],
    "HTTP_REFERER": ["javascript:alert(1)", "x" * 3000],
    "HTTP_X_FORWARDED_FOR": ["::1, x", "256.1.1.1", "1" * 3000],
    "HTTP_IF_MODIFIED_SINCE": ["x", "Mon, 99 Foo 99999 99:99:99 GMT"],
    "HTTP_ACCEPT_ENCODING": ["gzip;q=x", "br, gzip", "*"],
    "HTTP_RANGE": ["bytes=0-0,1-1", "bytes=-1"],
}
QUERIES = [
    "",
    "from=overview",
    "from=home",
    "from=//x",
    "language=nl",
    "go=discard",
    "%00=%ff",
    "a=" + "b" * 5000,
    "&&=&",
]


def urlencoded(fields: Mapping[str, bytes]) -> bytes:
    """A form body from bytes that need not be text in any encoding."""
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items()).encode()


def is_text(value: str) -> bool:
    """Whether a browser could send it: no lone surrogate."""
    return value == value.encode("utf-8", "replace").decode()


def alter(draw: Any, text: str) -> str:
    """The signed or encrypted text with a changed character, truncated, prefixed, or reversed."""
    if not text:
        return "x"
    # In hundredths, because the length of encrypted texts differs between runs.
    place = draw(st.integers(0, 99)) * len(text) // 100
    other = "A" if text[place] != "A" else "B"
    return str(draw(st.sampled_from([text[:place] + other + text[place + 1 :], text[:place], f"x{text}", text[::-1]])))
