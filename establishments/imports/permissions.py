"""Who sends a directory, and sees what is under way.

| right | who |
|---|---|
| establishments.imports.send | the rectorate: who administers an academy (on None; of that academy's schools only) |

| establishments.imports.view | who sees the directory of that school (on a SchoolRun) |

Who sees a school's directory and who decides on an import is in `establishments.directory.permissions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.directory.permissions import ABOVE, AT_SCHOOL
from establishments.people.reach import reach_of
from establishments.territory.models import Authority

if TYPE_CHECKING:
    from accounts.models import User
    from establishments.directory.models import SchoolRun


@rules.predicate
def administers_an_academy(user: User) -> bool:
    """Also before its first school is there."""
    return bool(user.is_staff) and bool(user.mandates.filter(authority__kind=Authority.Kind.ACADEMY).exists())


@rules.predicate
def sees_run(user: User, school_run: SchoolRun) -> bool:
    return reach_of(user).has(school_run.establishment_id, AT_SCHOOL | ABOVE)


rules.add_perm("establishments.imports.view", sees_run)
rules.add_perm("establishments.imports.send", administers_an_academy)
