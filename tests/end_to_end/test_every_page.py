"""Every page, at every width: axe finds nothing, nothing overflows, nothing is refused by our own policy."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.cast import Cast, tomorrow
from tests.end_to_end.conftest import DESK, PHONE, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
KINDS = ["fichier", "lien", "page", "dossier"]
NARROW = {"width": 320, "height": 640}


def pages_of(cast: Cast) -> dict[str, tuple[Any, list[str]]]:
    """Who, and the pages that they open."""
    school = cast.pastel
    child = school.memberships["student"].pk
    homework = school.homework.pk
    return {
        "stranger": (
            None,
            [
                "/activer/",
                "/mot-de-passe-oublie/",
                "/mot-de-passe-oublie/lien/",
                "/compte/coordonnees/confirmer/",
                "/connexion/",
            ],
        ),
        "student": (
            school.student,
            [
                "/",
                "/eleve/agenda/",
                "/eleve/agenda/?vue=semaine",
                "/eleve/agenda/?vue=jour",
                "/eleve/devoirs/",
                "/eleve/devoirs/?passe=1",
                "/eleve/devoirs/?avant=1",
                f"/eleve/devoirs/{homework}/",
                "/eleve/cahier/",
                "/nouveautes/",
                "/eleve/cours/",
                f"/eleve/cours/{school.course.pk}/?dossier={school.folder.pk}",
                f"/eleve/cours/{school.course.pk}/?voir=seances",
                f"/eleve/ressources/{school.resource.pk}/",
                "/compte/",
                "/compte/agenda/",
                "/compte/mot-de-passe/",
                "/compte/coordonnees/",
                "/compte/securite/",
                "/compte/securite/application/",
                "/compte/securite/cles/ajouter/",
                "/compte/confirmer/",
                "/compte/confirmer/connexion/",
                "/composants/",
            ],
        ),
        "guardian": (
            school.guardian,
            [
                "/",
                "/compte/rattacher/",
                f"/famille/enfants/{child}/agenda/",
                f"/famille/enfants/{child}/devoirs/",
                f"/famille/enfants/{child}/devoirs/{homework}/",
                f"/famille/enfants/{child}/cours/",
                f"/famille/enfants/{child}/cours/{school.course.pk}/",
                f"/famille/enfants/{child}/cours/{school.course.pk}/?voir=membres",
                f"/famille/enfants/{child}/ressources/{school.resource.pk}/",
                f"/famille/enfants/{child}/cahier/",
            ],
        ),
        "teacher": (
            school.teacher,
            [
                "/",
                "/classe/agenda/",
                f"/classe/groupes/{school.group.pk}/agenda/",
                "/classe/donner/",
                "/classe/annees/",
                f"/classe/groupes/{school.group.pk}/",
                f"/classe/devoirs/{homework}/",
                f"/classe/devoirs/{homework}/modifier/",
                f"/classe/devoirs/{homework}/retirer/",
                f"/classe/devoirs/{homework}/?voir=non-rendu",
                f"/classe/devoirs/{homework}/pour-qui/",
                f"/classe/copies/{school.progress.pk}/",
                "/classe/cours/",
                "/classe/cours/?voir=avant",
                "/classe/cours/?voir=partages",
                f"/classe/cours/{school.course.pk}/",
                f"/classe/cours/{school.course.pk}/?voir=membres",
                f"/classe/cours/{school.course.pk}/modifier/",
                f"/classe/cours/{school.course.pk}/copier/",
                *(f"/classe/cours/{school.course.pk}/ajouter/?genre={kind}" for kind in KINDS),
                f"/classe/dossiers/{school.folder.pk}/modifier/",
                f"/classe/dossiers/{school.folder.pk}/supprimer/",
                f"/classe/ressources/{school.resource.pk}/",
                f"/classe/ressources/{school.resource.pk}/modifier/",
                f"/classe/cours/{school.course.pk}/progression/",
                "/classe/cahier/",
                "/classe/cahier/?voir=preparer",
                f"/classe/cahier/seances/{school.entry.lesson_id}/",
                f"/classe/cahier/seances/{school.lesson.pk}/",
                f"/classe/cahier/creneaux/{school.slot.pk}/{tomorrow() + timedelta(days=7)}/",
                f"/classe/cahier/contenus/{school.entry.pk}/corriger/",
                f"/classe/groupes/{school.group.pk}/cahier/",
                "/classe/comptes/",
                f"/classe/groupes/{school.group.pk}/comptes/",
                f"/classe/groupes/{school.group.pk}/comptes/{child}/code/",
            ],
        ),
        "head": (
            school.head,
            [
                "/",
                "/etablissement/agenda/",
                "/etablissement/agenda/?par=enseignant",
                f"/etablissement/agenda/classes/{school.group.pk}/ajouter/",
                f"/etablissement/agenda/classes/{school.group.pk}/une-fois/",
                f"/etablissement/agenda/enseignants/{school.memberships['teacher'].pk}/absence/",
                f"/etablissement/agenda/creneaux/{school.slot.pk}/",
                f"/etablissement/agenda/creneaux/{school.slot.pk}/seance/",
                f"/etablissement/agenda/seances/{school.lesson.pk}/",
                "/etablissement/agenda/semaines/",
                "/etablissement/agenda/salles/ajouter/",
                "/etablissement/agenda/conflits/",
                "/etablissement/agenda/import/",
                f"/etablissement/agenda/import/{school.timetable_import.pk}/",
                "/etablissement/agenda/?par=salle&q=zzz",
                f"/etablissement/agenda/classes/{school.group.pk}/",
                f"/etablissement/agenda/enseignants/{school.memberships['teacher'].pk}/",
                f"/etablissement/agenda/salles/{school.slot.room_id}/",
                "/etablissement/classes/",
                "/etablissement/classes/?q=zzz",
                "/etablissement/classes/?avant=1",
                f"/etablissement/classes/{school.group.pk}/",
                "/etablissement/devoirs/",
                "/etablissement/cours/",
                f"/etablissement/cours/{school.course.pk}/",
                f"/etablissement/ressources/{school.resource.pk}/",
                "/etablissement/cahier/",
                f"/etablissement/classes/{school.group.pk}/cahier/",
                f"/etablissement/devoirs/seuil/{school.establishment.pk}/",
                "/etablissement/groupes/",
                f"/etablissement/groupes/{school.project.pk}/?q=pastel",
                f"/etablissement/groupes/{school.project.pk}/terminer/",
                "/etablissement/enseignements/",
                "/etablissement/enseignements/?par=enseignant",
                f"/etablissement/acces/{school.establishment.pk}/",
                "/etablissement/urgence/",
                "/etablissement/annuaire/",
                f"/etablissement/annuaire/qualite/{school.establishment.pk}/",
                f"/etablissement/annuaire/qualite/{school.establishment.pk}/?probleme=sans-responsable",
                f"/etablissement/annuaire/imports/{school.change.school_run_id}/",
                "/etablissement/comptes/fiches/",
                f"/fiches/personnes/{child}/",
            ],
        ),
        "hub_agent": (
            cast.hub_agent,
            [
                "/",
                "/territoire/etablissements/",
                "/territoire/etablissements/?q=zzz",
                "/territoire/comptes/",
                "/territoire/comptes/?q=pastel",
                "/territoire/comptes/?q=zzz",
                "/territoire/comptes/doublons/",
                f"/territoire/comptes/{child}/",
                f"/territoire/comptes/{child}/code/",
                f"/territoire/comptes/{child}/origine/",
                f"/territoire/comptes/{child}/bloquer/",
                f"/territoire/comptes/{child}/second-facteur/",
                f"/territoire/comptes/{child}/aide/",
                f"/territoire/comptes/{child}/doublon/{school.memberships['classmate'].pk}/",
                "/territoire/demandes/",
                "/territoire/demandes/?voir=clos",
                f"/territoire/demandes/{school.case.pk}/",
                "/territoire/demandes/chiffres/",
            ],
        ),
        "rectorate_admin": (
            cast.rectorate_admin,
            [
                "/territoire/acces/",
                "/territoire/urgence/",
                "/territoire/annuaire/",
                "/territoire/annuaire/?voir=tout",
                "/territoire/annuaire/qualite/",
                f"/territoire/annuaire/qualite/{school.establishment.pk}/",
                f"/territoire/annuaire/imports/{school.change.school_run_id}/",
                f"/territoire/annuaire/imports/{school.change.school_run_id}/refuser/",
            ],
        ),
        "local_admin": (
            school.local_admin,
            [
                f"/fiches/classes/{school.slips.pk}/",
                "/etablissement/comptes/?q=pastel",
                "/etablissement/comptes/jamais/",
                "/etablissement/comptes/equipe/",
                "/etablissement/demandes/",
                "/etablissement/comptes-a-la-main/",
                f"/etablissement/classes/{school.group.pk}/trombinoscope/",
                "/etablissement/photos/",
                f"/etablissement/photos/{child}/",
                "/etablissement/comptes-a-la-main/creer/",
                "/etablissement/tableau/",
                f"/etablissement/tableau/{school.table_run.pk}/",
                "/aide/",
            ],
        ),
        "outsider": (cast.outsider, ["/"]),
    }


WHO = ["stranger", "student", "guardian", "teacher", "head", "hub_agent", "rectorate_admin", "local_admin", "outsider"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("size", "theme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"])
def test_axe_finds_nothing_and_the_policy_refuses_nothing(
    cast: Cast, visit: Visit, who: str, theme: str, size: dict[str, int]
) -> None:
    user, paths = pages_of(cast)[who]
    visitor = visit(user, size=size, theme=theme)
    for path in paths:
        visitor.open(path)
        assert violations(visitor) == [], path
        assert visitor.errors == [], path
    assert visitor.outside == []


def violations(visitor: Visitor) -> list[str]:
    found = Axe().run(visitor.page, options=RULES).response["violations"]
    return [f"{v['id']}: {v['help']} – {[node['target'] for node in v['nodes']][:3]}" for v in found]


@pytest.mark.parametrize("who", WHO)
def test_pages_read_at_320_pixels_without_scrolling_sideways(cast: Cast, visit: Visit, who: str) -> None:
    user, paths = pages_of(cast)[who]
    visitor = visit(user, size=NARROW)
    for path in paths:
        visitor.open(path)
        width = visitor.page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], f"{path} is {width} pixels wide"


def test_first_visit_weighs_under_60_kilobytes_compressed(cast: Cast, visit: Visit) -> None:
    visitor = visit(cast.pastel.student, size=PHONE)
    answers: list[Any] = []
    visitor.page.on("response", lambda answer: answers.append(answer))
    visitor.open("/")
    visitor.page.wait_for_load_state("networkidle")
    weights = {answer.url.removeprefix(visitor.base): len(gzip.compress(answer.body())) for answer in answers}
    assert len(weights) > 3, weights
    assert sum(weights.values()) < 60_000, weights


def test_pages_with_an_error_in_the_form_satisfy_axe_too(cast: Cast, visit: Visit) -> None:
    visitor = visit(cast.pastel.teacher, size=DESK)
    visitor.open("/classe/donner/")
    visitor.page.get_by_label("Que doivent faire les élèves ?").fill("")  # a draft is kept there
    visitor.page.get_by_role("button", name="Donner", exact=True).click()
    assert "Dites ce que les élèves doivent faire." in visitor.page.inner_text("main")
    assert violations(visitor) == []
