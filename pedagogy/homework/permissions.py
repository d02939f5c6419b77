"""Who may do what with homework.

| right | who |
|---|---|
| pedagogy.class.read | a teacher of the class or group, this year or before (on a Group) |
| pedagogy.homework.give | a teacher of the class or group, until its year is over (on a Group) |
| pedagogy.homework.view | students of the group, their legal guardians, its teachers, the head; planned: its author |
| pedagogy.homework.teach | a teacher of the group, this year or before (on a Homework); planned: its author |
| pedagogy.homework.revise | a teacher of the group, until its year is over (on a Homework) |
| pedagogy.homework.study | a student of the group, this year or before; when it is for some, one of these |
| pedagogy.homework.do | a student of the group, until its year is over: mark done, hand in |
| pedagogy.homework.follow | a teacher of the group, who gave it, the head: who did what |
| pedagogy.homework.assess | a teacher of the group, who gave it: correct, hand back |
| pedagogy.progress.view | the student, their legal guardians, a teacher of the group, who gave it, the head |
| pedagogy.progress.correct | a teacher of the group, who gave it: what was handed in, until the year is over |
| pedagogy.correction.read | the teachers and the head; the student and their guardians when it is handed back |
| pedagogy.load.set | the head: from how many minutes a day the school warns (on an Establishment) |

A year that is over is read and not changed. In the middle of one, a student who goes to another class keeps what they
have handed in (and so do their guardians), and their new work is the new teachers' alone; a teacher who has a class no
more keeps what they gave there and the copies handed in for it, which are theirs to assess, and nothing else of it.

A student who goes to another school keeps what they handed in at the old one (and so do their guardians): that is no
right in a school that they are of no more, but their own copies, read by `former`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rules
from django.utils import timezone

from ent.tenancy.kept import KeptQuery
from establishments.people.models import Group, GroupMembership, Guardianship, Role, Teaching
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment
from pedagogy.homework.models import Homework, Progress
from pedagogy.homework.querysets import is_over
from pedagogy.homework.sheets import Sheet

if TYPE_CHECKING:
    from accounts.models import User


def _teaches(user: User, group_id: int) -> bool:
    teachers = reach_of(user).memberships(Role.TEACHER)
    return bool(teachers) and Teaching.objects.filter(group=group_id, membership__in=teachers).exists()


_in_group = KeptQuery(
    lambda *, group, student: GroupMembership.objects.filter(group=group, membership=student).values_list("pk")[:1]
)


@rules.predicate
def teaches_group(user: User, group: Group) -> bool:
    return _teaches(user, group.pk)


@rules.predicate
def is_going_on(user: User, row: Group | Homework) -> bool:
    return not is_over(row)


@rules.predicate
def teaches(user: User, homework: Homework) -> bool:
    known: bool | None = getattr(homework, "is_taught", None)  # see `with_teaching_of`
    return _teaches(user, homework.group_id) if known is None else known


@rules.predicate
def is_given(user: User, homework: Homework | Sheet) -> bool:
    """Not to come: what is planned is its author's alone."""
    return homework.published_at <= timezone.now()


@rules.predicate
def is_kept(user: User, homework: Homework | Sheet) -> bool:
    """Not withdrawn."""
    return homework.withdrawn_at is None


@rules.predicate
def wrote(user: User, homework: Homework | Sheet) -> bool:
    if isinstance(homework, Sheet):  # a student's own page
        return False
    return homework.author_id in reach_of(user).memberships(Role.TEACHER)


@rules.predicate
def studies(user: User, homework: Homework | Sheet) -> bool:
    if isinstance(homework, Sheet):
        return homework.is_mine
    student = reach_of(user).membership(homework.establishment_id, Role.STUDENT)
    if student is None or not _in_group(group=homework.group_id, student=student):
        return False
    return not homework.for_some or _names(homework, [student])


def _names(homework: Homework, students: Any) -> bool:
    return bool(Progress.objects.filter(homework=homework.pk, student__in=students, is_named=True).exists())


@rules.predicate
def has_handed_in(user: User, homework: Homework | Sheet) -> bool:
    if isinstance(homework, Sheet):
        return homework.handed_in_at is not None
    students = reach_of(user).memberships(Role.STUDENT)
    return bool(students) and _handed_in(homework, students)


@rules.predicate
def guards_who_handed_in(user: User, homework: Homework) -> bool:
    if not reach_of(user).has(homework.establishment_id, {Role.GUARDIAN}):
        return False
    return _handed_in(homework, Guardianship.objects.held_by(user).values("student"))


def _handed_in(homework: Homework, students: Any) -> bool:
    rows = Progress.objects.filter(homework=homework.pk, student__in=students, handed_in_at__isnull=False)
    return bool(rows.exists())


@rules.predicate
def guards(user: User, homework: Homework) -> bool:
    if not reach_of(user).has(homework.establishment_id, {Role.GUARDIAN}):
        return False
    students = GroupMembership.objects.filter(group=homework.group_id).values("membership")
    wards = Guardianship.objects.held_by(user).filter(student__in=students)
    return _names(homework, wards.values("student")) if homework.for_some else bool(wards.exists())


@rules.predicate
def heads(user: User, row: Homework | Progress) -> bool:
    return reach_of(user).has(row.establishment_id, {Role.HEAD})


@rules.predicate
def owns_progress(user: User, progress: Progress) -> bool:
    return progress.student_id in reach_of(user).memberships(Role.STUDENT)


@rules.predicate
def guards_student(user: User, progress: Progress) -> bool:
    if not reach_of(user).has(progress.establishment_id, {Role.GUARDIAN}):
        return False
    return bool(Guardianship.objects.held_by(user).filter(student=progress.student_id).exists())


@rules.predicate
def teaches_progress(user: User, progress: Progress) -> bool:
    known: bool | None = getattr(progress, "is_taught", None)  # see `ProgressQuerySet.with_teaching_of`
    return _teaches(user, progress.homework.group_id) if known is None else known


@rules.predicate
def assesses(user: User, progress: Progress) -> bool:
    return progress.handed_in_at is not None and wrote(user, progress.homework)


@rules.predicate
def is_handed_in(user: User, progress: Progress) -> bool:
    return progress.handed_in_at is not None


@rules.predicate
def year_goes_on(user: User, progress: Progress) -> bool:
    return not is_over(progress if hasattr(progress, "year_ends") else progress.homework)


@rules.predicate
def is_handed_back(user: User, progress: Progress) -> bool:
    return progress.returned_at is not None


@rules.predicate
def heads_school(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, {Role.HEAD})


rules.add_perm("pedagogy.class.read", teaches_group)
rules.add_perm("pedagogy.homework.give", teaches_group & is_going_on)
rules.add_perm(
    "pedagogy.homework.view",
    has_handed_in
    | guards_who_handed_in
    | wrote
    | is_given & (teaches | heads)
    | is_given & is_kept & (studies | guards),
)
rules.add_perm("pedagogy.homework.teach", teaches & (is_given | wrote))
rules.add_perm("pedagogy.homework.revise", teaches & (is_given | wrote) & is_going_on)
rules.add_perm("pedagogy.homework.study", is_given & studies)
rules.add_perm("pedagogy.homework.do", is_given & is_kept & studies & is_going_on)
rules.add_perm("pedagogy.homework.assess", wrote | is_given & teaches)
rules.add_perm("pedagogy.homework.follow", wrote | is_given & (teaches | heads))
rules.add_perm("pedagogy.progress.view", owns_progress | assesses | teaches_progress | heads | guards_student)
rules.add_perm("pedagogy.progress.correct", is_handed_in & (assesses | teaches_progress) & year_goes_on)
rules.add_perm(
    "pedagogy.correction.read",
    assesses | teaches_progress | heads | is_handed_back & (owns_progress | guards_student),
)
rules.add_perm("pedagogy.load.set", heads_school)
