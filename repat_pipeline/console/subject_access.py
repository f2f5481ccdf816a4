"""What `repat subject-access` prints: Danish, for the one who answers the person; no CPR number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape


def show_answer(console: Console, answer: Mapping[str, Any]) -> None:
    """Print the answer of `data_subject.access`."""

    def say(text: str = "") -> None:
        console.print(escape(text), soft_wrap=True, highlight=False)

    if not any(answer[name] for name in ("deliveries", "refused_deliveries", "published", "feeds")):
        say("Der er ikke fundet oplysninger om personen.")
    for code, reference in answer["references"].items():
        say(f"Personreference i kommune {code}: {reference}")
    for entry in answer["deliveries"]:
        say(f"\nLevering {entry['municipality']} {entry['source']} {entry['delivery_id']}, udtrukket {entry['extracted_at']}, "
            f"modtaget {entry['received_at']}")  # fmt: skip
        for table, rows in entry["rows"].items():
            say(f"  {table}: {rows} rækker. Formål: {entry['purpose'][table]}")
        for table, rows in entry["rejected_rows"].items():
            say(f"  {table}: {rows} afviste rækker i karantæne")
        say(f"  Retsgrundlag: {'; '.join(entry['legal_basis'])}")
        say(f"  Opbevares {entry['term']}, til {entry['kept_until']}{'; rå filer er arkiveret' if entry['is_archived'] else ''}")
    for entry in answer["refused_deliveries"]:
        say(f"\nAfvist levering {entry['municipality']} {entry['source']} (indhold {entry['content']}), {entry['refused_at']}: "
            f"{', '.join(entry['files'])}; opbevares til {entry['kept_until']}")  # fmt: skip
    for entry in answer["published"]:
        tables = ", ".join(f"{table} {rows}" for table, rows in entry["rows"].items())
        say(f"\nOpgørelse {entry['municipality']} pr. {entry['as_of']} (udgave {entry['version']}): {tables}")
    for entry in answer["feeds"]:
        files = ", ".join(f"{file} {rows}" for file, rows in entry["files"].items())
        say(f"\nLeverance til kommune {entry['municipality']} pr. {entry['as_of']} nr. {entry['sequence']}: {files}")
        say(f"  Retsgrundlag: {'; '.join(entry['legal_basis'])}. Modtager: {', '.join(entry['receivers'])}")
    for entry in answer["looks"]:
        say(f"\nOpslag {entry['at']} {entry['what']} ({entry['municipality']}): {entry['reason']}")
    say(f"\n{answer['not_covered']}")
