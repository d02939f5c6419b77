"""How many SQL statements an answer costs, as it would in production.

Three kinds are not counted, and none is a query of the page:

- transaction control. In production the scope is one BEGIN and one COMMIT; here it nests in the transaction that undoes
  the test, and is savepoints.
- the two `set_config` that end the scope. A scope restores what was set before only when it is nested: in production
  its transaction ends, and the settings with it. They are the last two statements; anything else there is counted.
- PREPARE, which a connection does once for each kept query, and never again.
"""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.browser import Browser

CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK", "BEGIN", "COMMIT", "PREPARE")
RESTORED = 2


def statements_of(browser: Browser, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(url)
    assert answer.status_code == 200, url
    statements = [query["sql"] for query in captured if not query["sql"].startswith(CONTROL)]
    assert all("set_config" in sql for sql in statements[-RESTORED:]), url
    return statements[:-RESTORED]
