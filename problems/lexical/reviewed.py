"""The two reviewed lists that suggestions learn from beside what is on record: words of the field, and titles of other fields."""

from pathlib import Path
from typing import Any

import yaml

from problems.errors import Unparsable

FOLDER = Path(__file__).resolve().parent.parent.parent / "fixtures"
GLOSSARY, OFF_TOPIC = FOLDER / "glossary.yaml", FOLDER / "off_topic.yaml"


def glossary(path: Path = GLOSSARY) -> dict[int, list[str]]:
    """Words of the field by number of the problem. Raises Unparsable, and OSError."""
    document = _document(path)
    problems = document.get("problems")
    if set(document) != {"problems"} or not isinstance(problems, dict) or not all(type(number) is int for number in problems):
        raise Unparsable(f"{path.name} has no numbers under `problems:`.", "Write `problems:`, under it each number, under that its terms as a list.")
    return {number: _texts(path, number, texts) for number, texts in problems.items()}


def off_topic(path: Path = OFF_TOPIC) -> dict[str, list[str]]:
    """Titles by field. Raises Unparsable, and OSError."""
    return {str(name): _texts(path, name, texts) for name, texts in _document(path).items()}


def _document(path: Path) -> dict[Any, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        raise Unparsable(f"{path.name} is not YAML: {error}", "Put a text that holds a colon in quotation marks.") from error
    if not isinstance(document, dict):
        raise Unparsable(f"{path.name} is not a mapping.", "Write names, and under each a list of texts.")
    return document


def _texts(path: Path, name: object, texts: object) -> list[str]:
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise Unparsable(f"{path.name}: “{name}” is not a list of texts.", "Put a text that holds a colon in quotation marks.")
    return texts
