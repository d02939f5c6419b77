"""The rectorate's pages: an archive is sent, read by a worker, decided on school by school."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import import_export
from establishments.directory.export import Category, open_export
from establishments.imports import actions, tasks
from establishments.imports.models import Parcel
from establishments.models import Authority, Establishment, ImportRun, Mandate, Membership, SchoolRun
from tests.browser import Browser, text_of
from tests.establishments.directory.feeds import WrittenExport, school
from tests.worker import Worker

SignIn = Callable[[User], Browser]
Agent = Callable[..., User]
SEND = "/admin/establishments/importrun/importer/"
RUNS = "/admin/establishments/importrun/"
SCHOOLS = "/admin/establishments/schoolrun/"


def zipped(folder: Path, name: str = "annuaire.zip") -> SimpleUploadedFile:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    return SimpleUploadedFile(name, content.getvalue())


def tarred(folder: Path) -> SimpleUploadedFile:
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for file in folder.iterdir():
            archive.add(file, file.name)
    return SimpleUploadedFile("annuaire.tgz", content.getvalue())


def people() -> int:
    with tenant_scope(Establishment.objects.all()):
        return Membership.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_archive_sent_is_kept_for_a_worker_and_thrown_away_once_read(
    export: WrittenExport, agent: Agent, client_of: SignIn, pack: Callable[[Path], SimpleUploadedFile]
) -> None:
    browser = client_of(agent())

    answer = browser.post(SEND, {"archive": pack(export.write()), "day": timezone.localdate().isoformat()})

    run, parcel = ImportRun.objects.get(), Parcel.objects.get()
    assert answer["Location"] == f"{RUNS}{run.pk}/change/"
    path = parcel.file.name
    assert "lecture des fichiers" in text_of(browser.get(f"{RUNS}{run.pk}/change/")).lower()
    actions.take(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE
    assert people() == 3
    assert not Parcel.objects.exists()
    assert not default_storage.exists(path)


@pytest.mark.django_db
def test_dry_run_writes_nobody_and_every_school_waits(export: WrittenExport, agent: Agent, client_of: SignIn) -> None:
    browser = client_of(agent())
    browser.post(SEND, {"archive": zipped(export.write()), "day": timezone.localdate().isoformat(), "is_dry": "on"})
    run = ImportRun.objects.get()

    actions.take(run_id=run.pk)

    assert people() == 0
    page = text_of(browser.get(f"{RUNS}{run.pk}/change/"))
    assert "3 personnes arrivent, 0 changent, 0 partent." in page
    assert "Attend un accord" in page


@pytest.mark.django_db
def test_what_is_no_archive_of_exports_is_refused_in_the_form(agent: Agent, client_of: SignIn, tmp_path: Path) -> None:
    browser = client_of(agent())
    (tmp_path / "lettre.txt").write_text("bonjour")

    page = browser.post(SEND, {"archive": zipped(tmp_path), "day": timezone.localdate().isoformat()})
    other = browser.post(
        SEND, {"archive": SimpleUploadedFile("photo.png", b"png"), "day": timezone.localdate().isoformat()}
    )

    assert "Aucun fichier d’export ici" in text_of(page)
    assert "Envoyez une archive .zip ou .tgz" in text_of(other)
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
def test_export_of_another_academy_is_refused(export: WrittenExport, agent: Agent, client_of: SignIn) -> None:
    export.structure("7001", uai="0340001A", name="Lycée de la Garrigue", nature="300", ENTServAcAcademie="MONTPELLIER")
    for structure in ("5001", "5002"):
        export.remove(Category.STRUCTURE, structure)
    browser = client_of(agent())

    answer = browser.post(SEND, {"archive": zipped(export.write()), "day": timezone.localdate().isoformat()})

    assert answer.status_code == 403
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("is_dry", [False, True])
def test_export_that_names_a_school_of_another_academy_leaves_it_there(
    export: WrittenExport, agent: Agent, client_of: SignIn, *, is_dry: bool
) -> None:
    """Under one's own academy's name: with the school one would have its people, and be heard in it."""
    montpellier = Authority.objects.create(kind="academy", code="11", name="Académie de Montpellier")
    theirs = Establishment.objects.create(
        uai="0340001A", name="Lycée de la Garrigue", department="034", academy=montpellier, structure_key="9001"
    )
    export.structure("7001", uai="0340001A", name="Lycée conquis", nature="300")
    export.staff("66", name="Intrus", structure="7001", ENTPersonFonctions="7001$DIR$DIRECTION")
    browser = client_of(agent())
    fields = {"archive": zipped(export.write()), "day": timezone.localdate().isoformat()}

    browser.post(SEND, fields | ({"is_dry": "on"} if is_dry else {}))
    run = ImportRun.objects.get()
    actions.take(run_id=run.pk)

    theirs.refresh_from_db()
    assert (theirs.academy, theirs.name, theirs.structure_key) == (montpellier, "Lycée de la Garrigue", "9001")
    with tenant_scope([theirs]):
        assert not Membership.objects.exists()
        assert not SchoolRun.objects.exists()
    page = text_of(browser.get(f"{RUNS}{run.pk}/change/"))
    assert "0340001A est d’une autre académie" in page
    assert people() == (0 if is_dry else 3)  # the rest is taken


@pytest.mark.django_db
def test_run_of_two_academies_tells_each_of_its_own_schools(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    """By the command, from one folder: its report is of all, and names the people of all."""
    export.student("1", links=["SANS-FICHE-ICI$10$1$1$1$0"])
    other = WrittenExport(export.folder)
    other.delivery = "ENT_AILLEURS"
    other.remove(Category.STRUCTURE, "5001")
    other.remove(Category.STRUCTURE, "5002")
    other.structure("7001", uai="0340001A", name="Lycée", nature="300", ENTServAcAcademie="MONTPELLIER")
    other.student("8", structure="7001", links=["SANS-FICHE-AILLEURS$10$1$1$1$0"])
    export.write()
    with open_export(other.write()) as files:
        run, _report = import_export(export=files, day=timezone.localdate())

    browser = client_of(agent())
    page = text_of(browser.get(f"{RUNS}{run.pk}/change/"))

    assert "SANS-FICHE-ICI" in page
    assert "SANS-FICHE-AILLEURS" not in page
    assert browser.get(f"{RUNS}?report__icontains=SANS-FICHE-AILLEURS").status_code == 400


@pytest.mark.django_db
def test_agent_without_the_administration_sends_nothing(agent: Agent, client_of: SignIn) -> None:
    browser = client_of(agent(is_staff=False))

    assert browser.get(SEND).status_code == 302  # to the administration's own sign-in


@pytest.mark.django_db
def test_file_that_cannot_be_trusted_ends_the_run_with_its_reason(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    folder = export.write()
    student = next(file for file in folder.iterdir() if "_Eleve_" in file.name)
    student.write_text(student.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    browser = client_of(agent())
    browser.post(SEND, {"archive": zipped(folder), "day": timezone.localdate().isoformat()})
    run = ImportRun.objects.get()

    actions.take(run_id=run.pk)

    assert "tronqué" in text_of(browser.get(f"{RUNS}{run.pk}/change/"))
    assert people() == 0
    assert not Parcel.objects.exists()


@pytest.mark.django_db
def test_schools_are_accepted_together_after_a_page_that_counts_people(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    with open_export(export.write()) as files:
        import_export(export=files, day=timezone.localdate(), is_dry=True)
    browser = client_of(agent())
    with tenant_scope(Establishment.objects.all()):
        chosen = list(SchoolRun.objects.values_list("pk", flat=True))
    form = {"action": "accept", "_selected_action": chosen}

    asked = text_of(browser.post(SCHOOLS, form))
    assert "3 personnes arrivent, 0 changent, 0 partent." in asked
    assert people() == 0
    sent = {**form, "_selected_action": chosen[:1], "select_across": "1", "chosen": ",".join(map(str, chosen))}
    sent["confirmed"] = "1"
    waits = text_of(browser.post(SCHOOLS, sent, follow=True))
    again = text_of(browser.post(SCHOOLS, sent, follow=True))
    assert "0 établissement fait sur 1." in waits
    assert "demandé : accepter" in waits
    assert "Aucun des imports choisis n’en est là." in again
    assert people() == 0
    actions.decide_asked()

    assert "1 établissement fait sur 1." in text_of(browser.get(SCHOOLS))
    assert people() == 3


@pytest.mark.django_db
def test_school_that_cannot_be_decided_on_any_more_says_why_and_holds_up_no_other(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    export.student("9", name="Roux", structure="5002", ENTEleveClasses="5002$2de 1")
    with open_export(export.write()) as files:
        import_export(export=files, day=timezone.localdate(), is_dry=True)
    by = agent()
    with tenant_scope(Establishment.objects.all()):
        fabre, la_roque = SchoolRun.objects.select_related("establishment").order_by("establishment__uai")
        assert actions.ask(school_runs=[fabre, la_roque], what="accept", by=by) == 2
        actions.reject(school_run=fabre, by=by, reason="Un collègue, entre-temps")

    actions.decide_asked()

    page = text_of(client_of(by).get(f"{SCHOOLS}?decision=empechee"))
    assert "1 n’a pas pu l’être" in page
    assert "refusé – Cet import n’en est plus là : refusé." in page
    with tenant_scope(Establishment.objects.all()):
        assert SchoolRun.objects.get(pk=la_roque.pk).state == SchoolRun.State.APPLIED
        assert SchoolRun.objects.get(pk=fabre.pk).state == SchoolRun.State.REJECTED


@pytest.mark.django_db
def test_decision_of_somebody_who_has_lost_the_mandate_is_not_taken(export: WrittenExport, agent: Agent) -> None:
    export.student("9", name="Roux", structure="5002", ENTEleveClasses="5002$2de 1")
    with open_export(export.write()) as files:
        import_export(export=files, day=timezone.localdate(), is_dry=True)
    by = agent()
    with tenant_scope(Establishment.objects.all()):
        rows = list(SchoolRun.objects.select_related("establishment"))
        actions.ask(school_runs=rows, what="accept", by=by)
    Mandate.objects.filter(user=by).delete()

    actions.decide_asked()

    assert people() == 0
    with tenant_scope(Establishment.objects.all()):
        assert set(SchoolRun.objects.values_list("refusal", "asked")) == {("Qui l’a demandé n’en a plus le droit.", "")}


@pytest.mark.django_db
def test_rejecting_and_undoing_ask_why(export: WrittenExport, agent: Agent, client_of: SignIn) -> None:
    with open_export(export.write()) as files:
        import_export(export=files, day=timezone.localdate())
    browser = client_of(agent())
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        row = SchoolRun.objects.get(establishment=fabre)
    form = {"action": "undo", "_selected_action": [row.pk], "confirmed": "1"}

    assert "Dites pourquoi" in text_of(browser.post(SCHOOLS, form))
    browser.post(SCHOOLS, {**form, "reason": "Mauvais fichier"})
    actions.decide_asked()

    with tenant_scope([fabre]):
        assert not Membership.objects.current().exists()
        assert SchoolRun.objects.get(pk=row.pk).state == SchoolRun.State.UNDONE


@pytest.mark.django_db
def test_difference_is_read_in_french_in_the_administration(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    with open_export(export.write()) as files:
        import_export(export=files, day=timezone.localdate())
    export.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses="5001$5e B")
    with open_export(export.write()) as files:
        run, _report = import_export(export=files, day=timezone.localdate())
    with tenant_scope(Establishment.objects.all()):
        row = SchoolRun.objects.get(run=run, establishment__uai="0120101V")

    page = text_of(client_of(agent()).get(f"{SCHOOLS}{row.pk}/change/"))

    assert "Classe : 5e A → 5e B" in page


@pytest.mark.django_db
def test_command_stopped_while_it_read_ends_with_these_words(agent: Agent, client_of: SignIn) -> None:
    by = agent()
    run = ImportRun.objects.create(origin="export", day=timezone.localdate(), by=by)

    actions.sweep()

    run.refresh_from_db()
    assert run.state == ImportRun.State.REFUSED
    assert "rien n’a été écrit" in text_of(client_of(by).get(f"{RUNS}{run.pk}/change/"))


@pytest.mark.django_db(transaction=True)
def test_worker_killed_while_it_settles_is_taken_up_by_the_sweep(
    export: WrittenExport, agent: Agent, worker: Worker
) -> None:
    export.student("9", name="Roux", structure="5002", ENTEleveClasses="5002$2de 1")
    export.imported(timezone.localdate())
    export.student("1", name="Puech-Roux", links=["2$10$1$1$1$0"])
    export.student("9", name="Roux-Puech", structure="5002", ENTEleveClasses="5002$2de 1")
    run = actions_send(export, agent())
    last = school("0120937D")
    with transaction.atomic():  # holds up the second school
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user WHERE last_name = 'Roux' FOR UPDATE")
        worker.start()
        worker.until(lambda: ImportRun.objects.get(pk=run.pk).state == ImportRun.State.SETTLING)
        worker.until_it_waits_for_a_lock()
        worker.kill()
    assert states(run).get(last.pk) == SchoolRun.State.PENDING

    worker.start()
    tasks.sweep.delay()
    worker.until(lambda: ImportRun.objects.get(pk=run.pk).state == ImportRun.State.DONE)

    assert set(states(run).values()) == {SchoolRun.State.APPLIED}
    assert User.objects.filter(last_name__in=["Puech-Roux", "Roux-Puech"]).count() == 2
    assert not Parcel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_worker_killed_while_it_reads_has_written_nothing_and_another_reads_again(
    export: WrittenExport, agent: Agent, worker: Worker
) -> None:
    export.imported(timezone.localdate())
    export.structure("5001", uai="0120101V", name="Collège Jean-Henri Fabre-ac-TOULOUSE", nature="340")
    export.student("1", name="Puech-Roux", links=["2$10$1$1$1$0"])
    run = actions_send(export, agent())
    with transaction.atomic():  # holds up the reading: the school has another name
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM establishments_establishment WHERE uai = '0120101V' FOR UPDATE")
        worker.start()
        worker.until_it_waits_for_a_lock()
        worker.kill()
    assert ImportRun.objects.get(pk=run.pk).state == ImportRun.State.READING
    assert school("0120101V").name == "Collège Fabre"

    worker.start()
    tasks.sweep.delay()
    worker.until(lambda: ImportRun.objects.get(pk=run.pk).state == ImportRun.State.DONE)

    assert school("0120101V").name == "Collège Jean-Henri Fabre"
    assert User.objects.filter(last_name="Puech-Roux").count() == 1


@pytest.mark.django_db(transaction=True)
def test_worker_killed_between_two_schools_is_taken_up_and_each_is_decided_once(
    export: WrittenExport, agent: Agent, worker: Worker
) -> None:
    export.student("9", name="Roux", structure="5002", ENTEleveClasses="5002$2de 1")
    export.imported(timezone.localdate())
    export.student("1", name="Puech-Roux", links=["2$10$1$1$1$0"])
    export.student("9", name="Roux-Puech", structure="5002", ENTEleveClasses="5002$2de 1")
    with open_export(export.write()) as files:
        run, _report = import_export(export=files, day=timezone.localdate(), is_dry=True)
    with tenant_scope(Establishment.objects.all()):
        rows = list(SchoolRun.objects.filter(run=run).select_related("establishment"))
        actions.ask(school_runs=rows, what="accept", by=agent())
    first, last = school("0120101V"), school("0120937D")
    with transaction.atomic():  # holds up the second school
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user WHERE last_name = 'Roux' FOR UPDATE")
        worker.start()
        worker.until(lambda: states(run)[first.pk] == SchoolRun.State.APPLIED)
        worker.until_it_waits_for_a_lock()
        worker.kill()
    assert states(run)[last.pk] == SchoolRun.State.TO_REVIEW

    with tenant_scope(Establishment.objects.all()):
        late = timezone.now() - actions.OVERDUE - timedelta(seconds=1)
        SchoolRun.objects.asked().update(asked_at=late)
    worker.start()
    tasks.sweep.delay()
    worker.until(lambda: states(run)[last.pk] == SchoolRun.State.APPLIED)

    assert User.objects.filter(last_name__in=["Puech-Roux", "Roux-Puech"]).count() == 2
    with tenant_scope(Establishment.objects.all()):
        assert AuditEvent.objects.filter(verb="directory.accept").count() == 2
        assert not SchoolRun.objects.asked().exists()


def actions_send(export: WrittenExport, by: User) -> ImportRun:
    return actions.send(archive=zipped(export.write()), day=timezone.localdate(), is_dry=False, by=by)


def states(run: ImportRun) -> dict[int, str]:
    with tenant_scope(Establishment.objects.all()):
        return dict(SchoolRun.objects.filter(run=run).values_list("establishment", "state"))
