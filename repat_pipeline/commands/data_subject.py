"""`repat subject-access` and `repat erase`: what there is about one person, and its removal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from repat_pipeline import clock
from repat_pipeline.codelists import municipality_codes
from repat_pipeline.commands.common import (
    ExitStatus,
    HomeOption,
    MunicipalityOption,
    checked_home,
    checked_municipalities,
    number_from_terminal,
    plain_console,
    reported,
    wrong_use,
)

CprOption = Annotated[str, typer.Option("--cpr", help="`-`: read the CPR number from the terminal.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; goes into the audit log. No CPR numbers.")]


def _number(cpr: str) -> str:
    if cpr != "-":
        raise wrong_use("--cpr takes `-` only: the number is read from the terminal and never stands in a command line")
    return number_from_terminal()


def subject_access(
    cpr: CprOption,
    reason: ReasonOption,
    home: HomeOption = Path("var"),
    municipality: MunicipalityOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON document with stable keys.")] = False,
) -> None:
    """What was processed about one person: when, from which source, for which purpose, and which feeds carried it."""
    place, console = checked_home(home), plain_console()
    checked_municipalities(None if municipality is None else [municipality])
    number = _number(cpr)
    with reported(console):
        from repat_pipeline.console.subject_access import show_answer
        from repat_pipeline.data_subject.access import subject_access as answer_of
        from repat_pipeline.data_subject.person import Person
        from repat_pipeline.identity.pseudonym import load_key
        from repat_pipeline.storage.audit_log import NoAuditEntry, note
        from repat_pipeline.storage.sealing_keys import load_sealer

        key, sealer = load_key(place).key, load_sealer(place).sealer
        person = Person.of(number, key, municipality_codes())
        answer = answer_of(place, person, sealer=sealer, municipality=municipality)
        where = f"everything below HOME; pseudonym key {key.fingerprint}, vault key {sealer.key.id}"
        try:
            for code in answer["references"] or [municipality]:
                note(place, "subject access", where, reason=reason, municipality=code, person_ref=person.references.get(code or ""))
        except NoAuditEntry as error:
            raise wrong_use(f"--reason: {error}") from None
        if as_json:
            typer.echo(json.dumps(answer, indent=1, ensure_ascii=False))
        else:
            show_answer(console, answer)


def erase(
    cpr: CprOption,
    reason: ReasonOption,
    home: HomeOption = Path("var"),
    apply: Annotated[bool, typer.Option("--apply/--dry-run", help="Erase; without, only say where the person is.")] = False,
) -> None:
    """Erase one person from everything below HOME, with a certificate and a search that proves it. Status 3: only looked."""
    place, console = checked_home(home), plain_console()
    number = _number(cpr)
    with reported(console):
        from repat_pipeline.data_subject.erase import erase as erase_person
        from repat_pipeline.data_subject.erase import is_erased, rows_by_place
        from repat_pipeline.data_subject.person import Person
        from repat_pipeline.data_subject.traces import traces
        from repat_pipeline.identity.pseudonym import load_key
        from repat_pipeline.storage.audit_log import NoAuditEntry, note
        from repat_pipeline.storage.sealing_keys import load_sealer

        key, sealer = load_key(place).key, load_sealer(place).sealer
        person = Person.of(number, key, municipality_codes())
        try:
            if not apply:
                note(place, "erasure looked at", f"everything below HOME; vault key {sealer.key.id}", reason=reason)
                counts = rows_by_place(traces(place, person, sealer=sealer))
                before = " The person was erased before." if is_erased(place, person) else ""
                told = ", ".join(f"{name} {rows}" for name, rows in counts.items()) or "nothing"
                console.print(f"To erase: {told}.{before}", soft_wrap=True, highlight=False)
                raise typer.Exit(ExitStatus.INCOMPLETE if counts else ExitStatus.DONE)
            done = erase_person(place, person, sealer=sealer, at=clock.now(), reason=reason)
        except NoAuditEntry as error:
            raise wrong_use(f"--reason: {error}") from None
        told = ", ".join(f"{name} {rows}" for name, rows in done.rows.items()) or "nothing"
        console.print(f"Erased: {told}. {done.search.files:,} files searched: the person is in none. Certificate: {done.certificate}",
                      soft_wrap=True, highlight=False)  # fmt: skip
        console.print("Not reached: back-ups, the inbox, what the municipality has fetched (docs/runbooks/erasure.md).", soft_wrap=True)
