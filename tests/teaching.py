"""A field small enough to be learned at once: two problems, papers on each, words of each, and titles of other fields."""

from dataclasses import dataclass

from problems.choices import Section
from problems.models import Paper, Problem, Statement, SuggestionModel
from problems.services import suggestions
from tests.factories import make_paper, make_problem, make_statement, make_tag

GLOSSARY = {1: ["watermark", "provenance of images", "forged marks"], 2: ["unlearning", "erasure of concepts", "forgetting"], 9: ["no such problem"]}
OFF_TOPIC = {
    "farming": ["Yield of winter wheat", "Soil under no tillage", "Rotation of soybeans", "Cocoa and its fermentation", "Irrigation of vineyards"],
    "physics": ["Neutrino oscillations", "Surface codes for qubits", "Plasma in stellarators", "Spin waves in thin films", "Convection of fluids"],
}
ON_MARKS = ["A watermark that survives", "Removing a watermark by regeneration", "Watermark forgery", "Provenance by invisible watermark"]
ON_FORGETTING = ["Unlearning in one step", "Erasure of concepts", "Does unlearning forget", "Concept erasure, measured"]


@dataclass(frozen=True, slots=True)
class Field:
    """Its rows."""

    marks: Problem
    forgetting: Problem
    survives: Statement
    moves: Statement
    forgets: Statement
    papers: list[Paper]


def make_field() -> Field:
    """Store it. The papers are tagged: those on marks with P1.E1, the second of them with P1.L1 too, those on forgetting with P2.L1."""
    marks = make_problem(1, title="Marks", question="How can a watermark survive?", summary="Watermarks are removed.")
    forgetting = make_problem(2, title="Forgetting", question="How can a model unlearn a concept?", summary="Concepts come back.")
    survives = make_statement(marks, section=Section.EXISTING_WORK, text="Robust watermarks have been studied.")
    moves = make_statement(marks, text="A watermark is lost by regeneration.")
    forgets = make_statement(forgetting, text="Unlearning is not exact.")
    papers = [make_paper(title=title) for title in (*ON_MARKS, *ON_FORGETTING)]
    for paper in papers[:4]:
        make_tag(survives, paper)
    make_tag(moves, papers[1])
    for paper in papers[4:]:
        make_tag(forgets, paper)
    return Field(marks, forgetting, survives, moves, forgets, papers)


def learn() -> SuggestionModel:
    """Learn what is on record."""
    return suggestions.learn(glossary=GLOSSARY, off_topic=OFF_TOPIC, by=None)
