"""Reads a slip's PDF back: its pages, and the words on each."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator


def pages_of(pdf: bytes) -> list[str]:
    """The words of each page, in the order in which they were drawn."""
    objects = dict(_objects(pdf))
    fonts = {number: _letters(objects, body) for number, body in objects.items() if b"/ToUnicode" in body}
    names = {
        name: fonts[int(number)] for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", pdf) if int(number) in fonts
    }
    drawings = [_inflated(body) for body in objects.values() if b" Tj" in _inflated(body)]
    return [_words(drawing, names) for drawing in drawings]


def _objects(pdf: bytes) -> Iterator[tuple[int, bytes]]:
    for number, body in re.findall(rb"(?ms)^(\d+) 0 obj\n(.*?)\nendobj", pdf):
        yield int(number), body


def _inflated(body: bytes) -> bytes:
    found = re.search(rb"(?s)stream\n(.*)\nendstream", body)
    try:
        return zlib.decompress(found[1]) if found else b""
    except zlib.error:
        return found[1] if found else b""


def _letters(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    reference = re.search(rb"/ToUnicode (\d+) 0 R", font)
    assert reference
    table = _inflated(objects[int(reference[1])])
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", table)
    return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs}


def _words(drawing: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    said, letters = [], {}
    for font, text in re.findall(rb"(?s)/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", drawing):
        if font:
            letters = fonts[font]
            continue
        raw = re.sub(rb"(?s)\\(.)", lambda escaped: {b"n": b"\n", b"r": b"\r"}.get(escaped[1], escaped[1]), text)
        glyphs = [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]
        said.append("".join(letters.get(glyph, "") for glyph in glyphs))
    return " ".join(" ".join(said).split())
