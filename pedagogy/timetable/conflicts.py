"""Who or what is at two places at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from pedagogy.timetable.agenda import Meeting


class What(Enum):
    TEACHER = "teacher"
    ROOM = "room"
    GROUP = "group"


class Conflict(NamedTuple):
    what: What
    name: str
    first: Meeting
    second: Meeting


def conflicts(meetings: Iterable[Meeting]) -> list[Conflict]:
    """By day and hour. A lesson with several teachers or groups is one lesson, and in conflict with no part of it."""
    by_one: defaultdict[tuple[What, int, str, object], list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        if not meeting.takes_place:
            continue
        for pk, name in zip(meeting.teacher_pks, meeting.teachers, strict=True):
            by_one[What.TEACHER, pk, name, meeting.on].append(meeting)
        for pk, name in zip(meeting.group_pks, meeting.groups, strict=True):
            by_one[What.GROUP, pk, name, meeting.on].append(meeting)
        if meeting.room_pk:
            by_one[What.ROOM, meeting.room_pk, meeting.room, meeting.on].append(meeting)
    found = [
        Conflict(what, name, first, second)
        for (what, _pk, name, _on), own in by_one.items()
        for first, second in pairwise(sorted(own, key=lambda meeting: meeting.key))
        if second.starts_at < first.ends_at
    ]
    return sorted(found, key=lambda conflict: (conflict.first.key, conflict.what.value, conflict.name))
