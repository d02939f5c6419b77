"""The ministry's test set of 2013, where it lies beside the project: its numbers are those measured on it."""

from __future__ import annotations

from collections import Counter

import pytest

from ent.tenancy.scope import tenant_scope
from establishments.models import Establishment, Group, Guardianship, Membership
from tests.establishments.directory.feeds import DAY, SAMPLE, imported

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLE.is_dir(), reason="the test set of 2013 does not lie beside the project"),
]


def test_sample_has_the_numbers_measured_on_it() -> None:
    report = imported(SAMPLE)
    assert report.read == {
        "EtabEducNat": 10,
        "MatiereEducNat": 718,
        "MefEducNat": 2504,
        "Eleve": 642,
        "PersRelEleve": 9975,
        "PersEducNat": 701,
    }
    assert report.as_dict()["created"] == {
        "establishments": 10,
        "subjects": 718,
        "groups": 173 + 70,
        "students": 642,
        "guardians": 881,  # of 1,029 that students name: the others are contacts
        "teachers": 539,
        "staff": 61,
        "memberships": 642 + 911 + 600,
        "group_memberships": 727,
        "teachings": 0,  # all 1,450 are of structures that are not in it
        "form_teachers": 0,
        "guardianships": 622 + 289,  # of 1,064 links: 153 are without authority
    }
    with tenant_scope(Establishment.objects.all()):
        assert Group.objects.classes().of_year(DAY).count() == 173
        assert Membership.objects.current(DAY).students().count() == 642
        links = Counter(Guardianship.objects.filter(is_legal=True).values_list("link", flat=True))
        assert links["mother"] > links["father"] > links["other"]


def test_sample_reports_its_traps_and_changes_nothing_the_second_time() -> None:
    first, second = imported(SAMPLE), imported(SAMPLE)
    assert second.created.total() == second.updated.total() == second.removed.total() == 0
    assert second.unchanged == first.created

    report = first.as_dict()
    warnings = Counter(note["reason"].partition(" :")[0] for note in report["warnings"])
    assert warnings["Élève sans responsable légal."] == 20
    assert sum(count for reason, count in warnings.items() if reason.startswith("La lettre du code UAI")) == 6
    assert [n for n in warnings if "mis de" in n] == ["Différentiel mis de côté, 6 fiche(s) lisibles"]
    assert warnings["Il manque une tranche de Eleve"] == 1
    also_elsewhere = 600  # people who cite a structure that the delivery lacks beside their school
    assert report["warnings_total"] == 8_946 + also_elsewhere + 20 + 6 + 1 + 1
    rejections = Counter(note["reason"].partition(" :")[0].partition(",")[0] for note in report["rejected"])
    assert rejections == {
        "Il manque le différentiel du 18/01/2013": 1,
        "Structure absente de l’export": 310,
        "Fiche sans établissement.": 95,
        "Établissement inconnu": 6,
    }
