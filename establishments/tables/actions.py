"""A school's people by a table: from there on as by a feed, under the school's own UAI."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from accounts.audit.actions import record
from ent.portal.rights import require
from establishments.directory.actions import import_said, unwatched
from establishments.directory.models import ImportRun
from establishments.directory.receiving import Progress
from establishments.directory.report import Report
from establishments.models import Establishment, Subject
from establishments.tables.reading import Table, key_of

if TYPE_CHECKING:
    from accounts.models import User


def import_table(
    *,
    school: Establishment,
    table: Table,
    origin: str,
    day: date,
    by: User | None,
    is_dry: bool = True,
    progress: Progress = unwatched,
) -> tuple[ImportRun, Report]:
    """Whoever is not in the table is suspended, as by a complete export. `by` is None for the machine's own people.

    Raises `RefusedFileError` when the academy's feed knows the school, or another import is at work.
    """
    if by is not None:
        require(by, "establishments.tables.bring", school)
    report = Report()
    for line, text in table.errors:
        report.rejected.add_text(origin, f"Ligne {line} : {text}")
    report.read["lignes"] = table.rows
    run, whole = import_said(
        school=school,
        said=table.said,
        spared=frozenset(table.spared),
        run=ImportRun(origin=origin[:200], day=day, by=by, is_dry=is_dry),
        report=report,
        progress=progress,
    )
    if by is not None:
        record(verb="directory.table", by=by, establishment_id=school.pk, run=run.pk, rows=table.rows)
    return run, whole


def subject_codes() -> dict[str, str]:
    """By code, and by name as `key_of` has it."""
    codes: dict[str, str] = {}
    for code, name in Subject.objects.order_by("-code").values_list("code", "name"):
        codes[code] = codes[key_of(name)] = code
    return codes
