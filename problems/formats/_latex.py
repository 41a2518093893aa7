"""LaTeX (and the bit of HTML that reference managers leave behind) to plain text."""

import html
import logging
import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

# pylatexenc drops these with what is in them.
_KEPT = ("mbox", "textmd", "textsf", "texttt", "textup", "url", "path")
_SYMBOLS = {
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
    "S": "§",
    "P": "¶",
    "dag": "†",
    "copyright": "©",
    "pounds": "£",
    "euro": "€",
    "texteuro": "€",
    "slash": "/",
    "textasciicircum": "^",
    "lbrace": "{",
    "rbrace": "}",
}
_HREF = re.compile(r"\\href\s*\{[^{}]*\}\s*(?=\{)")
_TAG = re.compile(r"</?(?:i|b|u|em|strong|sub|sup|p|br|span|scp|sc|tt|jats:[a-z-]{1,20})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LONE_AMPERSAND = re.compile(r"(?<!\\)&")
_BRACES = re.compile(r"[{}]")
_LIGATURES = (("---", "\u2014"), ("--", "\u2013"), ("``", "\u201c"), ("''", "\u201d"), ("~", " "))

# It writes what it cannot read, with parts of the text, into the log of the site.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)


@lru_cache(maxsize=1)
def _converter() -> LatexNodes2Text:
    context = get_default_latex_context_db()
    macros = [MacroTextSpec(name, simplify_repl="%s") for name in _KEPT]
    macros += [MacroTextSpec(name, simplify_repl=text) for name, text in _SYMBOLS.items()]
    macros.append(MacroTextSpec("texorpdfstring", simplify_repl="%(2)s"))
    context.add_context_category("house", prepend=True, macros=macros)
    # As it is, mathematics stays what its author wrote, and "50% off" keeps its end.
    return LatexNodes2Text(latex_context=context, math_mode="verbatim", keep_comments=True)


def to_text(value: str) -> str:
    """`value` without commands and braces; where it cannot be read as LaTeX, with nothing taken away but the braces."""
    if "&" in value:
        value = html.unescape(value)
    if "<" in value:
        value = _TAG.sub("", value)
    if "\\" not in value and "$" not in value:
        return _plain(value)
    source = _HREF.sub("", _LONE_AMPERSAND.sub(r"\\&", value))
    try:
        text: str = _converter().latex_to_text(source)
    except Exception:  # noqa: BLE001 (IndexError, KeyError, RecursionError and others: what it cannot read is kept as written)
        return _BRACES.sub("", value)
    return text


def _plain(value: str) -> str:
    for source, target in _LIGATURES:
        value = value.replace(source, target)
    return _BRACES.sub("", value)
