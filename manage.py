#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL, the embedded services are started for its duration."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        python = HERE / ".venv" / "bin" / "python"
        if not python.exists() or Path(sys.prefix) == python.parents[1]:
            sys.exit("Django manque : lancez « make env », puis recommencez.")
        # `python manage.py` with the system's Python means the project's own environment.
        os.execv(python, [str(python), *sys.argv])  # noqa: S606
    from ent.embedded import ensure_services

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ent.settings")
    with ensure_services():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
