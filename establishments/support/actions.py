"""What a desk does. Each function checks the right of `by`, is atomic, and leaves its trace in the trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts.audit.actions import record, record_elsewhere
from accounts.audit.models import AuditEvent
from accounts.credentials.actions import issue_code
from accounts.models import OneTimeCode, User
from accounts.second_factor import actions as factors
from accounts.sessions.actions import end_everywhere
from accounts.sign_in.throttle import forget_attempts
from ent.portal.rights import require
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.doors.actions import apply_doors
from establishments.people.models import Membership, Role
from establishments.people.proofs import proof_of
from establishments.people.reach import reach_of, schools_of
from establishments.support import tasks
from establishments.support.merging import move_person
from establishments.support.permissions import DESK

MOST_UNLOCKS, UNLOCKS_PER = 3, timedelta(hours=1)  # of one account, by whomever
APPOINTABLE = frozenset({Role.STAFF, Role.TEACHER})


# --- The account of one person --------------------------------------------------------------------------------


def last_code_of(user: User) -> int:
    """The latest code that was issued to the person; 0 when there was none."""
    return OneTimeCode.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def reset(
    *, membership: Membership, by: User, reason: str, identity_checked: Sequence[str], after: int | None = None
) -> str:
    """Give the person a one-time code, which is returned once and kept nowhere in clear.

    `after` is the latest code that the form knew of: when another has been issued since, by a colleague or by
    this very form sent twice, nothing is done.
    """
    require(by, "establishments.accounts.reset_student", membership)
    refuse_power_elsewhere(membership, by)
    user = membership.user
    if not identity_checked:
        raise ValidationError(_("Vérifiez d’abord l’identité de la personne."), code="identity")
    if not user.is_active:
        raise ValidationError(_("Ce compte est fermé : un code n’y changerait rien."), code="closed")
    if proof_of(user.pk, membership.establishment_id, before_opening=True) is None:
        raise ValidationError(
            _(
                "Aucun code ne marcherait ici : la personne n’est plus de l’établissement, son accès y est bloqué, ou"
                " la date de naissance qui prouve son identité manque dans l’annuaire."
            ),
            code="no_proof",
        )
    if after is not None and after != last_code_of(user):
        raise ValidationError(
            _("Un code vient d’être donné à cette personne. Il n’est montré qu’une fois."), code="seen"
        )
    purpose = OneTimeCode.Purpose.RESET if user.activated_at else OneTimeCode.Purpose.ACTIVATION
    code = issue_code(user=user, purpose=purpose, establishment_id=membership.establishment_id, by=by)
    if not _unlocked_too_often(membership):
        forget_attempts(user.username)
    _record_account("credentials.reset", membership, by, reason, purpose=str(purpose), identity=list(identity_checked))
    _tell(membership, "reset")
    return code


@transaction.atomic
def unlock(*, membership: Membership, by: User) -> None:
    """Forget the failed attempts: the person may try again at once, with the password that they have.

    So many times an hour: each gives whoever guesses five more tries.
    """
    require(by, "establishments.accounts.reset", membership)
    refuse_power_elsewhere(membership, by)
    User.objects.select_for_update(no_key=True).get(pk=membership.user_id)  # so that two at once are counted
    if _unlocked_too_often(membership):
        raise ValidationError(
            _("Déverrouillé plusieurs fois en une heure : donnez plutôt un code, le mot de passe n’est pas le bon."),
            code="too_many",
        )
    forget_attempts(membership.user.username)
    _record_account("accounts.unlock", membership, by, _("À la demande de la personne"))


def _unlocked_too_often(membership: Membership) -> bool:
    """By any school: each writes it into the trails of all."""
    acts = AuditEvent.objects.filter(
        establishment=membership.establishment_id,
        person=membership.user_id,
        verb__in=["accounts.unlock", "credentials.reset"],
        at__gt=timezone.now() - UNLOCKS_PER,
    )
    return bool(acts.count() >= MOST_UNLOCKS)


@transaction.atomic
def set_blocked(*, membership: Membership, by: User, blocked: bool, reason: str) -> None:
    """Close or open this school's door to the person; what they are elsewhere is untouched."""
    require(by, "establishments.accounts.reset", membership)
    membership.is_suspended = blocked
    membership.save(update_fields=["is_suspended"])
    apply_doors(establishment_id=membership.establishment_id)
    membership.refresh_from_db(fields=["is_blocked"])
    _record("accounts.block" if blocked else "accounts.unblock", membership, by, reason)


@transaction.atomic
def set_closed(*, membership: Membership, by: User, closed: bool, reason: str) -> None:
    """Close or open the account itself, in all schools."""
    require(by, "establishments.accounts.close", membership)
    refuse_power_elsewhere(membership, by)
    membership.user.is_active = not closed
    membership.user.save(update_fields=["is_active"])
    if closed:  # or whoever had stolen them would be back on the day it opens again
        end_everywhere(users=[membership.user])
    _record_account("accounts.close" if closed else "accounts.reopen", membership, by, reason)


@transaction.atomic
def remove_second_factor(*, membership: Membership, by: User, reason: str, identity_checked: Sequence[str]) -> None:
    """For who lost their phone or key: their password is enough again, until they add another."""
    require(by, "establishments.accounts.remove_second_factor", membership)
    refuse_power_elsewhere(membership, by)
    if not identity_checked:
        raise ValidationError(_("Vérifiez d’abord l’identité de la personne."), code="identity")
    removed = factors.remove_second_factor(
        user=membership.user,
        by=by,
        establishment_id=membership.establishment_id,
        reason=reason,
        identity_checked=identity_checked,
    )
    if not removed:
        raise ValidationError(_("Cette personne n’a pas de second facteur ici."), code="none")


def refuse_power_elsewhere(membership: Membership, by: User) -> None:
    """Whoever gets into an account gets all that it opens: also the school that its owner heads elsewhere.

    The desk's scope does not show that school, the person's own does.
    """
    own = sorted(reach_of(by).establishments)
    with person_scope(membership.user), scopes_disabled():
        held = Membership.objects.filter(user=membership.user_id)
        powers = [Role.HEAD, Role.LOCAL_ADMIN]
        here = held.current().filter(establishment__in=own)
        # A colleague shared by two schools is helped by both; a parent is not, nor who has left for the other one.
        if not here.filter(role__in=[*powers, Role.TEACHER, Role.STAFF]).exists():
            powers += [Role.TEACHER, Role.STAFF]
        found = held.filter(role__in=powers).exclude(establishment__in=own).exists()
    if found:
        raise ValidationError(
            _("Ce compte a des droits que vous n’avez pas : transmettez la demande à l’académie."), code="above"
        )


def _record(verb: str, membership: Membership, by: User, reason: str, **data: Any) -> None:
    record(
        verb=verb,
        by=by,
        establishment_id=membership.establishment_id,
        person=membership.user,
        reason=reason,
        role=membership.role,
        **data,
    )


def _record_account(verb: str, membership: Membership, by: User, reason: str, **data: Any) -> None:
    """What was done to the account itself concerns all the schools that it opens."""
    _record(verb, membership, by, reason, **data)
    record_elsewhere(verb=verb, by=by, person=membership.user, known=[membership.establishment_id])


def _tell(membership: Membership, what: str) -> None:
    # Robust: without the broker the code is still shown, and the notice at the next sign-in still stands.
    send = partial(tasks.tell.delay, establishments=[membership.establishment_id], membership=membership.pk, what=what)
    transaction.on_commit(send, robust=True)


# --- The local team -------------------------------------------------------------------------------------------


@transaction.atomic
def appoint(*, membership: Membership, by: User, reason: str) -> Membership:
    """Make one of the school's staff or teachers a local administrator too, for as long as they are here."""
    require(by, "establishments.deputies.manage", membership)
    if membership.role not in APPOINTABLE:
        raise ValidationError(_("On nomme un membre du personnel ou un enseignant."), code="role")
    if not Membership.objects.not_ended().filter(pk=membership.pk).exists():
        raise ValidationError(_("Cette personne n’est plus de l’établissement."), code="left")
    deputy: Membership
    deputy, _created = Membership.objects.update_or_create(
        establishment_id=membership.establishment_id,
        user_id=membership.user_id,
        role=Role.LOCAL_ADMIN,
        defaults={"ends_on": membership.ends_on},
    )
    # Somebody kept out as a local administrator stays so until it is lifted: appointing is not that act.
    apply_doors(establishment_id=membership.establishment_id)
    deputy.refresh_from_db(fields=["is_blocked", "opens_on"])
    _record("deputies.appoint", membership, by, reason)
    return deputy


@transaction.atomic
def dismiss(*, membership: Membership, by: User, reason: str) -> None:
    """End somebody's time as a local administrator; what else they are in the school stays."""
    require(by, "establishments.deputies.manage", membership)
    if membership.role != Role.LOCAL_ADMIN:
        raise ValidationError(_("Cette personne n’est pas administrateur local."), code="role")
    if membership.user_id == by.pk:
        raise ValidationError(_("Demandez à un collègue de mettre fin à votre propre rôle."), code="self")
    membership.ends_on = timezone.localdate() - timedelta(days=1)
    membership.save(update_fields=["ends_on"])
    _record("deputies.dismiss", membership, by, reason)


# --- Duplicates -----------------------------------------------------------------------------------------------


@transaction.atomic
def merge_people(*, keep: User, drop: User, by: User, reason: str, establishment_id: int) -> None:
    """Make one person of two: all that `drop` is and did becomes `keep`'s, and `drop` can no longer come in.

    Refused when `drop` belongs to a school that `by` has no desk for: what is there cannot be seen, nor moved.
    """
    if keep.pk == drop.pk:
        raise ValidationError(_("C’est la même personne."), code="same")
    schools = schools_of(drop, ended=True)
    for membership in [*_memberships_here(keep, by), *_memberships_here(drop, by)]:
        require(by, "establishments.accounts.reset", membership)
        refuse_power_elsewhere(membership, by)
    if not schools <= _desk_schools(by):
        raise ValidationError(
            _("L’un des comptes est aussi dans un établissement que vous ne suivez pas : transmettez à l’académie."),
            code="out_of_scope",
        )
    with tenant_scope(schools | (schools_of(keep, ended=True) & _desk_schools(by))):
        moved = move_person(keep=keep, drop=drop)
        for school in sorted(schools | {establishment_id}):
            record(
                verb="accounts.merge",
                by=by,
                establishment_id=school,
                person=keep,
                reason=reason,
                dropped=drop.pk,
                dropped_login=drop.username,
                moved=moved,
            )
    record_elsewhere(verb="accounts.merge", by=by, person=keep, known=schools | {establishment_id})


def _memberships_here(user: User, by: User) -> list[Membership]:
    here = Membership.objects.filter(user=user, establishment__in=_desk_schools(by)).select_related("user")
    found = list(here.order_by("pk")[:1])
    if not found:
        raise ValidationError(_("Cette personne n’est pas dans vos établissements."), code="out_of_scope")
    return found


def _desk_schools(by: User) -> frozenset[int]:
    return frozenset(reach_of(by).where(*DESK))
