"""In French a space that must not break stands before « : ; ? ! » and inside guillemets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates"
APPS = ["ent", "accounts", "establishments", "pedagogy", "citizen_services"]
MARKS = {"_", "translate", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Tags are code, but for the words to translate.
CODE = re.compile(r"\{%(?!\s*(?:translate|blocktranslate)\b)[^%]*%\}|\{#.*?#\}", re.DOTALL)
PLAIN_SPACE = re.compile(r'\S? [:;?!](?=[\s"<{»…)%]|$)|« | »')


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


def marked_strings(code: str) -> Iterator[str]:
    """The strings that are given to gettext."""
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in MARKS:
            for part in (part for argument in call.args for part in ast.walk(argument)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def plain_spaces_in_code(code: str) -> list[str]:
    return [found.group() for words in marked_strings(code) for found in PLAIN_SPACE.finditer(words)]


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        ("_('Pour qui ?')", 1),
        ("ngettext('« %(a)s »', 'Ici : %(a)s', n)", 3),
        ("forms.CharField(label=gettext_lazy('Pour ' 'qui ?'))", 1),
        ("_('Pour qui\\u202f?')", 0),
        ("log('Pour qui ?') if a[1 : 2] else _('9:30')", 0),
    ],
)
def test_plain_space_is_seen_in_marked_strings_alone(code: str, faults: int) -> None:
    assert len(plain_spaces_in_code(code)) == faults


def test_no_marked_string_has_a_space_that_breaks_before_french_punctuation() -> None:
    found = {
        str(path.relative_to(ROOT)): faults
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if (faults := plain_spaces_in_code(path.read_text(encoding="utf-8")))
    }

    assert found == {}
