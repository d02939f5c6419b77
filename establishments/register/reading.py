"""Reads the open-data register of schools (“Annuaire de l’éducation”), whoever saved it: any of the encodings and
separators that spreadsheets write, the ministry's own column names or shorter ones."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import gettext as _

from accounts.identity.models import plain
from establishments.territory.models import Establishment, uai_is_valid

Kind, Ministry, Sector = Establishment.Kind, Establishment.Ministry, Establishment.Sector

COLUMNS = {
    "uai": ["uai", "identifiant_de_l_etablissement", "numero_uai"],
    "name": ["nom", "nom_etablissement", "appellation_officielle"],
    "nature": ["code_nature"],
    "sector": ["statut", "statut_public_prive"],
    "ministry": ["ministere_tutelle"],
    "address": ["adresse_1"],
    "address_2": ["adresse_2"],
    "postal_code": ["code_postal"],
    "city": ["commune", "nom_commune"],
    "insee_code": ["code_insee", "code_commune"],
    "academy": ["code_academie"],
    "latitude": ["latitude"],
    "longitude": ["longitude"],
    "phone": ["telephone"],
    "email": ["mail"],
    "website": ["web"],
    "link": ["type_rattachement", "type_rattachement_etablissement_mere"],
}
NEEDED = ("uai", "name", "nature")

# The nature's label contradicts the name of some agricultural lycées: only its code is trusted.
# Source: Banque centrale de nomenclatures, N_NATURE_UAI.
KINDS = {
    **dict.fromkeys(["340", "350", "352"], Kind.COLLEGE),
    **dict.fromkeys(["300", "301", "302", "303", "306", "310"], Kind.LYCEE),
    "307": Kind.LYCEE_AGRI,
    **dict.fromkeys(["320", "321"], Kind.LYCEE_PRO),
    "370": Kind.EREA,
    "380": Kind.OTHER,
}
LYCEES = frozenset({Kind.LYCEE, Kind.LYCEE_PRO})
SECTIONS = frozenset({"334", "335"})  # SEP and SGT: of a lycée whose own row is elsewhere, and no tenants
SECTION_LINK = "filiere"

LONGEST = {"name": 160, "address": 200, "postal_code": 10, "city": 100, "insee_code": 5, "phone": 20, "email": 254}


@dataclass(frozen=True)
class SchoolRecord:
    """A school as the register describes it; `values` are those that it gives."""

    line: int
    uai: str
    academy: str
    values: dict[str, Any]


@dataclass
class Reading:
    """What the file holds, and what could not be read, by line."""

    records: list[SchoolRecord] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    sections: int = 0
    others: int = 0  # écoles, services: of no interest here


def read(content: bytes) -> Reading:
    """Raises ValidationError, in words for whoever sent it, when the file is no register at all."""
    rows = csv.reader(io.StringIO(_text_of(content), newline=""), delimiter=_separator_of(content))
    try:
        head = next(rows, [])
        places = _places(head)
        reading, seen = Reading(), dict[str, int]()
        for row in rows:
            if any(cell.strip() for cell in row):
                _read_row(reading, seen, rows.line_num, row, places, len(head))
    except csv.Error as error:
        raise ValidationError(
            _("Ce fichier n’est pas un tableau CSV (ligne %(line)d).") % {"line": rows.line_num}, code="csv"
        ) from error
    return reading


def _text_of(content: bytes) -> str:
    """UTF-8, with or without its mark, else what spreadsheets under Windows write."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _separator_of(content: bytes) -> str:
    head = content.split(b"\n", 1)[0].decode("latin-1")
    return max(";,\t|", key=head.count)


def _places(head: Sequence[str]) -> dict[str, int]:
    known = {re.sub(r"[^a-z0-9]+", "_", plain(name.strip().lower())).strip("_"): n for n, name in enumerate(head)}
    places = {
        column: next(known[name] for name in names if name in known)
        for column, names in COLUMNS.items()
        if any(name in known for name in names)
    }
    if missing := [COLUMNS[column][0] for column in NEEDED if column not in places]:
        raise ValidationError(
            _("Ce n’est pas l’annuaire de l’éducation : il manque la colonne %(names)s.")
            % {"names": ", ".join(f"« {name} »" for name in missing)},
            code="columns",
        )
    return places


def _read_row(
    reading: Reading, seen: dict[str, int], line: int, row: Sequence[str], places: dict[str, int], width: int
) -> None:
    if len(row) != width:
        said = _("%(found)d colonnes au lieu de %(expected)d.")
        reading.errors.append((line, said % {"found": len(row), "expected": width}))
        return
    cells = {column: " ".join(row[place].replace("\0", "").split()) for column, place in places.items()}
    if cells["nature"] in SECTIONS or plain(cells.get("link", "")).startswith(SECTION_LINK):
        reading.sections += 1
        return
    uai, kind = cells["uai"].upper(), KINDS.get(cells["nature"])
    if not uai_is_valid(uai):
        reading.errors.append((line, _("« %(uai)s » n’est pas un code UAI.") % {"uai": cells["uai"][:20]}))
    elif uai in seen:
        said = _("%(uai)s est déjà à la ligne %(line)d.")
        reading.errors.append((line, said % {"uai": uai, "line": seen[uai]}))
    elif kind is None:
        reading.others += 1
    elif not cells["name"]:
        reading.errors.append((line, _("%(uai)s n’a pas de nom.") % {"uai": uai}))
    else:
        seen[uai] = line
        values = dict(_values_of(cells, kind, uai))
        for column in _unreadable(cells, values):
            said = _("%(uai)s : « %(value)s » n’est pas lisible (%(column)s) ; le reste de la ligne est repris.")
            data = {"uai": uai, "value": cells[column][:40], "column": COLUMNS[column][0]}
            reading.errors.append((line, said % data))
        reading.records.append(SchoolRecord(line, uai, cells.get("academy", ""), values))


def _values_of(cells: dict[str, str], kind: str, uai: str) -> Iterator[tuple[str, Any]]:
    is_agricultural = "AGRICULTURE" in cells.get("ministry", "").upper()
    yield "kind", str(Kind.LYCEE_AGRI if is_agricultural and kind in LYCEES else kind)
    if cells.get("ministry"):
        yield "ministry", str(Ministry.AGRICULTURE if is_agricultural else Ministry.EDUCATION)
    if cells.get("sector"):
        yield "sector", str(Sector.PRIVATE if plain(cells["sector"]).startswith("priv") else Sector.PUBLIC)
    yield "department", uai[:3]
    address = ", ".join(part for part in (cells.get("address"), cells.get("address_2")) if part)
    texts = {name: cells.get(name, "") for name in ("name", "postal_code", "city", "insee_code", "phone")}
    for name, text in {**texts, "address": address}.items():
        if text:
            yield name, text[: LONGEST[name]]
    if email := _valid(EmailValidator(), cells.get("email", "").lower()):
        yield "email", email
    if website := _valid(URLValidator(["http", "https"]), _with_scheme(cells.get("website", ""))):
        yield "website", website
    latitude, longitude = (_degrees(cells.get(name, "")) for name in ("latitude", "longitude"))
    if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
        yield "latitude", latitude
        yield "longitude", longitude


def _unreadable(cells: dict[str, str], values: dict[str, Any]) -> list[str]:
    return [name for name in ("latitude", "longitude", "email", "website") if cells.get(name) and name not in values]


def _valid(validator: Any, text: str) -> str:
    try:
        validator(text)
    except ValidationError:
        return ""
    return text if len(text) <= 200 else ""


def _with_scheme(address: str) -> str:
    return address if not address or "://" in address else f"https://{address}"


def _degrees(text: str) -> float | None:
    """Six decimals are ten centimetres; none for what is no number."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return round(number, 6) if math.isfinite(number) else None
