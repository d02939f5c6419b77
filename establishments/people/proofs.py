"""What proves to be somebody in a school, beside the code that it gave: `accounts` asks by `settings.ENT_PROOF`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.crypto import constant_time_compare

from accounts.credentials.proofs import BIRTH_DATE, CHILD_BIRTH_DATE, LAST_NAME
from ent.tenancy.scope import tenant_scope
from establishments.people.models import Guardianship, Membership, Role

# Their birth date is always in the feed. Where it is not, the secretariat must complete it before a code is given:
# their name, which is printed beside the code, would prove nothing.
MUST_HAVE_DATE = frozenset({Role.STUDENT, Role.GUARDIAN})


@dataclass(frozen=True)
class Proof:
    kind: str
    answers: frozenset[str]

    def holds(self, answer: str) -> bool:
        given = _plain(answer)
        # All are compared: the time says nothing of which one, nor of how many there are.
        return sum(constant_time_compare(given, known) for known in self.answers) > 0


def proof_of(user_id: int, establishment_id: int, *, before_opening: bool = False) -> Proof | None:
    """A birth date of a child of theirs for who is only a guardian there, else their own, else their last name.

    With `before_opening`, what it will be on the day when accounts open.
    """
    with tenant_scope([establishment_id]):
        held = Membership.objects.current().filter(is_blocked=False) if before_opening else Membership.objects.open()
        seats = list(
            held.filter(establishment=establishment_id, user=user_id).values_list(
                "role", "user__birth_date", "user__last_name"
            )
        )
        present = Membership.objects.current().filter(establishment=establishment_id)
        children = Guardianship.objects.filter(
            establishment=establishment_id, guardian__user=user_id, is_legal=True, student__in=present.values("pk")
        )
        births = list(children.values_list("student__user__birth_date", flat=True))
    if not seats:
        return None
    roles = {role for role, _birth_date, _last_name in seats}
    _role, birth_date, last_name = seats[0]
    if roles == {Role.GUARDIAN}:
        return _dated(CHILD_BIRTH_DATE, births)
    return (
        _dated(BIRTH_DATE, [birth_date])
        or _dated(CHILD_BIRTH_DATE, births)
        or (None if roles <= MUST_HAVE_DATE else Proof(LAST_NAME, frozenset({_plain(last_name)})))
    )


def _dated(kind: str, dates: Iterable[date | None]) -> Proof | None:
    known = frozenset(_plain(day.isoformat()) for day in dates if day)
    return Proof(kind, known) if known else None


def _plain(text: str) -> str:
    """Without case, accents, spaces nor hyphens: “D’Artagnan” and “dartagnan” are the same answer."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())
