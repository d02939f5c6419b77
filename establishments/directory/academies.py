"""The academies and their codes; a feed may name its academy without giving the code.

Source: nomenclature N_ACADEMIE of the Banque centrale des nomenclatures, ministère de l’Éducation nationale.
"""

from __future__ import annotations

import unicodedata

ACADEMIES = {
    "01": "Paris",
    "02": "Aix-Marseille",
    "03": "Besançon",
    "04": "Bordeaux",
    "06": "Clermont-Ferrand",
    "07": "Dijon",
    "08": "Grenoble",
    "09": "Lille",
    "10": "Lyon",
    "11": "Montpellier",
    "12": "Nancy-Metz",
    "13": "Poitiers",
    "14": "Rennes",
    "15": "Strasbourg",
    "16": "Toulouse",
    "17": "Nantes",
    "18": "Orléans-Tours",
    "19": "Reims",
    "20": "Amiens",
    "22": "Limoges",
    "23": "Nice",
    "24": "Créteil",
    "25": "Versailles",
    "27": "Corse",
    "28": "La Réunion",
    "31": "Martinique",
    "32": "Guadeloupe",
    "33": "Guyane",
    "40": "Nouvelle-Calédonie",
    "41": "Polynésie française",
    "43": "Mayotte",
    "70": "Normandie",
}


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(c for c in decomposed if c.isalnum()).upper()


_CODES = {_folded(name): code for code, name in ACADEMIES.items()}


def code_of(*, code: str, name: str) -> str:
    """The code given, else that of the name; empty when neither is known."""
    return code.zfill(2) if code.isalnum() and len(code) <= 12 else _CODES.get(_folded(name), "")


def name_of(code: str) -> str:
    """“Académie de Toulouse”; the code in place of a name that is not known."""
    name = ACADEMIES.get(code, code)
    return f"Académie d’{name}" if name[0] in "AO" else f"Académie de {name}"
