"""Completes the schools known here from the national register, and makes planned ones of the others when asked to.

The register fills what is empty and corrects what it wrote itself. What the directory's feed or somebody in the
administration has set otherwise stays, and is said.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from establishments.directory.academies import name_of
from establishments.people.models import Mandate
from establishments.people.reach import ACADEMY_AGENT, reach_of
from establishments.register.reading import Reading, SchoolRecord
from establishments.register.report import Difference, Report
from establishments.territory.models import Authority, Establishment

if TYPE_CHECKING:
    from accounts.models import User

FIELDS = (
    "name", "kind", "ministry", "sector", "department", "address", "postal_code", "city", "insee_code", "latitude",
    "longitude", "phone", "email", "website",
)  # fmt: skip
OF_THE_FEED = frozenset({"name", "kind", "ministry", "department", "address", "postal_code", "city"})
# A value that nobody has chosen: nothing, or the column's own default.
UNSET: dict[str, Collection[object]] = {"kind": ["", Establishment.Kind.OTHER], "sector": [Establishment.Sector.PUBLIC]}
NOTHING = ("", None)


@transaction.atomic
def import_register(*, reading: Reading, by: User | None, create: bool = False, dry_run: bool = False) -> Report:
    """Write what the register has to say; `by` is None for whoever has the machine itself.

    Somebody's import touches the schools of their academies alone.
    """
    report = Report(sections=reading.sections, others=reading.others, errors=list(reading.errors), dry_run=dry_run)
    academies = None if by is None else _academies_of(by)
    schools = None if by is None else frozenset(reach_of(by).where(ACADEMY_AGENT))
    asked = {record.uai: record for record in reading.records}
    known = {
        school.uai: school
        for school in Establishment.objects.select_for_update(no_key=True).filter(uai__in=asked).order_by("pk")
    }
    changed, new = [], []
    for uai, record in asked.items():
        if uai in known and (schools is None or known[uai].pk in schools):
            if names := _complete(known[uai], record, report):
                changed.append(known[uai])
                report.updated[uai] = names
            else:
                report.unchanged += 1
        elif uai in known or (academies is not None and record.academy not in academies):
            report.elsewhere += 1
        elif create and record.academy:
            new.append(record)
        else:
            report.unknown += 1
    report.created = [record.uai for record in new]
    if not dry_run:
        _write(changed, new, by)
    return report


def _academies_of(by: User) -> frozenset[str]:
    """The codes of the academies that they administer."""
    mandates = Mandate.objects.filter(user=by, authority__kind=Authority.Kind.ACADEMY)
    codes = frozenset(mandates.values_list("authority__code", flat=True))
    if not by.is_staff or not codes:
        raise PermissionDenied
    return codes


def _complete(school: Establishment, record: SchoolRecord, report: Report) -> list[str]:
    """Set what the register may set, unsaved; the labels of what changed."""
    written = []
    for field, value in record.values.items():
        here, last = getattr(school, field), school.register_values.get(field)
        if here == value:
            continue
        if here == last if last is not None else here in UNSET.get(field, NOTHING):
            setattr(school, field, value)
            school.register_values[field] = value
            written.append(_label(field))
        else:
            report.differences.append(_difference(school, field, here, value))
    return written


def _difference(school: Establishment, field: str, here: Any, value: Any) -> Difference:
    is_of_feed = bool(school.structure_key) and field in OF_THE_FEED
    return Difference(
        uai=school.uai,
        school=str(school),
        field=_label(field),
        here="" if here is None else str(here),
        register=str(value),
        kept_for=_("annuaire fédérateur") if is_of_feed else _("administration"),
    )


def _label(field: str) -> str:
    return str(Establishment._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def _write(changed: list[Establishment], new: list[SchoolRecord], by: User | None) -> None:
    Establishment.objects.bulk_update(changed, [*FIELDS, "register_values"], batch_size=200)
    if by is not None and changed:
        said = _("Complété par le registre national des établissements")
        LogEntry.objects.log_actions(by.pk, changed, CHANGE, change_message=said)
    academies = _academies(frozenset(record.academy for record in new))
    Establishment.objects.bulk_create(
        Establishment(
            uai=record.uai,
            academy=academies[record.academy],
            state=Establishment.State.PLANNED,
            register_values=record.values,
            **record.values,
        )
        for record in new
    )


def _academies(codes: Collection[str]) -> dict[str, Authority]:
    found = {row.code: row for row in Authority.objects.filter(kind=Authority.Kind.ACADEMY, code__in=codes)}
    for code in sorted(set(codes) - found.keys()):
        found[code] = Authority.objects.create(kind=Authority.Kind.ACADEMY, code=code, name=name_of(code))
    return found
