"""`python -m ent.embedded run|demo|erase`: what the Makefile calls."""

from __future__ import annotations

import argparse
import sys

from ent.embedded import launcher, runner


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ent.embedded")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a command with PostgreSQL and Redis around it")
    run.add_argument("--throw-away", action="store_true", help="in a home of its own, erased afterwards")
    run.add_argument("words", nargs="+", metavar="COMMAND", help="after --, the command and its arguments")
    commands.add_parser("demo", help="run the portal with invented schools until Ctrl-C")
    commands.add_parser("erase", help="erase ENT_HOME, unless it is in use")
    arguments = parser.parse_args()
    match arguments.command:
        case "run":
            return runner.run(arguments.words, throw_away=arguments.throw_away)
        case "demo":
            return launcher.demo()
        case _:
            return runner.erase_home()


if __name__ == "__main__":
    sys.exit(main())
