"""Imports the students and their guardians."""

from __future__ import annotations

from collections.abc import Iterator

from establishments.directory.export import Category
from establishments.directory.links import GROUP_MEMBERSHIPS, GUARDIANSHIPS
from establishments.directory.people import Place
from establishments.directory.reading import read_category
from establishments.directory.records import GuardianRecord, StudentRecord
from establishments.directory.report import Reason, Report
from establishments.directory.run import Run, batched
from establishments.directory.structures import GroupKey
from establishments.directory.values import ParentLink
from establishments.models import Group, GroupMembership, Guardianship, Role


def import_students(run: Run) -> None:
    for batch in run.batches(Category.STUDENT):
        placed = run.placed(batch)
        for file, student, here in placed:
            _note_student(run, file, student, here)
        accounts = run.people.accounts([student for _file, student, _here in placed], lambda student: "students")
        places = {
            Place(establishment, accounts[student.id], Role.STUDENT)
            for _file, student, here in placed
            for establishment in here.values()
        }
        memberships = run.people.memberships(places)
        wanted = [
            (key, memberships[Place(key.establishment, accounts[student.id], Role.STUDENT)])
            for _file, student, here in placed
            for key in _groups_of(student, here)
        ]
        run.groups.settle(key for key, _membership in wanted)
        run.links.sync(
            GROUP_MEMBERSHIPS,
            of=run.people.older(memberships.values()),
            wanted=(
                GroupMembership(establishment_id=key.establishment, group_id=run.groups[key], membership_id=membership)
                for key, membership in wanted
            ),
        )


def _note_student(run: Run, file: str, student: StudentRecord, here: dict[str, int]) -> None:
    if not any(ref.structure in here for ref in student.classes):
        run.report.warnings.add(Reason.NO_CLASS, file, student.id)
    legal = run.legal_links(student)
    if not legal:
        run.report.warnings.add(Reason.NO_GUARDIAN, file, student.id)
    for link in student.links:
        run.related.add(link.guardian)
    for guardian in legal:
        run.legal.add(guardian)


def _groups_of(student: StudentRecord, here: dict[str, int]) -> Iterator[GroupKey]:
    for kind, refs in ((Group.Kind.CLASS, student.classes), (Group.Kind.TEACHING, student.groups)):
        for ref in refs:
            if ref.structure in here:
                yield GroupKey(here[ref.structure], kind, ref.name)


def import_guardians(run: Run) -> None:
    """Accounts for those with authority; their memberships come with the links."""
    for batch in run.batches(Category.GUARDIAN):
        guardians: list[GuardianRecord] = []
        for file, guardian in batch:
            if guardian.id in run.legal:
                guardians.append(guardian)
            elif guardian.id not in run.related:
                run.report.warnings.add(Reason.NOBODYS, file, guardian.id)
        run.people.accounts(guardians, lambda guardian: "guardians")


def import_guardianships(run: Run) -> None:
    """Read the students once more: their links would fill the memory if they waited for the guardians."""
    again = read_category(run.delivery, Category.STUDENT, report=Report())
    for batch in batched(again):
        here = {
            student.id: {run.schools.by_structure[s] for s in student.structures if s in run.schools.by_structure}
            for _file, student in batch
        }
        links = {student.id: run.legal_links(student) for _file, student in batch if here[student.id]}
        accounts = run.people.known({*links, *(guardian for held in links.values() for guardian in held)})
        for file, student in batch:
            for guardian in links.get(student.id, ()):
                if guardian not in accounts:
                    run.report.rejected.add(Reason.UNKNOWN_GUARDIAN, file, student.id, guardian=guardian)
        _sync_guardianships(run, here, links, accounts)


def _sync_guardianships(
    run: Run, here: dict[str, set[int]], links: dict[str, dict[str, ParentLink]], accounts: dict[str, int]
) -> None:
    held = [
        (
            Place(establishment, accounts[student], Role.STUDENT),
            Place(establishment, accounts[guardian], Role.GUARDIAN),
            link,
        )
        for student, by_guardian in links.items()
        for guardian, link in by_guardian.items()
        if guardian in accounts
        for establishment in here[student]
    ]
    students = run.people.memberships(
        {Place(establishment, accounts[s], Role.STUDENT) for s in links for establishment in here[s]}
    )
    guardians = run.people.memberships({guardian for _student, guardian, _link in held})
    run.links.sync(
        GUARDIANSHIPS,
        of=run.people.older(students.values()),
        wanted=(
            Guardianship(
                establishment_id=student.establishment,
                student_id=students[student],
                guardian_id=guardians[guardian],
                link=link.link,
                is_legal=True,
                pays_fees=link.pays_fees,
            )
            for student, guardian, link in held
        ),
    )
