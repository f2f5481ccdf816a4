"""`repat explain` on the terminal: as text for people or as a JSON document. What is explained is `repat_pipeline.explanation`."""

from __future__ import annotations

import re
from datetime import date

import typer
from rich.console import Console

from repat_pipeline.explanation.document import json_text
from repat_pipeline.explanation.explanation import explain
from repat_pipeline.explanation.published import read_published
from repat_pipeline.explanation.strings import Lang
from repat_pipeline.explanation.text import show
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.layout import Home


def explain_person(
    console: Console,
    home: Home,
    *,
    as_of: date,
    municipality: str,
    cpr_number: str | None,
    person_ref: str | None,
    lang: Lang,
    as_json: bool,
    feed: int | None = None,
    reason: str = "not given",
) -> None:
    """Print why the person is or is not on the lists of a municipality; also for a person who was not evaluated there.

    Args:
        cpr_number, person_ref: one of them names the person; the number is never shown.
        reason: why somebody looks, for the audit trail; the line is written before anything is shown.
        feed: explain what this feed was decided from, by its decision file; None = what is published now.

    Raises:
        RepatError: nothing is published for the date, the municipality was not evaluated, or the key is another one.
    """
    run = read_published(home, as_of, municipality, feed=feed)
    key = load_key(home).key
    reference = person_ref if cpr_number is None else key.person_refs(municipality, key.person_keys([cpr_number]))[0]
    # Whatever else was typed as a reference is none, and could be a CPR number.
    is_reference = re.fullmatch("[a-z2-7]{26}", str(reference)) is not None
    of_feed = "" if feed is None else f", feed {feed}"
    where = f"as of {as_of}{of_feed}, by {'reference' if cpr_number is None else 'CPR number'}; pseudonym key {key.fingerprint}"
    note(home, "explain", where, reason=reason, municipality=municipality, person_ref=str(reference) if is_reference else None)
    explanation = explain(home, run, key, person_ref=str(reference))
    if as_json:
        # Not by the console: it would break long lines.
        typer.echo(json_text(explanation, lang))
    else:
        show(console, explanation, lang)
