"""Codes and passwords. Whose code somebody may give is decided above this floor, by whoever calls `issue_code`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.models import AuthToken

from accounts.audit.actions import record, record_elsewhere
from accounts.credentials import codes, recovery, tasks
from accounts.credentials.models import LASTS, OneTimeCode
from accounts.credentials.proofs import Proof, proof_of
from accounts.identity.models import User
from ent.tenancy.scope import person_scope, tenant_scope


@dataclass(frozen=True)
class Ticket:
    """A code that may be used, and what its holder must know besides."""

    code: OneTimeCode
    proof: Proof


class CodeRefusedError(ValidationError):
    """Unknown, used, too old, burnt, or of somebody who has left: nobody is told which."""

    def __init__(self) -> None:
        super().__init__(
            _("Ce code n’est pas valable. Relisez-le, ou demandez une nouvelle fiche à l’établissement."),
            code="code_refused",
        )


def issue_code(*, user: User, purpose: str, establishment_id: int, by: User | None, reason: str = "") -> str:
    """Make a code and return it as it is printed; it cannot be read again. Those given before are void.

    The school's scope is open, and the right of `by` was checked: this floor knows no school.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once would leave two good codes
        OneTimeCode.objects.filter(user=user, purpose=purpose, used_at__isnull=True).delete()
        code = codes.new_code()
        OneTimeCode.objects.create(
            user=user,
            purpose=purpose,
            digest=codes.digest(code),
            establishment=establishment_id,
            issued_by=by,
            expires_at=expiry_of(purpose),
        )
        record(
            verb="credentials.code_issued",
            by=by,
            establishment_id=establishment_id,
            person=user,
            reason=reason,
            purpose=str(purpose),
        )
        record_elsewhere(verb="credentials.code_issued", by=by, person=user, known=[establishment_id])
    return codes.grouped(code)


def expiry_of(purpose: str) -> datetime:
    return timezone.now() + LASTS[purpose]


# --- Using a code ---------------------------------------------------------------------------------------------


def find_code(*, typed: str) -> Ticket | None:
    """The usable code that was typed."""
    rows = OneTimeCode.objects.filter(digest__in=codes.digests(codes.normalised(typed)))
    return _ticket(rows.select_related("user").order_by().first())


def ticket_of(*, code_id: int) -> Ticket | None:
    """The code found before, if it may still be used."""
    return _ticket(OneTimeCode.objects.select_related("user").filter(pk=code_id).order_by().first())


def _ticket(code: OneTimeCode | None) -> Ticket | None:
    # The same statements whether the code is known or not, so that time tells nothing.
    proof = proof_of(code.user_id, code.establishment) if code else proof_of(0, 0)
    if code is None or proof is None or not code.is_usable or not code.user.is_active:
        return None
    return Ticket(code, proof)


@transaction.atomic
def check_identity(*, code_id: int, answer: str) -> bool:
    """Does the answer prove who holds the code? A wrong one counts, and the fifth burns the code.

    Raises CodeRefusedError when the code may not be used any more.
    """
    ticket = lock_code(code_id=code_id)
    if ticket.proof.holds(answer):
        return True
    code = ticket.code
    code.failures += 1
    code.save(update_fields=["failures"])
    if not code.is_usable:
        with tenant_scope([code.establishment]):
            record(verb="credentials.code_burnt", by=None, establishment_id=code.establishment, person=code.user)
    return False


@transaction.atomic
def redeem(*, code_id: int, password: str, email: str = "", phone: str = "") -> User:
    """Choose the password that the code gives a right to, once; who held it was checked by `check_identity`.

    Raises CodeRefusedError, or a ValidationError about the password, after which the code is still good.
    """
    ticket = lock_code(code_id=code_id)
    user = ticket.code.user
    with tenant_scope([ticket.code.establishment]):
        use(ticket=ticket)
        given = {name: value for name, value in (("email", email), ("phone", phone)) if value}
        for name, value in given.items():
            setattr(user, name, value)
        user.save(update_fields=list(given))
        if email:
            _tell(tasks.send_address_link, user=user.pk)
        set_password(user=user, password=password, by=user, establishment_id=ticket.code.establishment)
    return user


def use(*, ticket: Ticket) -> None:
    """Mark it used. Its row is locked, so that of two who come at once one is refused."""
    ticket.code.used_at = timezone.now()
    ticket.code.save(update_fields=["used_at"])


def lock_code(*, code_id: int) -> Ticket:
    """The code, held until the end of the transaction. Raises CodeRefusedError when it may not be used."""
    rows = OneTimeCode.objects.select_for_update(of=("self",)).select_related("user")
    ticket = _ticket(rows.filter(pk=code_id).order_by().first())
    if ticket is None:
        raise CodeRefusedError
    return ticket


# --- Passwords and addresses ----------------------------------------------------------------------------------


@transaction.atomic
def set_password(*, user: User, password: str, by: User | None, establishment_id: int | None = None) -> None:
    """Give the account a password: other sessions, tokens and codes of the person end, and they are told.

    Sessions carry a hash of the password, so that those of elsewhere die by themselves; whoever goes on in this one
    renews it. Audited in the school named and in all those of the person. Raises ValidationError for a weak password.
    """
    validate_password(password, user)
    user.set_password(password)
    user.must_change_password = False
    user.activated_at = user.activated_at or timezone.now()
    user.save(update_fields=["password", "must_change_password", "activated_at"])
    AuthToken.objects.filter(user=user).delete()
    OneTimeCode.objects.filter(user=user, used_at__isnull=True).delete()
    _record("credentials.password_set", user=user, by=by, establishment_id=establishment_id)
    _tell(tasks.tell_password_set, user=user.pk)


@transaction.atomic
def recover(*, secret: str, password: str) -> User:
    """Choose a password by the link that was mailed. Raises CodeRefusedError when it is not good, or not any more."""
    user = recovery.person_of(secret, lock=True)
    if user is None:
        raise CodeRefusedError
    with person_scope(user):
        set_password(user=user, password=password, by=user)
    return user


@transaction.atomic
def set_contact(*, user: User, by: User, email: str, phone: str) -> None:
    """Where one may be reached. The old address is told of the new one, without naming it.

    The new one opens nothing until the link that is mailed to it was followed.
    """
    old = user.email
    user.email, user.phone = email, phone
    user.save(update_fields=["email", "phone"])
    if old != email:
        _record("credentials.email_set", user=user, by=by)
        if old:
            _tell(tasks.tell_address_changed, address=old)
        if email:
            _tell(tasks.send_address_link, user=user.pk)


@transaction.atomic
def confirm_address(*, secret: str) -> User:
    """The address that the link was mailed to may serve from now on. Raises CodeRefusedError when it is not good."""
    user = recovery.owner_of_address(secret)
    if user is None:
        raise CodeRefusedError
    user.verified_email = user.email
    user.save(update_fields=["verified_email"])
    _record("credentials.email_verified", user=user, by=user)
    return user


def _record(verb: str, *, user: User, by: User | None, establishment_id: int | None = None) -> None:
    known = [establishment_id] if establishment_id else []
    for school in known:
        record(verb=verb, by=by, establishment_id=school, person=user)
    record_elsewhere(verb=verb, by=by, person=user, known=known)


def _tell(task: Any, **what: Any) -> None:
    # Robust: a broker that is down undoes nothing, and the page that has changed is told of on the spot.
    transaction.on_commit(partial(task.delay, **what), robust=True)
