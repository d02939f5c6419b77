"""A school that is planned or tried out: who comes in, and what the others read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import time_machine

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Establishment
from establishments.territory import actions
from establishments.territory.tasks import open_schools
from tests.browser import Browser, text_of
from tests.cast import ROLES, Cast
from tests.crowd import join

SignIn = Callable[[User], Browser]


def put(cast: Cast, state: str, **dates: date) -> Establishment:
    Establishment.objects.filter(pk=cast.pastel.establishment.pk).update(state=state, **dates)
    school: Establishment = Establishment.objects.get(pk=cast.pastel.establishment.pk)
    return school


@pytest.mark.parametrize("who", ROLES)
def test_planned_school_lets_nobody_in_and_says_why(cast: Cast, client_of: SignIn, who: str) -> None:
    put(cast, "planned")

    home = text_of(client_of(cast.pastel.person(who)).get("/"))

    assert "Le portail n’est pas encore ouvert dans cet établissement (Collège du Pastel)." in home


@pytest.mark.parametrize("who", ["student", "guardian", "teacher", "staff"])
def test_school_on_trial_keeps_its_people_out_until_the_day_it_says(cast: Cast, client_of: SignIn, who: str) -> None:
    put(cast, "piloting", opens_on=date(2099, 9, 1))

    assert "Le portail ouvre le mardi 1er septembre 2099 (Collège du Pastel)." in text_of(
        client_of(cast.pastel.person(who)).get("/")
    )


@pytest.mark.parametrize("who", ["head", "local_admin"])
def test_school_on_trial_lets_its_team_in(cast: Cast, client_of: SignIn, who: str) -> None:
    put(cast, "piloting")

    assert client_of(cast.pastel.person(who)).get("/etablissement/classes/").status_code == 200


@pytest.mark.parametrize("who", ["hub_agent", "authority_agent", "rectorate_admin"])
def test_agents_see_a_planned_school(cast: Cast, client_of: SignIn, who: str) -> None:
    put(cast, "planned")

    assert "Collège du Pastel" in text_of(client_of(getattr(cast, who)).get("/territoire/etablissements/"))


def test_teacher_of_two_schools_comes_into_the_one_that_is_open(cast: Cast, client_of: SignIn) -> None:
    with tenant_scope([cast.brique.establishment]):
        join(cast.brique, cast.pastel.teacher, "teacher")
    put(cast, "planned")

    names = [row["name"] for row in client_of(cast.pastel.teacher).get("/api/v1/establishments/").json()["results"]]

    assert names == ["Lycée de la Brique"]


@pytest.mark.parametrize(
    ("before", "dates", "after"),
    [
        ("planned", {}, "planned"),
        ("planned", {"pilots_on": date(2027, 9, 1)}, "piloting"),
        ("planned", {"pilots_on": date(2027, 9, 2)}, "planned"),
        ("planned", {"opens_on": date(2027, 8, 31)}, "open"),
        ("piloting", {"pilots_on": date(2027, 8, 1), "opens_on": date(2027, 9, 1)}, "open"),
        ("piloting", {"opens_on": date(2027, 9, 2)}, "piloting"),
    ],
)
def test_school_moves_on_by_itself_on_its_day(cast: Cast, before: str, dates: dict[str, date], after: str) -> None:
    school = put(cast, before, **dates)

    with time_machine.travel("2027-09-01 00:30:00+02:00"):
        open_schools()

    school.refresh_from_db()
    assert school.state == after


def test_school_that_somebody_opened_is_not_touched_again(cast: Cast) -> None:
    put(cast, "open", pilots_on=date(2027, 8, 1), opens_on=date(2027, 9, 1))

    assert actions.open_those_due(day=date(2027, 10, 1)) == 0
