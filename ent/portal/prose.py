"""Text that is laid out: what an editor writes, cleaned to headings, lists, tables, links and formulas.

Kept as HTML that any page may show. Nothing else comes in: no style or colour, which dark mode and print would pay
for; no script; no picture, since one of another site tells that site who reads.

Formulas are typed as LaTeX, between \\( and \\) within a line or \\[ and \\] on one of their own, and kept as MathML.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

import nh3
from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import linebreaks
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from latex2mathml.converter import convert

LONGEST = 200_000  # characters: a hundred pages
DEEPEST = 60  # tags within one another: the parser takes the square of it
FORMULAS = 300
LONGEST_FORMULA = 500  # characters

TEXT = frozenset({
    "a", "b", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "i", "li", "ol", "p", "pre", "s", "strong",
    "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
})  # fmt: skip
FORMULA = frozenset({
    "math", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow",
    "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder",
    "munderover",
})  # fmt: skip
ATTRIBUTES = {
    "*": set(),  # the cleaner would let a few through on any tag
    "a": {"href"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "math": {"display", "alttext"},
    "mi": {"mathvariant"},
    "mo": {"fence", "form", "largeop", "movablelimits", "separator", "stretchy"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mspace": {"width"},
    "mtable": {"columnalign"},
}
_cleaner = nh3.Cleaner(
    tags=set(TEXT | FORMULA),
    attributes=ATTRIBUTES,
    # With all that is in them: what is shown is what was meant to be read.
    clean_content_tags={"script", "style", "annotation", "annotation-xml", "title", "textarea", "template", "noscript"},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer",
)

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)\b[^<>]*>")
_PART = re.compile(r"(</?[a-z][a-z0-9]*(?: [a-z]+=\"[^\"]*\")*>)")  # as the cleaner writes tags
_TYPED = re.compile(r"\\\((?P<inline>.+?)\\\)|\\\[(?P<block>.+?)\\\]", re.DOTALL)
_KEPT = re.compile(r"<math(?: [a-z]+=\"[^\"]*\")*>.*?</math>", re.DOTALL)
_SOURCE = re.compile(r" alttext=\"([^\"]*)\"")
_VERBATIM = frozenset({"code", "pre", "math"})
_CLOSED_BY_THE_NEXT = frozenset({"p", "li", "br", "hr", "td", "th", "tr", "thead", "tbody", "img", "input"})


class FormulaError(ValidationError):
    """A formula that cannot be read; the message shows it."""

    def __init__(self, latex: str) -> None:
        shown = latex if len(latex) <= 60 else latex[:60] + "…"
        super().__init__(
            _("Cette formule ne se lit pas : « %(formula)s ». Exemple : \\(\\frac{1}{2} + \\sqrt{x}\\).")
            % {"formula": shown},
            code="formula",
        )


def clean(text: str) -> str:
    """What may be kept of a text: HTML of the few tags above, its formulas as MathML; "" when nothing is to be read.

    Text without any tag is a plain one, whose lines are kept. Raises ValidationError, in words, for one that is too
    long or a formula that cannot be read.
    """
    if len(text) > LONGEST:
        raise ValidationError(
            _("Ce texte est trop long : %(count)d caractères, pour %(limit)d au plus. Partagez-le en plusieurs pages."),
            code="too_long",
            params={"count": len(text), "limit": LONGEST},
        )
    text = text.replace("\0", "")
    tags = [tag.lower() for tag in _TAG.findall(text)]
    if TEXT.isdisjoint(tags) and FORMULA.isdisjoint(tags):
        text = linebreaks(text.strip(), autoescape=True) if text.strip() else ""
    _refuse_if_deep(text)
    html = _cleaner.clean(text)
    if not _PART.search(html):  # what looked like a tag was none
        html = _cleaner.clean(linebreaks(unescape(html).strip(), autoescape=True))
    if "\\(" in html or "\\[" in html:
        # Cleaned again: whatever the converter makes of what was typed.
        html = _cleaner.clean(_with_formulas(html))
    return "" if is_empty(html) else html


def is_empty(html: str) -> bool:
    return "<math" not in html and "<hr" not in html and not unescape(_TAG.sub("", html)).strip()


def for_editing(html: str) -> str:
    """The same with its formulas as they were typed, where that is how they were made."""
    return _KEPT.sub(_typed_again, html) if "<math" in html else html


def plain(html: str) -> str:
    """The words of it, for a list or a search."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def _refuse_if_deep(text: str) -> None:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[1].lower() not in _CLOSED_BY_THE_NEXT:
            depth = max(0, depth - 1) if tag[0].startswith("</") else depth + 1
        if depth > DEEPEST:
            raise ValidationError(
                _("La mise en forme de ce texte est trop compliquée. Collez-le sans sa mise en forme."), code="too_deep"
            )


def _with_formulas(html: str) -> str:
    """Each formula that stands in the text, and not in code, as MathML."""
    made, verbatim, count = [], 0, 0
    for part in _PART.split(html):
        if tag := _TAG.fullmatch(part):
            if tag[1] in _VERBATIM:
                verbatim += -1 if part.startswith("</") else 1
        elif not verbatim:
            count += len(_TYPED.findall(part))
            if count > FORMULAS:
                raise ValidationError(_("%(limit)d formules au plus dans une page.") % {"limit": FORMULAS})
            part = _TYPED.sub(_converted, part)
        made.append(part)
    return "".join(made)


def _converted(found: re.Match[str]) -> str:
    return _math(unescape(found["inline"] or found["block"]).strip(), block=found["block"] is not None)


def _math(latex: str, *, block: bool) -> str:
    if not latex or len(latex) > LONGEST_FORMULA:
        raise FormulaError(latex)
    try:
        math = convert(latex, display="block" if block else "inline")
    except Exception as error:  # it raises a dozen kinds, RecursionError among them
        raise FormulaError(latex) from error
    if "\\" in math:  # a command that it does not know is left as it is
        raise FormulaError(latex)
    return math.replace("<math ", f'<math alttext="{escape(latex)}" ', 1)


def _typed_again(found: re.Match[str]) -> str:
    kept = found[0]
    source = _SOURCE.search(kept)
    if not source:
        return kept
    block = 'display="block"' in kept
    latex = unescape(source[1])
    try:
        same = _cleaner.clean(_math(latex, block=block)) == kept
    except ValidationError:
        same = False
    opening, closing = ("\\[", "\\]") if block else ("\\(", "\\)")
    return f"{opening}{escape(latex)}{closing}" if same else kept


# --- In forms -------------------------------------------------------------------------------------------------


class ProseInput(forms.Textarea):
    """The editor; without JavaScript, a plain text area that takes plain text or HTML."""

    template_name = "forms/prose.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 14, **(attrs or {})})


class ProseField(forms.CharField):
    """A text that is laid out; cleans to the HTML that may be kept."""

    widget = ProseInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text", gettext_lazy("Une formule s’écrit entre \\( et \\), en LaTeX : \\(\\frac{1}{2}\\).")
        )
        super().__init__(strip=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return for_editing(value) if isinstance(value, str) and len(value) <= LONGEST else value

    def clean(self, value: Any) -> str:
        html = clean(super().clean(value))
        if self.required and not html:
            raise ValidationError(self.error_messages["required"], code="required")
        return html
