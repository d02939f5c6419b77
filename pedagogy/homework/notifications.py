"""What students are told of homework. No mark is ever in it: they read it on the page."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notifications.actions import notify
from accounts.notifications.kinds import Kind, kind
from ent.portal.templatetags.portal import day
from establishments.people.models import Membership
from pedagogy.homework.models import Homework

RETURNED = kind(Kind("pedagogy.homework.returned", gettext_lazy("Un travail corrigé"), "file-check"))
REMINDER = kind(Kind("pedagogy.homework.reminder", gettext_lazy("Un travail à rendre"), "clock-alert"))
CHANGED = kind(Kind("pedagogy.homework.changed", gettext_lazy("Un devoir modifié ou retiré"), "pencil"))


def tell_returned(homework: Homework, students: Iterable[int]) -> None:
    _tell(RETURNED, homework, students, _("Corrigé : %(title)s"), key=str(homework.pk))


def tell_reminder(homework: Homework, students: Iterable[int]) -> None:
    key = f"{homework.pk} {homework.reminded_on}"  # told again another day
    _tell(REMINDER, homework, students, _("À rendre : %(title)s"), key=key, detail=_due(homework))


def tell_revised(homework: Homework, students: Iterable[int]) -> None:
    key = f"{homework.pk} {homework.version}"
    _tell(CHANGED, homework, students, _("Modifié : %(title)s"), key=key, detail=_due(homework))


def tell_withdrawn(homework: Homework, students: Iterable[int]) -> None:
    _tell(CHANGED, homework, students, _("Retiré : %(title)s"), key=f"{homework.pk} retire")


def _due(homework: Homework) -> str:
    return _("%(subject)s, pour %(day)s") % {"subject": homework.subject.name, "day": day(homework.due_on, "full")}


def _tell(kind: Kind, homework: Homework, students: Iterable[int], title: str, *, key: str, detail: str = "") -> None:
    people = list(Membership.objects.current().filter(pk__in=list(students)).values_list("user", flat=True))
    if not people:
        return
    notify(
        kind=kind,
        people=people,
        establishment_id=homework.establishment_id,
        key=key,
        title=title % {"title": homework.title},
        detail=detail or homework.subject.name,
        path=reverse("student-homework", args=[homework.pk]),
    )
