"""BibTeX as people really write it. The samples are of our own making; the ones beside the repository are read where they are there."""

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import FORMATS, Failed, Format, Parsed, by_name, by_suffix
from problems.formats._plain import ENTRIES_LIMIT, ENTRY_LIMIT, FILE_LIMIT
from problems.formats.bibtex import read
from problems.records import PaperRecord, PartialDate, PersonName

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples"
SHARED = ROOT.parent / "shared" / "data"
STARTS = re.compile(rb"^[ \t]*@[ \t]*(?!(?:comment|string|preamble)\b)\w+\s*[{(]", re.IGNORECASE | re.MULTILINE)
UNCLOSED = "The entry is not closed: a brace, bracket or quotation mark is missing. Close it before the next entry starts."
NO_COMMA = "There is no comma after the key. Write @article{key, and then the fields."
NO_EQUALS = "A field has no equals sign, or a comma is missing before it. Write it like title = {…},"
NO_TITLE = "The entry has no title. Add title = {…} to it."
CUT_SHORT = "The list of authors is cut short (“and others”)."


def parsed(data: bytes | str) -> Parsed:
    """The one entry of a file."""
    (entry,) = read(data.encode() if isinstance(data, str) else data)
    assert isinstance(entry, Parsed), entry
    return entry


def field(source: str) -> Parsed:
    """An entry with a title and one more field."""
    return parsed(f"@misc{{key, title = {{T}}, {source}}}")


def failed(data: bytes | str) -> Failed:
    (entry,) = read(data.encode() if isinstance(data, str) else data)
    assert isinstance(entry, Failed), entry
    return entry


@pytest.fixture(scope="module")
def oddities() -> dict[str, Parsed]:
    found = list(read((SAMPLES / "oddities.bib").read_bytes()))
    assert [entry for entry in found if isinstance(entry, Failed)] == []
    by_key: dict[str, Parsed] = {}
    for entry in found:
        assert isinstance(entry, Parsed)
        by_key.setdefault(entry.key, entry)
    return by_key


def test_the_registry_finds_it_by_name_and_file() -> None:
    assert by_name("bibtex") is by_suffix("My Library.BIB") is FORMATS["bibtex"]
    assert FORMATS["bibtex"].read is read


@pytest.mark.parametrize(("look", "what"), [(by_name, "word"), (by_suffix, "library.docx"), (by_suffix, "")])
def test_the_registry_names_what_it_has(look: Callable[[str], Format], what: str) -> None:
    with pytest.raises(Unparsable, match=r"bib") as refusal:
        look(what)
    assert refusal.value.field == "format"


# -- whole entries -----------------------------------------------------------------------------------------------------------------------------


def test_a_plain_entry_in_full(oddities: dict[str, Parsed]) -> None:
    assert oddities["plain"] == Parsed(
        PaperRecord(
            title="A Plain Entry",
            authors=(PersonName(family="Quill", given="Ada"), PersonName(family="Inkwell", given="Bo")),
            date=PartialDate(2021, 3),
            venue="Journal of Samples",
            type=PaperType.ARTICLE,
            key="plain",
        ),
        key="plain",
        line=10,
    )


def test_round_braces_macros_and_a_day_in_the_month(oddities: dict[str, Parsed]) -> None:
    record = oddities["round-braces"].record
    assert record.title == "The Sampler Manual, with “quotes” \u2013 and a dash"
    assert record.venue == "Paper Mill Press, Second Series"
    assert [name.inverted for name in record.authors] == ["Quill, Ada", "Inkwell, Bo"]
    assert str(record.date) == "1999-07-08"


def test_every_oddity_is_an_entry_with_its_line() -> None:
    data = (SAMPLES / "oddities.bib").read_bytes()
    entries = list(read(data))
    lines = [*data.decode().splitlines(), ""]
    assert len(entries) == len(STARTS.findall(data)) + 1  # two of them share a line
    assert [entry for entry in entries if entry.key not in lines[entry.line - 1] + lines[entry.line]] == []
    assert [entry.line for entry in entries] == sorted(entry.line for entry in entries)


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("newline-before-brace", "A Brace on the Next Line"),
        ("spaces-around", "Blanks and line ends"),
        ("", "An Empty Key"),
        ("accents", "Über die Größe: Øre, naïve & 50% of $x_1$, AT&T, R&D"),
        ("no-latex", "100% plain: müde & wach, under_scores, a^b and #1"),
        ("isbn", "A Book: With More to Say"),
        ("url-href", "See the page"),
        ("no-title", "example.org/untitled-page"),
        ("twice", "Given Twice"),
        ("no-delimiters", "Without any braces at all"),
        ("quote-in-braces", 'An open " quote and an at@sign in the middle'),
        ("html", "The in vitro study of A & B2, 1 < 2"),
        ("unreadable-latex", "Half a 1/2 command kept"),
        ("one-line-a", "First on the Line"),
        ("one-line-b", "Second on the Line"),
    ],
)
def test_titles(oddities: dict[str, Parsed], key: str, title: str) -> None:
    assert oddities[key].record.title == title


def test_repeated_and_empty_keys_are_entries_of_their_own() -> None:
    entries = list(read((SAMPLES / "oddities.bib").read_bytes()))
    assert [entry.line for entry in entries if entry.key == ""] == [32, 33]
    assert [entry.line for entry in entries if entry.key == "plain"] == [10, 34]


def test_comments_are_no_entries(oddities: dict[str, Parsed]) -> None:
    assert "commented-out" not in oddities
    assert "office" not in oddities


@pytest.mark.parametrize(
    ("key", "notes"),
    [
        ("plain", ()),
        ("names", (CUT_SHORT,)),
        ("et-al", ("The list of authors is cut short (“et al.”).",)),
        ("commas-for-and", ("Commas between whole names were read as “and”.",)),
        ("forgotten-braces", ("“National Sample Institute” was read as an organisation; put such a name into braces.",)),
        ("editors-only", ("The entry names no author; its editors were taken.",)),
        ("bad-doi", ("“n/a” is not a DOI. The field “doi” was left out.",)),
        ("no-title", ("The entry has no title; its address was taken.",)),
        ("twice", ("Fields given twice, the first of each was taken: title.",)),
        ("unknown-macro", ("“jos” is not defined by a @string; it was taken as it stands.",)),
        (
            "missing-comma",
            (
                "There is no comma before “year”; it was read as a field of its own.",
                "There is no comma before “journal”; it was read as a field of its own.",
            ),
        ),
        ("date-range", ("“1984-02/1986” was read as 1984-02.",)),
        ("date-season", ("21 is not a month. It was left out.",)),
        ("date-impossible", ("February 2023 has no day 31. It was left out.",)),
        ("date-in-words", ("“in press” is not a year; the date was left open.",)),
        ("date-month-word", ("“Late Fall” is not a month; it was left out.",)),
    ],
)
def test_what_was_guessed_or_left_out_is_noted(oddities: dict[str, Parsed], key: str, notes: tuple[str, ...]) -> None:
    assert oddities[key].notes == notes


# -- names -------------------------------------------------------------------------------------------------------------------------------------


def test_names_in_every_form(oddities: dict[str, Parsed]) -> None:
    assert oddities["names"].record.authors == (
        PersonName(family="Muster", given="Ludwig", particle="van der"),
        PersonName(family="Sample", given="Juan Carlos", particle="de la", suffix="Jr."),
        PersonName(literal="World Sample Organization"),
        PersonName(literal="Simon and Nib, Inc."),
        PersonName(literal="Plato"),
        PersonName(family="O'Hara", given="Mary Ann"),
        PersonName(family="Proben", given="Hanna", particle="von"),
        PersonName(family="Nib", given="Cy"),
    )


def test_names_with_accents(oddities: dict[str, Parsed]) -> None:
    assert [name.inverted for name in oddities["accents"].record.authors] == [
        "Müller, Jörg",
        "García Márquez, Ana",
        "du Pont, Étienne",
        "Šimek, Jiří",
    ]


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Ann Lee AND Bo Chen", ["Lee, Ann", "Chen, Bo"]),
        ("Lee, Ann\n\tand\n\tChen, Bo and", ["Lee, Ann", "Chen, Bo"]),
        ("and Ann Lee and and Bo Chen", ["Lee, Ann", "Chen, Bo"]),
        ("{Sand and Land} and Brand, A.", ["Sand and Land", "Brand, A."]),
        ("others", []),
        ("{}", []),
        (" , ", []),
        (", Ann", ["Ann"]),
        ("Ann Lee, Bo Chen, Cy Diaz, Di Eco", ["Lee, Ann", "Chen, Bo", "Diaz, Cy", "Eco, Di"]),
        ("{\\'E}mile Zo{\\\"e}", ["Zoë, Émile"]),
        ("{Lee}, {Ann}", ["Lee, Ann"]),
        ("{van Beethoven}, Ludwig", ["van Beethoven, Ludwig"]),
        ("明 李", ["李, 明"]),
    ],
)
def test_lists_of_names(authors: str, names: list[str]) -> None:
    assert [name.inverted for name in field(f"author = {{{authors}}}").record.authors] == names


# -- identifiers, addresses, types -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "identifiers"),
    [
        ("arxiv-in-journal", [(Scheme.ARXIV, "2101.00001")]),
        ("arxiv-eprint", [(Scheme.ARXIV, "2101.00002")]),
        ("arxiv-old", [(Scheme.ARXIV, "hep-th/0101001")]),
        ("arxiv-corr", [(Scheme.ARXIV, "2101.00003")]),
        ("arxiv-doi", [(Scheme.ARXIV, "2101.00004")]),
        ("doi-url", [(Scheme.DOI, "10.5555/abc_def.1")]),
        ("note-of-another", []),
        ("ssrn", [(Scheme.DOI, "10.2139/ssrn.1234567"), (Scheme.SSRN, "1234567")]),
        ("isbn", [(Scheme.ISBN, "9783161484100")]),
        ("isbn-of-the-volume", []),
        ("pubmed", [(Scheme.PUBMED, "23193287")]),
        ("bad-doi", []),
    ],
)
def test_identifiers(oddities: dict[str, Parsed], key: str, identifiers: list[tuple[Scheme, str]]) -> None:
    assert list(oddities[key].record.identifiers) == identifiers


@pytest.mark.parametrize(
    ("source", "identifiers"),
    [
        ("note = {arXiv:2101.00001 [cs.LG]}", [(Scheme.ARXIV, "2101.00001")]),
        ("howpublished = {\\url{https://openreview.net/forum?id=aB3\\_xYz09}}", [(Scheme.OPENREVIEW, "aB3_xYz09")]),
        ("url = {https://papers.ssrn.com/sol3/papers.cfm?abstract_id=5705186}", [(Scheme.SSRN, "5705186")]),
        ("eprint = {2101.00001v2}", [(Scheme.ARXIV, "2101.00001")]),
        ("eprint = {1234567}, eprinttype = {jstor}", []),
        ("eprint = {23193287}, eprinttype = {pubmed}", [(Scheme.PUBMED, "23193287")]),
        ("eprint = {nonsense}, archiveprefix = {arXiv}", []),
        ("journal = {Available at SSRN 5705186}", [(Scheme.SSRN, "5705186")]),
        ("doi = {10.5555/a}, url = {https://doi.org/10.5555/b}", [(Scheme.DOI, "10.5555/a")]),
        ("doi = {arXiv:2101.00001}", [(Scheme.ARXIV, "2101.00001")]),
    ],
)
def test_identifiers_wherever_they_hide(source: str, identifiers: list[tuple[Scheme, str]]) -> None:
    assert list(field(source).record.identifiers) == identifiers


def test_a_second_identifier_of_a_scheme_is_noted() -> None:
    assert field("doi = {10.5555/a}, url = {https://doi.org/10.5555/b}").notes == ("A second DOI (10.5555/b) was left out.",)


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("url-macro", "https://example.org/a_b?c=1&d=50%25"),
        ("url-without-scheme", "https://www.example.org/x"),
        ("url-script", ""),
        ("url-broken", ""),
        ("no-title", "https://example.org/untitled-page"),
        ("arxiv-corr", "https://arxiv.org/pdf/2101.00003v2.pdf"),
        ("underscore-type", "https://example.org/"),
    ],
)
def test_addresses(oddities: dict[str, Parsed], key: str, url: str) -> None:
    assert oddities[key].record.url == url


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "https://a:b@example.org", "https://exam\nple.org/", "https://example.org/\x07"]
)
def test_an_unsafe_address_is_a_note_and_not_stored(address: str) -> None:
    entry = field(f"url = {{{address}}}")
    assert entry.record.url == ""
    assert [note.endswith("It was left out.") for note in entry.notes] == [True]


def test_an_unsafe_address_does_not_hide_a_safe_one() -> None:
    assert field("url = {javascript:alert(1)}, howpublished = {\\url{https://example.org/x}}").record.url == "https://example.org/x"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("@article{k, title={T}, journal={Journal of Samples}}", PaperType.ARTICLE),
        ("@article{k, title={T}, journal={arXiv preprint arXiv:2101.00001}}", PaperType.PREPRINT),
        ("@article{k, title={T}, journal={bioRxiv}}", PaperType.PREPRINT),
        ("@article{k, title={T}, journal={International Conference on Samples}}", PaperType.CONFERENCE),
        ("@article{k, title={T}, journal={The Sample}, entrysubtype={newspaper}}", PaperType.NEWS),
        ("@misc{k, title={T}, eprint={2101.00001}, archiveprefix={arXiv}}", PaperType.PREPRINT),
        ("@inproceedings{k, title={T}, booktitle={C}, eprint={2101.00001}, archiveprefix={arXiv}}", PaperType.CONFERENCE),
        ("@Conference{k, title={T}}", PaperType.CONFERENCE),
        ("@misc{k, title={T}, url={https://example.org}}", PaperType.WEB_PAGE),
        ("@misc{k, title={T}}", PaperType.OTHER),
        ("@online{k, title={T}}", PaperType.WEB_PAGE),
        ("@book{k, title={T}}", PaperType.BOOK),
        ("@incollection{k, title={T}}", PaperType.CHAPTER),
        ("@PhdThesis{k, title={T}}", PaperType.THESIS),
        ("@techreport{k, title={T}}", PaperType.REPORT),
        ("@newspaper_article{k, title={T}}", PaperType.NEWS),
        ("@software{k, title={T}}", PaperType.SOFTWARE),
        ("@dataset{k, title={T}}", PaperType.DATASET),
        ("@legislation{k, title={T}}", PaperType.LEGAL),
        ("@nonsense{k, title={T}}", PaperType.OTHER),
    ],
)
def test_types(source: str, kind: PaperType) -> None:
    assert parsed(source).record.type == kind


@pytest.mark.parametrize(
    ("source", "venue"),
    [
        ("journal = {arXiv preprint arXiv:2101.00001}", "arXiv preprint"),
        ("journal = {CoRR, abs/2101.00001}", "CoRR"),
        ("journal = {https://arxiv.org/pdf/2101.00001}", ""),
        ("howpublished = {\\url{https://example.org}}, organization = {Sample Works, Inc.}", "Sample Works, Inc."),
        ("publisher = {Federal Bureau of Samples (FBS)}", "Federal Bureau of Samples (FBS)"),
        ("booktitle = {Proc.~of {B}lanks}", "Proc. of Blanks"),
    ],
)
def test_venues(source: str, venue: str) -> None:
    assert field(source).record.venue == venue


# -- dates -------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "date"),
    [
        ("date = {2004-05-17}", "2004-05-17"),
        ("date = {2004-05-17T10:00:00}", "2004-05-17"),
        ("date = {1984-02/1986}", "1984-02"),
        ("date = {/1986}", "1986"),
        ("date = {1975?}", "1975"),
        ("date = {2017-21}", "2017"),
        ("year = {2023}, month = feb, day = {31}", "2023-02"),
        ("year = 2023, month = {09}, day = 3", "2023-09-03"),
        ("year = {2023}, month = {September}", "2023-09"),
        ("year = {2023}, month = oct # {~} # {4}", "2023-10-04"),
        ("year = {2023}, day = {4}", "2023"),
        ("year = {2023}, month = 13", "2023"),
        ("year = {{2023}}", "2023"),
        ("year = {2005--2006}", "2005"),
        ("year = {c. 1951}", "1951"),
        ("year = {to appear}", "None"),
        ("year = {2020}, date = {2019-03}", "2019-03"),
        ("note = {2020}", "None"),
    ],
)
def test_dates(source: str, date: str) -> None:
    assert str(field(source).record.date) == date


@pytest.mark.parametrize("written", ["20245", "6", "0044", "2999", "-44", "19", "20 24"])
def test_a_wrong_year_is_refused_with_its_line(written: str) -> None:
    failure = failed(f"\n\n@misc{{key, title = {{T}},\nyear = {{{written}}}}}")
    assert (failure.key, failure.line) == ("key", 3)
    assert failure.reason.endswith("is not a year. Write four digits, for example 2024.")


# -- inheritance -------------------------------------------------------------------------------------------------------------------------------


def test_crossref_and_xdata_are_inherited_in_any_order_and_in_circles() -> None:
    entries = list(read((SAMPLES / "inheritance.bib").read_bytes()))
    found = {entry.key: entry.record for entry in entries if isinstance(entry, Parsed)}
    assert [(key, record.venue, str(record.date), record.url) for key, record in found.items()] == [
        ("child", "The Volume", "1999-05", ""),
        ("grandchild", "The Child", "2001", ""),
        ("orphan", "", "2002", ""),
        ("with-xdata", "The Shared Journal", "2011-11-11", "https://example.org/more"),
        ("circle-a", "Circle B", "2003", ""),
        ("circle-b", "Circle A", "2004", ""),
        ("parent", "Paper Mill", "1999-05", "https://example.org/volume"),
        ("more", "", "None", "https://example.org/more"),
    ]
    assert [entry for entry in entries if isinstance(entry, Failed)] == [Failed("shared", 10, NO_TITLE), Failed("deeper", 12, NO_TITLE)]
    assert found["child"].title == "The Child"
    assert found["child"].identifiers == ()
    assert found["child"].abstract == ""


def test_a_missing_parent_is_noted() -> None:
    assert field("crossref = {nowhere}").notes == ("The entry refers to “nowhere”, which is not in the file.",)


# -- what is broken ----------------------------------------------------------------------------------------------------------------------------


def test_broken_entries_are_named_and_the_rest_is_kept() -> None:
    data = (SAMPLES / "broken.bib").read_bytes()
    entries = list(read(data))
    assert [entry.key for entry in entries if isinstance(entry, Parsed)] == ["whole-1", "whole-2", "whole-3", "whole-4"]
    assert [entry for entry in entries if isinstance(entry, Failed)] == [
        Failed("open-brace", 3, UNCLOSED),
        Failed("open-quote", 11, UNCLOSED),
        Failed("open-round", 17, UNCLOSED),
        Failed("no", 25, NO_COMMA),
        Failed("", 27, NO_COMMA),
        Failed("no-equals-sign", 29, NO_EQUALS),
        Failed("dangling", 31, NO_EQUALS),
        Failed("no-fields", 33, NO_TITLE),
        Failed("no-title", 35, NO_TITLE),
        Failed("blank-title", 37, NO_TITLE),
        Failed("bad-year", 39, "20245 is not a year. Write four digits, for example 2024."),
        Failed("early-year", 41, "0044 is not a year. Write four digits, for example 2024."),
        Failed("late-year", 43, "2999 is not a year. Write four digits, for example 2024."),
        Failed("cut-off", 47, UNCLOSED),
    ]
    assert len(entries) == len(STARTS.findall(data))


@pytest.mark.parametrize(
    ("character", "name"),
    [(b"\0", "a NUL character"), ("\ud800".encode("utf-8", "surrogatepass"), "half of a character (an unpaired surrogate)")],
)
def test_what_cannot_be_stored_keeps_out_its_own_entry_only(character: bytes, name: str) -> None:
    assert list(read(b"@misc{a, title={x%b}}\n\n@misc{b, title={y}}" % character)) == [
        Failed("a", 1, f"The entry contains {name}. Delete it and try again."),
        Parsed(PaperRecord("y", key="b"), "b", 3),
    ]


def test_control_characters_are_left_out_and_noted() -> None:
    entry = parsed("@misc{a\x07b, title={One\x1btwo \u202ethree \ufffe}}")
    assert entry.key == "a b"
    assert entry.record.title == "One two three"
    assert entry.notes == ("Control characters in the title were left out.",)


def test_what_is_said_of_an_entry_is_one_plain_line() -> None:
    entry = field("doi = {\x1b[31m\nred}, journal = \x1b[2Jgone, ti\x1btle = x y")
    assert entry.notes == (
        "“ [2Jgone” is not defined by a @string; it was taken as it stands.",
        "“x” is not defined by a @string; it was taken as it stands.",
        "The value of “ti tle” is not in braces as a whole; it was taken as it stands.",
        "Control characters in the venue were left out.",
        "“ [31m red” is not a DOI. The field “doi” was left out.",
    )


def test_a_command_reads_no_file() -> None:
    assert field("title = {A}, subtitle = {\\input{README.md} B \\include{README.md}}").record.title == "T: B"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (f"title = {{{'x' * 1_001}}}", "The title has 1,001 characters. Shorten it to 1,000 or fewer."),
        (f"title = {{{'x' * 600}}}, subtitle = {{{'x' * 600}}}", "The title has 1,202 characters. Shorten it to 1,000 or fewer."),
        (f"title = {{T}}, journal = {{{'x' * 1_001}}}", "The venue has 1,001 characters. Shorten it to 1,000 or fewer."),
        (f"title = {{T}}, author = {{{'x' * 301}}}", "The name of an author has 301 characters. Shorten it to 300 or fewer."),
        (f"title = {{T}}, author = {{{'A and ' * 5_000} B}}", "The entry has 5,001 authors. Shorten the list to 5,000 or fewer."),
        ("title = {T}, " + "a = b, " * 1_000, "The entry has more than 1,000 fields. Leave out those that are not needed."),
        (f"title = {{{'x' * ENTRY_LIMIT}}}", "The entry has 1,000,018 characters. Shorten it to 1,000,000 or fewer."),
        ("title = " + "m # " * 100_000 + "m", "The entry has more than 1,000,000 characters once its macros are filled in. Shorten it."),
    ],
)
def test_what_is_too_long_is_named(source: str, reason: str) -> None:
    macro = "@string{m = {0123456789}}\n"
    assert failed(f"{macro}@misc{{key, {source}}}\n") == Failed("key", 2, reason)


def test_a_long_abstract_is_left_out_and_noted() -> None:
    entry = field(f"abstract = {{{'word ' * 2_001}}}")
    assert entry.record.abstract == ""
    assert entry.notes == ("The abstract has 10,004 characters. It was left out; 10,000 is the limit.",)


def test_the_limits_of_a_file() -> None:
    one = b"@misc{a, title={x}}\n"
    assert len(list(read(one * ENTRIES_LIMIT))) == ENTRIES_LIMIT
    for data, sentence in (
        (b"x" * (FILE_LIMIT + 1), "The file has 20.0 MB. Part it into files of 20 MB or less."),
        (one * (ENTRIES_LIMIT + 1), "The file has more than 10,000 entries. Part it into files of 10,000 or fewer."),
        (b"@a{b, c={d}} " * (ENTRIES_LIMIT + 1), "The file has more than 10,000 entries. Part it into files of 10,000 or fewer."),
        (b"@string{a={b}}\n" * 50_001, "The file has more than 50,000 entries, macros and comments. Part it into smaller files."),
    ):
        with pytest.raises(Unparsable) as refusal:
            read(data)
        assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is no BibTeX entry in the 1 lines of the file. An entry starts with @article{ or another type, on a line of its own."),
        (
            b"TY  - JOUR\r\nER  - \r\n",
            "There is no BibTeX entry in the 3 lines of the file. An entry starts with @article{ or another type, on a line of its own.",
        ),
        (b"\n@string{a = {x}}\n@string{b = {x\n", "There is no BibTeX entry in the 4 lines of the file. What starts in line 3 is not closed."),
    ],
)
def test_a_file_without_entries_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(Unparsable) as refusal:
        read(data)
    assert str(refusal.value) == sentence


MEGABYTE = 1_000_000
HOSTILE = {
    "macros alone": b"@string{a = {x}}\n" * 10_000,
    "macros left open": b"@string{a = {x\n" * 10_000,
    "macros that double": b"@string{a0={0123456789}}\n"
    + b"".join(b"@string{a%d = a%d # a%d}\n" % (n + 1, n, n) for n in range(2_000))
    + b"@misc{k, title=a2000}",
    "blanks": b" " * 5 * MEGABYTE,
    "line ends": b"\n" * 5 * MEGABYTE + b"@misc{a, title={x}}",
    "blanks after a type": b"@article" + b" " * 5 * MEGABYTE,
    "braces": b"{" * 5 * MEGABYTE,
    "quotes": b'"' * 5 * MEGABYTE,
    "at signs": b"@{" * MEGABYTE,
    "starts alone": b"@a{\n" * 10_000,
    "a value of braces": b"@misc{a, title = {" + b"{" * 500_000,
    "a value of quotes": b"@misc{a, title = " + b'"{' * 250_000,
    "backslashes": b"@misc{a, title = {" + b"\\" * 500_000 + b"}}",
    "nested commands": b"@misc{a, title = {" + b"\\textit{" * 900 + b"}" * 900 + b"}}",
    "no commas": b"@misc{a, t = {x} " + b"a={b} " * 80_000 + b"}",
    "names of braces": b"@misc{a, title={x}, author={" + b" and ".join([b"}{" * 1_000] * 200) + b"}}",
    "commas": b"@misc{a, title={x}, author={" + b"," * 500_000 + b"}}",
    "brackets behind a DOI": b"@misc{a, title={x}, doi={10.1234/" + b")" * 500_000 + b"}}",
    "addresses": b"@misc{a, title={x}, note={" + b"http://" * 70_000 + b"}}",
    "references": b"".join(b"@misc{a%d, title={x}, xdata={%s}}\n" % (n, b",".join(b"a%d" % m for m in range(n, n + 99))) for n in range(1_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_soon(name: str) -> None:
    start = time.process_time()
    try:
        entries = list(read(HOSTILE[name]))
    except Unparsable as refusal:
        assert "line" in str(refusal)  # noqa: PT017 (either answer will do)
    else:
        assert len(entries) == len(STARTS.findall(HOSTILE[name]))
    assert time.process_time() - start < 5


# -- bytes -------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "@misc{k, title={Größe}, author={Žižek, Ana}}\n".encode(),
        "\ufeff@misc{k,\r\n title={Größe}, author={Žižek, Ana}}\r\n".encode(),
        "@misc{k,\r title={Größe}, author={Žižek, Ana}}\r".encode(),
        "@misc{k, title={Größe}, author={Žižek, Ana}}".encode("cp1252"),
        "@misc{k, title={Größe}, author={Žižek, Ana}}".encode("utf-16"),
        "@misc{k, title={Gro\u0308ße}, author={Z\u030ciz\u030cek, Ana}}".encode(),
    ],
)
def test_every_encoding_is_one_text(data: bytes) -> None:
    assert parsed(data) == Parsed(PaperRecord("Größe", (PersonName(family="Žižek", given="Ana"),), key="k"), "k", 1)


def test_one_entry_in_another_encoding_spoils_no_other() -> None:
    entries = read("@misc{a, title={Größe}}\n".encode() + "@misc{b, title={Größe}}\n".encode("cp1252") + "\ufeff@misc{c, title={Größe}}".encode())
    assert [entry.record.title for entry in entries if isinstance(entry, Parsed)] == ["Größe"] * 3


PIECES = st.sampled_from(
    ["@article{a,", "@misc(b,", "@string{c = ", "@comment{", "@preamble{", "\n@", "title", "author", "year", "date", "month", "crossref", "xdata"]
)
MARKS = st.sampled_from(
    [
        " = ",
        "{",
        "}",
        '"',
        ",",
        "#",
        "(",
        ")",
        "\n",
        "%",
        "\\",
        "\\'",
        "$",
        "~",
        " and ",
        "\\url{",
        "https://a.org/",
        "10.1/",
        "2024",
        "a",
        "\x00",
        "é",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | MARKS, max_size=60).map("".join).map(str.encode) | st.binary(max_size=300))
def test_any_file_is_an_answer_for_each_of_its_entries(data: bytes) -> None:
    try:
        entries = list(read(data))
    except Unparsable:
        entries = []
    assert len(entries) >= len(STARTS.findall(data))
    for entry in entries:
        assert 1 <= entry.line <= data.count(b"\n") + data.count(b"\r") + 1
        assert entry.record.title if isinstance(entry, Parsed) else entry.reason


@pytest.mark.skipif(not SHARED.is_dir(), reason="The samples of others are not part of the repository; put them at ../shared/data to read them.")
def test_the_samples_of_others() -> None:
    with (SHARED / "import-samples" / "README.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].endswith(".bib")]
    expected = {SHARED / "import-samples" / row["file"]: (int(row["entries_expected"]), int(row["distinct_keys"])) for row in rows}
    expected[SHARED / "references.bib"] = (181, 181)
    assert len(expected) == 7
    for path, counts in expected.items():
        data = path.read_bytes()
        entries = list(read(data))
        assert (path.name, len(entries), len({entry.key for entry in entries})) == (path.name, *counts)
        assert len(entries) == len(STARTS.findall(data))
    assert [entry for entry in read((SHARED / "references.bib").read_bytes()) if isinstance(entry, Failed)] == []
