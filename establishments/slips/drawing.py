"""Draws slips: four to an A4 page, with the lines to cut along."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from ent.portal.paper import FONT, font_files, sheets
from ent.portal.templatetags.portal import day

if TYPE_CHECKING:
    from fpdf import FPDF

# Millimetres.
WIDTH, HEIGHT = 105.0, 148.5
MARGIN = 10.0
INNER = WIDTH - 2 * MARGIN
QR = 34.0
A_PAGE = 4


@dataclass(frozen=True)
class Slip:
    """What one slip says. Without a code it says why there is none."""

    school: str
    person: str
    what: str  # "Élève, 5e B"
    username: str
    code: str
    opens_on: date | None
    expires_on: date
    is_reset: bool
    why_none: str = ""


def link_to(code: str) -> str:
    """What the QR holds. The code follows the #: no server sees it, so that no log keeps it."""
    return f"{settings.ENT_ORIGIN}{reverse('activate')}#{code.replace('-', '')}"


def draw(slips: Sequence[Slip]) -> bytes:
    pdf = sheets(_("Fiches de compte"))
    pdf.set_margin(0)
    pdf.c_margin = 0
    for index, slip in enumerate(slips):
        place = index % A_PAGE
        if place == 0:
            pdf.add_page()
            _draw_cutting_lines(pdf)
        _draw_slip(pdf, slip, WIDTH * (place % 2), HEIGHT * (place // 2))
    return bytes(pdf.output())


def _draw_cutting_lines(pdf: FPDF) -> None:
    pdf.set_draw_color(150)
    pdf.set_line_width(0.2)
    pdf.set_dash_pattern(dash=2, gap=2)
    pdf.line(WIDTH, 0, WIDTH, 2 * HEIGHT)
    pdf.line(0, HEIGHT, 2 * WIDTH, HEIGHT)
    pdf.set_dash_pattern()


def _draw_slip(pdf: FPDF, slip: Slip, left: float, top: float) -> None:
    left += MARGIN
    pdf.set_text_color(90)
    _line(pdf, left, top + 10, slip.school, 9)
    pdf.set_text_color(0)
    _line(pdf, left, top + 16, slip.person, 16, bold=True)
    _line(pdf, left, top + 24, slip.what, 10)
    pdf.set_draw_color(0)
    pdf.line(left, top + 32, left + INNER, top + 32)
    if not slip.code:
        pdf.set_font(FONT, "", 11)
        pdf.set_xy(left, top + 38)
        pdf.multi_cell(INNER, 6, _printable(slip.why_none), align="L")
        return
    title = _("Choisir un nouveau mot de passe") if slip.is_reset else _("Activer le compte")
    _line(pdf, left, top + 36, title, 13, bold=True)
    beside = INNER - QR - 4
    _labelled(pdf, left, top + 45, _("Identifiant"), slip.username, INNER)
    _labelled(pdf, left, top + 60, _("Code"), slip.code, beside)
    _draw_qr(pdf, left + INNER - QR, top + 57, link_to(slip.code))
    pdf.set_font(FONT, "", 10)
    for number, step in enumerate(_steps(), start=1):
        pdf.set_xy(left, top + 82 + 11 * number)
        pdf.set_font(FONT, "B", 10)
        pdf.cell(6, 5, str(number))
        pdf.set_font(FONT, "", 10)
        pdf.multi_cell(INNER - 6, 5, _printable(step), align="L")
    _line(pdf, left, top + 131, _validity(slip), 9, bold=True)
    pdf.set_text_color(90)
    _line(pdf, left, top + 136, _("Le code sert une fois. À ne donner à personne."), 9)
    pdf.set_text_color(0)


def _steps() -> list[str]:
    """In the infinitive: the same slip goes to a child of eleven and to a head."""
    address = settings.ENT_ORIGIN.partition("://")[2] + reverse("activate")
    return [
        _("Photographier le carré avec le téléphone, ou aller sur %(address)s et taper le code.")
        % {"address": address},
        _("Répondre à la question : une date de naissance, le plus souvent."),
        _("Choisir un mot de passe, et le garder pour soi."),
    ]


def _validity(slip: Slip) -> str:
    until = day(slip.expires_on, "full")
    if slip.opens_on:
        return _("Valable du %(opens)s au %(until)s.") % {"opens": day(slip.opens_on, "full"), "until": until}
    return _("Valable jusqu’au %(until)s.") % {"until": until}


def _labelled(pdf: FPDF, left: float, top: float, label: str, value: str, width: float) -> None:
    pdf.set_text_color(90)
    _line(pdf, left, top, label, 9)
    pdf.set_text_color(0)
    _line(pdf, left, top + 4.5, value, 14, bold=True, width=width)


def _line(
    pdf: FPDF, left: float, top: float, text: str, size: float, *, bold: bool = False, width: float = INNER
) -> None:
    """One line, in smaller letters when it would not fit; the longest names of a region still read."""
    text = _printable(text)
    pdf.set_font(FONT, "B" if bold else "", size)
    needed = pdf.get_string_width(text)
    if needed > width:
        pdf.set_font_size(size * width / needed)
    pdf.set_xy(left, top)
    pdf.cell(width, size * 0.42, text)


def _printable(text: str) -> str:
    """As the font has it: without Roboto, in Latin-1, a letter that it lacks without its marks."""
    text = text.replace("\u202f", "\u00a0")
    if font_files:
        return text
    text = text.replace("’", "'")
    return "".join(
        c if ord(c) < 256 else unicodedata.normalize("NFKD", c).encode("ascii", "ignore").decode() for c in text
    )


def _draw_qr(pdf: FPDF, left: float, top: float, content: str) -> None:
    """As rectangles, one for each run of dark squares: sharp at any printer's size."""
    rows = list(segno.make(content, error="m", micro=False).matrix_iter(border=2))
    side = QR / len(rows)
    pdf.set_fill_color(0)
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                pdf.rect(left + x * side, top + y * side, length * side, side, style="F")
            x += length
