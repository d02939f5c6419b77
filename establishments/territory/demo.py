"""Authorities and hubs of the demonstration, and their agents."""

from __future__ import annotations

from django.contrib.auth.models import Group as AdminGroup
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from accounts.models import User
from ent.demonstration import PASSWORD
from establishments.people.models import Mandate
from establishments.territory.calendar import write_the_calendar
from establishments.territory.competences import Competences, write_the_law
from establishments.territory.departments import NAMES
from establishments.territory.models import Authority, Establishment, SupportHub

DEPARTMENTS = ["009", "012", "031", "032", "046", "065", "081", "082"]  # of the academy of Toulouse
OTHER_PORTAL = "031"  # the collèges of Haute-Garonne have another one
RECTORATE = "Administration du rectorat"
MANAGED = [
    "authority", "competence", "establishment", "group", "guardianship", "handmade", "holiday", "importrun",
    "mandate", "membership", "providerfor", "schoolrun", "schoolyear", "subject", "supporthub",
]  # fmt: skip


def load() -> None:
    academy = Authority.objects.filter(kind=Authority.Kind.ACADEMY).earliest("pk")
    # Other academies come by other feeds: their schools have other authorities and other hubs.
    schools = Establishment.objects.filter(academy=academy)
    write_the_calendar()
    _attach_to_authorities(schools)
    hubs = _share_among_hubs(schools)
    department = Authority.objects.filter(kind=Authority.Kind.DEPARTMENT, local_establishments__isnull=False).first()
    _agent("agent.pole", "Odile", "Lacaze", hub=hubs[0])
    _agent("agent.departement", "Bernard", "Pujol", authority=department)
    rectorate = _agent("admin.rectorat", "Mireille", "Escande", authority=academy)
    rectorate.groups.add(_rectorate_group())
    User.objects.filter(pk=rectorate.pk).update(is_staff=True)


def _attach_to_authorities(schools: QuerySet[Establishment]) -> None:
    """Each school to whoever the law says is competent for it."""
    region, _ = Authority.objects.get_or_create(
        kind=Authority.Kind.REGION, code="76", defaults={"name": "Région Occitanie"}
    )
    service, _ = Authority.objects.get_or_create(
        kind=Authority.Kind.AGRICULTURE, code="76", defaults={"name": "DRAAF Occitanie"}
    )
    here = schools.filter(department__in=DEPARTMENTS).order_by().values_list("department", flat=True).distinct()
    local = [
        Authority.objects.get_or_create(
            kind=Authority.Kind.DEPARTMENT,
            code=code,
            defaults={"name": NAMES[code], "is_partner": code != OTHER_PORTAL},
        )[0]
        for code in sorted(here)
    ]
    write_the_law([region, service, *local])
    competences = Competences()
    for school in schools.filter(local_authority=None):
        school.local_authority = competences.local_authority(school)
        school.save(update_fields=["local_authority"])


def _share_among_hubs(schools: QuerySet[Establishment]) -> list[SupportHub]:
    hubs = [SupportHub.objects.get_or_create(name=f"Pôle d’appui {name}")[0] for name in ("Nord", "Sud")]
    for rank, school in enumerate(schools.filter(hub=None).order_by("uai")):
        Establishment.objects.filter(pk=school.pk).update(hub=hubs[rank % len(hubs)])
    return hubs


def _agent(username: str, first_name: str, last_name: str, **mandate: object) -> User:
    user, created = User.objects.get_or_create(
        username=username, defaults={"first_name": first_name, "last_name": last_name}
    )
    if created:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    Mandate.objects.get_or_create(user=user, **mandate)
    return user


def _rectorate_group() -> AdminGroup:
    group, created = AdminGroup.objects.get_or_create(name=RECTORATE)
    if created:
        group.permissions.set(
            Permission.objects.filter(content_type__app_label="establishments", content_type__model__in=MANAGED)
            | Permission.objects.filter(codename__in=["view_user", "view_authenticator", "delete_authenticator"])
            | Permission.objects.filter(content_type__app_label="accounts", content_type__model="identityprovider")
        )
    return group
