"""`repat explain` on the terminal: as text for people or as a JSON document. What is explained is `repat_pipeline.explanation`."""

from __future__ import annotations

from datetime import date

import typer
from rich.console import Console

from repat_pipeline.explanation.document import json_text
from repat_pipeline.explanation.explanation import explain
from repat_pipeline.explanation.strings import Lang
from repat_pipeline.explanation.text import show
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.storage.layout import Home


def explain_person(
    console: Console, home: Home, key: PseudonymKey, *, as_of: date, municipality: str, person_ref: str, lang: Lang, as_json: bool
) -> None:
    """Print why the person is or is not on the lists of a municipality; also for a person who was not evaluated there.

    Raises:
        RepatError: nothing is published for the date, or the municipality was not evaluated.
    """
    explanation = explain(home, key, as_of=as_of, municipality=municipality, person_ref=person_ref)
    if as_json:
        # Not by the console: it would break long lines.
        typer.echo(json_text(explanation, lang))
    else:
        show(console, explanation, lang)
