"""Identifiers of papers: read from whatever was pasted, normalised so that one paper has one spelling, and turned into addresses."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from problems import harm
from problems.choices import Scheme
from problems.errors import Unparsable

IDENTIFIER_LIMIT = 255
URL_LIMIT = 2_000

# Patterns are linear: no two neighbouring parts of one can match the same character.
_FLAGS = re.ASCII | re.IGNORECASE
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d{1,9}){0,5}/[^\s<>\"{}|\\^`]+", _FLAGS)
# Alone, a DOI may hold angle brackets; in a sentence they end it.
_WHOLE_DOI = re.compile(r"10\.\d{4,9}(?:\.\d{1,9}){0,5}/[^\s\"{}|\\^`]+", _FLAGS)
_ARXIV_NEW = r"(?:0[7-9]|[1-9]\d)(?:0[1-9]|1[0-2])\.\d{4,5}"
_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|econ|eess|funct-an|gr-qc|"
    "hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph|q-alg|q-bio|q-fin|quant-ph|solv-int|stat|supr-con"
)
_ARXIV_OLD = rf"(?:{_ARCHIVES})(?:\.[a-z]{{2}})?/\d{{7}}"
_ARXIV = re.compile(rf"({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d{{1,3}})?", _FLAGS)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", _FLAGS)
_SSRN_DOI = re.compile(r"10\.2139/ssrn\.(\d{1,9})", _FLAGS)
_OPENREVIEW = re.compile(r"[A-Za-z0-9_-]{6,40}", re.ASCII)
_OPENALEX = re.compile(r"W\d{4,12}", _FLAGS)
_SEMANTIC_SCHOLAR = re.compile(r"[0-9a-f]{40}", _FLAGS)
_PUBMED = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_SSRN = re.compile(r"[1-9]\d{3,8}", re.ASCII)
# Volumes of the ACL Anthology whose papers have a DOI made of their id: those of ACL's own events, since 2016.
_ACL_DOI = "10.18653/v1/"
_ACL_NEW = re.compile(r"20[2-9]\d\.[a-z0-9]{2,30}-[a-z0-9]{1,20}\.[1-9]\d{0,3}", _FLAGS)
_ACL_OLD = re.compile(r"[DEKNPSW]1[6-9]-[1-9]\d{3}", _FLAGS)
_ACL_ELSEWHERE = frozenset({"cl", "coling", "jeptalnrecital", "lrec", "tacl"})
_ISBN = re.compile(r"(?:97[89][- ]?)?\d(?:[- ]?\d){8}[- ]?[\dX]", _FLAGS)

_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+", _FLAGS)
# What ends a sentence, not an identifier.
_TRAILING = ".,;:!?'\"*\u201d\u2019\u00bb\u2026"
_QUOTES = "<>\"'`\u201c\u201d\u2018\u2019"
_PAIRS = {")": "(", "]": "[", ">": "<"}
_IGNORED = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+\.?", re.ASCII)
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\\]")


class Identifier(NamedTuple):
    """One identifier, normalised."""

    scheme: Scheme
    value: str


def parse(text: str) -> Identifier | None:
    """The identifier that `text` is, in any usual spelling, alone or as an address; None where it is none.

    A bare number is never taken for SSRN or PubMed, and a DOI that arXiv gave out is an arXiv identifier.
    """
    text = _tidy(text)
    if not text or len(text) > URL_LIMIT or not text.isprintable():
        return None
    found = _from_whole(text)
    return found[0] if found else None


def normalise(scheme: Scheme, text: str) -> str:
    """`text` as the one spelling of its scheme. Raises Unparsable where it is no identifier of that scheme."""
    text = _tidy(text)
    found: list[Identifier] = []
    if len(text) <= URL_LIMIT and text.isprintable():
        found = [*_from_whole(text), *_bare(scheme, text)]
    for identifier in found:
        if identifier.scheme == scheme:
            return identifier.value
    what, example = _NAMES[scheme]
    if found:
        raise Unparsable(f"“{text[:60]}” is not {what}, but {_NAMES[found[0].scheme][0]}.", f"Enter {found[0].value} as such.", field=scheme.value)
    raise Unparsable(f"“{text[:60]}” is not {what}.", f"Write it like {example}.", field=scheme.value)


def url_for(scheme: Scheme, value: str) -> str:
    """The address at which a normalised identifier is looked up."""
    return _ADDRESSES[scheme] + quote(value, safe="/:;()-._~")


def find_all(text: str) -> list[Identifier]:
    """Every identifier that stands in free text with a sign of what it is (an address, a DOI, "arXiv:", "ISBN", "PMID:"), each once, in order."""
    text = _tidy(text)[: 10 * URL_LIMIT]
    found: list[tuple[int, Identifier]] = []
    rest = text
    for match in _ADDRESS.finditer(text):
        found += [(match.start(), identifier) for identifier in _from_address(match[0])]
        rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    for match in _DOI.finditer(rest):
        found += [(match.start(), identifier) for identifier in _doi(match[0])]
    for pattern, scheme in _MENTIONS:
        for match in pattern.finditer(rest):
            found += [(match.start(), identifier) for identifier in _bare(scheme, match[1])]
    return list(dict.fromkeys(identifier for _, identifier in sorted(found, key=lambda pair: pair[0])))


def safe_url(text: str) -> str:
    """`text` as an address that may be shown as a link: http or https, a host name with a dot, no user part, no control character or blank.

    Raises Unparsable.
    """
    text = text.strip()
    if len(text) > URL_LIMIT:
        raise Unparsable(f"The address has {len(text):,} characters.", f"Shorten it to {URL_LIMIT:,} or fewer.", field="url")
    harm.refuse(text, field="url")
    if _UNSAFE_IN_URL.search(text):
        raise Unparsable(
            "The address contains a blank, a line break, a backslash or a control character.", "Copy it again from the browser.", field="url"
        )
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except (ValueError, UnicodeError):
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise Unparsable(f"“{text[:60]}” is not a web address.", "Write the whole address, starting with https://.", field="url")
    if "@" in parts.netloc:
        raise Unparsable("The address contains a user name.", "Leave out what stands before the @ sign.", field="url")
    netloc = host if port in {None, 80 if parts.scheme == "http" else 443} else f"{host}:{port}"
    path, query, fragment = (quote(part, safe="%/:@!$&'()*+,;=~-._?") for part in (parts.path or "/", parts.query, parts.fragment))
    url = urlunsplit((parts.scheme, netloc, path, query, fragment))
    if len(url) > URL_LIMIT:
        raise Unparsable(f"The address has {len(url):,} characters once it is encoded.", f"Shorten it to {URL_LIMIT:,} or fewer.", field="url")
    return url


def _tidy(text: str) -> str:
    return _HYPHENS.sub("-", _IGNORED.sub("", text)).strip().strip(_QUOTES).strip()


def _stripped(text: str) -> str:
    """Without punctuation that belongs to the sentence around: a closing bracket goes where it was never opened."""
    while text:
        last = text[-1]
        if last in _TRAILING or (last in _PAIRS and text.count(last) > text.count(_PAIRS[last])):
            text = text[:-1]
        else:
            break
    return text


def _doi(text: str, pattern: re.Pattern[str] = _DOI) -> list[Identifier]:
    match = pattern.match(text)
    if match is None:
        return []
    value = _stripped(match[0][: IDENTIFIER_LIMIT + 50]).lower()
    if value.endswith("/") or len(value) > IDENTIFIER_LIMIT or not pattern.fullmatch(value):
        return []
    if arxiv := _ARXIV_DOI.fullmatch(value):
        return _bare(Scheme.ARXIV, arxiv[1])
    if ssrn := _SSRN_DOI.fullmatch(value):
        return [Identifier(Scheme.DOI, value), Identifier(Scheme.SSRN, ssrn[1])]
    return [Identifier(Scheme.DOI, value)]


def _arxiv(text: str) -> str:
    match = _ARXIV.fullmatch(text.removesuffix(".pdf"))
    if match is None:
        return ""
    archive, slash, number = match[1].lower().rpartition("/")
    return archive.partition(".")[0] + slash + number


def _isbn(text: str) -> str:
    digits = re.sub(r"[- ]", "", text.upper())
    if re.fullmatch(r"\d{9}[\dX]", digits, re.ASCII):
        values = [10 if digit == "X" else int(digit) for digit in digits]
        if sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11:
            return ""
        digits = "978" + digits[:9]
        return digits + str(-_isbn_sum(digits) % 10)
    if re.fullmatch(r"97[89]\d{10}", digits, re.ASCII) and not _isbn_sum(digits) % 10:
        return digits
    return ""


def _isbn_sum(digits: str) -> int:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))


def _matching(pattern: re.Pattern[str], change: Callable[[str], str] = str) -> Callable[[str], str]:
    return lambda text: change(text) if pattern.fullmatch(text) else ""


_READERS: dict[Scheme, Callable[[str], str]] = {
    Scheme.ARXIV: _arxiv,
    Scheme.SSRN: _matching(_SSRN),
    Scheme.OPENREVIEW: _matching(_OPENREVIEW),
    Scheme.OPENALEX: _matching(_OPENALEX, str.upper),
    Scheme.SEMANTIC_SCHOLAR: _matching(_SEMANTIC_SCHOLAR, str.lower),
    Scheme.PUBMED: _matching(_PUBMED),
    Scheme.ISBN: _isbn,
}


def _bare(scheme: Scheme, text: str) -> list[Identifier]:
    """The identifier of `scheme` that `text` is, without prefix or address."""
    text = _stripped(text.strip())
    if scheme == Scheme.DOI:
        return _doi(text, _WHOLE_DOI)
    value = _READERS[scheme](text)
    return [Identifier(scheme, value)] if value else []


_PREFIXES = (
    (re.compile(r"doi[:\s]", _FLAGS), Scheme.DOI),
    (re.compile(r"info:doi/", _FLAGS), Scheme.DOI),
    (re.compile(r"arxiv[:.\s]", _FLAGS), Scheme.ARXIV),
    (re.compile(r"ssrn(?:[:\s]|[ _-]?id[:\s]?)", _FLAGS), Scheme.SSRN),
    (re.compile(r"openreview[:\s]", _FLAGS), Scheme.OPENREVIEW),
    (re.compile(r"openalex[:\s]", _FLAGS), Scheme.OPENALEX),
    (re.compile(r"(?:s2|semantic ?scholar)[:\s]", _FLAGS), Scheme.SEMANTIC_SCHOLAR),
    (re.compile(r"(?:pmid|pubmed)[:\s]", _FLAGS), Scheme.PUBMED),
    (re.compile(r"isbn(?:-1[03])?[:\s]", _FLAGS), Scheme.ISBN),
)
# Schemes whose identifiers look like nothing else.
_UNMISTAKABLE = (Scheme.DOI, Scheme.ARXIV, Scheme.OPENALEX, Scheme.SEMANTIC_SCHOLAR, Scheme.ISBN)


_WITHOUT_SCHEME = re.compile(
    r"(?:[a-z]{1,10}\.)?"
    r"(?:doi\.org|arxiv\.org|aclanthology\.org|ssrn\.com|openreview\.net|openalex\.org|semanticscholar\.org|ncbi\.nlm\.nih\.gov)/",
    _FLAGS,
)


def _from_whole(text: str) -> list[Identifier]:
    """The identifiers that `text` as a whole stands for: an address, something with a prefix, or what can be nothing else."""
    if _WITHOUT_SCHEME.match(text):
        text = f"https://{text}"
    if _ADDRESS.match(text):
        return _from_address(text)
    if "%2f" in text.lower():
        text = unquote(text)
    for pattern, scheme in _PREFIXES:
        if match := pattern.match(text):
            rest = text[match.end() :].strip()
            return _from_whole(rest) if _ADDRESS.match(rest) or _WITHOUT_SCHEME.match(rest) else _bare(scheme, rest)
    for scheme in _UNMISTAKABLE:
        if found := _bare(scheme, text):
            return found
    return []


# In free text only what is announced counts: 2024.12345 alone may be anything.
_MENTIONS = (
    (re.compile(rf"(?:arxiv|corr)[\s:,.]{{0,3}}(?:abs/)?({_ARXIV_NEW}|{_ARXIV_OLD})(?!\d)", _FLAGS), Scheme.ARXIV),
    (re.compile(r"ssrn[\s:]{1,3}(\d{4,9})(?!\d)", _FLAGS), Scheme.SSRN),
    (re.compile(r"pmid[\s:]{1,3}(\d{1,9})(?!\d)", _FLAGS), Scheme.PUBMED),
    (re.compile(rf"isbn(?:-1[03])?[\s:]{{1,3}}({_ISBN.pattern})(?!\d)", _FLAGS), Scheme.ISBN),
)


def _query(query: str, names: Iterable[str]) -> str:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name.lower() in names:
            return unquote(value)
    return ""


def _from_address(text: str) -> list[Identifier]:
    """The identifiers that an address names: by its host, else a DOI in its path."""
    match = _ADDRESS.match(text)
    if match is None:
        return []
    try:
        parts = urlsplit(_stripped(match[0]))
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return []
    path = unquote(parts.path)
    site = next((site for suffix, site in _SITES if host == suffix or host.endswith(f".{suffix}")), None)
    if site is not None and (found := site(path, parts.query)):
        return found
    return _doi_in_path(path, parts.query)


def _at_arxiv(path: str, _query_text: str) -> list[Identifier]:
    match = re.match(r"/(?:abs|pdf|html|format|e-print|ps)/(.+)", path, re.ASCII)
    return _bare(Scheme.ARXIV, match[1].rstrip("/")) if match else []


def _at_ssrn(path: str, query: str) -> list[Identifier]:
    match = re.match(r"/(?:sol3/papers\.cfm/)?abstract=(\d+)", path, re.ASCII | re.IGNORECASE)
    return _bare(Scheme.SSRN, match[1] if match else _query(query, ("abstract_id", "abstractid", "abstract")))


def _at_openreview(_path: str, query: str) -> list[Identifier]:
    return _bare(Scheme.OPENREVIEW, _query(query, ("id",)))


def _at_acl(path: str, _query_text: str) -> list[Identifier]:
    key = path.removeprefix("/anthology").strip("/").lower()
    for ending in (".pdf", ".bib"):
        key = key.removesuffix(ending)
    elsewhere = key[5:].partition("-")[0] in _ACL_ELSEWHERE
    return _doi(_ACL_DOI + key) if _ACL_OLD.fullmatch(key) or (_ACL_NEW.fullmatch(key) and not elsewhere) else []


def _last_part(scheme: Scheme) -> Callable[[str, str], list[Identifier]]:
    return lambda path, _query_text: _bare(scheme, path.rstrip("/").rpartition("/")[2])


def _at_pubmed(path: str, _query_text: str) -> list[Identifier]:
    match = re.match(r"/(?:pubmed/)?(\d+)/?$", path, re.ASCII)
    return _bare(Scheme.PUBMED, match[1]) if match else []


_SITES: tuple[tuple[str, Callable[[str, str], list[Identifier]]], ...] = (
    ("arxiv.org", _at_arxiv),
    ("aclanthology.org", _at_acl),
    ("aclweb.org", _at_acl),
    ("ssrn.com", _at_ssrn),
    ("openreview.net", _at_openreview),
    ("openalex.org", _last_part(Scheme.OPENALEX)),
    ("semanticscholar.org", _last_part(Scheme.SEMANTIC_SCHOLAR)),
    ("ncbi.nlm.nih.gov", _at_pubmed),
)
_DOI_ENDINGS = re.compile(r"(?:\.full|\.abstract|\.pdf|/full|/abstract|/pdf|/epdf|/html|/fulltext|/meta)\Z", _FLAGS)
_PREPRINT_VERSION = re.compile(r"(10\.1101/[\d.]{6,30})v\d{1,2}", re.ASCII)


def _doi_in_path(path: str, query: str) -> list[Identifier]:
    match = _DOI.search(path) or _DOI.search(_query(query, ("doi", "id")))
    if match is None:
        return []
    value = match[0]
    while ending := _DOI_ENDINGS.search(value):
        value = value[: ending.start()]
    if version := _PREPRINT_VERSION.fullmatch(value):
        value = version[1]
    return _doi(value)


_NAMES = {
    Scheme.DOI: ("a DOI", "10.1145/3442188.3445922"),
    Scheme.ARXIV: ("an arXiv identifier", "2405.16341"),
    Scheme.SSRN: ("an SSRN number", "5705186"),
    Scheme.OPENREVIEW: ("an OpenReview identifier", "what follows forum?id= in the address"),
    Scheme.OPENALEX: ("an OpenAlex work", "W2741809807"),
    Scheme.SEMANTIC_SCHOLAR: ("a Semantic Scholar identifier", "the 40 letters and digits at the end of the address"),
    Scheme.PUBMED: ("a PubMed number", "23193287"),
    Scheme.ISBN: ("an ISBN (its last digit is a check)", "978-3-16-148410-0"),
}
_ADDRESSES = {
    Scheme.DOI: "https://doi.org/",
    Scheme.ARXIV: "https://arxiv.org/abs/",
    Scheme.SSRN: "https://papers.ssrn.com/sol3/papers.cfm?abstract_id=",
    Scheme.OPENREVIEW: "https://openreview.net/forum?id=",
    Scheme.OPENALEX: "https://openalex.org/",
    Scheme.SEMANTIC_SCHOLAR: "https://www.semanticscholar.org/paper/",
    Scheme.PUBMED: "https://pubmed.ncbi.nlm.nih.gov/",
    Scheme.ISBN: "https://openlibrary.org/isbn/",
}
