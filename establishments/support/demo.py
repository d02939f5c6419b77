"""Help of the demonstration: what people ask the desks, somebody kept out, a code that was given."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.people.models import FormTeacher, Guardianship, Membership, Role
from establishments.support import actions, case_actions
from establishments.support.models import Case
from establishments.territory import demo as territory
from establishments.territory.models import Establishment


def load() -> None:
    """Cases at the three levels for the schools of the demonstration's hub agent, once."""
    territory.load()  # which makes the agents; features load in the order of their names
    agent = User.objects.get(username="agent.pole")
    schools = list(Establishment.objects.filter(hub__mandates__user=agent).order_by("uai"))
    with tenant_scope(schools):
        if Case.objects.exists():
            return
        admins = Membership.objects.filter(role=Role.LOCAL_ADMIN).select_related("user")
        admin = admins.order_by("pk").first() or _appoint(schools[0])
        school = admin.establishment_id
        wards = Guardianship.objects.filter(establishment=school, is_legal=True)
        ward = wards.select_related("student__user", "guardian__user").order_by("pk").first()
        students = list(_students_of(school)[:6])
        taught = FormTeacher.objects.filter(establishment=school).select_related("membership__user").order_by("pk")
        class_of = next((row for row in taught if row.group.students.exists()), None)
        in_class = class_of.group.students.select_related("membership__user").first() if class_of else None
    _ask(ward.student, by=ward.guardian.user, level=Case.Level.SCHOOL, text=FAMILY, contact="06 12 34 56 78")
    if class_of and in_class:
        _ask(in_class.membership, by=class_of.membership.user, level=Case.Level.SCHOOL, text=TEACHER)
    _ask(students[0], by=admin.user, level=Case.Level.HUB, text=SCHOOL)
    escalated = _ask(students[1], by=admin.user, level=Case.Level.HUB, text=TWICE, kind=Case.Kind.WRONG_DATA)
    closed = _ask(students[2], by=admin.user, level=Case.Level.HUB, text=SCHOOL)
    for age, place in enumerate(schools[:2], start=1):
        _unknown(place.pk, age)
    with person_scope(agent):
        case_actions.escalate(
            case=escalated, by=agent, text="Les deux fiches viennent de l’annuaire : à corriger là-bas."
        )
        case_actions.close(case=closed, by=agent, resolution="Code remis à l’établissement.")
        actions.reset(
            membership=students[2], by=agent, reason="Mot de passe oublié", identity_checked=["birth_date", "class"]
        )
    with person_scope(admin.user):
        actions.set_blocked(membership=students[3], by=admin.user, blocked=True, reason="Compte prêté à un camarade")


FAMILY = "Mon enfant n’arrive plus à se connecter depuis lundi, et je n’ai plus la fiche de rentrée."
TEACHER = "L’élève a changé de téléphone, son mot de passe n’est plus retrouvé."
SCHOOL = "Élève arrivé hier, sa fiche est refusée : « ce code n’est pas valable »."
TWICE = "L’élève est deux fois dans l’annuaire, avec et sans trait d’union."


def _students_of(school: int) -> object:
    rows = Membership.objects.filter(establishment=school, role=Role.STUDENT).select_related("user")
    return rows.order_by("user__sort_name", "pk")


def _appoint(school: Establishment) -> Membership:
    staff = Membership.objects.filter(establishment=school, role=Role.STAFF).order_by("pk").first()
    return Membership.objects.create(establishment=school, user=staff.user, role=Role.LOCAL_ADMIN)


def _ask(
    membership: Membership,
    *,
    by: User,
    level: str,
    text: str,
    kind: str = Case.Kind.CANNOT_SIGN_IN,
    contact: str = "",
) -> Case:
    with person_scope(by):
        case = case_actions.open_case(
            membership=membership, by=by, level=level, kind=kind, description=text, contact=contact
        )
        Case.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(hours=5, minutes=case.pk % 50))
    return case


def _unknown(school: int, age: int) -> None:
    case = case_actions.open_case_for_unknown(
        establishment_id=school,
        claimed_name=["Lucie Fabre", "Amadou Ndiaye"][age - 1],
        description="Connexion réussie chez le fournisseur d’identité, mais personne ne répond dans l’annuaire.",
        data={"Fournisseur": "EduConnect", "Identifiant": f"16-28672{age}"},
    )
    with tenant_scope([school]):
        Case.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(days=age))
