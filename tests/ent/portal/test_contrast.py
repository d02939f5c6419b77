"""Every pair of colours that meets on a page, in both themes, from the stylesheet itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[3] / "static" / "ent" / "tokens.css"
HUES = ("pastel", "brique", "violette", "prairie", "indigo", "soleil", "lavoir", "cerise")
GROUNDS = ("page", "surface", "sunken")
MEANINGS = ("woad", "brick", "violet", "ok", "warn", "bad")
TEXT, SHAPE = 4.5, 3.0  # WCAG 1.4.3 and 1.4.11


def blocks() -> list[dict[str, str]]:
    css = re.sub(r"/\*.*?\*/", "", TOKENS.read_text(), flags=re.S)
    found = [dict(re.findall(r"--([\w-]+):\s*(#[0-9A-F]{6})", body)) for body in re.findall(r"{([^{}]*)}", css)]
    return [block for block in found if "page" in block]


THEMES = dict(zip(("light", "dark by device", "dark by choice"), blocks(), strict=True))

PAIRS = [
    *((text, ground, TEXT) for text in ("ink", "ink2", *MEANINGS) for ground in GROUNDS),
    *((shape, ground, SHAPE) for shape in ("edge", "focus") for ground in GROUNDS),
    *((meaning, f"{meaning}-soft", TEXT) for meaning in MEANINGS),
    *((text, f"{meaning}-soft", TEXT) for text in ("ink", "ink2") for meaning in MEANINGS),
    *(("focus", f"{meaning}-soft", SHAPE) for meaning in MEANINGS),
    *((text, f"ridge{layer}", TEXT) for text in ("ink", "ink2", "woad") for layer in (1, 2, 3)),
    *((f"hue-{hue}", "page", SHAPE) for hue in HUES),
    *(("glyph", f"hue-{hue}", TEXT) for hue in HUES),
    ("on-woad", "woad", TEXT),
    ("on-woad", "woad-strong", TEXT),
    ("woad-strong", "woad-soft", TEXT),
    ("surface", "violet", TEXT),
]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
def test_pairs_in_each_theme_reach_aa(theme: str) -> None:
    tokens = THEMES[theme]
    too_low = {
        f"{front} on {back}": round(ratio, 2)
        for front, back, least in PAIRS
        if (ratio := contrast(tokens[front], tokens[back])) < least
    }

    assert len(set(PAIRS)) >= 63
    assert not too_low


def test_dark_theme_is_the_same_for_the_device_and_for_the_person() -> None:
    assert THEMES["dark by device"] == THEMES["dark by choice"]


def test_dark_theme_changes_every_colour() -> None:
    assert THEMES["light"].keys() == THEMES["dark by choice"].keys()


def test_stylesheets_colour_only_with_tokens() -> None:
    """A hex outside tokens.css would escape the dark theme; paper is white in print and under a scan."""
    for name in ("base", "shell", "components", "gallery"):
        hexes = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", TOKENS.with_name(f"{name}.css").read_text()))
        assert hexes <= {"#fff", "#000", "#333", "#666", "#999"}, name
