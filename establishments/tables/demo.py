"""An agricultural lycée that no feed gives: its people come by the table that it would bring."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from itertools import cycle, islice

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User
from ent.demonstration import PASSWORD
from ent.tenancy.scope import tenant_scope
from establishments.people.models import Membership, Role
from establishments.tables.actions import import_table, subject_codes
from establishments.tables.reading import COLUMNS, key_of, read
from establishments.territory.models import Authority, Establishment

UAI, NAME = "0320999M", "Lycée agricole des Arbousiers"
CLASSES = ("2de PRO", "1re CGEA")
FIRST_NAMES = ("Aurélien", "Maëlys", "Noé", "Jeanne", "Yanis", "Zoé", "Théo", "Lina", "Côme", "Inès", "Paul", "Anouk")
LAST_NAMES = (
    "Arrieu", "Barthe", "Cazeneuve", "Darrieux", "Escaffre", "Fitte", "Gimbert", "Hébrard", "Izard", "Jougla",
    "Lafforgue", "Marfaing", "N’Diaye", "Ournac", "Péchalou", "Rouquette", "Saint-Blancat",
)  # fmt: skip
TEACHERS = (
    ("P001", "Capdeville", "Hélène", "Mme"),
    ("P002", "Mazas", "Olivier", "M."),
    ("P003", "Teulière", "Rachida", "Mme"),
)
SUBJECTS = ("Mathématiques", "Français", "Agronomie")
STUDENTS = 24


def load() -> None:
    if Establishment.objects.filter(uai=UAI).exists():
        return
    school = Establishment.objects.create(
        uai=UAI, name=NAME, kind=Establishment.Kind.LYCEE_AGRI, ministry=Establishment.Ministry.AGRICULTURE,
        city="Mirande", postal_code="32300", department="032",
        academy=Authority.objects.filter(kind=Authority.Kind.ACADEMY).earliest("pk"),
    )  # fmt: skip
    table = read(_table(), uai=UAI, subjects=subject_codes())
    import_table(school=school, table=table, origin="personnes.csv", day=timezone.localdate(), by=None, is_dry=False)
    with tenant_scope([school]):
        secretary = Membership.objects.get(role=Role.STAFF).user
        Membership.objects.create(establishment=school, user=secretary, role=Role.LOCAL_ADMIN)
        User.objects.filter(pk=secretary.pk).update(password=make_password(PASSWORD), activated_at=timezone.now())


def _table() -> bytes:
    known = subject_codes()  # the invented feed may have another list of subjects
    subjects = [name for name in SUBJECTS if key_of(name) in known] or [next(iter(known))]
    rows: list[dict[str, str]] = [
        {"identifiant": "D001", "profil": "direction", "nom": "Sarramon", "prénom": "Édith", "civilité": "Mme"},
        {"identifiant": "A001", "profil": "personnel", "nom": "Dupouy", "prénom": "Fabien", "civilité": "M."},
    ]
    for (key, last_name, first_name, civility), subject in zip(TEACHERS, cycle(subjects), strict=False):
        rows.append(
            {
                "identifiant": key, "profil": "enseignant", "nom": last_name, "prénom": first_name,
                "civilité": civility, "classe": " | ".join(CLASSES), "matières": subject,
            }
        )  # fmt: skip
    names = zip(cycle(FIRST_NAMES), islice(cycle(LAST_NAMES), STUDENTS), cycle(CLASSES), strict=False)
    for number, (first_name, last_name, class_name) in enumerate(names, start=1):
        born = date(timezone.localdate().year - 15, 1, 15) + timedelta(days=13 * number)
        rows.append(
            {
                "identifiant": f"E{number:03}", "profil": "élève", "nom": last_name, "prénom": first_name,
                "date de naissance": f"{born:%d/%m/%Y}", "classe": class_name,
                "responsables": f"R{number:03}:{'mère' if number % 2 else 'père'}",
            }
        )  # fmt: skip
        rows.append(
            {
                "identifiant": f"R{number:03}", "profil": "responsable", "nom": last_name,
                "prénom": "Claire" if number % 2 else "Rémi", "civilité": "Mme" if number % 2 else "M.",
            }
        )  # fmt: skip
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(COLUMNS), delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
