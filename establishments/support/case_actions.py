"""What is done with a case: opened, taken, handed on, closed. As in `actions`, the right of `by` is checked inside."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit.actions import record
from accounts.models import User
from ent.portal.rights import require
from ent.tenancy.scope import tenant_scope
from establishments.people.models import Membership
from establishments.support.models import Case, CaseNote
from establishments.territory.models import Establishment

MOST_PENDING = 5  # cases that one person may have open at once


@transaction.atomic
def open_case(
    *, membership: Membership, by: User, kind: str, level: str, description: str = "", contact: str = ""
) -> Case:
    """Ask for help for somebody: for oneself, one's child, one's student, or as a desk."""
    require(by, "establishments.case.open", membership)
    if Case.objects.pending().filter(opened_by=by, person=membership.user).count() >= MOST_PENDING:
        raise ValidationError(_("Vos demandes sont déjà en cours : la réponse arrive."), code="too_many")
    case = Case(
        establishment_id=membership.establishment_id,
        kind=kind,
        level=level,
        person=membership.user,
        contact=contact,
        description=description,
        opened_by=by,
    )
    case.full_clean(validate_unique=False, exclude=["establishment", "taken_by"])
    case.save()
    return case


def open_case_for_unknown(
    *, establishment_id: int, claimed_name: str, contact: str = "", description: str = "", data: dict[str, Any]
) -> Case:
    """Somebody came by their identity provider and the directory does not know them: the hub will look.

    Nobody is signed in. Coming again does not open a second case.
    """
    with tenant_scope([establishment_id]):
        known: Case | None = (
            Case.objects.pending()
            .filter(establishment=establishment_id, kind=Case.Kind.UNKNOWN, claimed_name=claimed_name[:310], data=data)
            .first()
        )
        if known:
            return known
        created: Case = Case.objects.create(
            establishment_id=establishment_id,
            kind=Case.Kind.UNKNOWN,
            level=_first_level(establishment_id),
            claimed_name=claimed_name[:310],
            contact=contact[:200],
            description=description[:2_000],
            data=data,
        )
        return created


def _first_level(establishment_id: int) -> str:
    """The hub; the academy when the school has none."""
    has_hub = Establishment.objects.filter(pk=establishment_id, hub__isnull=False).exists()
    return Case.Level.HUB if has_hub else Case.Level.ACADEMY


@transaction.atomic
def take(*, case: Case, by: User) -> None:
    """Say that one deals with it, so that nobody else does."""
    _require_open(case, by)
    case.state, case.taken_by = Case.State.TAKEN, by
    case.save(update_fields=["state", "taken_by"])


@transaction.atomic
def add_note(*, case: Case, by: User, text: str) -> CaseNote:
    require(by, "establishments.case.view", case)
    if not text.strip():
        raise ValidationError({"text": _("Écrivez la note.")})
    note: CaseNote = CaseNote.objects.create(
        establishment_id=case.establishment_id, case=case, author=by, text=text.strip()
    )
    return note


@transaction.atomic
def escalate(*, case: Case, by: User, text: str) -> None:
    """Hand it to the hub, then to the academy, with what has been tried."""
    _require_open(case, by)
    if case.level == Case.Level.ACADEMY:
        raise ValidationError(_("Cette demande est déjà à l’académie."), code="top")
    add_note(case=case, by=by, text=text)
    from_school = case.level == Case.Level.SCHOOL
    case.level = _first_level(case.establishment_id) if from_school else Case.Level.ACADEMY
    case.state, case.taken_by = Case.State.OPEN, None
    case.save(update_fields=["level", "state", "taken_by"])
    _record_case("cases.escalate", case, by, text)


@transaction.atomic
def close(*, case: Case, by: User, resolution: str) -> None:
    """End it with an answer, which whoever opened it reads."""
    _require_open(case, by)
    if not resolution.strip():
        raise ValidationError({"resolution": _("Dites ce qui a été fait.")})
    case.state, case.closed_at, case.resolution = Case.State.CLOSED, timezone.now(), resolution.strip()
    case.taken_by = case.taken_by or by
    case.save(update_fields=["state", "closed_at", "resolution", "taken_by"])
    _record_case("cases.close", case, by, resolution)


def _require_open(case: Case, by: User) -> None:
    require(by, "establishments.case.handle", case)
    if case.state == Case.State.CLOSED:
        raise ValidationError(_("Cette demande est déjà close."), code="closed")


def _record_case(verb: str, case: Case, by: User, reason: str) -> None:
    record(
        verb=verb,
        by=by,
        establishment_id=case.establishment_id,
        person=case.person,
        reason=reason.strip()[:300],
        case=case.pk,
    )
