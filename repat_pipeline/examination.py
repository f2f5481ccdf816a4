"""Look at one delivery of the inbox: what it says of itself, what its rows are, and every reason against it.

Nothing in the home changes here but temporary files of the lake (`LandedTables`), so that several deliveries can be looked at
at once. What becomes of a delivery, and every record of it, is `intake`. Norm: spec/inbound.md sections 1-3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.extracts.inbox import DeliveryFolder
from repat_pipeline.extracts.manifest import Inspection, inspect_delivery
from repat_pipeline.extracts.refusal import Reason, make_reason
from repat_pipeline.extracts.tables import row_reasons
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.landing import LandedTables, land_tables
from repat_pipeline.storage.delivery_log import DeliveryRecord, RefusalRecord, folder_signature, read_delivery, read_refusals
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import Sealer


@dataclass(frozen=True)
class Examined:
    """A delivery that was looked at.

    Attributes:
        instant: when; what is received and refused bears it.
        signature: names, sizes and times of its files before anything was read.
        known: the record of exactly this content under this name: there is nothing to do but to remember where it lies.
        reasons: why it must be refused; empty: it can be taken in.
        landed: its tables, to be kept or discarded; null when the rows were not landed.
    """

    folder: DeliveryFolder
    instant: datetime
    signature: dict[str, list[int]]
    inspection: Inspection
    known: DeliveryRecord | RefusalRecord | None = None
    reasons: tuple[Reason, ...] = ()
    landed: LandedTables | None = None

    def discard(self) -> None:
        """Remove what was written of it."""
        if self.landed is not None:
            self.landed.discard()


def examine(home: Home, folder: DeliveryFolder, instant: datetime, *, key: PseudonymKey, sealer: Sealer, limits: Limits) -> Examined:
    """Look at one delivery: manifest and files, whether it is known, then the rows."""
    signature = folder_signature(folder.path)
    inspection = inspect_delivery(folder.path, municipality=folder.municipality, source=folder.source, now=instant, limits=limits)

    def examined(*reasons: Reason, known: DeliveryRecord | RefusalRecord | None = None, landed: LandedTables | None = None) -> Examined:
        return Examined(folder, instant, signature, inspection, known, reasons, landed)

    if _is_changed(folder, signature):
        # What was looked at is not what lies there: nothing of it is read.
        return examined(_changed(folder))
    before = read_delivery(home, folder.source, folder.municipality, folder.name)
    if before is not None and before.content == inspection.content:
        return examined(known=before)
    for record in read_refusals(home, folder.municipality, folder.source):
        if record.content == inspection.content and record.folder_name == folder.name and not may_mend(record, instant):
            return examined(known=record)
    reasons = list(inspection.reasons)
    if before is not None:
        reasons.append(
            make_reason(
                "delivery_id_taken", f"delivery_id {folder.name}", expected="the content accepted under this id",
                found="other content", next_step="Send the corrected delivery under a new delivery_id.",
            )
        )  # fmt: skip
    if reasons:
        reasons += row_reasons(folder.path, inspection)
        return examined(*dict.fromkeys(reasons))
    try:
        landed = land_tables(home, folder, inspection, key=key, sealer=sealer)
    except Exception:
        if not _is_changed(folder, signature):
            raise
        return examined(_changed(folder))
    if _is_changed(folder, signature):
        # The rows may be others than those whose hash was checked.
        landed.discard()
        return examined(_changed(folder))
    return examined(*landed.reasons, landed=landed)


def may_mend(record: RefusalRecord, instant: datetime) -> bool:
    """Whether the only fault was one that passes: an extract from the future when its instant has come, or a change while it was read."""
    codes = {reason["code"] for reason in record.reasons}
    if codes == {"extracted_at_future"}:
        return record.extracted_at is not None and record.extracted_at <= instant
    return codes == {"changed_while_read"}


def _is_changed(folder: DeliveryFolder, signature: dict[str, list[int]]) -> bool:
    try:
        return folder.path.is_symlink() or folder_signature(folder.path) != signature
    except OSError:
        return True


def _changed(folder: DeliveryFolder) -> Reason:
    return make_reason(
        "changed_while_read", f"delivery {folder.name}", expected="files that stay as they are once the manifest is written",
        found="a change while they were read", next_step="It is read again by the next run; write the manifest last.",
    )  # fmt: skip
