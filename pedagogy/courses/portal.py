from __future__ import annotations

from pedagogy.courses import actions

__all__ = ["actions"]  # courses are made as the directory changes: see `make_courses`
