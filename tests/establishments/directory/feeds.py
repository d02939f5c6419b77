"""Small exports written by the tests: two schools, and whoever a test adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from accounts.models import Identifier, User
from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import import_export
from establishments.directory.export import Category, open_export
from establishments.directory.report import Report
from establishments.models import (
    Establishment,
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    Membership,
    Teaching,
)

DAY = date(2025, 9, 2)
FABRE, LA_ROQUE = "5001", "5002"  # structure keys of 0120101V and 0120937D
STATED = {Category.SUBJECT: "MatEducNat"}
SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "aaf"

Value = str | Iterable[str]


def record(category: Category, identifier: str, *, request: str = "addRequest", **attributes: Value) -> str:
    return (
        f'<{request}><operationalAttributes><attr name="categoriePersonne">'
        f"<value>{STATED.get(category, category.value)}</value></attr></operationalAttributes>"
        f"<identifier><id>{identifier}</id></identifier><attributes>"
        + "".join(f'<attr name="{name}">{_values(value)}</attr>' for name, value in attributes.items())
        + f"</attributes></{request}>\n"
    )


def modification(category: Category, identifier: str, **attributes: Value) -> str:
    """Only the attributes that it names change."""
    return (
        record(category, identifier, request="modifyRequest", **attributes)
        .replace("<attributes>", "<modifications>")
        .replace("</attributes>", "</modifications>")
        .replace('<attr name="categoriePersonne">', "<<stated>>")
        .replace("</attr></operationalAttributes>", "<</stated>>")
        .replace("<attr name=", '<modification operation="replace" name=')
        .replace("</attr>", "</modification>")
        .replace("<<stated>>", '<attr name="categoriePersonne">')
        .replace("<</stated>>", "</attr></operationalAttributes>")
    )


def deletion(category: Category, identifier: str) -> str:
    """An identifier, and nothing else."""
    return record(category, identifier, request="deleteRequest").replace("<attributes></attributes>", "")


def _values(value: Value) -> str:
    values = [value] if isinstance(value, str) else value
    return "".join(f"<value>{escape(v)}</value>" for v in values)


def document(*records: str, version: str = "AAF-VE2407", prologue: str = "") -> str:
    return f'{prologue}<ficAlimMENESR>\n<!-- versionAF="{version}" -->\n{"".join(records)}</ficAlimMENESR>\n'


class WrittenExport:
    """Records by category; `write` makes the files, one slice each, all six categories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version, self.date, self.delivery = "AAF-VE2407", "20250901", "ENT_TEST"
        self.records: defaultdict[Category, dict[str, str]] = defaultdict(dict)
        self.structure(FABRE, uai="0120101V", name="Collège Fabre-ac-TOULOUSE", nature="340")
        self.structure(
            LA_ROQUE, uai="0120937D", name="Lycée La Roque-ac-TOULOUSE", nature="300", ministry="AGRICULTURE"
        )
        self.add(Category.SUBJECT, "061300", ENTMatJointure="061300", ENTLibelleMatiere="MATHEMATIQUES")
        self.add(Category.COURSE, "10110001110", ENTMefJointure="10110001110", ENTLibelleMef="5EME")

    def add(self, category: Category, identifier: str, **attributes: Value) -> None:
        self.records[category][identifier] = record(category, identifier, **attributes)

    def remove(self, category: Category, identifier: str) -> None:
        del self.records[category][identifier]

    def structure(
        self, identifier: str, *, uai: str, name: str, nature: str, ministry: str = "", **more: Value
    ) -> None:
        self.add(
            Category.STRUCTURE,
            identifier,
            ENTStructureJointure=identifier,
            ENTStructureUAI=uai,
            ENTStructureNomCourant=name,
            ENTStructureCodeTypeStruct=nature,
            ENTEtablissementMinistereTutelle=ministry,
            **{"ENTServAcAcademie": "TOULOUSE", "street": "1 rue du Pastel", "postalCode": "12000", "l": "RODEZ"}
            | more,
        )

    def student(
        self, identifier: str, *, name: str = "Puech", links: Value = (), structure: str = FABRE, **more: Value
    ) -> None:
        self.add(
            Category.STUDENT,
            identifier,
            ENTPersonJointure=identifier,
            sn=name,
            ENTElevePersRelEleve=links,
            ENTPersonStructRattach=structure,
            **{
                "givenName": "Zoé",
                "personalTitle": "Mlle",
                "ENTPersonDateNaissance": "06/08/2013",
                "ENTEleveClasses": f"{structure}$5e A",
            }
            | more,
        )

    def guardian(self, identifier: str, *, name: str = "Puech", **more: Value) -> None:
        self.add(
            Category.GUARDIAN,
            identifier,
            ENTPersonJointure=identifier,
            sn=name,
            **{"givenName": "Anne", "personalTitle": "Mme"} | more,
        )

    def staff(self, identifier: str, *, name: str = "Costes", structure: str = FABRE, **more: Value) -> None:
        self.add(
            Category.STAFF,
            identifier,
            ENTPersonJointure=identifier,
            sn=name,
            ENTPersonStructRattach=structure,
            **{"givenName": "Paul", "personalTitle": "M."} | more,
        )

    def path(self, category: Category, number: int = 0) -> Path:
        return self.folder / f"{self.delivery}_Complet_{self.date}_{category}_{number:04d}.xml"

    def write(self) -> Path:
        self.folder.mkdir(exist_ok=True)
        for category in Category:
            content = document(*self.records[category].values(), version=self.version)
            self.path(category).write_text(content, encoding="utf-8")
        return self.folder

    def imported(self, day: date = DAY) -> Report:
        return imported(self.write(), day)


class WrittenDelta:
    """The requests of one night, each category in the file of its own that has something to say."""

    def __init__(self, folder: Path, day: str = "20250902", *, delivery: str = "ENT_TEST") -> None:
        self.folder, self.day, self.delivery = folder, day, delivery
        self.requests: defaultdict[Category, list[str]] = defaultdict(list)

    def add(self, category: Category, identifier: str, **attributes: Value) -> None:
        self.requests[category].append(record(category, identifier, **attributes))

    def modify(self, category: Category, identifier: str, **attributes: Value) -> None:
        self.requests[category].append(modification(category, identifier, **attributes))

    def delete(self, category: Category, identifier: str) -> None:
        self.requests[category].append(deletion(category, identifier))

    def path(self, category: Category, number: int = 0) -> Path:
        return self.folder / f"{self.delivery}_Delta_{self.day}_{category}_{number:04d}.xml"

    def write(self) -> Path:
        self.folder.mkdir(exist_ok=True)
        for category, requests in self.requests.items():
            self.path(category).write_text(document(*requests), encoding="utf-8")
        return self.folder

    def imported(self, day: date = DAY) -> Report:
        return imported(self.write(), day)


def imported(path: Path, day: date = DAY) -> Report:
    with open_export(path) as export:
        return import_export(export=export, day=day)[1]


def counts(report: Report, outcome: str) -> dict[str, int]:
    return {key: count for key, count in report.as_dict()[outcome].items() if count}


def school(uai: str) -> Establishment:
    return Establishment.objects.get(uai=uai)


def user(identifier: str) -> User:
    return User.objects.get(identifiers__value=identifier)


def roles(identifier: str, day: date = DAY) -> set[tuple[str, str]]:
    """The person's current memberships: establishment and role."""
    with tenant_scope(Establishment.objects.all()):
        held = Membership.objects.current(day).filter(user=user(identifier))
        return set(held.values_list("establishment__uai", "role"))


def snapshot() -> dict[str, frozenset[tuple[Any, ...]]]:
    """What each school has, by UAI, in words that do not depend on primary keys."""
    found: defaultdict[str, set[tuple[Any, ...]]] = defaultdict(set)
    keys = dict(User.objects.values_list("pk", "username"))
    keys |= dict(Identifier.objects.values_list("user", "value"))

    def note(kind: str, rows: Any) -> None:
        for uai, *row in rows:
            found[uai].add((kind, *row))

    with tenant_scope(Establishment.objects.all()):
        members = Membership.objects.select_related("user", "establishment")
        named = {}
        for m in members:
            user = m.user
            named[m.pk] = (keys[user.pk], m.role)
            facts = (user.first_name, user.last_name, user.civility, user.birth_date, user.email)
            found[m.establishment.uai].add(("membership", *named[m.pk], m.ends_on, m.missing_since, *facts))
        groups = Group.objects.values_list("establishment__uai", "school_year__name", "kind", "name", "label")
        note("group", groups)
        for kind, model, more in (
            ("group_membership", GroupMembership, ()),
            ("teaching", Teaching, ("subject__code",)),
            ("form_teacher", FormTeacher, ()),
        ):
            rows = model.objects.values_list(
                "establishment__uai", "membership", "group__kind", "group__name", "group__school_year__name", *more
            )
            note(kind, ((uai, named[member], *rest) for uai, member, *rest in rows))
        wards = Guardianship.objects.values_list(
            "establishment__uai", "student", "guardian", "link", "is_legal", "pays_fees"
        )
        note("guardianship", ((uai, named[s], named[g], *rest) for uai, s, g, *rest in wards))
    return {uai: frozenset(rows) for uai, rows in found.items()}


def reasons(notes: Iterable[dict[str, str]]) -> list[tuple[str, str]]:
    """The identifiers and the messages of a report's entries."""
    return [(note["id"], note["reason"]) for note in notes]
