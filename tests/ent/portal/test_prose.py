"""Texts that are laid out: what is kept of them, formulas, and what never comes in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html

from ent.portal.prose import ATTRIBUTES, FORMULA, LONGEST, TEXT, ProseField, clean, for_editing, plain

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://track.example/p.gif?who=42' width=1 height=1>",
    "<p style='background:url(https://track.example/p.gif)'>x</p>",
    "<p onclick='alert(1)' onmouseover=alert(1)>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt&colon;alert(1)'>x</a>",
    "<a href='  java\nscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='/compte/'>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<math href='javascript:alert(1)'><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><maction actiontype='statusline' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<math><mi mathcolor='red' mathbackground='url(https://track.example)' style='color:red'>x</mi></math>",
    "<form action='https://evil.example'><input name=password><button>OK</button></form>",
    "<iframe src='https://evil.example'></iframe><object data=x></object><embed src=x>",
    "<link rel=stylesheet href='https://evil.example/x.css'><meta http-equiv=refresh content='0;url=//evil'>",
    "<base href='https://evil.example/'>",
    "<video src='https://track.example/v.mp4' autoplay></video><audio src=x></audio>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<title></title><style></style><img src=x onerror=alert(1)>",
    "<p id=main class=skip hidden>x</p>",
    "<<script>alert(1)//<</script>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<p>\\(\\text{<img src=x onerror=alert(1)>}\\)</p>",
    "<p>\\(\\href{javascript:alert(1)}{x}\\)</p>",
    "<p>\\(&lt;script&gt;\\)</p>",
    '<p>\\(x\\text{" onmouseover="alert(1)}\\)</p>',
    "<a href='https://example.org/\\(x\\)' title='\\(y\\)'>x</a>",
]


def faults(kept: str) -> list[str]:
    """What a browser would meet in it that is not of the list."""
    found = []
    for element in lxml_html.fragment_fromstring(kept, create_parent="div").iter():
        if not isinstance(element.tag, str):
            found.append("a comment")
            continue
        if element.tag not in TEXT | FORMULA | {"div"}:
            found.append(element.tag)
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES.get(element.tag, set()) | {"rel"}:
                found.append(f"{element.tag} {name}")
            if name == "href" and not re.match(r"https?:|mailto:", value):
                found.append(value)
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_leaves_nothing_that_acts_or_tells_another_site(attack: str) -> None:
    try:
        kept = clean(f"<p>avant</p>{attack}")
    except ValidationError:  # a formula that is none
        return
    assert faults(kept) == []
    assert clean(kept) == kept


@example(":<a:>")
@given(st.text(alphabet=st.sampled_from("<>/\\()\"'=& abimpstyle\n:[]{}!-"), max_size=120))
def test_text_of_any_shape_is_kept_harmless_and_cleaning_again_changes_nothing(text: str) -> None:
    try:
        kept = clean(text)
    except ValidationError:
        return
    assert faults(kept) == []
    assert clean(kept) == kept


def test_layout_of_a_lesson_is_kept_without_its_colours() -> None:
    lesson = (
        "<h2>Titre</h2><p>Du <strong>gras</strong>, de l’<em>italique</em>, x<sup>2</sup>.</p><ul><li>un</li></ul>"
        '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>'
    )

    assert clean(lesson) == lesson
    assert clean('<p style="color:red"><span class="x">rouge</span><font color="red">!</font></p>') == "<p>rouge!</p>"


def test_links_are_kept_without_telling_the_other_site_where_one_comes_from() -> None:
    kept = clean('<p><a href="https://example.org/a?b=1&amp;c=2" target="_blank">là</a></p>')

    assert kept == '<p><a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">là</a></p>'


def test_plain_text_keeps_its_lines_and_its_signs() -> None:
    assert clean("Un < deux\net\n\ntrois & quatre") == "<p>Un &lt; deux<br>et</p>\n\n<p>trois &amp; quatre</p>"


@pytest.mark.parametrize(
    "nothing", ["", "   \n", "<p></p>", "<p> <br></p>", "<p><script>x</script></p>", "<p>&nbsp;</p>"]
)
def test_text_with_nothing_to_read_is_empty(nothing: str) -> None:
    assert clean(nothing) == ""


@pytest.mark.parametrize(
    ("latex", "drawn"),
    [
        (r"\(\frac{1}{2}\)", "mfrac"),
        (r"\(\sqrt{x^2 + 1}\)", "msqrt"),
        (r"\[\int_0^1 f(x)\,dx\]", "msubsup"),
        (r"\(\begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}\)", "mtable"),
        (r"\(\vec{AB}\)", "mover"),
    ],
)
def test_formula_is_kept_as_mathml_and_edited_as_it_was_typed(latex: str, drawn: str) -> None:
    kept = clean(f"<p>Soit {latex.replace('&', '&amp;')}.</p>")

    assert f"<{drawn}>" in kept
    assert latex not in re.sub("<[^>]*>", "", kept)
    assert latex.replace("&", "&amp;") in for_editing(kept)
    assert clean(for_editing(kept)) == kept


def test_formula_alone_on_its_line_is_a_block() -> None:
    assert 'display="block"' in clean(r"\[x^2\]")
    assert 'display="inline"' in clean(r"\(x^2\)")


def test_mathml_that_was_pasted_is_kept_and_stays_mathml_when_edited() -> None:
    pasted = "<p><math><mrow><mi>x</mi><mo>=</mo><mn>2</mn></mrow></math></p>"

    assert clean(pasted) == pasted
    assert for_editing(pasted) == pasted


def test_formula_in_code_is_code() -> None:
    assert clean(r"<p><code>\(x\)</code></p>") == r"<p><code>\(x\)</code></p>"


@pytest.mark.parametrize("latex", [r"\frac{", r"\inconnu{x}", r"\left( x", " ", "x" * 501, r"\def\a{\a\a}\a"])
def test_formula_that_cannot_be_read_is_said_and_shown(latex: str) -> None:
    with pytest.raises(ValidationError, match="Cette formule ne se lit pas") as refusal:
        clean(f"<p>\\({latex}\\)</p>")
    assert latex.strip()[:20] in refusal.value.messages[0]


def test_text_of_two_megabytes_is_refused_in_words_at_once() -> None:
    with pytest.raises(ValidationError, match="2000000 caractères, pour 200000 au plus"):
        clean("a" * 2_000_000)


@pytest.mark.parametrize("tag", ["<blockquote>", "<ul><li>", "<table><tr><td>", "<math><mrow>", "<b>"])
def test_tags_within_one_another_without_end_are_refused_at_once(tag: str) -> None:
    with pytest.raises(ValidationError, match="trop compliquée"):
        clean(tag * (LONGEST // len(tag)))


def test_too_many_formulas_are_refused() -> None:
    with pytest.raises(ValidationError, match="300 formules au plus"):
        clean("<p>" + "\\(x\\) " * 301 + "</p>")


def test_field_that_is_required_refuses_what_is_laid_out_and_empty() -> None:
    field = ProseField(error_messages={"required": "Écrivez."})

    with pytest.raises(ValidationError, match="Écrivez"):
        field.clean("<p><strong> </strong></p>")


def test_words_of_a_text_are_read_without_its_tags() -> None:
    assert plain("<h2>Un</h2><p>deux &amp; <b>trois</b></p>") == "Un deux & trois"


def test_editor_is_the_package_s_and_no_address_of_another_site_is_in_ours() -> None:
    script = (Path(__file__).parents[3] / "static/ent/prose.js").read_text()

    assert "http" not in script.replace("https?:", "").replace("`https://${href}`", "")


def test_without_javascript_the_field_is_a_text_area_with_what_was_typed(rf: Any) -> None:
    drawn = ProseField().widget.render("body", "<p>Leçon</p>", {"id": "id_body"})

    tree = lxml_html.fromstring(drawn)
    assert tree.xpath("//textarea[@name='body']")[0].text.strip() == "<p>Leçon</p>"
    assert tree.xpath("//*[@role='toolbar'][@hidden]")
