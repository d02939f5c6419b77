from __future__ import annotations

import re

from django import forms
from django.template.loader import render_to_string
from lxml import html

from ent.portal.forms import Chips, DateInput, FileInput, PasswordInput, Radios, UnitInput
from ent.portal.gallery import SpecimenForm, SpecimenFormWithErrors


class AbsenceForm(forms.Form):
    why = forms.CharField(label="Motif", help_text="En deux mots.", error_messages={"required": "Dites pourquoi."})
    day = forms.DateField(label="Jour", widget=DateInput(), required=False)
    kind = forms.ChoiceField(
        label="Nature",
        choices=[("ill", "Malade"), ("bus", "Transport")],
        widget=Chips(),
        help_text="La plus proche.",
        error_messages={"required": "Choisissez."},
    )
    agree = forms.BooleanField(label="Prévenir le lycée", required=False)


class FilterForm(forms.Form):
    mark_optional = False
    q = forms.CharField(label="Nom", required=False)


def tree_of(form: forms.Form) -> html.HtmlElement:
    return html.fromstring(f"<div>{form}</div>")


def by_id(tree: html.HtmlElement, identifier: str) -> html.HtmlElement:
    (found,) = tree.xpath(f"//*[@id='{identifier}']")
    return found


def test_field_with_help_is_described_by_it() -> None:
    tree = tree_of(AbsenceForm())

    assert by_id(tree, "id_why").get("aria-describedby") == "id_why_helptext"
    assert by_id(tree, "id_why_helptext").text_content() == "En deux mots."
    assert tree.xpath("//label[@for='id_why']")[0].text_content() == "Motif"


def test_optional_field_says_so_in_its_label() -> None:
    tree = tree_of(AbsenceForm())

    assert tree.xpath("//label[@for='id_day']")[0].text_content() == "Jour (facultatif)"
    assert "facultatif" not in tree_of(FilterForm()).text_content()


def test_wrong_field_is_tied_to_its_error_and_to_the_summary() -> None:
    tree = tree_of(AbsenceForm({}))

    control = by_id(tree, "id_why")
    assert control.get("aria-invalid") == "true"
    assert control.get("aria-describedby") == "id_why_helptext id_why_error"
    assert by_id(tree, "id_why_error").text_content() == "Erreur\u00a0: Dites pourquoi."
    (summary,) = tree.xpath("//*[@role='alert']")
    assert summary.get("tabindex") == "-1"
    assert summary.xpath(".//h2")[0].text == "2 points à corriger"
    assert [(a.get("href"), a.text) for a in summary.xpath(".//a")] == [
        ("#id_why", "Dites pourquoi."),
        ("#id_kind_0", "Choisissez."),
    ]


def test_links_of_the_summary_lead_to_a_control() -> None:
    tree = tree_of(SpecimenForm({}))

    for link in tree.xpath("//*[@role='alert']//a"):
        assert by_id(tree, link.get("href")[1:]).tag in {"input", "select", "textarea"}


def test_group_of_choices_carries_its_error_on_the_fieldset() -> None:
    tree = tree_of(AbsenceForm({}))

    (group,) = tree.xpath("//fieldset")
    assert group.get("aria-describedby") == "id_kind_helptext id_kind_error"
    assert group.xpath("./legend")[0].text_content() == "Nature"
    assert not group.xpath(".//input[@aria-invalid]")


def test_form_without_errors_has_no_summary() -> None:
    assert not tree_of(AbsenceForm({"why": "Malade", "kind": "ill"})).xpath("//*[@role='alert']")


def test_typing_survives_an_error() -> None:
    tree = tree_of(AbsenceForm({"why": "Rendez-vous <b>chez</b> le médecin", "day": "2026-11-26"}))

    assert by_id(tree, "id_why").get("value") == "Rendez-vous <b>chez</b> le médecin"
    assert by_id(tree, "id_day").get("value") == "2026-11-26"


def test_error_of_the_whole_form_stands_in_the_summary() -> None:
    summary = tree_of(SpecimenFormWithErrors({})).xpath("//*[@role='alert']")[0]

    assert "Ce travail existe déjà" in summary.text_content()


def test_box_stands_before_its_label() -> None:
    box = by_id(tree_of(AbsenceForm()), "id_agree")

    assert box.getnext().tag == "label"
    assert box.getparent().get("class") == "field box"


def test_widgets_draw_themselves_without_inline_style_or_handler() -> None:
    markup = str(SpecimenForm()) + str(SpecimenForm({}))

    assert not re.search(r"\s(style|on\w+)=", markup)


def test_widgets_know_their_types() -> None:
    class Form(forms.Form):
        day = forms.DateField(widget=DateInput())
        length = forms.IntegerField(widget=UnitInput(unit="min"))
        secret = forms.CharField(widget=PasswordInput())
        reason = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=Radios())

    tree = tree_of(Form(initial={"reason": "b"}))

    assert by_id(tree, "id_day").get("type") == "date"
    assert by_id(tree, "id_length").getnext().text == "min"
    assert by_id(tree, "id_secret").getnext().get("hidden") is not None
    assert by_id(tree, "id_reason_1").get("checked") is not None


def test_file_field_says_its_limit() -> None:
    class Form(forms.Form):
        notice = forms.FileField(label="Avis", widget=FileInput(max_bytes=1_000_000))

    assert "Photo ou PDF, 1\u00a0Mo au plus." in tree_of(Form()).text_content()


def test_title_of_a_page_with_errors_starts_with_the_word() -> None:
    page = render_to_string("account/login.html", {"form": AbsenceForm({}), "redirect_field": ""})

    assert "<title>Erreur\u00a0: Se connecter – " in page
