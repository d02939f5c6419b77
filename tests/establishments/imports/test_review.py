"""What an import would change is read by people, and decided by the academy alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from json import loads

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.directory.actions import import_export
from establishments.directory.export import Category, open_export
from establishments.imports import actions
from establishments.models import Establishment, GroupMembership, Membership, SchoolRun
from tests.browser import Browser, text_of
from tests.cast import make_person
from tests.establishments.directory.feeds import FABRE, LA_ROQUE, WrittenExport, school, user

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Browser]
Agent = Callable[..., User]
LIST = "/territoire/annuaire/"


def run_of(export: WrittenExport, *, is_dry: bool = False) -> SchoolRun:
    """Import, and give what it made in the Collège Fabre."""
    with open_export(export.write()) as files:
        run, _report = import_export(export=files, day=timezone.localdate(), is_dry=is_dry)
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        return SchoolRun.objects.select_related("establishment").get(run=run, establishment=fabre)


def again(row: SchoolRun) -> SchoolRun:
    with tenant_scope([row.establishment_id]):
        return SchoolRun.objects.get(pk=row.pk)


def classes_of(identifier: str) -> list[str]:
    with tenant_scope(Establishment.objects.all()):
        rows = GroupMembership.objects.filter(membership__user=user(identifier), group__kind="class")
        return list(rows.values_list("group__name", flat=True))


@pytest.fixture
def moved(export: WrittenExport) -> SchoolRun:
    """Zoé Puech changes class, in a run that waits."""
    run_of(export)
    export.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    return run_of(export, is_dry=True)


def test_change_of_class_is_read_in_french_before_anything_is_written(
    moved: SchoolRun, agent: Agent, client_of: SignIn
) -> None:
    page = text_of(client_of(agent()).get(f"{LIST}imports/{moved.pk}/"))

    assert "Puech Zoé élève · change Classe : 5e A devient 5e B" in page.replace("→ ", "")
    assert "{" not in page
    assert classes_of("1") == ["5e A"]


def test_who_arrives_is_told_with_all_that_there_is(export: WrittenExport, agent: Agent, client_of: SignIn) -> None:
    row = run_of(export, is_dry=True)

    page = text_of(client_of(agent()).get(f"{LIST}imports/{row.pk}/?quoi=arrivee"))

    assert "Responsables : Puech Anne (mère" in page or "Responsables : Puech Anne (" in page
    assert "Enseigne : Mathématiques (5e A)" in page
    assert "6 août 2013" in page


def test_academy_accepts_in_one_tap_from_the_list(moved: SchoolRun, agent: Agent, client_of: SignIn) -> None:
    browser = client_of(agent())
    assert "Collège Fabre" in text_of(browser.get(LIST))

    page = text_of(browser.post(f"{LIST}imports/{moved.pk}/accepter/", follow=True))

    assert "Collège Fabre, RODEZ : c’est fait" in page or "c’est fait, l’annuaire est appliqué" in page
    assert classes_of("1") == ["5e B"]
    assert again(moved).state == SchoolRun.State.APPLIED
    with tenant_scope([moved.establishment_id]):
        assert AuditEvent.objects.filter(verb="directory.accept").count() == 1


def test_academy_rejects_and_the_school_stays_as_it_is(moved: SchoolRun, agent: Agent, client_of: SignIn) -> None:
    browser = client_of(agent())

    browser.post(f"{LIST}imports/{moved.pk}/refuser/", {"reason": "Export tronqué"})

    assert classes_of("1") == ["5e A"]
    assert again(moved).state == SchoolRun.State.REJECTED
    assert "Aucun établissement n’attend" in text_of(browser.get(LIST))


def test_run_already_decided_is_refused_with_words_and_changes_nothing(
    moved: SchoolRun, agent: Agent, client_of: SignIn
) -> None:
    browser = client_of(agent())
    browser.post(f"{LIST}imports/{moved.pk}/refuser/", {"reason": "Export tronqué"})

    page = text_of(browser.post(f"{LIST}imports/{moved.pk}/accepter/", follow=True))

    assert "Cet import n’en est plus là : refusé." in page
    assert classes_of("1") == ["5e A"]


def test_applied_run_is_undone_with_its_reason(moved: SchoolRun, agent: Agent, client_of: SignIn) -> None:
    browser = client_of(agent())
    browser.post(f"{LIST}imports/{moved.pk}/accepter/")

    browser.post(f"{LIST}imports/{moved.pk}/annuler/", {"reason": "Mauvaise classe"})

    assert classes_of("1") == ["5e A"]
    assert again(moved).state == SchoolRun.State.UNDONE


def test_later_run_of_another_school_does_not_prevent_undoing(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    row = run_of(export)
    export.student("9", name="Roux", structure=LA_ROQUE)
    run_of_la_roque(export)
    browser = client_of(agent())

    browser.post(f"{LIST}imports/{row.pk}/annuler/", {"reason": "Essai"})

    assert again(row).state == SchoolRun.State.UNDONE


def run_of_la_roque(export: WrittenExport) -> None:
    with open_export(export.write()) as files:
        import_export(export=files, day=timezone.localdate())


@pytest.mark.parametrize("role", ["head", "local_admin", "teacher"])
def test_nobody_of_the_school_decides(moved: SchoolRun, client_of: SignIn, role: str) -> None:
    somebody = make_person("Jeanne", role.title())
    with tenant_scope([moved.establishment_id]):
        Membership.objects.create(establishment_id=moved.establishment_id, user=somebody, role=role)

    with person_scope(somebody), pytest.raises(PermissionDenied):
        actions.accept(school_run=moved, by=somebody)

    assert client_of(somebody).post(f"{LIST}imports/{moved.pk}/accepter/").status_code == 403
    assert again(moved).state == SchoolRun.State.TO_REVIEW


def test_head_reads_what_each_run_changed_in_the_school(moved: SchoolRun, client_of: SignIn) -> None:
    head = make_person("Jeanne", "Cheffe")
    with tenant_scope([moved.establishment_id]):
        Membership.objects.create(establishment_id=moved.establishment_id, user=head, role="head")
    browser = client_of(head)

    assert "1 modification" in text_of(browser.get("/etablissement/annuaire/"))
    page = browser.get(f"/etablissement/annuaire/imports/{moved.pk}/")
    assert "5e B" in text_of(page)
    assert "/accepter/" not in page.content.decode()


def test_history_has_pages(export: WrittenExport, agent: Agent, client_of: SignIn) -> None:
    for number in range(60):
        export.student(str(100 + number), name=f"Nom{number:02}")
    row = run_of(export, is_dry=True)
    browser = client_of(agent())

    first, second = (text_of(browser.get(f"{LIST}imports/{row.pk}/?page={page}")) for page in (1, 2))

    assert "Nom00" in first
    assert "Nom59" in second
    assert "Nom00" not in second


def test_agent_of_another_academy_sees_nothing_of_it(moved: SchoolRun, client_of: SignIn) -> None:
    from establishments.models import Authority, Mandate

    academy = Authority.objects.create(kind="academy", code="11", name="Académie de Montpellier")
    Establishment.objects.create(uai="0340001A", name="Lycée de la Garrigue", department="034", academy=academy)
    far = make_person("Farid", "Rectorat")
    Mandate.objects.create(user=far, authority=academy)
    browser = client_of(far)

    assert browser.get(f"{LIST}imports/{moved.pk}/").status_code == 404
    assert browser.post(f"{LIST}imports/{moved.pk}/accepter/").status_code == 404
    assert "Fabre" not in text_of(browser.get(f"{LIST}?voir=tout"))


# --- The command ----------------------------------------------------------------------------------------------


def command(*arguments: str) -> dict:
    out = StringIO()
    call_command("review_directory", *arguments, "--json", stdout=out)
    answer: dict = loads(out.getvalue())
    return answer


def test_command_lists_what_waits_and_accepts(moved: SchoolRun, agent: Agent) -> None:
    username = agent().username

    (listed,) = command()["schools"]
    assert (listed["uai"], listed["state"], listed["changed"]) == ("0120101V", "to_review", 1)
    (done,) = command("--accept", "0120101V", "--by", username)["schools"]

    assert done["state"] == "applied"
    assert classes_of("1") == ["5e B"]
    assert command()["schools"] == []


def test_command_asks_who_and_why(moved: SchoolRun, agent: Agent) -> None:
    username = agent().username
    with pytest.raises(CommandError, match="qui décide"):
        command("--accept", "0120101V")
    with pytest.raises(CommandError, match="pourquoi"):
        command("--reject", "0120101V", "--by", username)

    command("--reject", "0120101V", "--by", username, "--reason", "Export tronqué")

    assert again(moved).state == SchoolRun.State.REJECTED


def test_command_by_somebody_of_no_academy_decides_nothing(moved: SchoolRun) -> None:
    make_person("Jean", "Personne")

    with pytest.raises(CommandError):
        command("--accept", "0120101V", "--by", "jean.personne")

    assert again(moved).state == SchoolRun.State.TO_REVIEW


def test_command_undoes_the_last_run(moved: SchoolRun, agent: Agent) -> None:
    username = agent().username
    command("--accept", "0120101V", "--by", username)

    command("--undo", "0120101V", "--by", username, "--reason", "Mauvaise classe")

    assert classes_of("1") == ["5e A"]


def test_held_school_waits_on_the_list_of_the_academy(
    export: WrittenExport, agent: Agent, client_of: SignIn, settings: object
) -> None:
    settings.ENT_FEED_LEAVERS_ALWAYS = 0  # type: ignore[attr-defined]
    run_of(export)
    export.remove(Category.STUDENT, "1")
    row = run_of(export)
    assert row.state == SchoolRun.State.HELD

    page = text_of(client_of(agent()).get("/territoire/"))

    assert "1 établissement attend votre accord" in page
    with tenant_scope([row.establishment_id]):
        assert Membership.objects.current(timezone.localdate() + timedelta(days=1)).count() == 3
