from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from establishments.directory.identifiers import IdentifierSet

identifiers = st.one_of(
    st.integers(min_value=0, max_value=10**15).map(str), st.text(), st.sampled_from(["7", "07", "007", "٧", "0"])
)


@given(st.lists(identifiers), st.lists(identifiers))
def test_identifier_set_is_a_set_of_strings(added: list[str], asked: list[str]) -> None:
    ours, theirs = IdentifierSet(), set()
    for identifier in added:
        ours.add(identifier)
        theirs.add(identifier)
    assert [identifier in ours for identifier in added + asked] == [
        identifier in theirs for identifier in added + asked
    ]


def test_identifier_set_takes_primary_keys() -> None:
    ours = IdentifierSet()
    ours.add(4096)
    assert 4096 in ours
    assert 4095 not in ours
    assert 0 not in ours


def test_identifier_set_of_a_region_takes_a_bit_each() -> None:
    ours = IdentifierSet()
    for number in range(1_000_000, 1_100_000):
        ours.add(str(number))
    assert sum(len(page) for page in ours._pages.values()) < 13_500  # bytes
