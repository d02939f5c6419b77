"""In French a space that must not break stands before « : ; ? ! » and inside guillemets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[3] / "templates"
# Tags are code, but for the words to translate.
CODE = re.compile(r"\{%(?!\s*(?:translate|blocktranslate)\b)[^%]*%\}|\{#.*?#\}", re.DOTALL)
PLAIN_SPACE = re.compile(r'\S? [:;?!](?=[\s"<{»…)]|$)|« | »')


def plain_spaces_of(template: str) -> list[str]:
    words = CODE.sub("\n", template)
    return [words[max(0, found.start() - 20) : found.end()] for found in PLAIN_SPACE.finditer(words)]


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ("{% translate 'Qui ?' %}".replace("'", '"'), 1),
        ("<p>{{ name }} : « oui »</p>", 3),
        ("<p>{{ name }}\u00a0: «\u00a0oui\u00a0» vraiment\u202f?</p>", 0),
        ("{% if a != b %}9:30{% endif %}{# pourquoi ? #}", 0),
    ],
)
def test_plain_space_is_seen_in_words_and_not_in_code(written: str, faults: int) -> None:
    assert len(plain_spaces_of(written)) == faults


def test_no_template_has_a_space_that_breaks_before_french_punctuation() -> None:
    found = {
        str(path.relative_to(TEMPLATES)): faults
        for path in sorted(TEMPLATES.rglob("*.*"))
        if path.suffix in {".html", ".txt"} and (faults := plain_spaces_of(path.read_text(encoding="utf-8")))
    }

    assert found == {}
