"""Text extraction from a PDF made by WeasyPrint, read back from its glyphs."""

from __future__ import annotations

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\b(?:(?!endobj).)*?\bstream\r?\n(.*?)\r?\nendstream", re.DOTALL)
# A font selection, or glyphs drawn in that font.
DRAWN = re.compile(r"/(\w+) [\d.]+ Tf|\[([^]]*)\] TJ")


def text_of(pdf: bytes) -> str:
    """The words in reading order, with single spaces between them."""
    streams = {int(number): _inflated(stream) for number, stream in OBJECT.findall(pdf)}
    everything = pdf.decode("latin-1") + "".join(streams.values())
    tables = re.findall(r"/BaseFont /(\w+)\+[^/]*(?:/Subtype /Type0)?/ToUnicode (\d+) 0 R", everything)
    fonts = {name: _characters(streams[int(number)]) for name, number in tables}
    drawn = [_words(stream, fonts) for stream in streams.values() if " Tf" in stream]
    return " ".join(" ".join(drawn).split())


def _inflated(stream: bytes) -> str:
    """A compressed stream as text; empty for other streams."""
    return zlib.decompressobj().decompress(stream).decode("latin-1") if stream[:1] == b"\x78" else ""


def _characters(table: str) -> dict[str, str]:
    """The character of each glyph in a font."""
    pairs = re.findall(r"^<([0-9a-f]{4})> <([0-9a-f]+)>$", table, re.MULTILINE)
    return {glyph: bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}


def _words(stream: str, fonts: dict[str, dict[str, str]]) -> str:
    found, font = [], ""
    for chosen, shown in DRAWN.findall(stream):
        font = chosen or font
        glyphs = "".join(re.findall(r"<([0-9a-f]+)>", shown))
        found.append("".join(fonts[font][glyphs[each : each + 4]] for each in range(0, len(glyphs), 4)))
    return " ".join(found)
