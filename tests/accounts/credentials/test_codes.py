"""What a code is made of, and that two who use it at once are not both let in."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.credentials import codes
from accounts.credentials.actions import (
    CodeRefusedError,
    check_identity,
    find_code,
    issue_code,
    redeem,
)
from accounts.models import AuditEvent, OneTimeCode
from ent.tenancy.scope import tenant_scope
from tests.accounts.credentials.conftest import CLASSMATE_BORN, PASSWORD, STUDENT_BORN, Give
from tests.cast import Cast, make_cast


def test_code_is_printed_in_groups_without_letters_that_paper_confuses() -> None:
    made = [codes.new_code() for _ in range(500)]

    assert not set("ILOU") & set("".join(made))
    assert len(set(made)) == 500
    assert codes.grouped("K7QF3MXD9T") == "K7QF-3MXD-9T"


@pytest.mark.parametrize("typed", ["k7qf 3mxd 1t", "K7QF-3MXD-IT", " k7qf3mxdlt", "K7QF–3MXD–1T"])
def test_code_typed_with_look_alikes_spaces_or_case_is_the_same(typed: str) -> None:
    assert codes.normalised(typed) == "K7QF3MXD1T"


@pytest.mark.django_db
def test_code_is_kept_as_a_keyed_digest_only(cast: Cast, give_code: Give, settings: object) -> None:
    printed = give_code(cast.pastel, cast.pastel.student)
    plain = codes.normalised(printed)

    row = OneTimeCode.objects.get(user=cast.pastel.student)

    assert printed not in str(vars(row))
    assert plain not in str(vars(row))
    assert row.digest == codes.digest(plain)
    assert row.digest != codes.digest(plain, "another-key")


def test_code_is_still_found_after_the_key_has_changed(cast: Cast, give_code: Give, settings: object) -> None:
    printed = give_code(cast.pastel, cast.pastel.student)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the-new-key-of-this-year-long-enough-to-sign"

    assert find_code(typed=printed) is not None


def test_new_code_voids_the_older_ones_of_the_same_purpose_only(cast: Cast, give_code: Give) -> None:
    student = cast.pastel.student
    first, reset = give_code(cast.pastel, student), give_code(cast.pastel, student, "reset")

    second = give_code(cast.pastel, student)

    assert find_code(typed=first) is None
    assert find_code(typed=second) is not None
    assert find_code(typed=reset) is not None


def test_code_given_is_in_the_trail_without_the_code(cast: Cast, give_code: Give) -> None:
    printed = give_code(cast.pastel, cast.pastel.student)

    with tenant_scope([cast.pastel.establishment]):
        event = AuditEvent.objects.get(verb="credentials.code_issued")
    assert (event.person_id, event.actor_id) == (cast.pastel.student.pk, cast.pastel.local_admin.pk)
    assert printed not in str(vars(event))


@pytest.mark.parametrize(("purpose", "days"), [("activation", 60), ("reset", 3)])
def test_code_expires(cast: Cast, give_code: Give, purpose: str, days: int) -> None:
    give_code(cast.pastel, cast.pastel.student, purpose)

    row = OneTimeCode.objects.get(user=cast.pastel.student)

    assert timedelta(days=days - 1) < row.expires_at - timezone.now() <= timedelta(days=days)


def code_of(printed: str) -> int:
    ticket = find_code(typed=printed)
    assert ticket
    return ticket.code.pk


def test_guardian_proves_to_be_one_by_the_birth_date_of_their_child_not_of_another(cast: Cast, give_code: Give) -> None:
    code = code_of(give_code(cast.pastel, cast.pastel.guardian))

    assert not check_identity(code_id=code, answer=CLASSMATE_BORN.isoformat())
    assert check_identity(code_id=code, answer=STUDENT_BORN.isoformat())


def test_staff_without_birth_date_prove_by_their_last_name(cast: Cast, give_code: Give) -> None:
    code = code_of(give_code(cast.pastel, cast.pastel.teacher))

    assert not check_identity(code_id=code, answer="Brique")
    assert check_identity(code_id=code, answer=" PASTEL ")


def test_fifth_wrong_answer_burns_the_code_and_is_in_the_trail(cast: Cast, give_code: Give) -> None:
    printed = give_code(cast.pastel, cast.pastel.guardian)
    code = code_of(printed)

    for _ in range(5):
        assert not check_identity(code_id=code, answer="2001-01-01")

    assert find_code(typed=printed) is None
    with pytest.raises(CodeRefusedError):
        check_identity(code_id=code, answer=STUDENT_BORN.isoformat())
    with tenant_scope([cast.pastel.establishment]):
        assert AuditEvent.objects.filter(verb="credentials.code_burnt", person=cast.pastel.guardian).count() == 1


def test_weak_password_is_refused_and_leaves_the_code_good(cast: Cast, give_code: Give) -> None:
    printed = give_code(cast.pastel, cast.pastel.student)

    with pytest.raises(ValidationError, match="trop court"):
        redeem(code_id=code_of(printed), password="court")

    assert find_code(typed=printed) is not None


def test_code_voids_all_others_of_the_person_when_it_is_used(cast: Cast, give_code: Give) -> None:
    student = cast.pastel.student
    slip, reset = give_code(cast.pastel, student), give_code(cast.pastel, student, "reset")

    redeem(code_id=code_of(reset), password=PASSWORD)

    assert find_code(typed=slip) is None
    assert find_code(typed=reset) is None


@pytest.mark.django_db(transaction=True)
def test_code_used_by_two_at_once_lets_one_in() -> None:
    cast = make_cast()
    student = cast.pastel.student
    student.birth_date = STUDENT_BORN
    student.save(update_fields=["birth_date"])
    school = cast.pastel.establishment
    with tenant_scope([school]):
        printed = issue_code(user=student, purpose="activation", establishment_id=school.pk, by=None)
    code, gate, outcomes = code_of(printed), threading.Barrier(4), Counter[str]()

    def use(password: str) -> None:
        gate.wait()
        try:
            redeem(code_id=code, password=password)
            outcomes[password] += 1
        except CodeRefusedError:
            outcomes["refused"] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=(f"{PASSWORD}-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes["refused"] == 3
    (winner,) = [password for password in outcomes if password != "refused"]
    student.refresh_from_db()
    assert student.check_password(winner)
