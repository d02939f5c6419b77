"""The administration's titles: Django's own put a noun behind « Ajout de », without its article."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext

register = template.Library()

# By the first word of a model's name; the others are masculine.
FEMININE = frozenset(
    {"académie", "année", "appartenance", "archive", "autorité", "classe", "compétence", "date", "fiche", "matière",
     "note", "personne", "photo", "responsabilité", "session", "vacances"}
)  # fmt: skip
PLURAL = frozenset({"vacances"})


@register.simple_tag(takes_context=True)
def admin_title(context: dict[str, Any]) -> str:
    """Ours where a page gives one; instead of Django's, the plural, “Ajouter une autorité” or the object's kind."""
    title, opts = str(context.get("title") or ""), context.get("opts")
    if opts is None:
        return title
    name = str(opts.verbose_name)
    if title in {gettext(said) % name for said in ("Select %s", "Select %s to change", "Select %s to view")}:
        return _capitalised(str(opts.verbose_name_plural))
    if title == gettext("Add %s") % name:
        return gettext("Ajouter %(thing)s") % {"thing": with_article(name)}
    if title in {gettext(said) % name for said in ("Change %s", "View %s")}:
        return _capitalised(name)
    return title


def with_article(name: str) -> str:
    first = name.partition(" ")[0].lower()
    article = "des" if first in PLURAL else "une" if first in FEMININE else "un"
    return f"{article} {name}"


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]
