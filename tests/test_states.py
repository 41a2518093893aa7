"""Each state of a limitation, which one comes first, and the steps that led to it."""

from datetime import UTC, datetime
from itertools import count

import pytest

from problems.choices import Relation, State
from problems.records import PartialDate, PersonName
from problems.states import Evidence, Step, common_author, same_person, state, steps

ADDRESSES, NARROWS, CONFIRMS, DISPUTES = Relation.ADDRESSES, Relation.NARROWS, Relation.CONFIRMS, Relation.DISPUTES
ADA, BEN = PersonName(family="Abel", given="Ada"), PersonName(family="Brandt", given="Ben")
numbers = count(1)


def says(relation: Relation, *, day: int = 1, date: str = "2024", authors: tuple[PersonName, ...] = (ADA,), paper: int = 0) -> Evidence:
    tag = next(numbers)
    return Evidence(tag, relation, datetime(2026, 11, day, tzinfo=UTC), paper or tag, PartialDate.parse(date) if date else None, authors)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([], State.UNTOUCHED),
        ([says(CONFIRMS)], State.CONFIRMED),
        ([says(NARROWS)], State.NARROWED),
        ([says(ADDRESSES)], State.NARROWED),
        ([says(NARROWS), says(CONFIRMS)], State.NARROWED),
        ([says(ADDRESSES, authors=(ADA,)), says(ADDRESSES, authors=(BEN,))], State.ADDRESSED),
        ([says(ADDRESSES, authors=(ADA,)), says(ADDRESSES, authors=(ADA, BEN))], State.NARROWED),
        ([says(ADDRESSES, authors=(ADA,)), says(NARROWS, authors=(BEN,))], State.NARROWED),
        ([says(ADDRESSES, authors=(ADA,)), says(ADDRESSES, authors=(BEN,)), says(CONFIRMS)], State.ADDRESSED),
        ([says(DISPUTES)], State.CONTESTED),
        ([says(CONFIRMS), says(DISPUTES)], State.CONTESTED),
        ([says(ADDRESSES, authors=(ADA,)), says(ADDRESSES, authors=(BEN,)), says(DISPUTES)], State.CONTESTED),
        ([says(NARROWS, date="2023"), says(CONFIRMS, date="2024")], State.CONTESTED),
        ([says(ADDRESSES, date="2023"), says(CONFIRMS, date="2024")], State.CONTESTED),
        ([says(NARROWS, date="2024-05"), says(CONFIRMS, date="2024-06")], State.CONTESTED),
        ([says(NARROWS, date="2024-06"), says(CONFIRMS, date="2024-05")], State.NARROWED),
        ([says(NARROWS, date="2024"), says(CONFIRMS, date="2024-06")], State.NARROWED),
        ([says(NARROWS, date="2025"), says(CONFIRMS, date="2024")], State.NARROWED),
        ([says(NARROWS, date="2025"), says(NARROWS, date="2022"), says(CONFIRMS, date="2024")], State.CONTESTED),
        ([says(NARROWS, date=""), says(CONFIRMS, date="2024")], State.NARROWED),
        ([says(NARROWS, date="2020"), says(CONFIRMS, date="")], State.NARROWED),
    ],
)
def test_the_first_that_holds(evidence: list[Evidence], expected: State) -> None:
    assert state(evidence) == expected
    assert state(evidence[::-1]) == expected


def test_one_paper_that_addresses_twice_is_one_paper() -> None:
    assert state([says(ADDRESSES, paper=7), says(ADDRESSES, paper=7, authors=(BEN,))]) == State.NARROWED


def test_papers_without_authors_are_not_taken_for_independent() -> None:
    assert state([says(ADDRESSES, authors=()), says(ADDRESSES, authors=(BEN,))]) == State.NARROWED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (PersonName(family="Ó Brádaigh", given="Conchúr"), PersonName(family="O'Bradaigh", given="C."), True),
        (PersonName(family="Abel", given="Ada"), PersonName(family="Abel", given="Ben"), False),
        (
            PersonName(family="Abel", given="Ada", orcid="0000-0002-1825-0097"),
            PersonName(family="Novak", given="A.", orcid="0000-0002-1825-0097"),
            True,
        ),
        (
            PersonName(family="Abel", given="Ada", orcid="0000-0002-1825-0097"),
            PersonName(family="Abel", given="Ada", orcid="0000-0001-5109-3700"),
            False,
        ),
        (PersonName(family="Abel", given="Ada", orcid="0000-0002-1825-0097"), PersonName(family="Abel", given="A."), True),
        (PersonName(family="Ørsted", given="Anna"), PersonName(family="Orsted", given="A."), True),
        (PersonName(literal="Thorn"), PersonName(literal="THORN"), True),
        (PersonName(), PersonName(), False),
    ],
)
def test_same_person(one: PersonName, other: PersonName, same: bool) -> None:  # noqa: FBT001 - a column of the table
    assert same_person(one, other) is same
    assert same_person(other, one) is same


def test_common_author_is_any_of_them() -> None:
    assert common_author(says(ADDRESSES, authors=(ADA, BEN)), says(ADDRESSES, authors=(BEN,)))
    assert not common_author(says(ADDRESSES, authors=(ADA,)), says(ADDRESSES, authors=(BEN,)))


def test_steps_carry_the_day_of_acceptance_and_the_tag_that_moved_it() -> None:
    confirms, again, narrows, disputes = (says(CONFIRMS, day=2), says(CONFIRMS, day=3), says(NARROWS, day=5), says(DISPUTES, day=9))
    assert steps([disputes, narrows, again, confirms]) == [
        Step(State.UNTOUCHED, State.CONFIRMED, confirms.accepted_at, confirms.tag),
        Step(State.CONFIRMED, State.NARROWED, narrows.accepted_at, narrows.tag),
        Step(State.NARROWED, State.CONTESTED, disputes.accepted_at, disputes.tag),
    ]


def test_tags_accepted_at_one_instant_make_one_step() -> None:
    first, second = says(ADDRESSES, authors=(ADA,)), says(ADDRESSES, authors=(BEN,))
    assert steps([first, second]) == [Step(State.UNTOUCHED, State.ADDRESSED, second.accepted_at, second.tag)]
    assert steps([]) == []
