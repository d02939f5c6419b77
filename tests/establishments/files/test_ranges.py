"""A part of a file, for a player that goes forward and a download that is taken up again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import Browser
from tests.cast import Cast

CONTENT = b"%PDF-1.4\n1 0 obj\n"  # of the cast's file
SIZE = len(CONTENT)


@pytest.fixture
def url(cast: Cast) -> str:
    return f"/fichiers/ressources/{cast.pastel.resource_file.key}/"


@pytest.fixture
def browser(cast: Cast, client_of: Any) -> Browser:
    return client_of(cast.pastel.student)


def test_whole_file_says_that_parts_may_be_asked_for(browser: Browser, url: str) -> None:
    answer = browser.get(url)

    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Length"] == str(SIZE)


@pytest.mark.parametrize(
    ("asked", "given", "content_range"),
    [
        ("bytes=0-3", CONTENT[:4], f"bytes 0-3/{SIZE}"),
        ("bytes=5-", CONTENT[5:], f"bytes 5-{SIZE - 1}/{SIZE}"),
        ("bytes=-4", CONTENT[-4:], f"bytes {SIZE - 4}-{SIZE - 1}/{SIZE}"),
        ("bytes=0-9999", CONTENT, f"bytes 0-{SIZE - 1}/{SIZE}"),
        ("bytes=-9999", CONTENT, f"bytes 0-{SIZE - 1}/{SIZE}"),
    ],
)
def test_part_that_is_asked_for_is_given_and_named(
    browser: Browser, url: str, asked: str, given: bytes, content_range: str
) -> None:
    answer = browser.get(url, headers={"Range": asked})

    assert (answer.status_code, answer.getvalue()) == (206, given)
    assert answer["Content-Range"] == content_range
    assert answer["Content-Length"] == str(len(given))
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=999999999999-", "bytes=-0"])
def test_part_beyond_the_end_is_416_with_the_size(browser: Browser, url: str, asked: str) -> None:
    answer = browser.get(url, headers={"Range": asked})

    assert (answer.status_code, answer.getvalue()) == (416, b"")
    assert answer["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "octets=0-3", "bytes=0-1,3-4", "bytes=" + "9" * 40 + "-"]
)
def test_range_that_makes_no_sense_or_asks_for_several_gives_the_whole(browser: Browser, url: str, asked: str) -> None:
    assert browser.get(url, headers={"Range": asked}).getvalue() == CONTENT


def test_rest_of_another_content_than_the_one_begun_gives_the_whole(browser: Browser, url: str) -> None:
    etag = browser.get(url)["ETag"]

    same = browser.get(url, headers={"Range": "bytes=5-", "If-Range": etag})
    other = browser.get(url, headers={"Range": "bytes=5-", "If-Range": '"another"'})

    assert (same.status_code, other.status_code) == (206, 200)
    assert other.getvalue() == CONTENT


def test_part_is_refused_to_whoever_is_refused_the_whole(cast: Cast, client_of: Any, url: str) -> None:
    assert client_of(cast.pastel.colleague).get(url, headers={"Range": "bytes=0-3"}).status_code == 403
    assert client_of(cast.brique.student).get(url, headers={"Range": "bytes=0-3"}).status_code == 404
