"""The changes of people as a secretary would say them: “Classe : 5e A → 5e B”."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Self

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Identifier
from establishments.directory.models import Change
from establishments.people.models import Group, Guardianship, Membership, Role, Subject

ARRIVED, CHANGED, LEFT = "arrivee", "modification", "depart"
KINDS = {
    ARRIVED: gettext_lazy("Arrivées"),
    CHANGED: gettext_lazy("Modifications"),
    LEFT: gettext_lazy("Départs"),
}

# In the order in which they are read. Classes and teaching groups are one list in a state, two facts for people.
FACTS = {
    "role": gettext_lazy("Rôle"),
    "class": gettext_lazy("Classe"),
    "group": gettext_lazy("Groupes"),
    "teachings": gettext_lazy("Enseigne"),
    "forms": gettext_lazy("Professeur principal"),
    "guardians": gettext_lazy("Responsables"),
    "last_name": gettext_lazy("Nom"),
    "first_name": gettext_lazy("Prénom"),
    "civility": gettext_lazy("Civilité"),
    "birth_date": gettext_lazy("Date de naissance"),
    "email": gettext_lazy("Adresse e-mail"),
}
NAMES = ("last_name", "first_name", "civility")
OF_THE_PERSON = (*NAMES, "birth_date", "email")  # the same in all schools
OF_GROUPS = {"class": Group.Kind.CLASS, "group": Group.Kind.TEACHING}

State = dict[str, Any]


class Line(NamedTuple):
    """One fact that changed; empty where nothing is said."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """A change, in words."""

    change: Change
    lines: tuple[Line, ...]

    @property
    def kind(self) -> str:
        return kind_of(self.change)

    @property
    def role(self) -> str:
        said = (self.change.after or self.change.before or {}).get("role", "")
        return str(Role(said).label) if said else ""


def kind_of(change: Change) -> str:
    if change.before is None:
        return ARRIVED
    return LEFT if change.after is None else CHANGED


@dataclass
class Names:
    """What the keys and codes of some states are called. One statement, however many the states."""

    subjects: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Sequence[Change]) -> Self:
        states = [state for change in changes for state in (change.before, change.after) if state]
        codes = {code for state in states for _kind, _name, code in state.get("teachings", ())}
        keys = {key for state in states for key, *_rest in state.get("guardians", ())}
        names = cls()
        if codes or keys:
            for _rank, what, code, name in _found(codes, keys, {change.establishment_id for change in changes}):
                (names.subjects if what == SUBJECT else names.people)[code] = name
        return names


SUBJECT, PERSON = "subject", "person"


def _found(codes: set[str], keys: set[str], schools: set[int]) -> Any:
    """Of people: those whom a run that waits would bring, and those of the schools, as they are called now."""
    subjects = Subject.objects.filter(code__in=codes).order_by()
    coming = Change.objects.filter(establishment__in=schools, key__in=keys, before__isnull=True).order_by()
    here = Membership.objects.filter(user=OuterRef("user"), establishment__in=schools)
    known = Identifier.objects.filter(Exists(here), value__in=keys).order_by()
    called = Concat("user__last_name", Value(" "), "user__first_name", output_field=CharField())
    return (
        subjects.annotate(rank=Value(0), what=_said(SUBJECT), known_as=_text("code"), called=_text("name"))
        .values_list("rank", "what", "known_as", "called")
        .union(
            coming.annotate(rank=Value(1), what=_said(PERSON), known_as=_text("key"), called=_text("name")).values_list(
                "rank", "what", "known_as", "called"
            ),
            known.annotate(rank=Value(2), what=_said(PERSON), known_as=_text("value"), called=called).values_list(
                "rank", "what", "known_as", "called"
            ),
        )
        .order_by("rank")
    )


def _said(text: str) -> Value:
    return Value(text, CharField())


def _text(name: str) -> Cast:
    return Cast(name, CharField())


def told(changes: Iterable[Change]) -> list[Told]:
    """These changes in words."""
    rows = list(changes)
    names = Names.of(rows)
    return [Told(change, tuple(lines_of(change, names))) for change in rows]


def lines_of(change: Change, names: Names) -> Iterator[Line]:
    """What differs; of somebody who arrives or leaves, what their name and role do not say already."""
    before, after = change.before or {}, change.after or {}
    told_already = {ARRIVED: ("role", *NAMES), LEFT: ("role", *OF_THE_PERSON)}.get(kind_of(change), ())
    for fact, label in FACTS.items():
        if fact in told_already:
            continue
        was, is_now = words_of(fact, before, names), words_of(fact, after, names)
        if was != is_now:
            yield Line(str(label), was, is_now)


def words_of(fact: str, state: State, names: Names) -> str:
    """What a state says of one fact; empty where it says nothing."""
    if fact in OF_GROUPS:
        return ", ".join(name for kind, name in state.get("groups", ()) if kind == OF_GROUPS[fact])
    said = state.get(fact)
    if not said:
        return ""
    if fact == "role":
        return str(Role(said).label)
    if fact == "birth_date":
        return date_format(date.fromisoformat(said), "j F Y")
    if fact == "forms":
        return ", ".join(name for _kind, name in said)
    if fact == "teachings":
        return ", ".join(f"{names.subjects.get(code, code)} ({name})" for _kind, name, code in said)
    if fact == "guardians":
        return ", ".join(sorted(_guardian(key, link, pays, names) for key, link, pays in said))
    return str(said)


def _guardian(key: str, link: str, pays: bool, names: Names) -> str:
    called = names.people.get(key) or _("responsable n° %(key)s") % {"key": key}
    what = str(Guardianship.Link(link).label)
    return f"{called} ({what}, {_('paie les frais')})" if pays else f"{called} ({what})"
