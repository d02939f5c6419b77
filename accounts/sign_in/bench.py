"""Sign-ins a second, through the form: everybody of the region comes at eight."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth.hashers import check_password, make_password
from django.urls import reverse

from accounts.models import User
from ent.bench.load import Measure, send
from ent.bench.pages import BenchPage, BenchWork

PEOPLE = 500
PASSWORD = "une-phrase-du-banc-d-essai"  # noqa: S105 — of people who are nobody
TOKEN = "a" * 32  # of the form: cookie and field must agree, and both are the browser's to send
CHECKS = 20


def seed() -> None:
    """People with a password of ours, all the same: hashing them one by one would take longer than the bench."""
    password = make_password(PASSWORD)
    people = [
        User(username=f"banc.{n}", first_name=f"N{n}", last_name="Banc", password=password) for n in range(PEOPLE)
    ]
    User.objects.bulk_create(people, ignore_conflicts=True)


def pages() -> list[BenchPage]:
    return []


def works() -> list[BenchWork]:
    return [BenchWork("Connexions par le formulaire", sign_in, _share_of_the_hasher())]


def sign_in(port: int) -> None:
    """One person, from an address of their own."""
    chance = random.Random()  # noqa: S311 — whoever comes next
    body = urlencode({"login": f"banc.{chance.randrange(PEOPLE)}", "password": PASSWORD, "csrfmiddlewaretoken": TOKEN})
    headers = {
        "Cookie": f"ent_csrf={TOKEN}",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-For": ".".join(str(chance.randrange(1, 255)) for _ in range(4)),
    }
    status, head, _body = send(port, "POST", reverse("account_login"), headers, body)
    if status != 302 or "ent_session=" not in head:
        raise RuntimeError(f"the sign-in answered {status}")


def _share_of_the_hasher() -> Callable[[Measure], str]:
    password = make_password(PASSWORD)
    start = time.perf_counter()
    for _ in range(CHECKS):
        check_password(PASSWORD, password)
    one = (time.perf_counter() - start) / CHECKS
    workers = os.cpu_count() or 2

    def said(measure: Measure) -> str:
        share = one * measure.per_second / workers
        return f"une vérification {one * 1000:.1f} ms, soit {share:.0%} du temps des {workers} processus"

    return said
