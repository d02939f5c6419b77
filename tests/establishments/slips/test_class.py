"""The slips of a class: asked, made in steps that may be killed or given out twice, downloaded once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from lxml import html

from accounts.credentials.actions import find_code
from accounts.models import AuditEvent, OneTimeCode, User
from ent.portal.paper import font_files
from ent.tenancy.scope import tenant_scope
from establishments.models import GroupMembership, Guardianship, Membership, SlipBatch
from establishments.slips import actions, tasks
from tests.browser import Browser, text_of
from tests.cast import Cast, School, make_person
from tests.establishments.slips.reading import pages_of

pytestmark = pytest.mark.usefixtures("births")

SignIn = Callable[[User], Browser]
Asked = list[dict[str, Any]]
BOTH = ["student", "guardian"]


def request(school: School, by: User | None = None, **options: Any) -> SlipBatch:
    with tenant_scope([school.establishment]):
        return actions.request_slips(group=school.group, by=by or school.local_admin, **{"roles": BOTH, **options})


def make(batch: SlipBatch) -> SlipBatch:
    """All the steps, as a worker does them."""
    for _ in range(20):
        batch = again(batch)
        if batch.state not in actions.UNDER_WAY:
            return batch
        tasks.advance(establishments=[batch.establishment_id], batch=batch.pk, done=batch.done)
    raise AssertionError("the batch never ends")


def again(batch: SlipBatch) -> SlipBatch:
    with tenant_scope([batch.establishment_id]):
        return SlipBatch.objects.select_related("group").get(pk=batch.pk)


def collect(batch: SlipBatch, by: User) -> bytes:
    with tenant_scope([batch.establishment_id]):
        return actions.collect(batch=batch, by=by)


def enlarge(school: School, students: int) -> None:
    with tenant_scope([school.establishment]):
        for number in range(students):
            user = make_person(f"Élève{number}", "Fournier", birth_date="2013-01-01")
            membership = Membership.objects.create(establishment=school.establishment, user=user, role="student")
            GroupMembership.objects.create(
                establishment=school.establishment, group=school.group, membership=membership
            )


def codes() -> int:
    return OneTimeCode.objects.count()


def test_class_gets_its_students_and_guardians_slips(cast: Cast, asked: Asked) -> None:
    batch = make(request(cast.pastel))

    assert (batch.state, batch.done, batch.total) == ("ready", 3, 3)
    assert codes() == 3
    pdf = collect(batch, cast.pastel.local_admin)
    assert pdf.startswith(b"%PDF-")
    if font_files:
        (page,) = pages_of(pdf)
        for words in ("Student Pastel", "Guardian Pastel", "Responsable de Student Pastel, 5E B", "Classmate Pastel"):
            assert words in page


@pytest.mark.skipif(not font_files, reason="font-roboto is not installed")
def test_printed_code_is_good_and_its_owners(cast: Cast, asked: Asked) -> None:
    (page,) = pages_of(collect(make(request(cast.pastel, roles=["guardian"])), cast.pastel.local_admin))

    ticket = find_code(typed=page.split("Code ")[1].split()[0])

    assert ticket
    assert ticket.code.user == cast.pastel.guardian


def test_class_is_made_in_steps_with_progress(
    cast: Cast, asked: Asked, django_capture_on_commit_callbacks: Any
) -> None:
    enlarge(cast.pastel, 15)
    seen = []
    with django_capture_on_commit_callbacks(execute=True):
        batch = request(cast.pastel)
    while asked:
        with django_capture_on_commit_callbacks(execute=True):
            tasks.advance(**asked.pop())
        row = again(batch)
        seen.append((row.done, row.total))

    assert seen == [(8, 18), (16, 18), (18, 18)]


def test_step_given_out_twice_is_done_once(cast: Cast, asked: Asked) -> None:
    enlarge(cast.pastel, 15)
    batch = request(cast.pastel)
    step = {"establishments": [batch.establishment_id], "batch": batch.pk, "done": 0}

    tasks.advance(**step)
    before = list(OneTimeCode.objects.order_by("pk").values_list("digest", flat=True))
    tasks.advance(**step)

    assert list(OneTimeCode.objects.order_by("pk").values_list("digest", flat=True)) == before
    assert again(batch).done == 8


def test_step_that_is_killed_leaves_no_half_and_is_made_again(
    cast: Cast, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = request(cast.pastel)
    with monkeypatch.context() as broken:
        broken.setattr(actions, "draw", lambda slips: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.advance(establishments=[batch.establishment_id], batch=batch.pk, done=0)
    assert codes() == 0
    assert again(batch).state == "waiting"

    assert make(batch).state == "ready"

    assert codes() == 3


def test_lost_step_is_sent_again_by_the_sweep(
    cast: Cast, asked: Asked, django_capture_on_commit_callbacks: Any
) -> None:
    batch = request(cast.pastel)
    asked.clear()

    with (
        time_machine.travel(timezone.localtime() + timedelta(minutes=11)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.sweep_all()

    assert {"establishments": [batch.establishment_id], "batch": batch.pk, "done": 0} in asked


def test_what_waits_is_encrypted(cast: Cast, asked: Asked) -> None:
    enlarge(cast.pastel, 15)
    batch = request(cast.pastel)
    tasks.advance(establishments=[batch.establishment_id], batch=batch.pk, done=0)

    kept = bytes(again(batch).document)

    assert b"Fournier" not in kept
    assert b"%PDF-" not in bytes(make(batch).document)


def test_active_accounts_get_a_slip_only_when_asked(cast: Cast, asked: Asked) -> None:
    User.objects.filter(pk=cast.pastel.student.pk).update(activated_at=timezone.now())

    without = make(request(cast.pastel, roles=["student"]))
    with_them = make(request(cast.pastel, roles=["student"], includes_active=True))

    assert (without.done, with_them.done) == (1, 2)
    assert OneTimeCode.objects.get(user=cast.pastel.student).purpose == "reset"


def test_those_who_left_are_blocked_or_have_no_authority_get_none(cast: Cast, asked: Asked) -> None:
    with tenant_scope([cast.pastel.establishment]):
        gone = timezone.localdate() - timedelta(days=1)
        Membership.objects.filter(pk=cast.pastel.memberships["student"].pk).update(ends_on=gone)
        Membership.objects.filter(pk=cast.pastel.memberships["classmate"].pk).update(is_blocked=True)
        Guardianship.objects.update(is_legal=False)

    batch = make(request(cast.pastel))

    assert (batch.state, batch.done, codes()) == ("ready", 0, 0)


def test_guardian_who_heads_a_school_gets_no_code_from_a_local_administrator(cast: Cast, asked: Asked) -> None:
    with tenant_scope([cast.brique.establishment]):
        Membership.objects.create(establishment=cast.brique.establishment, user=cast.pastel.guardian, role="head")

    batch = make(request(cast.pastel, roles=["guardian"]))

    assert (batch.done, codes()) == (1, 0)


def test_student_without_birth_date_gets_no_code(cast: Cast, asked: Asked) -> None:
    User.objects.filter(pk=cast.pastel.student.pk).update(birth_date=None)

    make(request(cast.pastel, roles=["student"]))

    assert not OneTimeCode.objects.filter(user=cast.pastel.student).exists()


def test_batch_of_whoever_has_lost_the_right_fails(cast: Cast, asked: Asked) -> None:
    batch = request(cast.pastel)
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(user=cast.pastel.local_admin).delete()

    assert make(batch).state == "failed"
    assert codes() == 0


def test_asked_twice_is_one_batch(cast: Cast, asked: Asked) -> None:
    assert request(cast.pastel) == request(cast.pastel)


# --- The pages ------------------------------------------------------------------------------------------------


def test_local_administrator_prepares_watches_and_downloads_once(cast: Cast, asked: Asked, client_of: SignIn) -> None:
    browser, school = client_of(cast.pastel.local_admin), cast.pastel
    asking = {"group": school.group.pk, "roles": BOTH}
    where = browser.post("/etablissement/comptes/fiches/", asking)["Location"]
    assert "hx-trigger" in browser.get(where).content.decode()
    with tenant_scope([school.establishment]):
        batch = SlipBatch.objects.get(pk=int(where.split("/")[-2]))
    make(batch)
    assert "3 fiches prêtes" in text_of(browser.get(where))
    assert "<h1" not in browser.get(where, headers={"HX-Request": "true"}).content.decode()

    file = browser.post(f"{where}telecharger/")

    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"] == 'attachment; filename="fiches-5e-b.pdf"'
    assert "no-store" in file["Cache-Control"]
    assert "ont été téléchargées" in text_of(browser.post(f"{where}telecharger/", follow=True))
    assert again(batch).document is None
    with tenant_scope([school.establishment]):
        assert AuditEvent.objects.filter(verb="slips.collect", actor=school.local_admin).count() == 1


def test_slips_that_would_make_void_codes_already_given_are_asked_about(
    cast: Cast, asked: Asked, client_of: SignIn
) -> None:
    browser, school = client_of(cast.pastel.local_admin), cast.pastel
    make(request(school))
    before = list(OneTimeCode.objects.order_by("pk").values_list("digest", flat=True))
    asking = {"group": school.group.pk, "roles": BOTH, "includes_active": "on"}

    page = browser.post("/etablissement/comptes/fiches/", asking)

    assert "3 codes déjà remis ne serviront plus" in text_of(page)
    (form,) = html.fromstring(page.content.decode()).xpath("//main//form")
    assert [(k, v) for k, v in form.form_values() if k != "csrfmiddlewaretoken"] == [
        ("group", str(school.group.pk)),
        ("roles", "student"),
        ("roles", "guardian"),
        ("includes_active", "True"),
    ]
    assert list(OneTimeCode.objects.order_by("pk").values_list("digest", flat=True)) == before
    answer = browser.post("/etablissement/comptes/fiches/", {**asking, "confirmed": "1"})
    assert answer["Location"].startswith("/fiches/classes/")


def test_codes_that_are_used_or_too_old_or_of_others_are_not_asked_about(cast: Cast, asked: Asked) -> None:
    make(request(cast.pastel))
    OneTimeCode.objects.filter(user=cast.pastel.guardian).update(used_at=timezone.now())
    OneTimeCode.objects.filter(user=cast.pastel.student).update(expires_at=timezone.now())
    stake = {"group": cast.pastel.group, "by": cast.pastel.local_admin}

    with tenant_scope([cast.pastel.establishment]):
        assert actions.codes_at_stake(roles=BOTH, **stake) == 1
        assert actions.codes_at_stake(roles=["guardian"], **stake) == 0
        with pytest.raises(actions.PermissionDenied):
            actions.codes_at_stake(roles=BOTH, group=cast.pastel.group, by=cast.pastel.teacher)


def test_slips_are_there_for_an_hour(cast: Cast, asked: Asked) -> None:
    batch = make(request(cast.pastel))

    with time_machine.travel(timezone.localtime() + timedelta(minutes=61)):
        with pytest.raises(actions.ValidationError, match="effacées"):
            collect(batch, cast.pastel.local_admin)
        tasks.sweep_all()

    assert again(batch).document is None


@pytest.mark.parametrize("who", ["head", "teacher", "staff", "student", "guardian", "hub_agent"])
def test_slips_are_for_whoever_asked_only(cast: Cast, asked: Asked, client_of: SignIn, who: str) -> None:
    batch = make(request(cast.pastel))
    browser = client_of(getattr(cast.pastel, who, None) or getattr(cast, who))

    assert browser.get(f"/fiches/classes/{batch.pk}/").status_code == 403
    assert browser.post(f"/fiches/classes/{batch.pk}/telecharger/").status_code == 403


def test_hub_agent_prints_for_the_hubs_schools_only(cast: Cast, asked: Asked, client_of: SignIn) -> None:
    batch = make(request(cast.pastel, by=cast.hub_agent))

    assert client_of(cast.hub_agent).post(f"/fiches/classes/{batch.pk}/telecharger/").status_code == 200
    with pytest.raises(actions.PermissionDenied):
        request(cast.brique, by=cast.hub_agent)


def test_class_of_another_school_cannot_be_chosen(cast: Cast, client_of: SignIn) -> None:
    page = client_of(cast.pastel.local_admin).post(
        "/etablissement/comptes/fiches/", {"group": cast.brique.group.pk, "roles": BOTH}
    )

    assert "Choisissez la classe." in text_of(page)


# --- One person -----------------------------------------------------------------------------------------------


def test_slip_of_one_person_comes_at_once_and_is_audited(cast: Cast, client_of: SignIn) -> None:
    browser, url = client_of(cast.pastel.head), f"/fiches/personnes/{cast.pastel.memberships['teacher'].pk}/"
    assert "Teacher Pastel" in text_of(browser.get(url))
    assert "Écrivez le motif." in text_of(browser.post(url, {"reason": " "}))

    file = browser.post(url, {"reason": "Fiche perdue"})

    assert file.content.startswith(b"%PDF-")
    assert OneTimeCode.objects.get().user == cast.pastel.teacher
    with tenant_scope([cast.pastel.establishment]):
        assert AuditEvent.objects.get(verb="credentials.code_issued").reason == "Fiche perdue"


def test_slip_of_one_guardian_names_the_child_and_the_class(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    browser, url = client_of(pastel.head), f"/fiches/personnes/{pastel.memberships['guardian'].pk}/"

    one = " ".join(pages_of(browser.post(url, {"reason": "Fiche perdue"}).content))
    with tenant_scope([pastel.establishment]):
        Guardianship.objects.create(
            establishment=pastel.establishment,
            student=pastel.memberships["classmate"],
            guardian=pastel.memberships["guardian"],
        )
    two = " ".join(pages_of(browser.post(url, {"reason": "Fiche perdue"}).content))

    assert "Responsable de Student Pastel, 5E B" in one
    assert "Responsable de Classmate Pastel et d’autres enfants" in two


@pytest.mark.parametrize(("who", "whom"), [("local_admin", "head"), ("teacher", "student"), ("staff", "student")])
def test_slip_of_somebody_as_high_or_by_nobody_is_refused(cast: Cast, client_of: SignIn, who: str, whom: str) -> None:
    url = f"/fiches/personnes/{cast.pastel.memberships[whom].pk}/"

    assert client_of(cast.pastel.person(who)).post(url, {"reason": "x"}).status_code == 403
    assert codes() == 0
