"""Intake: from a delivery folder in the inbox to the lake, or to `refused/` with every reason at once.

The order of writing is what makes it safe to be cut off anywhere: Parquet files, vault and quarantine first, the log record
last. A delivery whose record is there is in the lake; anything else is taken in anew. The inbox is never changed, but for
`consume`, which moves accepted folders to the archive, sealed. Deliveries are looked at a few at a time (`examination`), and
settled one after the other in the order of the inbox: records and audit log are those of one worker. Norm: spec/inbound.md
sections 1-3.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from repat_pipeline import __version__
from repat_pipeline.clock import COPENHAGEN, now
from repat_pipeline.errors import could_hold_a_person
from repat_pipeline.examination import Examined, examine, may_mend
from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.extracts.inbox import DeliveryFolder, Stray, scan_inbox
from repat_pipeline.extracts.manifest_model import MAX_FILES
from repat_pipeline.extracts.plain_file import open_plain
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.free_memory import give_back_memory
from repat_pipeline.identity.pseudonym import PseudonymKey, load_key
from repat_pipeline.landing import LandedTables
from repat_pipeline.progress import report
from repat_pipeline.storage.atomic import write_folder, write_text
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.delivery_log import (
    DeliveryRecord,
    RefusalRecord,
    folder_signature,
    read_delivery,
    read_refusals,
    write_delivery,
    write_refusal,
)
from repat_pipeline.storage.home_layout import LAYOUT, layout_of, write_layout
from repat_pipeline.storage.layout import Home, safe_folder_name
from repat_pipeline.storage.raw_copies import REPORT_NAME, seal_copy
from repat_pipeline.storage.sealed import Sealer
from repat_pipeline.storage.sealing_keys import load_sealer
from repat_pipeline.work_ahead import results_in_order

# A refused delivery is told of by its first rows per table and rule: enough to find the mistake, whatever its size.
ROWS_REMEMBERED = 1000


@dataclass(frozen=True)
class Accepted:
    """A delivery that was taken into the lake."""

    record: DeliveryRecord


@dataclass(frozen=True)
class Refused:
    """A delivery that lies in the inbox and is refused: why, and where its copy and report are."""

    municipality: str
    source: str
    folder_name: str
    reasons: list[Reason]
    copied_to: str

    @property
    def name(self) -> str:
        """`<municipality> <source> <delivery_id>`, for messages."""
        return f"{self.municipality} {self.source} {self.folder_name}"

    @property
    def messages(self) -> list[str]:
        """The reasons as sentences, without values of a row."""
        return [reason.message for reason in self.reasons]


@dataclass(frozen=True)
class Intake:
    """What one call took in and refused."""

    accepted: list[Accepted]
    refused: list[Refused]

    @property
    def municipalities(self) -> set[str]:
        """Municipalities of which something was accepted or is refused."""
        return {outcome.record.municipality_code for outcome in self.accepted} | {outcome.municipality for outcome in self.refused}


@dataclass(frozen=True)
class InboxState:
    """What lies in an inbox, without reading a file: unseen, refused before, unfinished, not recognised.

    Attributes:
        municipalities: every municipality that has a delivery folder.
        unfinished: folders without a manifest: the delivery does not exist yet.
    """

    unseen: list[DeliveryFolder] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unfinished: list[DeliveryFolder] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    municipalities: frozenset[str] = frozenset()


def look_at_inbox(home: Home, inbox: Path, *, municipalities: frozenset[str] | None = None) -> InboxState:
    """Tell what is new in the inbox by names, sizes and times alone.

    Raises:
        RepatError: there is no such inbox.
    """
    scan = scan_inbox(inbox, municipalities)
    state = InboxState(
        unfinished=list(scan.unfinished), strays=list(scan.strays),
        municipalities=frozenset(folder.municipality for folder in scan.deliveries),
    )  # fmt: skip
    for folder in scan.deliveries:
        try:
            signature = folder_signature(folder.path)
        except FileNotFoundError:
            # The sender took it away since the look at the inbox.
            continue
        if _accepted_before(home, folder, signature):
            continue
        refused = _refused_before(home, folder, signature)
        if refused is None:
            state.unseen.append(folder)
        else:
            state.refused.append(refused)
    return state


def take_in(
    home: Home,
    inbox: str | Path,
    *,
    source: str,
    municipalities: Iterable[str],
    consume: bool = False,
    keep_raw: bool = True,
    limits: Limits | None = None,
) -> Intake:
    """Take in every unseen delivery of one source and these municipalities; refuse what cannot be taken in.

    Args:
        consume: take accepted deliveries out of the inbox.
        keep_raw: to the archive, sealed; else they are deleted.

    Returns what this call accepted, and everything refused that lies in the inbox (also what was refused before).

    Raises:
        RepatError: there is no such inbox, or the key cannot be used.
    """
    state = look_at_inbox(home, Path(inbox), municipalities=frozenset(municipalities))
    unseen = [folder for folder in state.unseen if folder.source == source]
    intake = Intake([], [refused for refused in state.refused if refused.source == source])
    keys = _keys_for(home, source) if unseen else None
    if keys is not None and not home.key_fingerprint.is_file():
        if layout_of(home) == LAYOUT:
            write_layout(home)
        write_text(home.key_fingerprint, keys.pseudonym.fingerprint + "\n")
    if keys is None:
        return intake
    examine_one = partial(_examine, home, keys, limits or Limits())
    looks = results_in_order(examine_one, ((folder, now()) for folder in unseen), drop=Examined.discard)
    for number, examined in enumerate(looks, start=1):
        outcome = _settle(home, examined, keys.sealer)
        if isinstance(outcome, Accepted):
            intake.accepted.append(outcome)
        elif outcome is not None:
            intake.refused.append(outcome)
        report(f"intake {source}", number, len(unseen))
        if consume and not isinstance(outcome, Refused):
            _archive(home, examined.folder, keys.sealer, keep_raw=keep_raw)
    give_back_memory()
    return intake


@dataclass(frozen=True)
class _Keys:
    """What an intake needs: the key of pseudonyms, and that of the vault."""

    pseudonym: PseudonymKey
    sealer: Sealer


def _examine(home: Home, keys: _Keys, limits: Limits, at: tuple[DeliveryFolder, datetime]) -> Examined:
    return examine(home, *at, key=keys.pseudonym, sealer=keys.sealer, limits=limits)


def _keys_for(home: Home, source: str) -> _Keys:
    """Both keys, before anything is written: one that does not fit the home ends the intake here."""
    keys = _Keys(load_key(home).key, load_sealer(home).sealer)
    note(home, "key use", f"pseudonym key {keys.pseudonym.fingerprint}, vault key {keys.sealer.key.id}: unseen deliveries of {source}")
    return keys


def _accepted_before(home: Home, folder: DeliveryFolder, signature: dict[str, list[int]]) -> bool:
    record = read_delivery(home, folder.source, folder.municipality, folder.name)
    return record is not None and dict(record.signature) == signature


def _refused_before(home: Home, folder: DeliveryFolder, signature: dict[str, list[int]]) -> Refused | None:
    for record in read_refusals(home, folder.municipality, folder.source):
        if record.folder_name == folder.name and dict(record.signature) == signature and not may_mend(record, now()):
            return _as_refused(record)
    return None


def _as_refused(record: RefusalRecord) -> Refused:
    reasons = [Reason.from_record(reason) for reason in record.reasons]
    return Refused(record.municipality_code, record.source, record.folder_name, reasons, record.copied_to)


def _settle(home: Home, examined: Examined, sealer: Sealer) -> Accepted | Refused | None:
    """What becomes of a delivery that was looked at; None when exactly this content is in the lake already."""
    if isinstance(examined.known, DeliveryRecord):
        write_delivery(home, replace(examined.known, signature=examined.signature))
        return None
    if examined.known is not None:
        write_refusal(home, replace(examined.known, signature=examined.signature))
        return _as_refused(examined.known)
    landed = examined.landed
    if landed is not None and not examined.reasons:
        return _accept(home, examined, landed)
    examined.discard()
    return _refuse(home, examined, sealer=sealer, rejected=() if landed is None else landed.first_rejected(ROWS_REMEMBERED))


def _accept(home: Home, examined: Examined, landed: LandedTables) -> Accepted:
    folder, inspection, instant, signature = examined.folder, examined.inspection, examined.instant, examined.signature
    manifest = inspection.manifest
    assert manifest is not None
    landed.keep()
    record = DeliveryRecord(
        municipality_code=folder.municipality, source=folder.source, delivery_id=manifest.delivery_id,
        content=inspection.content, contract_version=manifest.contract_version, extracted_at=manifest.extracted_at,
        received_at=instant, period_from=manifest.period_from, period_to=manifest.period_to,
        legal_basis=manifest.legal_basis, legal_basis_reference=manifest.legal_basis_reference,
        tables=landed.counts, signature=signature, files=inspection.file_names, reader_version=__version__,
        erased_on=instant.astimezone(COPENHAGEN).date() if landed.erased.kept_out else None,
        erased_persons_again=len(landed.erased.again),
    )  # fmt: skip
    rows = ", ".join(f"{name} {counts.accepted} accepted {counts.rejected} rejected" for name, counts in landed.counts.items())
    note(home, "delivery accepted", f"{record.name}, content {record.content[:12]}; {rows}", municipality=folder.municipality)
    if landed.erased.again or landed.erased.kept_out:
        told = f"{len(landed.erased.again)} taken in again, {len(landed.erased.kept_out)} kept out (extracted before the erasure)"
        note(home, "erased persons delivered", f"{record.name}: {told}", municipality=folder.municipality)
    write_delivery(home, record)
    return Accepted(record)


def _refuse(home: Home, examined: Examined, *, sealer: Sealer, rejected: Sequence[tuple[str, str, int]] = ()) -> Refused:
    """Copy the delivery to `refused/`, sealed, with a report; then remember it by content."""
    folder, inspection, instant, signature = examined.folder, examined.inspection, examined.instant, examined.signature
    reasons = examined.reasons
    target = home.refused(folder.municipality, folder.source, safe_folder_name(folder.name), inspection.content)
    plain = [asdict(reason) for reason in reasons]
    text = {"delivery": f"{folder.municipality} {folder.source} {folder.name}", "content": inspection.content,
            "refused_at": instant.isoformat(), "reasons": plain,
            "next_step": "See docs/runbooks/refused_delivery.md."}  # fmt: skip

    def fill(temporary: Path) -> None:
        # Links and folders are named in the report, never followed; of a folder without end the first files tell enough.
        # What changes under our hands is read again anyway.
        is_changing = any(reason.code == "changed_while_read" for reason in reasons)
        for path in [] if is_changing else sorted(folder.path.iterdir())[: MAX_FILES + 1]:
            if stat.S_ISREG(path.lstat().st_mode):
                _seal_copy(home, path, temporary, final=target, sealer=sealer)
        write_text(temporary / REPORT_NAME, json.dumps(text, indent=1, ensure_ascii=False) + "\n")

    name = "a folder whose name is withheld" if could_hold_a_person(folder.name) else folder.name
    codes = ", ".join(sorted({reason.code for reason in reasons}))
    where = f"{folder.municipality} {folder.source} {name}, content {inspection.content[:12]}; {codes}"
    note(home, "delivery refused", where, municipality=folder.municipality)
    if not target.exists():
        write_folder(target, fill)
    write_refusal(
        home,
        RefusalRecord(
            municipality_code=folder.municipality, source=folder.source, folder_name=folder.name,
            content=inspection.content, refused_at=instant, reasons=plain,
            copied_to=os.path.relpath(target, home.root), signature=signature,
            extracted_at=None if inspection.manifest is None else inspection.manifest.extracted_at,
            files=inspection.file_names, rejected=list(rejected),
        ),
    )  # fmt: skip
    return Refused(folder.municipality, folder.source, folder.name, list(reasons), os.path.relpath(target, home.root))


def _archive(home: Home, folder: DeliveryFolder, sealer: Sealer, *, keep_raw: bool) -> None:
    target = home.archive(folder.municipality, folder.source, folder.name)

    def fill(temporary: Path) -> None:
        for path in sorted(folder.path.iterdir()):
            _seal_copy(home, path, temporary, final=target, sealer=sealer)

    if keep_raw and not target.exists():
        write_folder(target, fill)
    shutil.rmtree(folder.path)


def _seal_copy(home: Home, path: Path, into: Path, *, final: Path, sealer: Sealer) -> None:
    with open_plain(path) as source:
        seal_copy(home, path.name, source, into, final=final, sealer=sealer)
