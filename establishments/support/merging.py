"""Making one person of two that a feed took for different: everything that points at one comes to point at the other.

The relations are walked as the models declare them, so that the features of the floors above follow without being
known here. Where both have the same thing (the same school, the same class, the same homework), what the one lacks
is taken from the other, and nothing written is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from knox.models import AuthToken

from accounts.models import OneTimeCode, User
from establishments.people.models import Membership

# What lets somebody in, or what they have of their own to do so: it ends with the account that is dropped.
ENDED = frozenset(
    {
        "knox.authtoken", "accounts.onetimecode", "account.emailaddress", "mfa.authenticator",
        "accounts.browsersession",
    }
)  # fmt: skip
# Who did what stays as it was written: the dropped account keeps its row and its name.
KEPT = frozenset({"accounts.auditevent", "admin.logentry"})
FILLED = ["civility", "birth_date", "email", "phone", "activated_at"]

Row = Any
Field = Any


def move_person(*, keep: User, drop: User) -> dict[str, int]:
    """Give `keep` all that is `drop`'s in the open scope, and close `drop`; how many rows of which table moved."""
    moved: dict[str, int] = {}
    for membership in Membership.objects.filter(user=drop).order_by("pk"):
        _move_row(membership, Membership._meta.get_field("user"), keep, moved)
    for field in _references_to(User):
        if field.model._meta.label_lower in ENDED:
            field.model._default_manager.filter(**{field.name: drop}).delete()
        elif field.model is not Membership and field.model._meta.label_lower not in KEPT:
            _move_all(field, drop, keep, moved)
    _fill(keep, drop, [User._meta.get_field(name) for name in FILLED])
    _close(drop)
    return moved


def _close(user: User) -> None:
    AuthToken.objects.filter(user=user).delete()
    OneTimeCode.objects.filter(user=user).delete()
    user.is_active = False
    user.set_unusable_password()  # its sessions end with it
    user.save(update_fields=["is_active", "password"])


def _references_to(model: type[models.Model]) -> Iterator[Field]:
    """The foreign keys of all models that point at this one, also those without a way back."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):  # one-to-one included; many-to-many go by their own model
            yield relation.field


def _move_all(field: Field, old: Row, new: Row, moved: dict[str, int]) -> None:
    for row in field.model._default_manager.filter(**{field.name: old}).order_by("pk"):
        _move_row(row, field, new, moved)


def _move_row(row: Row, field: Field, new: Row, moved: dict[str, int]) -> None:
    setattr(row, field.name, new)
    twin = _twin_of(row)
    if twin is None:
        row.save(update_fields=[field.name])
    else:
        _absorb(row, twin, moved)
    label = row._meta.label_lower
    moved[label] = moved.get(label, 0) + 1


def _twin_of(row: Row) -> Row | None:
    """The row that stands where this one would go, by the unique constraints of its table."""
    for names in _unique_keys(type(row)):
        values = {name: getattr(row, row._meta.get_field(name).attname) for name in names}
        if None in values.values():
            continue
        found = type(row)._default_manager.filter(**values).exclude(pk=row.pk).first()
        if found is not None:
            return found
    return None


def _unique_keys(model: type[models.Model]) -> Iterator[tuple[str, ...]]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields and constraint.condition is None:
            yield constraint.fields
    yield from model._meta.unique_together
    for field in model._meta.concrete_fields:
        if field.unique and field.is_relation and not field.primary_key:
            yield (field.name,)


def _absorb(row: Row, twin: Row, moved: dict[str, int]) -> None:
    """All that points at the row goes to its twin, which takes what it lacks; then the row goes."""
    for field in _references_to(type(row)):
        _move_all(field, row, twin, moved)
    own = [f for f in row._meta.concrete_fields if not (f.primary_key or f.is_relation or f.generated)]
    if isinstance(row, Membership):
        _widen(twin, row)
    else:
        _fill(twin, row, own)
    row.delete()


def _widen(twin: Membership, row: Membership) -> None:
    """Two memberships as one: from the earlier beginning to the later end, and blocked if either was."""
    twin.starts_on = min(twin.starts_on, row.starts_on) if twin.starts_on and row.starts_on else None
    twin.ends_on = max(twin.ends_on, row.ends_on) if twin.ends_on and row.ends_on else None
    twin.is_blocked = twin.is_blocked or row.is_blocked
    twin.is_suspended = twin.is_suspended or row.is_suspended
    twin.save(update_fields=["starts_on", "ends_on", "is_blocked", "is_suspended"])


def _fill(twin: Row, row: Row, fields: list[Field]) -> None:
    """Take what is missing; of two long texts keep both."""
    changed = []
    for field in fields:
        own, other = getattr(twin, field.attname), getattr(row, field.attname)
        if other in (None, "", own):
            continue
        if own in (None, ""):
            setattr(twin, field.attname, other)
        elif isinstance(field, models.TextField):
            setattr(twin, field.attname, f"{own}\n\n{other}")
        else:
            continue
        changed.append(field.name)
    if changed:
        twin.save(update_fields=changed)
