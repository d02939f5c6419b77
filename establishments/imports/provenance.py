"""Where what is known of somebody came from, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ent.portal.templatetags.portal import clock, of
from establishments.directory.models import Change, SchoolRun
from establishments.directory.structures import is_table
from establishments.hand_made.models import HandMade
from establishments.imports.words import FACTS, OF_THE_PERSON, Names, words_of

READ = 200  # changes of one person: some ten a year


@dataclass(frozen=True)
class Fact:
    """“Classe : 5e B”, and where it came from."""

    label: str
    value: str
    source: str


def changes_of(user: Any, schools: Collection[int]) -> list[Change]:
    """What the imports changed for somebody in these schools, the latest first."""
    rows = Change.objects.of(user).filter(
        establishment__in=schools, school_run__state__in=(SchoolRun.State.APPLIED, SchoolRun.State.UNDONE)
    )
    rows = rows.select_related("school_run__run", "establishment__academy")
    rows = rows.defer("school_run__counts", "school_run__run__report", "school_run__run__delivered")
    return list(rows.order_by("-pk")[:READ])


def made_by_hand(user: Any, schools: Collection[int]) -> list[HandMade]:
    made = HandMade.objects.filter(membership__user=user, establishment__in=schools)
    return list(made.select_related("made_by", "membership", "establishment").order_by("pk"))


def facts_of(user: Any, changes: Sequence[Change], made: Sequence[HandMade], names: Names) -> list[Fact]:
    """What the latest change of each fact made of it, and who says so; what the feed never said, by whom it was."""
    applied = [change for change in changes if change.school_run.state == SchoolRun.State.APPLIED]
    schools = {change.establishment_id for change in applied}
    facts = []
    for fact, label in FACTS.items():
        places = [None] if fact in OF_THE_PERSON else sorted(schools)
        for school in places:
            change = _latest(fact, [c for c in applied if school in (None, c.establishment_id)], names)
            said = words_of(fact, change.after or {}, names) if change else ""
            if fact in OF_THE_PERSON:
                facts += _own(user, fact, str(label), said, change, made)
            elif change and said:
                place = f"{label} ({change.establishment})" if len(schools) > 1 else str(label)
                facts.append(Fact(place, said, source_of(change)))
    return facts


def by_source(facts: Sequence[Fact]) -> list[tuple[str, list[Fact]]]:
    """Each source once, with all that came from it, in the order of the facts."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.source, []).append(fact)
    return list(found.items())


def _latest(fact: str, changes: Sequence[Change], names: Names) -> Change | None:
    """The change that gave a fact the value that it has."""
    for change in changes:
        if words_of(fact, change.before or {}, names) != words_of(fact, change.after or {}, names):
            return change
    return None


def _own(user: Any, fact: str, label: str, said: str, change: Change | None, made: Sequence[HandMade]) -> list[Fact]:
    """A fact of the account: the feed may have given it, and somebody changed it since."""
    state = {fact: value.isoformat() if hasattr(value := getattr(user, fact), "isoformat") else value}
    held = words_of(fact, state, Names())
    if not held:
        return []
    if change and held == said:
        return [Fact(label, held, source_of(change))]
    return [Fact(label, held, _by_hand(fact, change, made))]


def _by_hand(fact: str, change: Change | None, made: Sequence[HandMade]) -> str:
    if fact == "email":
        return _("saisie par la personne")
    if change:
        return _("changé ici depuis l’import")
    if made:
        said = {"who": made[0].made_by or _("l’établissement"), "when": _moment(made[0].made_at)}
        return _("saisi à la main par %(who)s, %(when)s") % said
    return _("d’un import d’avant cet historique")


def source_of(change: Change) -> str:
    """“annuaire de l’académie de Toulouse, import du 24 novembre à 3 h 12, fichier …_Eleve_0001.xml”."""
    run = change.school_run
    when = _moment(run.applied_at or run.run.started_at)
    if is_table(run.realm):
        text = _("tableau de l’établissement, import %(when)s") % {"when": when}
    else:
        academy = of(_lowered(str(change.establishment.academy)))
        text = _("annuaire %(of_academy)s, import %(when)s") % {"of_academy": academy, "when": when}
    return f"{text}, {_('fichier')} {change.file}" if change.file else text


def _lowered(name: str) -> str:
    """“l’académie de Toulouse”: its name begins a line elsewhere."""
    return f"l’{name[:1].lower()}{name[1:]}" if name.startswith("Académie") else name


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return _("du %(day)s à %(hour)s") % {"day": date_format(local, "j F Y"), "hour": clock(local)}
