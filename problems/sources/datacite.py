"""DataCite: DOIs of preprints (arXiv's among them), reports, theses, data and software."""

from typing import Any
from urllib.parse import quote

from problems.choices import PaperType, Scheme
from problems.identifiers import Identifier
from problems.records import PaperRecord, PartialDate, PersonName
from problems.sources import Source
from problems.sources._client import Client
from problems.sources._plain import (
    ARXIV_DOI,
    abstract,
    at,
    date,
    identifiers,
    link,
    list_at,
    people,
    person,
    person_in_reading_order,
    text_at,
    title,
    venue,
)

TYPES = {
    "Preprint": PaperType.PREPRINT,
    "JournalArticle": PaperType.ARTICLE,
    "ConferencePaper": PaperType.CONFERENCE,
    "ConferenceProceeding": PaperType.BOOK,
    "Report": PaperType.REPORT,
    "Dissertation": PaperType.THESIS,
    "Book": PaperType.BOOK,
    "BookChapter": PaperType.CHAPTER,
    "Dataset": PaperType.DATASET,
    "Software": PaperType.SOFTWARE,
}
_SAME_WORK = frozenset({"IsVersionOf", "IsPreprintOf", "HasPreprint", "IsIdenticalTo"})
_DATES = ("Issued", "Submitted", "Available", "Created")


def fetch(client: Client, wanted: Identifier) -> PaperRecord | None:
    """The work of a DOI, or of an identifier of arXiv, which is a DOI too."""
    doi = ARXIV_DOI + wanted.value if wanted.scheme == Scheme.ARXIV else wanted.value
    answer = client.json(f"/dois/{quote(doi, safe='')}", {})
    return None if answer is None else read(at(answer, "data", "attributes"))


def read(item: Any) -> PaperRecord:
    """A work as a record. Raises Unparsable."""
    doi = text_at(item, "doi")
    general = text_at(item, "types", "resourceTypeGeneral")
    on_arxiv = doi.lower().startswith(ARXIV_DOI)
    described = {text_at(each, "descriptionType"): text_at(each, "description") for each in list_at(item, "descriptions")}
    publisher = at(item, "publisher")
    others = [
        text_at(each, "relatedIdentifier")
        for each in list_at(item, "relatedIdentifiers")
        if text_at(each, "relationType") in _SAME_WORK and text_at(each, "relatedIdentifierType") in {"DOI", "arXiv"}
    ]
    titles = sorted(list_at(item, "titles"), key=lambda each: bool(text_at(each, "titleType")))  # the main one has no type
    return PaperRecord(
        title=title(text_at(titles, 0, "title")),
        authors=people(_name(each) for each in list_at(item, "creators")),
        date=_date(item),
        venue=venue(text_at(item, "container", "title"), publisher if isinstance(publisher, str) else text_at(publisher, "name")),
        type=PaperType.PREPRINT if on_arxiv else TYPES.get(general, PaperType.OTHER),
        url=link(text_at(item, "url")),
        abstract=abstract(described.get("Abstract", "")),
        identifiers=identifiers([doi, *others]),
    )


def _date(item: Any) -> PartialDate | None:
    """The most precise of its dates: when it was issued, else submitted, else made available."""
    by_kind: dict[str, object] = {}
    for each in list_at(item, "dates"):
        by_kind.setdefault(text_at(each, "dateType"), at(each, "date"))
    found = [day for kind in _DATES if (day := date(by_kind.get(kind)))]
    return max(found, key=lambda day: len(str(day)), default=None) or date(at(item, "publicationYear"))


def _name(creator: Any) -> PersonName | None:
    ids = [
        text_at(each, "nameIdentifier") for each in list_at(creator, "nameIdentifiers") if text_at(each, "nameIdentifierScheme").upper() == "ORCID"
    ]
    orcid = ids[0] if ids else ""
    if family := text_at(creator, "familyName"):
        return person(family=family, given=text_at(creator, "givenName"), orcid=orcid)
    name = text_at(creator, "name")
    if text_at(creator, "nameType") == "Organizational" or "," not in name:
        return person(literal=name, orcid=orcid)
    return person_in_reading_order(name, orcid)


SOURCE = Source(name="datacite", label="DataCite", schemes=frozenset({Scheme.DOI, Scheme.ARXIV}), fetch=fetch)
