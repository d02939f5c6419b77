"""The trombinoscope of a class as a PDF: five to a row, thirty to an A4 page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ent.portal.paper import FONT, font_files, sheets
from ent.portal.templatetags.portal import initials

if TYPE_CHECKING:
    from fpdf import FPDF

# Millimetres.
A_ROW, ROWS = 5, 6
MARGIN, TOP = 12.0, 26.0
WIDTH, HEIGHT = (210 - 2 * MARGIN) / A_ROW, 44.0
PHOTO_WIDTH, PHOTO_HEIGHT = 24.0, 32.0


@dataclass(frozen=True)
class Face:
    first_name: str
    last_name: str
    photo: bytes | None


def draw(*, title: str, caption: str, faces: Sequence[Face]) -> bytes:
    pdf = sheets(_("Trombinoscope"))
    for index, face in enumerate(faces):
        place = index % (A_ROW * ROWS)
        if place == 0:
            pdf.add_page()
            _text(pdf, MARGIN, 10, title, 18, bold=True, width=186, align="L")
            _text(pdf, MARGIN, 18, caption, 10, width=186, align="L")
        _draw_face(pdf, face, MARGIN + WIDTH * (place % A_ROW), TOP + HEIGHT * (place // A_ROW))
    if not faces:
        pdf.add_page()
        _text(pdf, MARGIN, 10, title, 18, bold=True, width=186, align="L")
    return bytes(pdf.output())


def _draw_face(pdf: FPDF, face: Face, left: float, top: float) -> None:
    x = left + (WIDTH - PHOTO_WIDTH) / 2
    if not _draw_photo(pdf, face.photo, x, top):
        pdf.set_draw_color(150)
        pdf.rect(x, top, PHOTO_WIDTH, PHOTO_HEIGHT)
        _text(pdf, x, top + 12, initials(f"{face.first_name} {face.last_name}"), 18, width=PHOTO_WIDTH)
    _text(pdf, left, top + PHOTO_HEIGHT + 1, face.last_name, 9, bold=True, width=WIDTH)
    _text(pdf, left, top + PHOTO_HEIGHT + 5, face.first_name, 9, width=WIDTH)


def _draw_photo(pdf: FPDF, photo: bytes | None, left: float, top: float) -> bool:
    if photo is None:
        return False
    try:
        pdf.image(io.BytesIO(photo), x=left, y=top, w=PHOTO_WIDTH, h=PHOTO_HEIGHT)
    except OSError:  # damaged since it was kept: one photo less does not keep the class from being printed
        return False
    return True


def _text(
    pdf: FPDF, left: float, top: float, text: str, size: float, *, width: float, bold: bool = False, align: str = "C"
) -> None:
    """One line, in smaller letters when it would not fit."""
    if not font_files:
        text = text.replace("’", "'").encode("latin-1", "replace").decode("latin-1")
    pdf.set_font(FONT, "B" if bold else "", size)
    if (needed := pdf.get_string_width(text) + 2) > width:
        pdf.set_font_size(size * width / needed)
    pdf.set_xy(left, top)
    pdf.cell(width, size * 0.42, text, align=align)
