"""Slips of a class or of a person, and a second school's slip for a family that has an account already.

A batch is made in short steps, each in a transaction of its own: so many codes are issued and written into the batch,
sealed, with the step's number. Killed half-way, a step has issued nothing; given out twice, it is done once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from functools import partial

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts.audit.actions import record, record_elsewhere
from accounts.credentials import actions as credentials
from accounts.credentials.models import MOST_FAILURES, OneTimeCode
from accounts.credentials.proofs import CHILD_BIRTH_DATE
from accounts.identity.models import User
from ent.portal.rights import require
from ent.portal.templatetags.portal import of
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.people.models import Group, Guardianship, Membership, Role
from establishments.people.proofs import proof_of
from establishments.people.reach import schools_of
from establishments.slips import tasks
from establishments.slips.drawing import Slip, draw
from establishments.slips.pile import Pile
from establishments.slips.sealing import seal, unseal
from establishments.support.actions import refuse_power_elsewhere
from establishments.support.merging import move_person
from establishments.support.models import SlipBatch
from establishments.territory.models import Establishment

AUDIENCE = (Role.STUDENT, Role.GUARDIAN)
STEP = 8  # slips a step: a second or two
KEPT = timedelta(hours=1)  # from the moment it was asked for
OVERDUE = timedelta(minutes=10)  # after which a step is thought lost, and sent again

UNDER_WAY = (SlipBatch.State.WAITING, SlipBatch.State.RUNNING)


# --- A class --------------------------------------------------------------------------------------------------


@transaction.atomic
def request_slips(
    *, group: Group, roles: Collection[str], by: User, includes_active: bool = False, reason: str = ""
) -> SlipBatch:
    """Ask for the slips of a class: the students', their guardians', or both. Asked twice, it is the same batch."""
    require(by, "establishments.slips.print", group)
    wanted = [str(role) for role in AUDIENCE if role in roles]
    if not wanted:
        raise ValidationError({"roles": _("Dites pour qui : les élèves, leurs responsables.")})
    Group.objects.select_for_update(no_key=True).get(pk=group.pk)  # a double click waits, then finds the first's batch
    same = SlipBatch.objects.filter(group=group, requested_by=by, roles=wanted, includes_active=includes_active)
    known: SlipBatch | None = same.filter(state__in=UNDER_WAY, requested_at__gt=timezone.now() - OVERDUE).first()
    if known:
        return known
    batch: SlipBatch = SlipBatch.objects.create(
        establishment_id=group.establishment_id,
        group=group,
        roles=wanted,
        includes_active=includes_active,
        requested_by=by,
    )
    record(
        verb="slips.request",
        by=by,
        establishment_id=group.establishment_id,
        reason=reason,
        group=group.pk,
        roles=wanted,
    )
    _go_on(batch)
    return batch


def codes_at_stake(*, group: Group, roles: Collection[str], by: User, includes_active: bool = False) -> int:
    """How many codes that were given to this class, and may still be used, these slips would make void."""
    require(by, "establishments.slips.print", group)
    asked = SlipBatch(
        establishment_id=group.establishment_id, group=group, roles=list(roles), includes_active=includes_active
    )
    members = Membership.objects.filter(pk__in=[pk for pk, _what in _people_of(asked)])
    good = OneTimeCode.objects.filter(
        user__in=members.values("user"),
        used_at__isnull=True,
        expires_at__gt=timezone.now(),
        failures__lt=MOST_FAILURES,
    )
    return good.filter(_of_the_purpose_that_is_given()).count()


def _of_the_purpose_that_is_given() -> Q:
    """Of codes: whoever has never come gets one to activate, the others one to reset; the other kind stays good."""
    activation, reset = OneTimeCode.Purpose.ACTIVATION, OneTimeCode.Purpose.RESET
    return Q(purpose=activation, user__activated_at__isnull=True) | Q(purpose=reset, user__activated_at__isnull=False)


@transaction.atomic
def advance(*, batch_id: int, done: int) -> None:
    """The step that follows so many slips. Nothing when another delivery of the message has made it, or makes it."""
    batch = (
        SlipBatch.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("group__establishment", "requested_by")
        .filter(pk=batch_id, done=done, state__in=UNDER_WAY)
        .first()
    )
    if batch is None:
        return
    by = batch.requested_by
    if by is None or not by.has_perm("establishments.slips.print", batch.group):
        _fail(batch)
        return
    pile = Pile.opened(bytes(batch.document)) if batch.document is not None else Pile(list(_people_of(batch)))
    pile.slips += _slips_for(pile.todo[:STEP], by=by)
    pile.todo = pile.todo[STEP:]
    batch.state, batch.document = SlipBatch.State.RUNNING, pile.sealed()
    if not pile.todo:
        batch.state, batch.document = SlipBatch.State.READY, seal(draw(pile.slips)) if pile.slips else None
    batch.done, batch.total = len(pile.slips), len(pile.slips) + len(pile.todo)
    batch.save(update_fields=["state", "done", "total", "document"])
    if pile.todo:
        _go_on(batch)


@transaction.atomic
def collect(*, batch: SlipBatch, by: User) -> bytes:
    """The PDF, once, for whoever asked, within the hour. Raises ValidationError when it is there no more."""
    require(by, "establishments.slips.follow", batch)
    row = SlipBatch.objects.select_for_update().get(pk=batch.pk)
    if row.state != SlipBatch.State.READY or row.document is None or row.requested_at < timezone.now() - KEPT:
        raise ValidationError(
            _("Ces fiches ont été téléchargées, ou effacées au bout d’une heure. Préparez-les de nouveau."), code="gone"
        )
    pdf = unseal(bytes(row.document))
    row.document, row.downloaded_at = None, timezone.now()
    row.save(update_fields=["document", "downloaded_at"])
    record(verb="slips.collect", by=by, establishment_id=row.establishment_id, group=row.group_id, slips=row.done)
    return pdf


def sweep() -> None:
    """In the open scope: erase what is older than an hour, and send again the steps that a broker has lost."""
    now = timezone.now()
    old = SlipBatch.objects.filter(requested_at__lt=now - KEPT)
    old.filter(state__in=UNDER_WAY).update(state=SlipBatch.State.FAILED)
    old.filter(document__isnull=False).update(document=None)
    for batch in SlipBatch.objects.filter(state__in=UNDER_WAY, requested_at__lt=now - OVERDUE).order_by("pk"):
        _go_on(batch)


def _go_on(batch: SlipBatch) -> None:
    # Robust: a broker that is down undoes nothing, and the sweep sends the step again.
    step = partial(tasks.advance.delay, establishments=[batch.establishment_id], batch=batch.pk, done=batch.done)
    transaction.on_commit(step, robust=True)


def _fail(batch: SlipBatch) -> None:
    batch.state, batch.document = SlipBatch.State.FAILED, None
    batch.save(update_fields=["state", "document"])


def _people_of(batch: SlipBatch) -> Iterator[tuple[int, str]]:
    """The students by name, each followed by their guardians: the order in which the slips are handed out."""
    present = Membership.objects.current().filter(establishment=batch.establishment_id, is_blocked=False)
    if not batch.includes_active:
        present = present.filter(user__activated_at__isnull=True)
    in_class = Q(groups__group=batch.group_id) | Q(wards__student__groups__group=batch.group_id)
    may_have_one = set(present.filter(in_class).values_list("pk", flat=True))
    students = Membership.objects.current().filter(groups__group=batch.group_id).by_name()
    wards = Guardianship.objects.filter(is_legal=True, student__groups__group=batch.group_id)
    guardians: dict[int, list[int]] = {}
    for student, guardian in wards.order_by("guardian__user__sort_name").values_list("student", "guardian"):
        guardians.setdefault(student, []).append(guardian)
    seen: set[int] = set()
    for student in students:
        if Role.STUDENT in batch.roles and student.pk in may_have_one:
            yield student.pk, _("Élève, %(group)s") % {"group": batch.group}
        if Role.GUARDIAN not in batch.roles:
            continue
        for guardian in guardians.get(student.pk, []):
            if guardian in may_have_one and guardian not in seen:
                seen.add(guardian)
                what = _("Responsable %(of_student)s, %(group)s")
                yield guardian, what % {"of_student": of(student.user), "group": batch.group}


def _slips_for(people: list[tuple[int, str]], *, by: User) -> list[Slip]:
    rows = Membership.objects.select_related("user", "establishment").in_bulk([pk for pk, _what in people])
    there = [(rows[pk], what) for pk, what in people if pk in rows]
    # Accounts are locked as their codes are issued: always in the same order, or two batches could wait for each other.
    in_order = sorted(there, key=lambda pair: pair[0].user_id)
    slips = {membership.pk: _slip_for(membership, what, by=by) for membership, what in in_order}
    return [slips[membership.pk] for membership, _what in there]


# --- A person -------------------------------------------------------------------------------------------------


@transaction.atomic
def print_slip(*, membership: Membership, by: User, reason: str = "") -> bytes:
    """The slip of one person, as a PDF; the code that it bears makes those given before void."""
    require(by, "establishments.slips.print_one", membership)
    refuse_power_elsewhere(membership, by)
    return draw([_slip_for(membership, _what_is(membership), by=by, reason=reason)])


def _what_is(membership: Membership) -> str:
    """“Responsable de Zoé Puech, 5e A”, as on the slips of a class: the first child by name, and whether others."""
    role = str(membership.get_role_display()).capitalize()
    if membership.role != Role.GUARDIAN:
        return role
    current = Membership.objects.current().values("pk")
    wards = Guardianship.objects.filter(guardian=membership, is_legal=True, student__in=current)
    children = list(Membership.objects.filter(pk__in=wards.values("student")).with_class().by_name()[:2])
    if not children:
        return role
    first = children[0]
    what = _("Responsable %(of_student)s") % {"of_student": of(first.user)}
    if len(children) > 1:
        return _("%(what)s et d’autres enfants") % {"what": what}
    return f"{what}, {first.class_name}" if first.class_name else what


def _slip_for(membership: Membership, what: str, *, by: User, reason: str = "") -> Slip:
    user = membership.user
    is_reset = user.activated_at is not None
    purpose = OneTimeCode.Purpose.RESET if is_reset else OneTimeCode.Purpose.ACTIVATION
    why_none = _why_none(membership, by)
    code = ""
    if not why_none:
        code = credentials.issue_code(
            user=user, purpose=purpose, establishment_id=membership.establishment_id, by=by, reason=reason
        )
    opens_on = membership.opens_on if membership.opens_on and membership.opens_on > timezone.localdate() else None
    return Slip(
        school=membership.establishment.name,
        person=str(user),
        what=what,
        username=user.username,
        code=code,
        opens_on=opens_on,
        expires_on=timezone.localdate(credentials.expiry_of(purpose)),
        is_reset=is_reset,
        why_none=why_none,
    )


def _why_none(membership: Membership, by: User) -> str:
    """Why that person gets no code from whoever asks; empty when they get one."""
    try:
        require(by, "establishments.slips.print_one", membership)
        refuse_power_elsewhere(membership, by)
    except (PermissionDenied, ValidationError):
        return _("Pas de code ici : ce compte a d’autres fonctions. Demandez-le au pôle d’appui ou à l’académie.")
    if proof_of(membership.user_id, membership.establishment_id, before_opening=True) is None:
        return _("Pas de code : la date de naissance de l’élève manque dans l’annuaire. Le secrétariat la complète.")
    return ""


# --- A second child -------------------------------------------------------------------------------------------


def attach(*, typed: str, birth_date: date, by: User) -> Establishment:
    """Join to a guardian's account what another school's slip is for: their child there. Returns that school.

    Raises CodeRefusedError for a code that is not good, or not a guardian's; ValidationError for another birth date
    than the child's. That one counts against the code and must be kept: hence no transaction around the whole.
    """
    require(by, "establishments.slips.attach", None)
    ticket = credentials.find_code(typed=typed)
    if ticket is None or ticket.proof.kind != CHILD_BIRTH_DATE or not _may_be_joined(ticket.code.user, by):
        raise credentials.CodeRefusedError
    if not credentials.check_identity(code_id=ticket.code.pk, answer=birth_date.isoformat()):
        raise ValidationError(
            _("Ce n’est pas ce que l’établissement a enregistré. Vérifiez la fiche, puis recommencez."),
            code="not_their_child",
        )
    return _join(code_id=ticket.code.pk, by=by)


@transaction.atomic
def _join(*, code_id: int, by: User) -> Establishment:
    ticket = credentials.lock_code(code_id=code_id)
    other, school = ticket.code.user, Establishment.objects.get(pk=ticket.code.establishment)
    credentials.use(ticket=ticket)
    if other.pk == by.pk:
        return school
    with tenant_scope(schools_of(other, ended=True) | schools_of(by, ended=True)):
        moved = move_person(keep=by, drop=other)
        record(
            verb="accounts.attach",
            by=by,
            establishment_id=school.pk,
            person=by,
            reason=_("Fiche d’un autre enfant, et sa date de naissance"),
            dropped=other.pk,
            dropped_login=other.username,
            moved=moved,
        )
    record_elsewhere(verb="accounts.attach", by=by, person=by, known=[school.pk])
    return school


def _may_be_joined(user: User, by: User) -> bool:
    """Guardian, and nothing else anywhere, now or to come: accounts of others are joined by a desk, which looks twice.

    Nor one with a second factor: the slip and the child's birth date would open what its owner holds by two proofs.
    """
    if user.is_staff or user.is_superuser or user.mandates.exists():
        return False
    if user.pk != by.pk and Authenticator.objects.filter(user=user).exists():
        return False
    with person_scope(user), scopes_disabled():
        others = Membership.objects.not_ended().filter(user=user).exclude(role=Role.GUARDIAN)
        return not others.exists()
