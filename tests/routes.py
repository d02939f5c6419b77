"""Every URL pattern of the project, and for each that takes an argument, the object that a school has for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import School

# By what a pattern begins with: the same object for all that follows it.
OBJECTS: dict[str, Callable[[School], dict[str, Any]]] = {
    "etablissement/classes/<int:pk>": lambda school: {"pk": school.group.pk},
    **{
        f"{space}/{beginning}": objects
        for space in ("territoire", "etablissement")
        for beginning, objects in {
            "comptes/<int:pk>": lambda school: {"pk": school.memberships["student"].pk},
            "comptes/<int:pk>/doublon/<int:other>": lambda school: {
                "pk": school.memberships["student"].pk,
                "other": school.memberships["classmate"].pk,
            },
            "demandes/<int:pk>": lambda school: {"pk": school.case.pk},
            "tableau/<int:pk>": lambda school: {"pk": school.table_run.pk},
            "acces/<int:pk>": lambda school: {"pk": school.establishment.pk},
            "acces/dates/<int:pk>": lambda school: {"pk": school.opening.pk},
            "urgence/blocages/<uuid:key>": lambda school: {"key": school.block.batch},
            "acces/blocages/<int:pk>": lambda school: {"pk": school.block.pk},
            "annuaire/qualite/<int:pk>": lambda school: {"pk": school.establishment.pk},
            "annuaire/imports/<int:pk>": lambda school: {"pk": school.change.school_run_id},
        }.items()
    },
    "etablissement/comptes/equipe/<int:pk>": lambda school: {"pk": school.memberships["local_admin"].pk},
    "classe/groupes/<int:pk>/comptes/<int:student>": lambda school: {
        "pk": school.group.pk,
        "student": school.memberships["student"].pk,
    },
    "api/v1/accounts/<int:pk>": lambda school: {"pk": school.memberships["student"].pk},
    "api/v1/cases/<int:pk>": lambda school: {"pk": school.case.pk},
    "etablissement/devoirs/seuil/<int:pk>": lambda school: {"pk": school.establishment.pk},
    "eleve/devoirs/<int:pk>": lambda school: {"pk": school.homework.pk},
    "eleve/copies/<uuid:key>": lambda school: {"key": school.progress_file.key},
    "famille/enfants/<int:student>/devoirs/": lambda school: {"student": school.memberships["student"].pk},
    "famille/enfants/<int:student>/devoirs/<int:pk>": lambda school: {
        "student": school.memberships["student"].pk,
        "pk": school.homework.pk,
    },
    "eleve/cours/<int:pk>": lambda school: {"pk": school.course.pk},
    "eleve/ressources/<int:pk>": lambda school: {"pk": school.resource.pk},
    "famille/enfants/<int:student>/cours/": lambda school: {"student": school.memberships["student"].pk},
    "famille/enfants/<int:student>/cours/<int:pk>": lambda school: {
        "student": school.memberships["student"].pk,
        "pk": school.course.pk,
    },
    "famille/enfants/<int:student>/ressources/<int:pk>": lambda school: {
        "student": school.memberships["student"].pk,
        "pk": school.resource.pk,
    },
    "classe/cours/<int:pk>": lambda school: {"pk": school.course.pk},
    "classe/dossiers/<int:pk>": lambda school: {"pk": school.folder.pk},
    "classe/ressources/<int:pk>": lambda school: {"pk": school.resource.pk},
    "etablissement/cours/<int:pk>": lambda school: {"pk": school.course.pk},
    "etablissement/ressources/<int:pk>": lambda school: {"pk": school.resource.pk},
    "fichiers/ressources/<uuid:key>": lambda school: {"key": school.resource_file.key},
    "api/v1/courses/<int:pk>": lambda school: {"pk": school.course.pk},
    "api/v1/folders/<int:pk>": lambda school: {"pk": school.folder.pk},
    "api/v1/resources/<int:pk>": lambda school: {"pk": school.resource.pk},
    "api/v1/resource-files/<uuid:key>": lambda school: {"key": school.resource_file.key},
    "admin/pedagogy/course/<path:object_id>": lambda school: {"object_id": school.course.pk},
    "classe/cahier/seances/<int:pk>": lambda school: {"pk": school.entry.lesson_id},
    "classe/cahier/creneaux/<int:pk>/<str:day>": lambda school: {
        "pk": school.slot.pk,
        "day": (school.lesson.on + timedelta(days=7)).isoformat(),
    },
    "classe/cahier/contenus/<int:pk>": lambda school: {"pk": school.entry.pk},
    "famille/enfants/<int:student>/cahier/": lambda school: {"student": school.memberships["student"].pk},
    "fichiers/cahier/<uuid:key>": lambda school: {"key": school.lesson_file.key},
    "api/v1/lesson-entries/<int:pk>": lambda school: {"pk": school.entry.pk},
    "api/v1/lesson-files/<uuid:key>": lambda school: {"key": school.lesson_file.key},
    "famille/enfants/<int:student>/agenda/": lambda school: {"student": school.memberships["student"].pk},
    "etablissement/agenda/classes/<int:pk>": lambda school: {"pk": school.group.pk},
    "etablissement/agenda/enseignants/<int:pk>": lambda school: {"pk": school.memberships["teacher"].pk},
    "etablissement/agenda/creneaux/<int:pk>": lambda school: {"pk": school.slot.pk},
    "etablissement/agenda/seances/<int:pk>": lambda school: {"pk": school.lesson.pk},
    "etablissement/agenda/import/<int:pk>": lambda school: {"pk": school.timetable_import.pk},
    "etablissement/agenda/salles/<int:pk>": lambda school: {"pk": school.slot.room_id},
    "classe/groupes/<int:pk>": lambda school: {"pk": school.group.pk},
    "classe/devoirs/<int:pk>": lambda school: {"pk": school.homework.pk},
    "classe/copies/<int:pk>": lambda school: {"pk": school.progress.pk},
    "fiches/classes/<int:pk>": lambda school: {"pk": school.slips.pk},
    "fiches/personnes/<int:pk>": lambda school: {"pk": school.memberships["student"].pk},
    "nouveautes/<int:pk>": lambda school: {"pk": school.notification.pk},
    "compte/securite/cles/<int:pk>": lambda school: {"pk": 10**9},  # one's own only: nobody of the cast has one
    "fichiers/devoirs/<uuid:key>": lambda school: {"key": school.homework_file.key},
    "fichiers/copies/<uuid:key>": lambda school: {"key": school.progress_file.key},
    "fichiers/corrections/<uuid:key>": lambda school: {"key": school.correction_file.key},
    "api/v1/establishments/<int:pk>": lambda school: {"pk": school.establishment.pk},
    "etablissement/groupes/<int:pk>": lambda school: {"pk": school.project.pk},
    "etablissement/photos/<int:pk>": lambda school: {"pk": school.memberships["student"].pk},
    "fichiers/photos/<uuid:key>": lambda school: {"key": school.portrait.key},
    "etablissement/comptes-a-la-main/<int:pk>": lambda school: {"pk": school.hand_made.pk},
    "api/v1/hand-made-accounts/<int:pk>": lambda school: {"pk": school.hand_made.pk},
    "admin/establishments/handmade/<path:object_id>": lambda school: {"object_id": school.hand_made.pk},
    "api/v1/hand-made-groups/<int:pk>": lambda school: {"pk": school.project.pk},
    "api/v1/directory-quality/<int:pk>": lambda school: {"pk": school.establishment.pk},
    "api/v1/directory-runs/<int:pk>": lambda school: {"pk": school.change.school_run_id},
    "api/v1/groups/<int:pk>": lambda school: {"pk": school.group.pk},
    "api/v1/homework/<int:pk>": lambda school: {"pk": school.homework.pk},
    "api/v1/homework-files/<uuid:key>": lambda school: {"key": school.homework_file.key},
    "api/v1/class-photos/<int:pk>": lambda school: {"pk": school.group.pk},
    "api/v1/student-photos/<int:pk>": lambda school: {"pk": school.memberships["student"].pk},
    "api/v1/photo-files/<uuid:key>": lambda school: {"key": school.portrait.key},
    "api/v1/progress/<int:pk>": lambda school: {"pk": school.progress.pk},
    "api/v1/progress-files/<uuid:key>": lambda school: {"key": school.progress_file.key},
    "api/v1/correction-files/<uuid:key>": lambda school: {"key": school.correction_file.key},
    "admin/establishments/establishment/<path:object_id>": lambda school: {"object_id": school.establishment.pk},
    "admin/establishments/importrun/<path:object_id>": lambda school: {"object_id": school.change.school_run.run_id},
    "admin/establishments/schoolrun/<path:object_id>": lambda school: {"object_id": school.change.school_run_id},
    "admin/establishments/group/<path:object_id>": lambda school: {"object_id": school.group.pk},
    "admin/establishments/membership/<path:object_id>": lambda school: {"object_id": school.memberships["student"].pk},
    "admin/establishments/guardianship/<path:object_id>": lambda school: {"object_id": school.guardianship.pk},
}

# What takes an argument and is no school's, with the reason.
OF_NO_SCHOOL = {
    "<slug:slug>/": "a space",
    "agenda/<str:token>.ics": "of a person, by the secret of its address",
    "connexion/<slug:slug>/": "an identity provider",
    "admin/accounts/identityprovider/": "the rectorate's, across schools",
    "admin/auth/group/": "rights in the administration",
    "admin/accounts/user/": "a login and a name, global",
    "admin/mfa/authenticator/": "of a login",
    "compte/securite/cles/": "of a login",
    "admin/establishments/authority/": "public",
    "admin/establishments/competence/": "public",
    "admin/establishments/holiday/": "national",
    "admin/establishments/supporthub/": "public",
    "admin/establishments/mandate/": "across schools",
    "admin/establishments/schoolyear/": "national",
    "admin/establishments/subject/": "national",
    "admin/r/": "leads to an object's page on the site: no model has one",
    "admin/^(?P<app_label>": "the models of an app",
    "admin/(?P<url>": "whatever is not a page of the administration",
}

ARGUMENT = re.compile(r"<(?:\w+:)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>.*?\)(?=/?\$)")


@dataclass(frozen=True)
class Route:
    """One pattern, as it is written in the `urls.py`."""

    pattern: str
    view: Any

    @property
    def arguments(self) -> set[str]:
        return {argument["name"] or argument["group"] for argument in ARGUMENT.finditer(self.pattern)}

    @property
    def is_of_a_school(self) -> bool:
        return bool(self.arguments) and not self.pattern.startswith(tuple(OF_NO_SCHOOL))

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith("admin/")

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    def url(self, **arguments: Any) -> str:
        path = ARGUMENT.sub(lambda found: str(arguments[found["name"] or found["group"]]), self.pattern)
        return "/" + path.replace("^", "").replace("$", "")

    def url_in(self, school: School) -> str:
        """With the objects of that school, if it takes any."""
        return self.url(**(self.objects_in(school) if self.arguments else {}))

    def objects_in(self, school: School) -> dict[str, Any]:
        for beginning, objects in OBJECTS.items():
            if self.pattern.startswith(beginning) and objects(school).keys() == self.arguments:
                return objects(school)
        raise LookupError(f"tests/routes.py does not say which object of a school /{self.pattern} is about.")


def all_routes() -> list[Route]:
    return list(_walk(get_resolver()))


def _walk(resolver: URLResolver, beginning: str = "") -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        route = beginning + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Route(route, pattern.callback)
        else:
            yield from _walk(pattern, route)
