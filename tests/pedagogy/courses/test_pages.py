"""The pages of a course: who reads what of it, what is hidden until a day, and what a teacher does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Group, SchoolYear, StoredFile
from pedagogy.models import Course, CourseGroup, CourseTeacher, Folder, Resource, ResourceFile
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.courses.shelves import co_teach, in_days, make_course, make_folder, make_page

SignIn = Callable[[User], Browser]


@pytest.fixture
def pastel(cast: Cast) -> School:
    return cast.pastel


@pytest.fixture
def teacher(pastel: School, client_of: SignIn) -> Browser:
    return client_of(pastel.teacher)


@pytest.fixture
def student(pastel: School, client_of: SignIn) -> Browser:
    return client_of(pastel.student)


def url(school: School, rest: str = "", space: str = "classe") -> str:
    return f"/{space}/cours/{school.course.pk}/{rest}"


def rows_of(school: School, model: Any, **having: Any) -> list[Any]:
    with tenant_scope([school.establishment]):
        return list(model.objects.filter(**having))


# --- Reading --------------------------------------------------------------------------------------------------


def test_course_gathers_its_resources_its_work_and_its_people(pastel: School, student: Browser) -> None:
    page = text_of(student.get(url(pastel, space="eleve")))
    for said in ("Mathématiques", "Teacher Pastel", "Chapitre de pastel", "Exercices de pastel", "PDF"):
        assert said in page

    assert "Leçon de pastel" in text_of(student.get(url(pastel, f"?dossier={pastel.folder.pk}", "eleve")))
    assert "Pastel Classmate" in text_of(student.get(url(pastel, "?voir=membres", "eleve")))


def test_guardian_reads_the_child_s_course_and_no_list_of_other_people_s_children(
    pastel: School, client_of: SignIn
) -> None:
    child = pastel.memberships["student"].pk
    guardian = client_of(pastel.guardian)
    base = f"/famille/enfants/{child}"

    assert "Mathématiques" in text_of(guardian.get(f"{base}/cours/"))
    assert "Chapitre de pastel" in text_of(guardian.get(f"{base}/cours/{pastel.course.pk}/"))
    members = text_of(guardian.get(f"{base}/cours/{pastel.course.pk}/?voir=membres"))
    assert "Teacher Pastel" in members
    assert "Classmate" not in members
    assert "Thalès" in text_of(guardian.get(f"{base}/ressources/{pastel.resource.pk}/"))
    assert guardian.get("/").content.count(f"{base}/cours/".encode()) == 1


def test_guardian_is_refused_another_child_and_a_course_that_theirs_does_not_follow(
    pastel: School, client_of: SignIn
) -> None:
    guardian = client_of(pastel.guardian)
    mate, child = (pastel.memberships[who].pk for who in ("classmate", "student"))
    with tenant_scope([pastel.establishment]):
        other = make_course(pastel, group=pastel.project)

    assert guardian.get(f"/famille/enfants/{mate}/cours/{pastel.course.pk}/").status_code == 403
    assert guardian.get(f"/famille/enfants/{child}/cours/{other.pk}/").status_code == 404


def test_head_reads_every_course_of_the_school_and_what_is_hidden(pastel: School, client_of: SignIn) -> None:
    head = client_of(pastel.head)
    with tenant_scope([pastel.establishment]):
        make_folder(pastel.course, "Corrigés", opens_on=in_days(9))

    assert "Mathématiques" in text_of(head.get("/etablissement/cours/"))
    assert "Corrigés" in text_of(head.get(url(pastel, space="etablissement")))
    assert "Donner du travail" not in text_of(head.get(url(pastel, space="etablissement")))


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_resource_in_a_folder_hidden_until_later_is_seen_by_no_student_whatever_the_address(
    pastel: School, student: Browser, teacher: Browser, depth: int
) -> None:
    with tenant_scope([pastel.establishment]):
        folder = make_folder(pastel.course, "Corrigés", opens_on=in_days(1))
        for level in range(depth):
            folder = make_folder(pastel.course, f"Niveau {level}", folder)
        hidden = make_page(pastel.course, "La solution", folder)

    assert "Corrigés" not in text_of(student.get(url(pastel, space="eleve")))
    assert student.get(url(pastel, f"?dossier={folder.pk}", "eleve")).status_code == 404
    assert student.get(f"/eleve/ressources/{hidden.pk}/").status_code == 403
    assert student.get(f"/api/v1/resources/{hidden.pk}/").status_code == 403
    assert hidden.pk not in {row["id"] for row in student.get("/api/v1/resources/").json()["results"]}
    assert "La solution" in text_of(teacher.get(url(pastel, f"?dossier={folder.pk}")))


def test_resource_opens_on_its_day(pastel: School, student: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        make_page(pastel.course, "Ouverte", opens_on=in_days(0))
        make_page(pastel.course, "Fermée", opens_on=in_days(1))

    page = text_of(student.get(url(pastel, space="eleve")))

    assert "Ouverte" in page
    assert "Fermée" not in page


def test_hidden_file_is_not_given_out(pastel: School, student: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        Resource.objects.filter(pk=pastel.resource_file.resource_id).update(opens_on=in_days(1))

    assert student.get(f"/fichiers/ressources/{pastel.resource_file.key}/").status_code == 403


def test_teacher_removed_from_the_course_reads_and_writes_it_no_more(pastel: School, client_of: SignIn) -> None:
    with tenant_scope([pastel.establishment]):
        co_teach(pastel, pastel.course, "colleague")
    colleague = client_of(pastel.colleague)
    assert colleague.get(url(pastel)).status_code == 200

    with tenant_scope([pastel.establishment]):
        CourseTeacher.objects.filter(membership=pastel.memberships["colleague"]).delete()

    assert colleague.get(url(pastel)).status_code == 403
    assert colleague.post(url(pastel, "ajouter/?genre=dossier"), {"name": "X"}).status_code == 403


# --- Editing --------------------------------------------------------------------------------------------------


def edited(course: Course, **changes: Any) -> dict[str, Any]:
    return {"version": course.version, "name": course.name, "groups": [], "teachers": [], **changes}


def test_teacher_names_the_course_adds_a_class_and_a_co_teacher(pastel: School, teacher: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        other = Group.objects.create(
            establishment=pastel.establishment, school_year=pastel.group.school_year, name="5E C"
        )
    own = {"groups": [pastel.group.pk], "teachers": [pastel.memberships["teacher"].pk]}
    colleague = pastel.memberships["colleague"].pk

    teacher.post(
        url(pastel, "modifier/"), edited(pastel.course, name="Maths", new_group=other.pk, new_teacher=colleague, **own)
    )

    page = text_of(teacher.get(url(pastel)))
    for said in ("Maths", "5E B, 5E C", "Colleague Pastel"):
        assert said in page


def test_second_of_two_who_edit_the_course_is_shown_what_the_first_saved(pastel: School, teacher: Browser) -> None:
    own = {"groups": [pastel.group.pk], "teachers": [pastel.memberships["teacher"].pk]}
    teacher.post(url(pastel, "modifier/"), edited(pastel.course, name="Algèbre", **own))

    page = text_of(teacher.post(url(pastel, "modifier/"), edited(pastel.course, name="Géométrie", **own)))

    assert "Quelqu’un d’autre a enregistré entre-temps." in page
    assert "Algèbre" in page
    assert [course.name for course in rows_of(pastel, Course)] == ["Algèbre"]


def test_class_of_another_school_or_person_who_is_no_teacher_is_refused(
    cast: Cast, pastel: School, teacher: Browser
) -> None:
    for forged in ({"new_group": cast.brique.group.pk}, {"new_teacher": pastel.memberships["student"].pk}):
        page = text_of(teacher.post(url(pastel, "modifier/"), edited(pastel.course, **forged)))
        assert "Un point à corriger" in page
    assert len(rows_of(pastel, CourseGroup)) == 1


def test_teacher_puts_a_folder_a_page_a_link_and_a_file_where_students_find_them(
    pastel: School, teacher: Browser, student: Browser
) -> None:
    teacher.post(url(pastel, "ajouter/?genre=dossier"), {"name": "Chapitre 2"})
    (folder,) = rows_of(pastel, Folder, name="Chapitre 2")
    add = url(pastel, f"ajouter/?dossier={folder.pk}&genre=")
    teacher.post(add + "page", {"title": "Leçon", "body": r"<p>Soit \(x^2\)</p>", "folder": folder.pk})
    teacher.post(add + "lien", {"title": "Figure", "url": "https://example.org/fig", "folder": folder.pk})
    file = SimpleUploadedFile("énoncé.pdf", b"%PDF-1.4\n2\n")
    teacher.post(add + "fichier", {"file": file, "folder": folder.pk})

    answer = student.get(url(pastel, f"?dossier={folder.pk}", "eleve"))

    page = text_of(answer)
    assert [page.index(said) for said in ("Leçon", "Figure", "énoncé.pdf")] == sorted(
        page.index(said) for said in ("Leçon", "Figure", "énoncé.pdf")
    )
    assert b'href="https://example.org/fig"' in answer.content
    (lesson,) = rows_of(pastel, Resource, title="Leçon")
    assert b"<msup>" in student.get(f"/eleve/ressources/{lesson.pk}/").content


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://example.org/", "exemple", "https://", "file:///etc"])
def test_link_that_is_no_web_address_is_refused(pastel: School, teacher: Browser, address: str) -> None:
    page = text_of(teacher.post(url(pastel, "ajouter/?genre=lien"), {"title": "Là", "url": address}))

    assert "Écrivez une adresse entière" in page
    assert rows_of(pastel, Resource, kind="link") == []


def test_page_of_two_megabytes_is_refused_in_words_and_the_typing_is_kept(pastel: School, teacher: Browser) -> None:
    body = "<p>" + "mot " * 500_000 + "fin</p>"

    answer = teacher.post(url(pastel, "ajouter/?genre=page"), {"title": "Trop", "body": body})

    assert "Ce texte est trop long : 2000010 caractères" in text_of(answer)
    assert b"mot fin&lt;/p&gt;" in answer.content


def test_program_renamed_as_a_fiche_is_refused_in_words(pastel: School, teacher: Browser) -> None:
    program = SimpleUploadedFile("fiche.pdf", b"MZ\x90\0" + bytes(200))

    page = text_of(teacher.post(url(pastel, "ajouter/?genre=fichier"), {"title": "Fiche", "file": program}))

    assert "« fiche.pdf » est un programme" in page


def test_folders_nest_three_deep_and_no_deeper(pastel: School, teacher: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        two = make_folder(pastel.course, "Deux", pastel.folder)
        three = make_folder(pastel.course, "Trois", two)
        tall = make_folder(pastel.course, "Haut")
        make_folder(pastel.course, "Bas", tall)

    deeper = teacher.post(url(pastel, f"ajouter/?genre=dossier&dossier={three.pk}"), {"name": "4", "parent": three.pk})
    moved = teacher.post(f"/classe/dossiers/{tall.pk}/modifier/", {"version": 1, "name": "Haut", "parent": two.pk})

    assert (deeper.status_code, moved.status_code) == (200, 200)
    assert rows_of(pastel, Folder, parent=three) == []
    assert rows_of(pastel, Folder, name="Haut")[0].parent_id is None


def test_folder_does_not_go_into_itself(pastel: School, teacher: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        inner = make_folder(pastel.course, "Dedans", pastel.folder)

    for parent in (pastel.folder.pk, inner.pk):
        sent = {"version": 1, "name": "Chapitre", "parent": parent}
        assert "Un point à corriger" in text_of(teacher.post(f"/classe/dossiers/{pastel.folder.pk}/modifier/", sent))


def test_rows_go_up_and_down_among_those_beside_them(pastel: School, teacher: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        pages = [make_page(pastel.course, name, pastel.folder, position=n) for n, name in enumerate("ABC")]
        pastel.resource.delete()

    teacher.post(f"/classe/ressources/{pages[2].pk}/ranger/")
    teacher.post(f"/classe/ressources/{pages[0].pk}/ranger/?vers=bas")
    teacher.post(f"/classe/ressources/{pages[1].pk}/ranger/?vers=bas")

    assert [row.title for row in rows_of(pastel, Resource, folder=pastel.folder)] == ["C", "A", "B"]


def test_folder_is_deleted_with_what_is_in_it_after_being_asked(
    pastel: School, teacher: Browser, django_capture_on_commit_callbacks: Any
) -> None:
    with tenant_scope([pastel.establishment]):
        inner = make_folder(pastel.course, "Dedans", pastel.folder)
        Resource.objects.filter(pk=pastel.resource_file.resource_id).update(folder=inner)
    address = f"/classe/dossiers/{pastel.folder.pk}/supprimer/"

    assert "Avec 2 ressources" in text_of(teacher.get(address))
    with django_capture_on_commit_callbacks(execute=True):
        teacher.post(address)

    assert [rows_of(pastel, model) for model in (Folder, Resource, ResourceFile, StoredFile)] == [[], [], [], []]


def test_file_of_a_resource_is_replaced(pastel: School, teacher: Browser, student: Browser) -> None:
    new = SimpleUploadedFile("corrigée.pdf", b"%PDF-1.4\nv2\n")
    pk = pastel.resource_file.resource_id

    teacher.post(f"/classe/ressources/{pk}/modifier/", {"version": 1, "title": "Fiche", "file": new})

    (file,) = rows_of(pastel, ResourceFile)
    assert file.name == "corrigée.pdf"
    assert student.get(f"/fichiers/ressources/{file.key}/").getvalue() == b"%PDF-1.4\nv2\n"
    assert student.get(f"/fichiers/ressources/{pastel.resource_file.key}/").status_code == 404


def test_second_of_two_who_edit_a_page_keeps_their_text_and_sees_the_other_s(pastel: School, teacher: Browser) -> None:
    address = f"/classe/ressources/{pastel.resource.pk}/modifier/"
    sent = {"version": 1, "title": "Leçon", "folder": pastel.folder.pk}
    teacher.post(address, {**sent, "body": "<p>Le premier</p>"})

    answer = teacher.post(address, {**sent, "body": "<p>Le second</p>"})

    assert "Le premier" in text_of(answer)
    assert "&lt;p&gt;Le second&lt;/p&gt;" in answer.content.decode()
    assert rows_of(pastel, Resource, kind="page")[0].body == "<p>Le premier</p>"


def test_course_of_a_year_that_is_over_is_read_and_not_changed(pastel: School, teacher: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        before = SchoolYear.containing(timezone.localdate().replace(year=timezone.localdate().year - 1))
        Course.objects.filter(pk=pastel.course.pk).update(school_year=before)

    assert "est terminée" in text_of(teacher.get(url(pastel)))
    assert "Mathématiques" in text_of(teacher.get("/classe/cours/?voir=avant"))
    teacher.post(url(pastel, "ajouter/?genre=dossier"), {"name": "Trop tard"})
    teacher.post(f"/classe/ressources/{pastel.resource.pk}/supprimer/")
    assert [row.name for row in rows_of(pastel, Folder)] == ["Chapitre de pastel"]
    assert rows_of(pastel, Resource, pk=pastel.resource.pk)


# --- Sharing and copying --------------------------------------------------------------------------------------


def test_course_that_is_shared_is_read_and_copied_by_a_colleague_and_not_written(
    pastel: School, client_of: SignIn
) -> None:
    colleague = client_of(pastel.colleague)
    with tenant_scope([pastel.establishment]):
        mine = make_course(pastel, teacher="colleague", group=pastel.project, name="Le mien")
        assert "Chapitre" not in text_of(colleague.get("/classe/cours/?voir=partages"))
        Course.objects.filter(pk=pastel.course.pk).update(is_shared=True)

    assert "Mathématiques" in text_of(colleague.get("/classe/cours/?voir=partages"))
    assert "partagé par un collègue" in text_of(colleague.get(url(pastel)))
    assert colleague.post(url(pastel, "ajouter/?genre=dossier"), {"name": "X"}).status_code == 403
    page = text_of(colleague.post(url(pastel, "copier/"), {"target": mine.pk}, follow=True))
    assert "2 ressources copiées." in page
    assert "Chapitre de pastel" in page


def test_copy_is_one_s_own_and_its_files_take_no_room(pastel: School, teacher: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        mine = make_course(pastel, name="Autre classe")
        inner = make_folder(pastel.course, "Dedans", pastel.folder, opens_on=in_days(-3))
        make_page(pastel.course, "Au fond", inner, opens_on=in_days(5))

    teacher.post(url(pastel, "copier/"), {"target": mine.pk})
    teacher.post(f"/classe/dossiers/{pastel.folder.pk}/supprimer/")

    copies = {row.title: row for row in rows_of(pastel, Resource, course=mine)}
    assert copies.keys() == {"Leçon de pastel", "Fiche de pastel", "Au fond"}
    with tenant_scope([pastel.establishment]):
        deep = Resource.objects.select_related("folder__parent").get(course=mine, title="Au fond")
        assert (deep.folder.name, deep.folder.parent.name) == ("Dedans", "Chapitre de pastel")
        assert (deep.folder.opens_on, deep.opens_on) == (None, in_days(5))
    assert len({file.file.name for file in rows_of(pastel, ResourceFile)}) == 1
    assert len(rows_of(pastel, StoredFile)) == 1


def test_copy_into_a_course_that_one_does_not_teach_is_refused(pastel: School, teacher: Browser) -> None:
    with tenant_scope([pastel.establishment]):
        theirs = make_course(pastel, teacher="colleague", group=pastel.project)

    teacher.post(url(pastel, "copier/"), {"target": theirs.pk})
    answer = teacher.post(f"/api/v1/courses/{pastel.course.pk}/copy/", {"target": theirs.pk})

    assert answer.status_code == 403
    assert rows_of(pastel, Resource, course=theirs) == []


def test_api_answers_a_conflict_to_the_second_who_writes(pastel: School, teacher: Browser) -> None:
    sent = {"version": 1, "title": "Leçon", "folder": pastel.folder.pk, "body": "<p>Un</p>"}
    address = f"/api/v1/resources/{pastel.resource.pk}/"
    assert teacher.put(address, sent, content_type="application/json").json()["version"] == 2

    answer = teacher.put(address, {**sent, "body": "<p>Deux</p>"}, content_type="application/json")

    assert answer.status_code == 409
    assert "entre-temps" in answer.json()["detail"]
