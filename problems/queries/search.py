"""Full-text search over papers: what matches, how well, where, and what may have been meant."""

import re
from difflib import get_close_matches

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import F, IntegerField, QuerySet
from django.db.models.functions import Cast, Upper

from problems.models import Paper

START, STOP = "\x02", "\x03"  # no text on record may hold them
RANK_UNIT = 1_000_000
WORD = re.compile(r"\w{4,}")


def query(text: str) -> SearchQuery:
    """`text` as a query: words, "exact phrases", -excluded; by stem."""
    return SearchQuery(text, config="english", search_type="websearch")


def matching[Papers: QuerySet[Paper]](papers: Papers, text: str) -> Papers:
    """Papers that match, each with its whole-number `rank` (the higher, the better)."""
    asked = query(text)
    return papers.filter(search=asked).annotate(rank=Cast(SearchRank(F("search"), asked) * RANK_UNIT, IntegerField()))


def marked[Papers: QuerySet[Paper]](papers: Papers, text: str) -> Papers:
    """The same papers, each with its title as `headline`, hits between START and STOP."""
    return papers.annotate(headline=SearchHeadline("title", query(text), config="english", start_sel=START, stop_sel=STOP, highlight_all=True))


def segments(paper: Paper) -> list[tuple[str, bool]]:
    """Title of a paper in pieces, each with whether it is a hit. Where the marks changed the text, the plain title."""
    headline: str = getattr(paper, "headline", paper.title)
    if headline.replace(START, "").replace(STOP, "") != paper.title:
        return [(paper.title, False)]
    parts = re.split(f"({START}[^{STOP}]*{STOP})", headline)
    return [(part.strip(START + STOP), part.startswith(START)) for part in parts if part]


def nearest_spelling(papers: QuerySet[Paper], text: str) -> str:
    """`text` with words that no title among `papers` holds replaced by the nearest that one does; empty if that is no other text.

    `papers` are those that the asker may see: the words come from nowhere else. Two queries per word at most, for the first five words.
    """
    changed = text
    for word in list(dict.fromkeys(WORD.findall(text)))[:5]:
        if papers.filter(search=query(word)).exists():
            continue
        near = papers.annotate(capitals=Upper("title")).filter(capitals__trigram_word_similar=word.upper())  # as the index has it
        titles = near.order_by(TrigramWordSimilarity(word.upper(), "capitals").desc()).values_list("title", flat=True)[:20]
        words = [found.lower() for title in titles for found in WORD.findall(title)]
        if best := get_close_matches(word.lower(), words, n=1, cutoff=0.7):
            changed = changed.replace(word, best[0])
    return changed if changed != text else ""
