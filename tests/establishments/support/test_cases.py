"""A case from whoever asks to whoever answers: school, hub, academy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from accounts.audit.actions import record
from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Case, Establishment
from establishments.support import case_actions
from establishments.support.figures import figures_of
from tests.browser import Browser, text_of
from tests.cast import Cast, School

SignIn = Callable[[User], Browser]
ASKED = {"kind": "cannot_sign_in", "description": "Mot de passe perdu", "contact": "06"}


def open_for(school: School, by: User, level: str = "school", who: str = "student") -> Case:
    with person_scope(by):
        return case_actions.open_case(membership=school.memberships[who], by=by, level=level, **ASKED)


def reread(cast: Cast, case: Case) -> Case:
    with tenant_scope([cast.pastel.establishment]):
        return Case.objects.select_related("taken_by").get(pk=case.pk)


def test_case_of_a_family_reaches_the_school_then_the_hub_then_the_academy(cast: Cast, desk_of: SignIn) -> None:
    school = cast.pastel
    guardian, admin = desk_of(school.guardian), desk_of(school.local_admin)
    agent, academy = desk_of(cast.hub_agent), desk_of(cast.rectorate_admin)

    asked = guardian.post("/aide/", {**ASKED, "membership": school.memberships["student"].pk}, follow=True)
    with tenant_scope([school.establishment]):
        case = Case.objects.get(opened_by=school.guardian)
    assert "Demande envoyée" in text_of(asked)
    assert "Student Pastel" in text_of(admin.get("/etablissement/demandes/"))

    url = f"demandes/{case.pk}/"
    admin.post(f"/etablissement/{url}", {"what": "take"})
    assert reread(cast, case).taken_by == school.local_admin
    admin.post(f"/etablissement/{url}", {"what": "escalate", "text": "Code donné, sans effet."})
    assert (reread(cast, case).level, reread(cast, case).state) == ("hub", "open")
    # The school still reads it, and acts no more.
    assert admin.get(f"/etablissement/{url}").status_code == 200
    assert admin.post(f"/etablissement/{url}", {"what": "close", "text": "Fait"}).status_code == 403

    agent.post(f"/territoire/{url}", {"what": "note", "text": "Compte chez EduConnect."})
    agent.post(f"/territoire/{url}", {"what": "escalate", "text": "À voir avec la DSI."})
    assert reread(cast, case).level == "academy"
    assert agent.post(f"/territoire/{url}", {"what": "take"}).status_code == 403
    read = text_of(academy.get(f"/territoire/{url}"))
    for note in ("Code donné, sans effet.", "Compte chez EduConnect.", "À voir avec la DSI."):
        assert note in read
    academy.post(f"/territoire/{url}", {"what": "close", "text": "Compte rattaché."})

    assert reread(cast, case).state == "closed"
    assert "Compte rattaché." in text_of(guardian.get("/aide/"))
    with tenant_scope([school.establishment]):
        verbs = AuditEvent.objects.filter(verb__startswith="cases.").order_by("pk").values_list("verb", "reason")
        assert list(verbs) == [
            ("cases.escalate", "Code donné, sans effet."),
            ("cases.escalate", "À voir avec la DSI."),
            ("cases.close", "Compte rattaché."),
        ]


def test_next_open_case_opens_by_itself_after_closing(cast: Cast, desk_of: SignIn) -> None:
    browser, first = desk_of(cast.hub_agent), cast.pastel.case
    second = open_for(cast.pastel, cast.pastel.local_admin, "hub", "guardian")

    answer = browser.post(f"/territoire/demandes/{first.pk}/", {"what": "close", "text": "Code remis."})
    last = browser.post(f"/territoire/demandes/{second.pk}/", {"what": "close", "text": "Aussi."}, follow=True)

    assert answer["Location"] == f"/territoire/demandes/{second.pk}/"
    assert "Il n’en reste pas." in text_of(last)


@pytest.mark.parametrize(("what", "words"), [("close", "Dites ce qui a été fait."), ("note", "Écrivez la note."),
                                             ("escalate", "Écrivez la note."), ("", "Choisissez")])  # fmt: skip
def test_act_without_its_words_is_refused_and_said(cast: Cast, desk_of: SignIn, what: str, words: str) -> None:
    answer = desk_of(cast.hub_agent).post(f"/territoire/demandes/{cast.pastel.case.pk}/", {"what": what, "text": " "})

    assert answer.status_code == 422
    assert words in text_of(answer)


def test_closed_case_is_closed_once(cast: Cast) -> None:
    with person_scope(cast.hub_agent):
        case_actions.close(case=cast.pastel.case, by=cast.hub_agent, resolution="Fait")
        with pytest.raises(ValidationError, match="déjà close"):
            case_actions.close(case=cast.pastel.case, by=cast.hub_agent, resolution="Refait")


def test_school_without_a_hub_hands_on_to_the_academy(cast: Cast) -> None:
    case = open_for(cast.brique, cast.brique.guardian)
    with person_scope(cast.brique.head):
        case_actions.escalate(case=case, by=cast.brique.head, text="À vous")

    assert case.level == "academy"


@pytest.mark.parametrize("who", ["teacher", "head", "local_admin", "guardian", "student"])
def test_help_is_asked_for_a_student_by_those_around(cast: Cast, who: str) -> None:
    assert open_for(cast.pastel, cast.pastel.person(who)).opened_by == cast.pastel.person(who)


@pytest.mark.parametrize("who", ["colleague", "classmate", "staff"])
def test_help_is_not_asked_for_somebody_elses_student(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        open_for(cast.pastel, cast.pastel.person(who))


def test_guardian_is_offered_their_children_and_themself_only(cast: Cast, desk_of: SignIn) -> None:
    page = text_of(desk_of(cast.pastel.guardian).get("/aide/"))

    assert "Student Pastel" in page
    assert "Guardian Pastel" in page
    assert "Classmate" not in page
    assert "Head Pastel" in page
    refused = desk_of(cast.pastel.guardian).post(
        "/aide/", {**ASKED, "membership": cast.pastel.memberships["classmate"].pk}
    )
    assert refused.status_code == 200
    with tenant_scope([cast.pastel.establishment]):
        assert not Case.objects.filter(opened_by=cast.pastel.guardian).exists()


def test_sixth_pending_case_for_the_same_person_is_refused(cast: Cast) -> None:
    for _ in range(5):
        open_for(cast.pastel, cast.pastel.guardian)

    with pytest.raises(ValidationError, match="déjà en cours"):
        open_for(cast.pastel, cast.pastel.guardian)


def test_form_teacher_asks_for_help_for_a_student(cast: Cast, desk_of: SignIn) -> None:
    school = cast.pastel
    url = f"/classe/groupes/{school.group.pk}/comptes/{school.memberships['student'].pk}/aide/"

    answer = desk_of(school.teacher).post(url, ASKED, follow=True)

    assert "Demande envoyée à l’équipe" in text_of(answer)
    assert "Mot de passe perdu" in text_of(desk_of(school.head).get(f"/etablissement/demandes/{_last(cast)}/"))


def test_desk_of_a_school_asks_its_hub(cast: Cast, desk_of: SignIn) -> None:
    url = f"/etablissement/comptes/{cast.pastel.memberships['guardian'].pk}/aide/"

    desk_of(cast.pastel.local_admin).post(url, ASKED)

    assert "Guardian Pastel" in text_of(desk_of(cast.hub_agent).get("/territoire/demandes/"))


def _last(cast: Cast) -> int:
    with tenant_scope([cast.pastel.establishment]):
        return int(Case.objects.latest("pk").pk)


def test_unknown_person_of_a_provider_opens_one_case_on_the_hubs_desk(cast: Cast, desk_of: SignIn) -> None:
    asked = {
        "establishment_id": cast.pastel.establishment.pk,
        "claimed_name": "Zoé Inconnue",
        "contact": "",
        "description": "Aucune personne de l’annuaire.",
        "data": {"provider": "educonnect", "identifier": "16-77"},
    }

    first, again = case_actions.open_case_for_unknown(**asked), case_actions.open_case_for_unknown(**asked)

    assert first.pk == again.pk
    browser = desk_of(cast.hub_agent)
    assert "Zoé Inconnue" in text_of(browser.get("/territoire/demandes/"))
    page = browser.get(f"/territoire/demandes/{first.pk}/")
    assert "16-77" in text_of(page)
    assert "?q=Zo%C3%A9%20Inconnue" in page.content.decode()


def test_unknown_person_of_a_school_without_a_hub_goes_to_the_academy(cast: Cast) -> None:
    case = case_actions.open_case_for_unknown(
        establishment_id=cast.brique.establishment.pk, claimed_name="Zoé", description="", data={}
    )

    assert case.level == "academy"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('ent.scope', true)")
        assert not cursor.fetchone()[0]


def test_figures_count_what_is_open_the_median_and_the_resets(cast: Cast, desk_of: SignIn) -> None:
    school, now = cast.pastel.establishment, timezone.now()
    with tenant_scope([school]):
        for minutes in (10, 30, 90):
            case = Case.objects.create(establishment=school, kind="other", state="closed", closed_at=now)
            Case.objects.filter(pk=case.pk).update(opened_at=now - timedelta(minutes=minutes))
        old = now - timedelta(days=60)
        case = Case.objects.create(establishment=school, kind="other", state="closed", closed_at=old)
        Case.objects.filter(pk=case.pk).update(opened_at=old - timedelta(days=9))
        for _ in range(2):
            record(verb="credentials.reset", by=None, establishment_id=school.pk, person=cast.pastel.student)
        figures = figures_of([school.pk])

    assert (figures.open, figures.closed, figures.median) == (1, 3, timedelta(minutes=30))
    assert figures.oldest == cast.pastel.case
    browser = desk_of(cast.hub_agent)
    page = text_of(browser.get("/territoire/demandes/chiffres/"))
    assert "30 min" in page
    assert "1 demande en cours" in page
    lines = browser.get("/territoire/demandes/chiffres.csv").content.decode("utf-8-sig").splitlines()
    assert lines[1] == "0810001S;Collège du Pastel;Castres;1;3"
    assert len(lines) == 2
    assert Establishment.objects.count() == 2


def test_home_of_the_hub_says_what_waits(cast: Cast, desk_of: SignIn) -> None:
    page = text_of(desk_of(cast.hub_agent).get("/"))

    assert "1 demande attend" in page
    assert "Student Pastel" in page


def test_home_and_menu_of_an_authority_have_no_desk(cast: Cast, desk_of: SignIn) -> None:
    page = desk_of(cast.authority_agent).get("/").content.decode()

    assert "/territoire/demandes/" not in page
    assert "/territoire/comptes/" not in page


def test_api_gives_the_figures_of_ones_own_desk(cast: Cast, client_of: SignIn) -> None:
    def figures(user: User) -> dict[str, object]:
        found: dict[str, object] = client_of(user).get("/api/v1/cases/figures/").json()
        return found

    assert figures(cast.hub_agent) == {"open": 1, "closed": 0, "median": None}
    assert figures(cast.rectorate_admin)["open"] == 2
    assert figures(cast.pastel.teacher)["open"] == 0


def test_api_gives_the_figures_of_each_school_of_ones_desk(cast: Cast, client_of: SignIn) -> None:
    with tenant_scope([cast.pastel.establishment]):
        record(verb="credentials.reset", by=None, establishment_id=cast.pastel.establishment.pk, person=None)

    def figures(user: User) -> list[tuple[str, int, int]]:
        rows = client_of(user).get("/api/v1/cases/figures/schools/").json()["results"]
        return [(row["uai"], row["pending"], row["resets"]) for row in rows]

    # Each school of the cast has had one already.
    pastel, brique = (cast.pastel.establishment.uai, 1, 2), (cast.brique.establishment.uai, 1, 1)
    assert figures(cast.hub_agent) == figures(cast.pastel.head) == [pastel]
    assert figures(cast.rectorate_admin) == [pastel, brique]
    assert figures(cast.pastel.teacher) == figures(cast.authority_agent) == []
