"""Names and dates of the plain record."""

import pytest

from problems.errors import Unparsable
from problems.records import PartialDate, PersonName


@pytest.mark.parametrize(
    ("name", "display", "inverted"),
    [
        (PersonName(family="Beethoven", given="Ludwig", particle="van"), "Ludwig van Beethoven", "van Beethoven, Ludwig"),
        (PersonName(family="King", given="Martin Luther", suffix="Jr."), "Martin Luther King Jr.", "King, Jr., Martin Luther"),
        (PersonName(family="Plato"), "Plato", "Plato"),
        (PersonName(literal="The Blank Society"), "The Blank Society", "The Blank Society"),
        (PersonName(), "", ""),
    ],
)
def test_a_name_in_both_orders(name: PersonName, display: str, inverted: str) -> None:
    assert (name.display, str(name), name.inverted) == (display, display, inverted)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PersonName(family="Müller", given="Jörg"), PersonName(family="MULLER", given="J.")),
        (PersonName(family="Mu\u0308ller", given="J"), PersonName(family="M\u00fcller", given="Jo")),
        (PersonName(family="O'Hara", given="Ann"), PersonName(family="O\u2019Hara", given="A. B.")),
        (PersonName(family="Beethoven", given="Ludwig", particle="van"), PersonName(family="van Beethoven", given="L.")),
        (PersonName(family="Straße", given="Åsa"), PersonName(family="Strasse", given="asa")),
        (PersonName(literal="The Blank Society"), PersonName(literal="the blank society")),
    ],
)
def test_same_family_name_and_first_initial(one: PersonName, other: PersonName) -> None:
    assert one.family_key == other.family_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PersonName(family="Lee", given="Ann"), PersonName(family="Lee", given="Bo")),
        (PersonName(family="Lee", given="Ann"), PersonName(family="Leeds", given="Ann")),
        (PersonName(family="Lee", given="Ann"), PersonName(family="Lee")),
        (PersonName(family="Lee", given="A"), PersonName(family="Leea")),
        (PersonName(family="李", given="明"), PersonName(family="王", given="明")),
    ],
)
def test_other_people(one: PersonName, other: PersonName) -> None:
    assert one.family_key != other.family_key


@pytest.mark.parametrize("text", ["2024", "2024-05", "2024-05-01", "2024-02-29", "1000", "2100-12-31"])
def test_a_date_reads_what_it_writes(text: str) -> None:
    assert str(PartialDate.parse(f" {text} ")) == text


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("20245", "date"),
        ("", "date"),
        ("2024-5", "date"),
        ("05/2024", "date"),
        ("2024-05-01T00:00", "date"),
        ("٢٠٢٤", "date"),
        ("0999", "year"),
        ("2101", "year"),
        ("2024-00", "month"),
        ("2024-13", "month"),
        ("2023-02-29", "day"),
        ("2024-04-31", "day"),
    ],
)
def test_no_date(text: str, field: str) -> None:
    with pytest.raises(Unparsable) as refusal:
        PartialDate.parse(text)
    assert refusal.value.field == field


def test_a_day_needs_its_month() -> None:
    with pytest.raises(Unparsable, match="A day needs its month"):
        PartialDate(2024, None, 3)


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [
        ("2024", "2023-12-31", True),
        ("2024-05", "2024-04-30", True),
        ("2024-05-02", "2024-05-01", True),
        ("2024-05", "2024", False),
        ("2024", "2024-05", False),
        ("2024-05-31", "2024-05", False),
        ("2024-05-01", "2024-05-01", False),
        ("2023-12", "2024", False),
        ("2024-04-30", "2024-05", False),
    ],
)
def test_later_is_what_is_known_to_be_later(one: str, other: str, later: bool) -> None:  # noqa: FBT001
    assert PartialDate.parse(one).later_than(PartialDate.parse(other)) is later
