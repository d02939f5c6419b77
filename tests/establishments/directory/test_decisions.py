"""What somebody decides: a school that would lose too many waits, a dry run changes nothing, a run can be undone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.directory.actions import accept, end_grace, import_export, reject, replay, undo
from establishments.directory.export import Category, open_export
from establishments.directory.models import Change, SchoolRun
from establishments.directory.report import Report
from establishments.models import Authority, Establishment, Group, Guardianship, Mandate, Membership
from tests.establishments.directory.feeds import (
    FABRE,
    LA_ROQUE,
    WrittenExport,
    counts,
    roles,
    school,
    snapshot,
    user,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def crowd(family: WrittenExport) -> WrittenExport:
    """Twenty students more at the Collège Fabre, one teacher at the lycée."""
    for number in range(100, 120):
        family.student(str(number), name=f"Élève{number}", links=["2$10$1$1$1$0"])
    family.staff("9", name="Voisine", structure=LA_ROQUE)
    family.imported(YESTERDAY)
    return family


@pytest.fixture
def agent(db: None) -> User:
    """Who decides at the rectorate."""
    academy, _made = Authority.objects.get_or_create(kind="academy", code="16", defaults={"name": "Toulouse"})
    user = User.objects.create(username="rectorat", is_staff=True)
    Mandate.objects.create(user=user, authority=academy)
    return user


def dry(export: WrittenExport, day: date = TODAY) -> Report:
    with open_export(export.write()) as found:
        return import_export(export=found, day=day, is_dry=True)[1]


def run_of(uai: str = "0120101V") -> SchoolRun:
    with tenant_scope([school(uai)]):
        return SchoolRun.objects.select_related("run", "establishment").latest("pk")


def decide(action: Any, by: User, uai: str = "0120101V", **more: Any) -> SchoolRun:
    with person_scope(by):
        action(school_run=run_of(uai), by=by, **more)
    return run_of(uai)


def changes(uai: str = "0120101V") -> dict[str, tuple[Any, Any]]:
    with tenant_scope([school(uai)]):
        rows = Change.objects.filter(school_run=run_of(uai))
        return {change.key: (change.before, change.after) for change in rows}


# --- The threshold --------------------------------------------------------------------------------------------


def half_leave(export: WrittenExport) -> None:
    for number in range(100, 112):
        export.remove(Category.STUDENT, str(number))


def test_school_that_would_lose_too_many_is_held_and_the_others_go_on(crowd: WrittenExport) -> None:
    before = snapshot()
    half_leave(crowd)
    crowd.student("1", name="Autre-Nom", links=["2$10$1$1$1$0", "3$20$0$1$1$0"])
    crowd.staff("9", name="Renommée", structure=LA_ROQUE)
    report = crowd.imported(TODAY)
    assert [n["reason"] for n in report.warnings] == [
        "Arrêté : 12 personnes sur 24 partiraient. Un accord est attendu."
    ]
    assert snapshot()["0120101V"] == before["0120101V"]
    assert user("9").last_name == "Renommée"
    assert (run_of().state, run_of().left, run_of("0120937D").state) == ("held", 12, "applied")


def test_held_school_is_brought_up_to_date_when_the_rectorate_agrees(crowd: WrittenExport, agent: User) -> None:
    half_leave(crowd)
    crowd.imported(TODAY)
    done = decide(accept, agent)
    assert (done.state, done.decided_by) == ("applied", agent)
    assert roles("100", TODAY) == roles("111", TODAY) == set()
    assert roles("112") == {("0120101V", "student")}
    assert counts(crowd.imported(TODAY), "removed") == {}


def test_held_school_is_asked_again_by_the_next_run_and_the_first_is_outdated(
    crowd: WrittenExport, agent: User
) -> None:
    half_leave(crowd)
    crowd.imported(TODAY)
    first = run_of()
    crowd.imported(TODAY)
    assert run_of().state == "held"
    with tenant_scope([school("0120101V")]):
        assert SchoolRun.objects.get(pk=first.pk).state == "outdated"
    with pytest.raises(ValidationError, match="remplacé par un import plus récent"), person_scope(agent):
        accept(school_run=first, by=agent)


def test_held_school_that_comes_back_whole_has_nothing_to_decide(crowd: WrittenExport) -> None:
    before = snapshot()
    gone = dict(crowd.records[Category.STUDENT])
    half_leave(crowd)
    crowd.imported(TODAY)
    crowd.records[Category.STUDENT].update(gone)
    crowd.imported(TODAY)
    assert run_of().state == "applied"
    assert snapshot() == before


@pytest.mark.parametrize(("share", "always", "state"), [(50, 0, "applied"), (49, 0, "held"), (0, 12, "applied")])
def test_threshold_is_the_portal_s_to_set(
    crowd: WrittenExport, settings: Any, share: int, always: int, state: str
) -> None:
    settings.ENT_FEED_LEAVERS_SHARE, settings.ENT_FEED_LEAVERS_ALWAYS = share, always
    half_leave(crowd)
    crowd.imported(TODAY)
    assert run_of().state == state


# --- Dry runs and reviews -------------------------------------------------------------------------------------


def test_dry_run_changes_nobody_and_says_what_it_would(family: WrittenExport, agent: User) -> None:
    family.imported(YESTERDAY)
    before, people = snapshot(), set(User.objects.values_list("username", "last_name"))
    family.student("1", name="Autre-Nom", links=["2$10$1$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    family.student("5", name="Vidal")
    family.remove(Category.STAFF, "4")
    dry(family)
    assert snapshot() == before
    assert set(User.objects.values_list("username", "last_name")) == people
    assert run_of().state == "to_review"
    assert (run_of().arrived, run_of().changed, run_of().left) == (1, 1, 2)
    said = changes()
    assert (said["1"][0]["last_name"], said["1"][1]["last_name"]) == ("Puech", "Autre-Nom")
    assert (said["1"][0]["groups"], said["1"][1]["groups"]) == ([["class", "5e A"]], [["class", "5e B"]])
    assert (said["5"][0], said["5"][1]["last_name"]) == (None, "Vidal")
    assert (said["4"][0]["role"], said["4"][1]) == ("teacher", None)


def test_accepted_dry_run_gives_what_a_run_would_have(crowd: WrittenExport, agent: User) -> None:
    crowd.student("1", name="Autre-Nom", links=["2$10$1$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    crowd.student("5", name="Vidal")
    crowd.remove(Category.STAFF, "4")
    dry(crowd)
    decide(accept, agent)
    accepted = snapshot()
    assert counts(crowd.imported(TODAY), "updated") == {}
    assert snapshot() == accepted
    members = {row[1:3]: row for row in accepted["0120101V"] if row[0] == "membership"}
    assert members["1", "student"][6] == "Autre-Nom"
    assert members["4", "teacher"][3:5] == (YESTERDAY, TODAY)
    assert members["5", "student"][3] is None
    assert ("group_membership", ("1", "student"), "class", "5e B", run_of_year()) in accepted["0120101V"]


def run_of_year() -> str:
    with tenant_scope(Establishment.objects.all()):
        return str(Group.objects.latest("pk").school_year.name)


def test_first_import_can_be_dry(family: WrittenExport, agent: User) -> None:
    dry(family)
    assert not any(snapshot().values())
    assert not User.objects.exclude(pk=agent.pk).exists()
    decide(accept, agent)
    assert roles("1") == {("0120101V", "student")}
    assert counts(family.imported(TODAY), "created") == {}


def test_rejected_run_leaves_the_school_and_the_next_one_asks(family: WrittenExport, agent: User) -> None:
    family.imported(YESTERDAY)
    before = snapshot()
    family.student("1", name="Autre-Nom", links=["2$10$1$1$1$0", "3$20$0$1$1$0"])
    dry(family)
    assert decide(reject, agent, reason="Nom mal saisi").state == "rejected"
    assert snapshot() == before
    family.imported(TODAY)
    assert run_of().state == "to_review"
    assert snapshot() == before
    decide(accept, agent)
    assert user("1").last_name == "Autre-Nom"


def test_nobody_but_the_academy_decides(family: WrittenExport) -> None:
    family.imported(YESTERDAY)
    family.student("1", name="Autre-Nom", links=["2$10$1$1$1$0", "3$20$0$1$1$0"])
    dry(family)
    head = User.objects.create(username="chef")
    with tenant_scope([school("0120101V")]):
        Membership.objects.create(establishment=school("0120101V"), user=head, role="head")
    for action, more in ((accept, {}), (reject, {"reason": "Non"}), (undo, {"reason": "Non"})):
        with pytest.raises(PermissionDenied):
            decide(action, head, **more)
    assert user("1").last_name == "Puech"


# --- Undoing --------------------------------------------------------------------------------------------------


def present() -> dict[str, frozenset[Any]]:
    """What the people of today have: those who arrived and were sent back leave a row that has ended."""
    found = {}
    for uai, rows in snapshot().items():
        here = {row[1:3] for row in rows if row[0] == "membership" and row[3] is None}
        found[uai] = frozenset(
            row
            for row in rows
            if (row[0] == "membership" and row[1:3] in here)
            or (
                row[0] not in ("membership", "group") and all(who in here for who in row[1:3] if isinstance(who, tuple))
            )
        )
    return found


def test_undone_run_leaves_everybody_as_they_were(crowd: WrittenExport, agent: User) -> None:
    before = snapshot()
    crowd.student(
        "1", name="Autre-Nom", links=["3$38$1$1$1$0", "6$20$0$1$1$0"], mail="zoe@exemple.fr",
        ENTEleveClasses=f"{FABRE}$5e B",
    )  # fmt: skip
    crowd.guardian("6", name="Vidal")
    crowd.student("5", name="Nouveau")
    crowd.remove(Category.STUDENT, "100")
    crowd.staff("4", ENTPersonFonctions=f"{FABRE}$DIR$DIRECTION")
    crowd.imported(TODAY)
    assert present() != before
    assert decide(undo, agent, reason="Mauvais fichier").state == "undone"
    after = snapshot()
    gone = {row[1:3] for row in after["0120101V"] - before["0120101V"] if row[0] == "membership"}
    assert gone == {("5", "student"), ("6", "guardian"), ("4", "head")}
    assert before["0120101V"] <= after["0120101V"]
    assert present() == {uai: frozenset(r for r in rows if r[0] != "group") for uai, rows in before.items()}
    crowd.imported(TODAY)
    assert run_of().state == "to_review"
    decide(accept, agent)
    assert roles("5") == {("0120101V", "student")}
    assert user("1").last_name == "Autre-Nom"


def test_undoing_keeps_an_address_that_its_owner_gave_since(family: WrittenExport, agent: User) -> None:
    family.imported(YESTERDAY)
    family.guardian("2", mail="anne@ecole.example")
    family.guardian("3", name="Delpech", mail="paul@ecole.example")
    family.imported(TODAY)
    User.objects.filter(pk=user("2").pk).update(email="anne@maison.example")
    decide(undo, agent, reason="Mauvais fichier")
    assert (user("2").email, user("3").email) == ("anne@maison.example", "")


def test_run_before_another_that_changed_the_school_is_not_undone(family: WrittenExport, agent: User) -> None:
    family.imported(YESTERDAY)
    first = run_of()
    family.student("1", name="Autre-Nom", links=["2$10$1$1$1$0", "3$20$0$1$1$0"])
    family.imported(TODAY)
    with pytest.raises(ValidationError, match="annulez d’abord celui-là"), person_scope(agent):
        undo(school_run=first, by=agent, reason="Non")
    assert user("1").last_name == "Autre-Nom"


def test_run_is_not_undone_after_the_grace(family: WrittenExport, agent: User) -> None:
    family.imported(YESTERDAY)
    with tenant_scope([school("0120101V")]):
        SchoolRun.objects.update(applied_at=timezone.now() - timedelta(days=31))
    with pytest.raises(ValidationError, match="Le délai est passé"):
        decide(undo, agent, reason="Non")
    assert roles("1") == {("0120101V", "student")}


def test_undone_reuse_of_an_identifier_brings_the_first_person_back(family: WrittenExport, agent: User) -> None:
    family.imported(YESTERDAY)
    zoe = user("1")
    family.student("1", name="Martin", givenName="Karim", ENTPersonDateNaissance="01/02/2012", links=["2$10$1$1$1$0"])
    family.imported(TODAY)
    decide(undo, agent, reason="Mauvais fichier")
    zoe.refresh_from_db()
    with tenant_scope([school("0120101V")]):
        current = Membership.objects.current(TODAY).filter(role="student")
        assert [member.user for member in current] == [zoe]
    assert (zoe.first_name, zoe.last_name) == ("Zoé", "Puech")
    assert User.objects.filter(last_name__in=["Puech", "Martin"]).count() == 3  # Zoé, her mother, Karim


# --- Replaying ------------------------------------------------------------------------------------------------


def test_replay_repairs_what_was_changed_by_hand(crowd: WrittenExport) -> None:
    before = snapshot()
    with tenant_scope([school("0120101V")]):
        Guardianship.objects.all().delete()
        Membership.objects.filter(user=user("100")).update(ends_on=YESTERDAY)
        Group.objects.update(label="à la main")
    User.objects.filter(pk=user("1").pk).update(last_name="Fautif")
    replay(run=run_of().run)
    after = snapshot()
    assert {row for row in after["0120101V"] if row[0] != "group"} == {
        row for row in before["0120101V"] if row[0] != "group"
    }
    assert run_of().state == "applied"
    assert set(changes()) >= {"1", "100"}


def test_replay_of_what_is_right_changes_nothing(crowd: WrittenExport) -> None:
    before = snapshot()
    replay(run=run_of().run)
    assert snapshot() == before
    assert changes() == {}


# --- The grace ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "is_whole"), [(29, True), (30, False)])
def test_student_back_within_the_grace_finds_everything_and_later_what_the_feed_says(
    family: WrittenExport, days: int, is_whole: bool
) -> None:
    family.imported(YESTERDAY)
    family.remove(Category.STUDENT, "1")
    family.imported(TODAY)
    later = TODAY + timedelta(days=days)
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        assert bool(end_grace(establishment_id=fabre.pk, day=later)) is not is_whole
        assert Guardianship.objects.count() == (2 if is_whole else 0)
    family.student("1", links=["2$10$1$1$1$0"])
    family.imported(later)
    with tenant_scope([fabre]):
        back = Membership.objects.get(user=user("1"))
        assert (back.ends_on, back.missing_since) == (None, None)
        assert [row.guardian.user for row in Guardianship.objects.all()] == [user("2")]


def test_dry_run_corrects_no_school_and_no_subject(family: WrittenExport) -> None:
    family.imported()
    family.structure(FABRE, uai="0120101V", name="Collège Jean-Henri Fabre", nature="340")
    dry(family)
    assert school("0120101V").name == "Collège Fabre"
    family.imported()
    assert school("0120101V").name == "Collège Jean-Henri Fabre"
