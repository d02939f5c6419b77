"""Tags and filters of the page: icons, identity colours, French dates and typography. Builtins of every template."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import zlib
from collections.abc import Hashable
from decimal import Decimal
from functools import lru_cache

from django import template
from django.template.defaultfilters import stringfilter
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from lucide.templatetags.lucide import lucide

from ent.portal.drawing import drawn

register = template.Library()

NBSP = "\u00a0"
NARROW_NBSP = "\u202f"
HUES = ("lavoir", "violette", "prairie", "indigo", "soleil", "pastel", "cerise", "brique")

# Drawing attributes are in the stylesheet (svg.i): a page holds dozens of icons.
_DRAWING_ATTRIBUTES = re.compile(
    r' (?:width|height|fill|stroke|stroke-width|stroke-linecap|stroke-linejoin|class)="[^"]*"'
)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, extra_class: str = "") -> SafeString:
    """The lucide icon of that name, decorative: the words beside it say what it means."""
    opening, drawing = lucide(name, size=None).split(">", 1)
    opening = _DRAWING_ATTRIBUTES.sub("", opening)
    css_class = f"i {extra_class}".strip()
    drawing = re.sub(r"\s+(?=<|/>)", "", drawing)
    return mark_safe(f'{opening} class="{css_class}" aria-hidden="true">{drawing.strip()}')  # noqa: S308 — lucide's own


@register.simple_tag
def draw(template: str, view: Hashable = None) -> SafeString:
    """A part of the page that depends on nothing but `view`, drawn once for the same values."""
    return drawn(template, view)


@register.filter
@stringfilter
def initials(name: str) -> str:
    """Inès Delmas → ID, Jean-Pierre Nguyễn-Baudry → JN, Mathématiques → MA, Anglais LV1 → AN, Histoire-géo → HG."""
    words = [word for word in re.findall(r"\w[\w'’-]*", name) if not re.fullmatch(r"LV\w?", word)]
    if len(words) == 1:
        words = words[0].split("-")
    if len(words) < 2 or not words[-1]:
        return "".join(words)[:2].upper()
    return (words[0][0] + words[-1][0]).upper()


@register.filter
def hue(identity: object) -> str:
    """One of the eight identity colours, always the same for the same number or name."""
    if isinstance(identity, int):
        return HUES[identity % len(HUES)]
    return HUES[zlib.crc32(str(identity).encode()) % len(HUES)]


def _as_date(value: dt.date | dt.datetime) -> dt.date:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@lru_cache(maxsize=2048)
def _written(date: dt.date, template_string: str) -> str:
    text = date_format(date, template_string)
    if date.day == 1:
        text = re.sub(r"\b1\b", gettext("1er"), text, count=1)
    # The number stays with its neighbours: "jeudi 26 novembre" may break nowhere but after the weekday.
    return re.sub(r"(?<=\d) | (?=\d{4}$)|(?<=er) ", NBSP, text)


@register.filter
def day(value: dt.date | dt.datetime | None, style: str = "") -> str:
    """aujourd’hui, demain, hier, or the weekday and the date. Styles: full (never relative), short (jeudi 26)."""
    if not value:
        return ""
    date = _as_date(value)
    if style == "short":
        return _written(date, "l j")
    return _named(date, timezone.localdate(), is_relative=style != "full")


@lru_cache(maxsize=2048)
def _named(date: dt.date, today: dt.date, *, is_relative: bool) -> str:
    distance = (date - today).days
    if is_relative and -1 <= distance <= 1:
        return (gettext("hier"), gettext("aujourd’hui"), gettext("demain"))[distance + 1]
    return _written(date, "l j F" if abs(distance) < 180 else "l j F Y")


@register.filter
def clock(value: dt.time | dt.datetime | None) -> str:
    """9 h 30, 8 h."""
    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if value.minute:
        return f"{value.hour}{NBSP}h{NBSP}{value.minute:02d}"
    return f"{value.hour}{NBSP}h"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """When something happened or will: relative within the hour, then the day and the hour."""
    if not value:
        return ""
    age = (timezone.now() - value).total_seconds()
    if 0 <= age < 60:
        return gettext("à l’instant")
    if 60 <= age < 3600:
        return gettext("il y a %(minutes)s min") % {"minutes": int(age // 60)}
    return gettext("%(day)s à %(hour)s") % {"day": day(value), "hour": clock(value)}


@register.filter
def minutes(value: int | dt.timedelta | None) -> str:
    """35 min, 1 h, 1 h 10."""
    if value is None or value == "":
        return ""
    total = int(value.total_seconds() // 60) if isinstance(value, dt.timedelta) else int(value)
    hours, rest = divmod(total, 60)
    if not hours:
        return f"{rest}{NBSP}min"
    return f"{hours}{NBSP}h{NBSP}{rest:02d}" if rest else f"{hours}{NBSP}h"


@register.filter
def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """17 940, 3,80 with number:2."""
    if value is None or value == "":
        return ""
    text = f"{Decimal(str(value)):,.{decimals}f}"
    return text.replace(",", NARROW_NBSP).replace(".", ",").replace("-", "−")


@register.filter
def euros(value: float | Decimal | None) -> str:
    """732 €, 3,80 €: cents only when there are some."""
    if value is None or value == "":
        return ""
    amount = Decimal(str(value))
    return f"{number(amount, 0 if amount == amount.to_integral_value() else 2)}{NBSP}€"


@register.filter
def filesize(octets: int | None) -> str:
    """950 octets, 12 ko, 1,4 Mo: in powers of ten, as phones count."""
    if octets is None or octets == "":
        return ""
    octets = int(octets)
    if octets < 1000:
        return ngettext("%(n)s octet", "%(n)s octets", octets) % {"n": octets}
    for power, unit in ((9, "Go"), (6, "Mo"), (3, "ko")):
        amount = octets / 10**power
        if amount >= 0.9995:
            decimals = 1 if amount < 9.95 and power > 3 else 0
            return number(amount, decimals).removesuffix(",0") + NBSP + unit
    raise AssertionError("unreachable")


@register.filter
def count(value: int, words: str) -> str:
    """2 devoirs, 1 devoir, aucun devoir: `n|count:"devoir,devoirs,aucun devoir"`. French counts 0 as singular."""
    singular, plural, *none = [word.strip() for word in words.split(",")]
    if not value and none:
        return none[0]
    return f"{number(value)}{NBSP}{plural if abs(value) >= 2 else singular}"


# With the h of Hélène, Henri, Hugo, which is silent; that of Hamza, Harry, Heidi is not.
_VOWEL = re.compile(r"[aeiou]|h(?:adri|e(?!id)|ip|on|or|ub|ug|ya)|y(?:v|s[aeo])")


@register.filter
def of(name: object) -> str:
    """“d’Émile”, “de Nina”, “d’Hélène”: for `{% blocktranslate with of=name|of %}Devoirs {{ of }}{% …`."""
    text = str(name)
    letters = unicodedata.normalize("NFKD", text.casefold().replace("œ", "o"))
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return gettext("d’%(name)s") % {"name": text} if _VOWEL.match(plain) else gettext("de %(name)s") % {"name": text}


_SPACED = [
    (re.compile(r"« ?"), f"«{NBSP}"),
    (re.compile(r"(?: |(?<=[\w)»…]))»"), f"{NBSP}»"),
    (re.compile(r" ([:%€°])"), rf"{NBSP}\1"),
    (re.compile(r" ([;?!])"), rf"{NARROW_NBSP}\1"),
    (re.compile(r"(?<=\d) (?=(?:min|h|cm|km|kg|Mo|ko|Go|ans?|élèves?|devoirs?|€)\b)"), NBSP),
    (re.compile(r"(?<=\d\u00a0h) (?=\d)"), NBSP),
    (re.compile(r"(?<=\d) (?=\d{3}\b)"), NARROW_NBSP),
    (re.compile(r"\b((?:[Pp]age|[Pp]ages|p\.|[Ss]alle|[Cc]hapitre|n°|N°|M\.|Mme|MM\.)) (?=[\dA-ZÀ-Ý])"), rf"\1{NBSP}"),
]


@register.filter(is_safe=True, needs_autoescape=True)
def nbsp(text: object, autoescape: bool = True) -> SafeString:
    """French non-breaking spaces, so that "page 87", "9 h 30" and « guillemets » never break."""
    written = conditional_escape(text) if autoescape else str(text)
    for pattern, replacement in _SPACED:
        written = pattern.sub(replacement, written)
    return mark_safe(written)  # noqa: S308 — escaped above; only spaces are added
