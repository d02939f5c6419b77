"""Sheets of A4 to draw on."""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    # It has every letter of the names that the feeds hold: é, but also ễ, ł, ş. The PDF's own fonts do not.
    from font_roboto import font_files
except ModuleNotFoundError:
    font_files = {}

if TYPE_CHECKING:
    from fpdf import FPDF

FONT = "Roboto" if font_files else "Helvetica"


def sheets(title: str) -> FPDF:
    """An empty document, measured in millimetres, with its font in regular and bold."""
    # Here, and not above: it would make a second and a half of the start of every process.
    from fpdf import FPDF

    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(title)
    pdf.set_lang("fr-FR")
    if font_files:
        pdf.add_font(FONT, "", font_files["Roboto"])
        pdf.add_font(FONT, "B", font_files["RobotoBold"])
    return pdf
