"""Imports the teachers, the heads and the other staff, with what they teach."""

from __future__ import annotations

from collections.abc import Iterator

from establishments.directory.export import Category
from establishments.directory.links import FORM_TEACHERS, TEACHINGS
from establishments.directory.people import Place
from establishments.directory.records import StaffRecord
from establishments.directory.report import Reason
from establishments.directory.run import Run
from establishments.directory.structures import GroupKey
from establishments.directory.values import Taught
from establishments.models import FormTeacher, Group, Role, Teaching

Placed = list[tuple[str, StaffRecord, dict[str, int]]]
Memberships = dict[tuple[str, int], int]  # by the feed's identifier and the establishment


def import_staff(run: Run) -> None:
    for batch in run.batches(Category.STAFF):
        placed = run.placed(batch)
        accounts = run.people.accounts([person for _file, person, _here in placed], _counted_as)
        places = {
            (person.id, establishment): Place(establishment, accounts[person.id], role)
            for _file, person, here in placed
            for establishment, role in _roles(person, here).items()
        }
        by_place = run.people.memberships(set(places.values()))
        memberships = {key: by_place[place] for key, place in places.items()}
        _sync_teachings(run, placed, memberships)
        _sync_form_teachers(run, placed, memberships)


def _counted_as(person: StaffRecord) -> str:
    return "teachers" if person.teaches else "staff"


def _roles(person: StaffRecord, here: dict[str, int]) -> dict[int, Role]:
    """One role in each establishment: the head is head where he is, and a teacher or staff elsewhere."""
    headed = {here[structure] for structure in person.headed if structure in here}
    usual = Role.TEACHER if person.teaches else Role.STAFF
    return {school: Role.HEAD if school in headed else usual for school in here.values()}


def _sync_teachings(run: Run, placed: Placed, memberships: Memberships) -> None:
    wanted = []
    for file, person, here in placed:
        for kind, taught in _taught(person):
            subject = run.subjects.get(taught.subject)
            if taught.group.structure not in here:
                continue
            if subject is None:
                run.report.rejected.repeat(Reason.UNKNOWN_SUBJECT, file, taught.subject)
                continue
            establishment = here[taught.group.structure]
            key = GroupKey(establishment, kind, taught.group.name)
            wanted.append((key, memberships[person.id, establishment], subject))
    run.groups.settle(key for key, _membership, _subject in wanted)
    run.links.sync(
        TEACHINGS,
        of=run.people.older(memberships.values()),
        wanted=(
            Teaching(
                establishment_id=key.establishment,
                group_id=run.groups[key],
                membership_id=membership,
                subject_id=subject,
            )
            for key, membership, subject in wanted
        ),
    )


def _taught(person: StaffRecord) -> Iterator[tuple[str, Taught]]:
    for kind, taught in ((Group.Kind.CLASS, person.classes), (Group.Kind.TEACHING, person.groups)):
        for each in taught:
            yield kind, each


def _sync_form_teachers(run: Run, placed: Placed, memberships: Memberships) -> None:
    wanted = [
        (
            GroupKey(here[ref.structure], Group.Kind.CLASS, ref.name),
            memberships[person.id, here[ref.structure]],
        )
        for _file, person, here in placed
        for ref in person.form_classes
        if ref.structure in here
    ]
    run.groups.settle(key for key, _membership in wanted)
    run.links.sync(
        FORM_TEACHERS,
        of=run.people.older(memberships.values()),
        wanted=(
            FormTeacher(establishment_id=key.establishment, group_id=run.groups[key], membership_id=membership)
            for key, membership in wanted
        ),
    )
