"""Each problem is found where it is, and nowhere else; with what to do and who can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Identifier, User
from ent.tenancy.scope import tenant_scope
from establishments.models import (
    Establishment,
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    HandMade,
    Membership,
    SchoolRun,
    SchoolYear,
    Teaching,
)
from establishments.quality.notes import lines_of, notes_of, problems_of
from establishments.quality.problems import BY_SLUG, PROBLEMS, counted
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.establishments.directory.feeds import WrittenExport, school

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Browser]


@pytest.fixture
def export(tmp_path: Path) -> WrittenExport:
    return WrittenExport(tmp_path / "export")


def found(school: School) -> dict[str, int]:
    with tenant_scope([school.establishment]):
        return counted([school.establishment.pk]).get(school.establishment.pk, {})


def names(school: School, slug: str) -> list[str]:
    problem = BY_SLUG[slug]
    with tenant_scope([school.establishment]):
        return [problem.line(row).name for row in problem.rows([school.establishment.pk])]


def join(school: School, first: str, last: str, role: str = "student", **fields: Any) -> Membership:
    user = User.objects.create(username=f"{first}.{last}.2".lower(), first_name=first, last_name=last, **fields)
    with tenant_scope([school.establishment]):
        return Membership.objects.create(establishment=school.establishment, user=user, role=role)


def into_class(school: School, student: Membership, group: Group | None = None) -> None:
    with tenant_scope([school.establishment]):
        GroupMembership.objects.create(
            establishment=school.establishment, group=group or school.group, membership=student
        )


def other_class(school: School) -> Group:
    with tenant_scope([school.establishment]):
        return Group.objects.create(
            establishment=school.establishment, school_year=school.group.school_year, name="4E C"
        )


def test_student_without_a_guardian_is_found_until_they_have_one(cast: Cast) -> None:
    pastel = cast.pastel
    assert names(pastel, "sans-responsable") == ["Pastel Classmate"]
    with tenant_scope([pastel.establishment]):
        Guardianship.objects.create(
            establishment=pastel.establishment,
            student=pastel.memberships["classmate"],
            guardian=pastel.memberships["guardian"],
        )

    assert "sans-responsable" not in found(pastel)


def test_guardian_without_authority_or_who_has_left_does_not_count(cast: Cast) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        Guardianship.objects.filter(pk=pastel.guardianship.pk).update(is_legal=False)
    assert "Pastel Student" in names(pastel, "sans-responsable")
    with tenant_scope([pastel.establishment]):
        Guardianship.objects.filter(pk=pastel.guardianship.pk).update(is_legal=True)
        Membership.objects.filter(pk=pastel.memberships["guardian"].pk).update(ends_on=date(2020, 1, 1))

    assert "Pastel Student" in names(pastel, "sans-responsable")


def test_student_without_a_class_or_with_two_is_found(cast: Cast) -> None:
    pastel = cast.pastel
    join(pastel, "Zoé", "Sans")
    into_class(pastel, pastel.memberships["student"], other_class(pastel))

    assert names(pastel, "sans-classe") == ["Sans Zoé"]
    assert names(pastel, "deux-classes") == ["Pastel Student"]


def test_last_years_class_is_no_class(cast: Cast) -> None:
    pastel, zoe = cast.pastel, join(cast.pastel, "Zoé", "Sans")
    with tenant_scope([pastel.establishment]):
        before = SchoolYear.containing(timezone.localdate() - timedelta(days=365))
        old = Group.objects.create(establishment=pastel.establishment, school_year=before, name="6E A")
    into_class(pastel, zoe, old)

    assert names(pastel, "sans-classe") == ["Sans Zoé"]
    assert "classes-sans-enseignant" not in found(pastel)


def test_class_that_is_empty_or_without_teachers_is_found(cast: Cast) -> None:
    group = other_class(cast.pastel)

    assert {slug: names(cast.pastel, slug) for slug in found(cast.pastel) if slug.startswith("classes")} == {
        "classes-vides": [group.name],
        "classes-sans-enseignant": [group.name],
        "classes-sans-principal": [group.name],
    }
    with tenant_scope([cast.pastel.establishment]):
        Teaching.objects.all().delete()
        FormTeacher.objects.all().delete()
    assert names(cast.pastel, "classes-sans-principal") == ["4E C", "5E B"]


def test_two_accounts_of_one_guardian_for_one_student_are_found(cast: Cast) -> None:
    pastel = cast.pastel
    double = join(pastel, "Guardian", "PASTEL", "guardian")
    assert "liens-en-double" not in found(pastel)
    with tenant_scope([pastel.establishment]):
        Guardianship.objects.create(
            establishment=pastel.establishment, student=pastel.memberships["student"], guardian=double
        )

    assert names(pastel, "liens-en-double") == ["Pastel Guardian", "PASTEL Guardian"]


def test_people_alike_are_duplicates_with_one_birth_date_and_homonyms_with_two(cast: Cast) -> None:
    born = cast.pastel.student.birth_date
    twin = User.objects.create(username="student.pastel2", first_name="Student", last_name="Pastel", birth_date=born)
    namesake = User.objects.create(
        username="student.pastel3", first_name="Student", last_name="Pastel", birth_date=date(2012, 1, 1)
    )
    with tenant_scope([cast.pastel.establishment]):
        for user in (twin, namesake):
            Membership.objects.create(establishment=cast.pastel.establishment, user=user, role="student")

    assert len(names(cast.pastel, "doublons")) == 2
    assert len(names(cast.pastel, "homonymes")) == 3
    assert "doublons" not in found(cast.brique)


def test_account_in_its_grace_is_told_with_the_day_when_its_links_go(cast: Cast, client_of: SignIn) -> None:
    pastel, since = cast.pastel, timezone.localdate() - timedelta(days=3)
    with tenant_scope([pastel.establishment]):
        Membership.objects.filter(pk=pastel.memberships["classmate"].pk).update(
            ends_on=since - timedelta(days=1), missing_since=since
        )
    removed = since + timedelta(days=30)

    page = text_of(
        client_of(pastel.head).get(f"/etablissement/annuaire/qualite/{pastel.establishment.pk}/?probleme=delai")
    )

    assert "Pastel Classmate" in page
    assert f"{removed.day}" in page.split("retirés le")[1]


def test_account_made_by_hand_is_told_when_it_ends_soon(cast: Cast) -> None:
    assert names(cast.pastel, "a-la-main") == ["Pastel Colleague"]
    with tenant_scope([cast.pastel.establishment]):
        made = HandMade.objects.get()
        Membership.objects.filter(pk=made.membership_id).update(ends_on=timezone.localdate() + timedelta(days=90))

    assert "a-la-main" not in found(cast.pastel)


def test_every_problem_says_what_to_do_and_who_can(cast: Cast, client_of: SignIn) -> None:
    browser, url = client_of(cast.pastel.head), f"/etablissement/annuaire/qualite/{cast.pastel.establishment.pk}/"

    for problem in PROBLEMS:
        page = text_of(browser.get(f"{url}?probleme={problem.slug}"))
        assert f"Qui peut le faire : {problem.who}." in page


def test_false_letter_of_a_uai_is_told(cast: Cast, client_of: SignIn) -> None:
    Establishment.objects.filter(pk=cast.pastel.establishment.pk).update(uai="0810001A")

    page = text_of(client_of(cast.pastel.head).get(f"/etablissement/annuaire/qualite/{cast.pastel.establishment.pk}/"))

    assert "La lettre du code UAI 0810001A est fausse." in page


def noted(school: School, *entries: dict[str, str]) -> None:
    """The last import said this of the school."""
    with tenant_scope([school.establishment]):
        SchoolRun.objects.filter(pk=school.change.school_run_id).update(counts={"rejected": entries})


def note(key: str, kind: str = "unknown_guardian", reason: str = "Responsable absent : 5.") -> dict[str, str]:
    return {"file": "ENT_Eleve.xml", "id": key, "reason": reason, "kind": kind}


def test_notes_of_the_last_import_lead_to_the_people_what_to_do_and_who_can(cast: Cast, client_of: SignIn) -> None:
    pastel, browser = cast.pastel, client_of(cast.pastel.head)
    url = f"/etablissement/annuaire/qualite/{pastel.establishment.pk}/"
    Identifier.objects.create(user=pastel.student, scheme="aaf", realm="16", value="77")
    noted(pastel, note("77"), note("061300", "unknown_subject", "Matière inconnue : 2."), note("", reason="Illisible."))

    page = text_of(browser.get(url))
    listed = browser.get(f"{url}?probleme=responsables-inconnus")

    assert "Responsables cités que l’annuaire ne donne pas" in page
    assert "Enseignements d’une matière inconnue" in page
    assert "Pastel Student" in text_of(listed)
    assert f"/etablissement/comptes/{pastel.memberships['student'].pk}/" in listed.content.decode()
    assert "Responsable absent : 5." in text_of(listed)
    assert "dans SIECLE" in text_of(listed)
    assert "061300" in text_of(browser.get(f"{url}?probleme=matieres-inconnues"))


def test_notes_kept_before_their_kinds_were_are_among_the_others(cast: Cast, client_of: SignIn) -> None:
    noted(cast.pastel, {"file": "ENT_Eleve.xml", "id": "77", "reason": "Fiche sans nom."})

    url = f"/etablissement/annuaire/qualite/{cast.pastel.establishment.pk}/?probleme=autres-fiches"

    assert "Fiche sans nom." in text_of(client_of(cast.pastel.head).get(url))


def test_notes_have_pages_and_the_api_gives_them_too(cast: Cast, client_of: SignIn) -> None:
    noted(cast.pastel, *(note(f"clé-{number:02}") for number in range(60)))
    browser, pk = client_of(cast.pastel.head), cast.pastel.establishment.pk
    url, api = f"/etablissement/annuaire/qualite/{pk}/?probleme=responsables-inconnus", "/api/v1/directory-quality/"

    first, second = (text_of(browser.get(f"{url}&page={number}")) for number in (1, 2))
    counts = {row["problem"]: row["count"] for row in browser.get(f"{api}{pk}/").json()["problems"]}
    rows = browser.get(f"{api}{pk}/rows/?problem=responsables-inconnus").json()["results"]

    assert "clé-00" in first
    assert "clé-59" not in first
    assert "clé-59" in second
    assert counts["responsables-inconnus"] == 60
    assert rows[0] == {"name": "clé-00", "detail": "Responsable absent : 5.", "membership": None, "group": None}


def test_names_that_the_feed_does_not_know_reach_the_page_of_the_school(export: WrittenExport) -> None:
    export.student("1", links=["99$10$1$1$1$0"])
    export.staff(
        "4",
        ENTPersonCategorieEnseignant="O",
        ENTPersonFonctions=["5001$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES", "5099$DOC$DOCUMENTATION"],
        ENTAuxEnsClassesMatieres="5001$5e A$999999",
    )
    export.imported()

    fabre = school("0120101V").pk
    with tenant_scope([fabre]):
        notes = notes_of([fabre])[fabre]
        found = {problem.slug: [n for n in notes if n.is_of(problem)] for problem, _count in problems_of(notes)}
        lines = {slug: [line.name for line in lines_of(fabre, of)] for slug, of in found.items()}

    assert lines["responsables-inconnus"] == ["Puech Zoé"]
    assert lines["matieres-inconnues"] == ["999999"]
    assert lines["structures-inconnues"] == ["Costes Paul"]


def test_academy_reads_the_worst_school_first(cast: Cast, client_of: SignIn) -> None:
    for number in range(3):
        join(cast.brique, f"Élève{number}", "Perdu")
    browser = client_of(cast.rectorate_admin)

    page = text_of(browser.get("/territoire/annuaire/qualite/"))

    assert page.index("Lycée de la Brique") < page.index("Collège du Pastel")
    assert "Élèves sans classe : 3" in page


def test_hub_agent_reads_the_schools_of_the_hub_only(cast: Cast, client_of: SignIn) -> None:
    page = text_of(client_of(cast.hub_agent).get("/territoire/annuaire/qualite/"))

    assert "Collège du Pastel" in page
    assert "Lycée de la Brique" not in page


def test_list_of_a_problem_has_pages(cast: Cast, client_of: SignIn) -> None:
    for number in range(60):
        join(cast.pastel, f"Élève{number:02}", "Perdu")
    browser, url = client_of(cast.pastel.head), f"/etablissement/annuaire/qualite/{cast.pastel.establishment.pk}/"

    first, second = (text_of(browser.get(f"{url}?probleme=sans-classe&page={n}")) for n in (1, 2))

    assert "Élève00" in first
    assert "Élève59" in second
    assert "Élève00" not in second


def test_api_gives_the_same_counts_and_rows(cast: Cast, client_of: SignIn) -> None:
    browser, url = client_of(cast.pastel.head), f"/api/v1/directory-quality/{cast.pastel.establishment.pk}/"

    counts = {row["problem"]: row["count"] for row in browser.get(url).json()["problems"]}
    rows = browser.get(f"{url}rows/?problem=sans-responsable").json()["results"]

    assert counts == found(cast.pastel)
    assert [row["name"] for row in rows] == ["Pastel Classmate"]
