"""Parts drawn once for the same values are those that would be drawn anew."""

from __future__ import annotations

from typing import Any

from ent.portal.drawing import _draw, drawn
from pedagogy.homework.rows import Line

ROW = "pedagogy/homework/student_row.html"
LINE = Line(12, 3, "Mathématiques", "Exercices <b>12</b>", 20, True, False, False, "", "", False, "jeudi 26", False)


def test_drawn_part_is_what_its_template_draws() -> None:
    assert drawn(ROW, LINE) == drawn(ROW, LINE) == _draw(ROW, LINE)


def test_drawn_part_follows_its_values() -> None:
    done = LINE._replace(is_done=True)
    assert "À faire" in drawn(ROW, LINE)
    assert "À faire" not in drawn(ROW, done)
    assert "Exercices 14" in drawn(ROW, LINE._replace(title="Exercices 14"))


def test_drawn_part_escapes_its_values() -> None:
    assert "Exercices &lt;b&gt;12&lt;/b&gt;" in drawn(ROW, LINE)


def test_drawn_part_knows_nothing_but_its_value(rf: Any) -> None:
    assert "csrfmiddlewaretoken" not in drawn("components/foot.html", None)
