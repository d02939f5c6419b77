"""The sequence of a course's lessons, taken up as drafts of the lessons that come in another."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from establishments.files.actions import MAX_FILES, attach_again
from pedagogy.courses.copying import part
from pedagogy.courses.models import Course
from pedagogy.lessons.models import LessonEntry, LessonFile
from pedagogy.timetable.agenda import Meeting, lesson_of, next_meetings
from pedagogy.timetable.models import Slot

MOST = 200  # entries at once: a year of five lessons a week


@part("sequence", gettext_lazy("La progression du cahier de textes"))
def copy_sequence(*, source: Course, target: Course) -> int:
    """In the order of the source, one for each coming lesson that has nothing yet; what finds no lesson is left.

    Only what was published: a colleague's drafts are theirs. A teacher looks at each draft before students do.
    """
    entries = list(LessonEntry.objects.filter(course=source).published().oldest_first()[:MOST])
    if not entries:
        return 0
    coming = next_meetings(target.pk, timezone.now(), count=MOST)
    taken = set(LessonEntry.objects.filter(course=target).values_list("lesson", flat=True))
    free = [meeting for meeting in coming if meeting.lesson not in taken and meeting.teacher_pks]
    if not free:
        raise ValidationError(
            {"target": _("L’emploi du temps de ce cours n’a pas de séance libre à venir pour la recevoir.")}
        )
    files: dict[int, list[LessonFile]] = {}
    for file in LessonFile.objects.filter(entry__in=entries).order_by("pk"):
        files.setdefault(file.entry_id, []).append(file)
    pairs = list(zip(entries, free, strict=False))
    for entry, meeting in pairs:
        copied = LessonEntry.objects.create(
            establishment_id=target.establishment_id, lesson_id=_kept(meeting), course=target,
            author_id=meeting.teacher_pks[0], title=entry.title, content=entry.content,
        )  # fmt: skip
        for file in files.get(entry.pk, [])[:MAX_FILES]:
            attach_again(LessonFile, of=file, entry=copied)
    return len(pairs)


def _kept(meeting: Meeting) -> int:
    """The lesson's row, made when there is none."""
    if meeting.lesson:
        return meeting.lesson
    return int(lesson_of(slot=Slot.objects.get(pk=meeting.slot), on=meeting.on).pk)
