"""Labels of subjects: what feeds write in capitals is shown as people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from establishments.directory.labels import better, folded, readable


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("MATHEMATIQUES", "Mathématiques"),
        ("EDUCATION PHYSIQUE ET SPORTIVE", "Éducation physique et sportive"),
        ("ANGLAIS LV1", "Anglais LV1"),
        ("AIDE A LA DECISION", "Aide à la décision"),
        ("ECONOMIE ET GESTION DE L'ENTREPRISE", "Économie et gestion de l'entreprise"),
        ("HISTOIRE-GEOGRAPHIE-EDUCATION CIVIQUE", "Histoire-géographie-éducation civique"),
        ("MISE EN OEUVRE DES SYSTEMES", "Mise en œuvre des systèmes"),
        ("LITTÉRATURE & SOCIETE", "Littérature & société"),
        ("Sciences de la Vie et de la Terre", "Sciences de la Vie et de la Terre"),
        ("3D", "3D"),
        ("", ""),
    ],
)
def test_readable_is_a_sentence_with_the_accents_that_are_known(label: str, words: str) -> None:
    assert readable(label) == words


@pytest.mark.parametrize(
    ("known", "given_label", "kept"),
    [
        ("Mathématiques", "MATHEMATIQUES", "Mathématiques"),
        ("Mathématiques", "Mathematiques", "Mathématiques"),
        ("MATHEMATIQUES", "MATHEMATIQUES", "Mathématiques"),
        ("Mathematiques", "Mathématiques", "Mathématiques"),
        ("Physique", "Physique-chimie", "Physique-chimie"),
        ("Occitan, langue d’oc", "OCCITAN LANGUE D'OC", "Occitan, langue d’oc"),
    ],
)
def test_better_keeps_what_is_well_written_and_takes_corrections(known: str, given_label: str, kept: str) -> None:
    assert better(known, given_label) == kept


@given(st.text(max_size=30))
def test_readable_changes_no_word_and_nothing_the_second_time(label: str) -> None:
    once = readable(label)
    assert folded(once) == folded(label)
    assert readable(once) == once
    assert better(once, label) == once
