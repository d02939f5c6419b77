"""What is done with courses and their resources. Each function checks the right of `by`, and is atomic."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.portal import prose
from ent.portal.rights import require
from ent.portal.versions import take_version
from establishments.directory.reactions import reaction
from establishments.files.actions import Examined, attach, detach
from establishments.people.models import Group, Membership, Role, Teaching
from pedagogy.courses.models import Course, CourseGroup, CourseTeacher, Folder, Resource, ResourceFile
from pedagogy.courses.shelf import DEEPEST, Shelf

if TYPE_CHECKING:
    from accounts.models import User

OVER = gettext_lazy("L’année scolaire de ce cours est terminée : tout s’y lit encore, rien ne s’y change plus.")
MOST_FOLDERS = 200  # in a course
MOST_RESOURCES = 1_000


@reaction
def make_courses(establishment: int) -> None:
    """A course for each subject that is taught to a class or group, and has none yet.

    What was edited stays: a course that gathers several groups is the course of each of them.
    """
    followed = CourseGroup.objects.filter(group=OuterRef("group"), course__subject=OuterRef("subject"))
    wanting = list(
        Teaching.objects.filter(~Exists(followed), establishment=establishment)
        .order_by("group", "subject")
        .values_list("group", "subject", "group__school_year")
        .distinct()
    )
    courses = Course.objects.bulk_create(
        Course(establishment_id=establishment, school_year_id=year, subject_id=subject)
        for _group, subject, year in wanting
    )
    CourseGroup.objects.bulk_create(
        CourseGroup(establishment_id=establishment, course=course, group_id=group)
        for course, (group, _subject, _year) in zip(courses, wanting, strict=True)
    )


@transaction.atomic
def edit_course(
    *,
    course: Course,
    by: User,
    version: int,
    name: str,
    is_shared: bool,
    groups: Collection[Group],
    teachers: Collection[Membership],
) -> Course:
    """Name it, say who follows it, who teaches it beside those of the directory, and whether colleagues read it."""
    require(by, "pedagogy.course.teach", course)
    refuse_if_over(course)
    take_version(course, version)
    _refuse_strangers(course, groups, teachers)
    course.name, course.is_shared = name.strip(), is_shared
    course.full_clean(validate_unique=False, validate_constraints=False)
    course.save(update_fields=["name", "is_shared"])
    _have(CourseGroup, course, "group", groups)
    _have(CourseTeacher, course, "membership", teachers)
    return course


def _refuse_strangers(course: Course, groups: Collection[Group], teachers: Collection[Membership]) -> None:
    if any(g.establishment_id != course.establishment_id or g.school_year_id != course.school_year_id for g in groups):
        raise ValidationError({"groups": _("Une classe d’un autre établissement ou d’une autre année.")})
    known = set(
        Membership.objects.current()
        .filter(establishment=course.establishment_id, role=Role.TEACHER, pk__in=[t.pk for t in teachers])
        .values_list("pk", flat=True)
    )
    already = set(CourseTeacher.objects.filter(course=course).values_list("membership", flat=True))
    if any(teacher.pk not in known | already for teacher in teachers):
        raise ValidationError({"teachers": _("Cette personne n’enseigne pas dans l’établissement.")})


def _have(model: Any, course: Course, field: str, wanted: Collection[Any]) -> None:
    """Make the rows of that table those of the course, and no others."""
    rows = model.objects.filter(course=course)
    held = set(rows.values_list(field, flat=True))
    keys = {row.pk for row in wanted}
    rows.filter(**{f"{field}__in": held - keys}).delete()
    model.objects.bulk_create(
        model(establishment_id=course.establishment_id, course=course, **{f"{field}_id": pk})
        for pk in sorted(keys - held)
    )


# --- Folders --------------------------------------------------------------------------------------------------


@transaction.atomic
def add_folder(
    *, course: Course, by: User, name: str, parent: Folder | None = None, opens_on: date | None = None
) -> Folder:
    shelf = _shelf_to_change(course, by)
    if len(shelf.folders) >= MOST_FOLDERS:
        raise ValidationError(_("%(limit)d dossiers au plus par cours.") % {"limit": MOST_FOLDERS})
    _check_place(course, parent)
    if parent and shelf.depth(parent.pk) >= DEEPEST:
        raise ValidationError({"parent": TOO_DEEP})
    folder = Folder(
        establishment_id=course.establishment_id, course=course, parent=parent, name=name.strip(), opens_on=opens_on
    )
    folder.position = _last(Folder.objects.filter(course=course, parent=parent))
    folder.full_clean(validate_unique=False)
    folder.save()
    return folder


@transaction.atomic
def edit_folder(
    *, folder: Folder, by: User, version: int, name: str, parent: Folder | None, opens_on: date | None
) -> Folder:
    """Rename it, move it with all that is in it, hide it until a day."""
    require(by, "pedagogy.folder.teach", folder)
    shelf = _shelf_to_change(folder.course, by)
    take_version(folder, version)
    _check_place(folder.course, parent)
    if parent and folder.pk in {f.pk for f in shelf.path(parent.pk)}:
        raise ValidationError({"parent": _("Un dossier ne va pas dans lui-même.")})
    if parent and shelf.depth(parent.pk) + shelf.height(folder.pk) > DEEPEST:
        raise ValidationError({"parent": TOO_DEEP})
    if folder.parent_id != (parent.pk if parent else None):
        folder.position = _last(Folder.objects.filter(course=folder.course_id, parent=parent))
    folder.name, folder.parent, folder.opens_on = name.strip(), parent, opens_on
    folder.full_clean(validate_unique=False)
    folder.save(update_fields=["name", "parent", "opens_on", "position"])
    return folder


@transaction.atomic
def delete_folder(*, folder: Folder, by: User) -> None:
    """With all that is in it."""
    require(by, "pedagogy.folder.teach", folder)
    shelf = _shelf_to_change(folder.course, by)
    inside = [pk for pk in shelf.folders if folder.pk in {f.pk for f in shelf.path(pk)}]
    detach(ResourceFile.objects.filter(resource__folder__in=inside))
    Resource.objects.filter(folder__in=inside).delete()
    for pk in sorted(inside, key=shelf.depth, reverse=True):  # the innermost first
        Folder.objects.filter(pk=pk).delete()


TOO_DEEP = gettext_lazy("Trois dossiers l’un dans l’autre, pas plus : rangez celui-ci plus haut.")


# --- Resources ------------------------------------------------------------------------------------------------


@transaction.atomic
def add_resource(
    *,
    course: Course,
    by: User,
    kind: str,
    title: str,
    folder: Folder | None = None,
    opens_on: date | None = None,
    url: str = "",
    body: str = "",
    file: Examined | None = None,
) -> Resource:
    _shelf_to_change(course, by)
    _check_place(course, folder)
    if Resource.objects.filter(course=course).count() >= MOST_RESOURCES:
        raise ValidationError(_("%(limit)d ressources au plus par cours.") % {"limit": MOST_RESOURCES})
    resource = Resource(establishment_id=course.establishment_id, course=course, kind=kind)
    resource.position = _last(Resource.objects.filter(course=course, folder=folder))
    _write(resource, title=title, folder=folder, opens_on=opens_on, url=url, body=body, file=file)
    resource.save()
    if file:
        attach(ResourceFile, examined=file, establishment_id=course.establishment_id, resource=resource)
    return resource


@transaction.atomic
def edit_resource(
    *,
    resource: Resource,
    by: User,
    version: int,
    title: str,
    folder: Folder | None,
    opens_on: date | None,
    url: str = "",
    body: str = "",
    file: Examined | None = None,
) -> Resource:
    """Change it, move it, hide it until a day; a file that is given takes the place of the one before."""
    require(by, "pedagogy.resource.teach", resource)
    _shelf_to_change(resource.course, by)
    take_version(resource, version)
    _check_place(resource.course, folder)
    if resource.folder_id != (folder.pk if folder else None):
        resource.position = _last(Resource.objects.filter(course=resource.course_id, folder=folder))
    _write(resource, title=title, folder=folder, opens_on=opens_on, url=url, body=body, file=file)
    resource.save(update_fields=["title", "folder", "opens_on", "url", "body", "position", "changed_at"])
    if file:
        detach(resource.files.all())
        attach(ResourceFile, examined=file, establishment_id=resource.establishment_id, resource=resource)
    return resource


@transaction.atomic
def delete_resource(*, resource: Resource, by: User) -> None:
    require(by, "pedagogy.resource.teach", resource)
    _shelf_to_change(resource.course, by)
    detach(resource.files.all())
    resource.delete()


@transaction.atomic
def move(*, row: Folder | Resource, by: User, up: bool) -> None:
    """One place up or down among those beside it; the first goes no higher, the last no lower."""
    is_folder = isinstance(row, Folder)
    require(by, "pedagogy.folder.teach" if is_folder else "pedagogy.resource.teach", row)
    _shelf_to_change(row.course, by)
    if isinstance(row, Folder):
        beside: Any = Folder.objects.filter(course=row.course_id, parent=row.parent_id)
    else:
        beside = Resource.objects.filter(course=row.course_id, folder=row.folder_id)
    rows = list(beside.order_by("position", "pk"))
    place = next(place for place, other in enumerate(rows) if other.pk == row.pk)
    other = place + (-1 if up else 1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, one in enumerate(rows):
        one.position = position
    type(row).objects.bulk_update(rows, ["position"])


def _write(
    resource: Resource,
    *,
    title: str,
    folder: Folder | None,
    opens_on: date | None,
    url: str,
    body: str,
    file: Examined | None,
) -> None:
    """What all kinds have, and what this kind has."""
    resource.title, resource.folder, resource.opens_on = title.strip(), folder, opens_on
    if resource.kind == Resource.Kind.LINK:
        resource.url = url.strip()
        if not resource.url:
            raise ValidationError({"url": _("Écrivez l’adresse du lien.")})
    elif resource.kind == Resource.Kind.PAGE:
        resource.body = _cleaned(body)
    elif file is None and resource.pk is None:
        raise ValidationError({"file": _("Choisissez le fichier.")})
    if file and resource.kind != Resource.Kind.FILE:
        raise ValidationError({"file": _("Un fichier est une ressource à part.")})
    resource.full_clean(validate_unique=False)


def _cleaned(body: str) -> str:
    try:
        return prose.clean(body)
    except ValidationError as error:
        raise ValidationError({"body": error.messages}) from error


# --- Shared by the actions above ------------------------------------------------------------------------------


def refuse_if_over(course: Course) -> None:
    """Raise ValidationError in a year that has ended: all of it is read, nothing is changed."""
    if course.school_year.ends_on < timezone.localdate():
        raise ValidationError(OVER, code="over")


def _shelf_to_change(course: Course, by: User) -> Shelf:
    """The right checked, and the course held: two moves at once must not put each folder into the other."""
    require(by, "pedagogy.course.teach", course)
    refuse_if_over(course)
    Course.objects.select_for_update(of=("self",)).get(pk=course.pk)
    return Shelf.of(Course.objects.with_folders().get(pk=course.pk), timezone.localdate())


def _check_place(course: Course, folder: Folder | None) -> None:
    if folder is not None and folder.course_id != course.pk:
        raise ValidationError({"folder": _("Ce dossier est d’un autre cours.")})


def _last(rows: Any) -> int:
    highest = rows.aggregate(highest=Max("position"))["highest"]
    return 0 if highest is None else int(highest) + 1
