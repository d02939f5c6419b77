"""A course copied into another: its resources, and whatever else a feature makes a part of it.

A feature that hangs rows on courses declares its part, as below for resources::

    @part("sequence", gettext_lazy("La progression"))
    def copy_sequence(*, source: Course, target: Course) -> int: ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.portal.rights import require
from establishments.files.actions import attach_again
from pedagogy.courses.actions import MOST_FOLDERS, MOST_RESOURCES, refuse_if_over
from pedagogy.courses.models import Course, Folder, Resource, ResourceFile

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Part:
    key: str
    label: str | Promise
    copy: Callable[..., int]


PARTS: dict[str, Part] = {}


def part(key: str, label: str | Promise) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Declare a function that copies a part of a course and says how many things it has copied."""

    def declare(copy: Callable[..., int]) -> Callable[..., int]:
        PARTS[key] = Part(key, label, copy)
        return copy

    return declare


@transaction.atomic
def copy_course(*, source: Course, target: Course, by: User, parts: Collection[str] = ("resources",)) -> int:
    """Copy these parts after what the target has already; how many things were copied.

    The copy is the target's own: neither course changes when the other does.
    """
    require(by, "pedagogy.course.copy", source)
    require(by, "pedagogy.course.teach", target)
    refuse_if_over(target)
    if source.pk == target.pk:
        raise ValidationError({"target": _("C’est le même cours.")})
    if source.establishment_id != target.establishment_id:
        raise ValidationError({"target": _("Un cours se copie dans le même établissement.")})
    Course.objects.select_for_update(of=("self",)).get(pk=target.pk)
    return sum(PARTS[key].copy(source=source, target=target) for key in PARTS if key in parts)


@part("resources", gettext_lazy("Les ressources et leurs dossiers"))
def copy_resources(*, source: Course, target: Course) -> int:
    """Dates that have passed hide nothing any more, and are left out."""
    folders = list(Folder.objects.filter(course=source).order_by("position", "pk"))
    resources = list(Resource.objects.filter(course=source).order_by("position", "pk"))
    _refuse_too_many(target, len(folders), len(resources))
    today = timezone.localdate()
    copies: dict[int | None, Folder | None] = {None: None}
    left = folders
    while left:  # from the outermost to the innermost
        for folder in [f for f in left if f.parent_id in copies]:
            copies[folder.pk] = Folder.objects.create(
                establishment_id=target.establishment_id,
                course=target,
                parent=copies[folder.parent_id],
                name=folder.name,
                position=MOST_FOLDERS + folder.position,
                opens_on=folder.opens_on if folder.opens_on and folder.opens_on > today else None,
            )
        left = [f for f in left if f.pk not in copies]
    files = {file.resource_id: file for file in ResourceFile.objects.filter(resource__course=source)}
    for resource in resources:
        copy = Resource.objects.create(
            establishment_id=target.establishment_id,
            course=target,
            folder=copies[resource.folder_id],
            kind=resource.kind,
            title=resource.title,
            url=resource.url,
            body=resource.body,
            position=MOST_RESOURCES + resource.position,
            opens_on=resource.opens_on if resource.opens_on and resource.opens_on > today else None,
        )
        if resource.pk in files:
            attach_again(ResourceFile, of=files[resource.pk], resource=copy)
    return len(resources)


def _refuse_too_many(target: Course, folders: int, resources: int) -> None:
    if (
        Folder.objects.filter(course=target).count() + folders > MOST_FOLDERS
        or Resource.objects.filter(course=target).count() + resources > MOST_RESOURCES
    ):
        raise ValidationError(_("Ce cours a déjà trop de ressources pour les recevoir."))
