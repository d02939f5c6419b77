"""Names, addresses, telephones and birthdays, drawn from lists: asking faker person by person would be slow."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from random import Random

from faker.providers.address.fr_FR import Provider as Addresses
from faker.providers.person.fr_FR import Provider as People

from establishments.directory.invention.facts import School

# What faker lacks and schools have: apostrophes, hyphens, particles, cedillas, ligatures.
SURNAMES = (
    *People.last_names,
    *("N'Diaye", "D'Artigues", "L'Hôte", "M'Barek", "O'Connor", "Saint-Pé", "Saint-Étienne", "De la Fuente"),
    *("El Khattabi", "Ben Youssef", "Nguyễn", "Cœurdacier", "Françoise", "Señoret", "Müller", "Puig y Soler"),
    *("Lacassagne", "Cazalbou", "Delpech", "Fabrègues", "Labarthe", "Puech", "Vaïsse", "Boudou", "Bonnafous"),
)
GIRLS = (
    *People.first_names_female,
    *("Anne-Sophie", "Marie-Lou", "Lou-Ann", "Maëlys", "Zoé", "Inès", "Éloïse", "Loeïza", "N'Dèye", "Chloé"),
    *("Jade", "Ambre", "Alba", "Romy", "Lina", "Mia", "Iris", "Nina", "Salomé", "Aya"),
)
BOYS = (
    *People.first_names_male,
    *("Jean-Baptiste", "Pierre-Louis", "Loïc", "Noé", "Gaël", "Joël", "Timéo", "Rafaël", "M'Hamed", "Célestin"),
    *("Gabriel", "Léo", "Nolan", "Sacha", "Malo", "Ibrahim", "Tiago", "Ewen", "Côme", "Naël"),
)
STREETS = ("des Lilas", "de l'Église", "du Pastel", "Jean-Jaurès", "des Pyrénées", "de la Brique", "d'Occitanie")


class Names:
    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def surname(self) -> str:
        """One in ten is double."""
        name = self._rng.choice(SURNAMES)
        if self._rng.random() < 0.1 and "-" not in name:
            other = self._rng.choice(SURNAMES)
            return name if "-" in other or other == name else f"{name}-{other}"
        return name

    def given(self, *, girl: bool) -> str:
        return self._rng.choice(GIRLS if girl else BOYS)

    def address(self, school: School) -> tuple[str, str, str]:
        """Lines split by `$`, postal code, town: near the school."""
        number = self._rng.randrange(1, 160)
        street = f"{number} {self._rng.choice(Addresses.street_prefixes)} {self._rng.choice(STREETS)}"
        return f"{street}$$$", f"{school.postal_code[:2]}000", school.city

    def telephone(self, *, mobile: bool) -> str:
        """Of the numbers that Arcep keeps for fiction: nobody answers."""
        return f"{'063998' if mobile else '053649'}{self._rng.randrange(10_000):04d}"

    def birthday(self, year: int) -> date:
        month = self._rng.randrange(1, 13)
        return date(year, month, self._rng.randrange(1, monthrange(year, month)[1] + 1))
