"""The audit trail is written and read, and never changed."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, transaction

from accounts.audit.actions import record
from accounts.models import AuditEvent
from ent.tenancy.scope import person_scope, tenant_scope
from tests.cast import Cast


@pytest.fixture
def event(cast: Cast) -> AuditEvent:
    school = cast.pastel
    with tenant_scope([school.establishment]):
        return record(
            verb="credentials.reset",
            by=school.head,
            establishment_id=school.establishment.pk,
            person=school.student,
            reason="perdu",
        )


def test_event_names_who_did_what_to_whom_and_why(event: AuditEvent) -> None:
    assert (event.verb, event.actor_name, event.person_name, event.reason) == (
        "credentials.reset",
        "Head Pastel",
        "Student Pastel",
        "perdu",
    )


@pytest.mark.parametrize("change", [lambda rows: rows.update(reason="autre"), lambda rows: rows.delete()])
def test_event_cannot_be_changed_or_deleted(cast: Cast, event: AuditEvent, change: object) -> None:
    with (
        tenant_scope([cast.pastel.establishment]),
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
    ):
        change(AuditEvent.objects.all())  # type: ignore[operator]


def test_event_is_read_by_the_person_it_concerns_and_not_by_the_neighbour(cast: Cast, event: AuditEvent) -> None:
    with person_scope(cast.pastel.student):
        assert event in AuditEvent.objects.all()
    with person_scope(cast.brique.head):
        assert not AuditEvent.objects.filter(pk=event.pk).exists()
