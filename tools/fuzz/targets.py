"""What is fuzzed: each target takes the bytes of one file and ends in rows or in a refusal. Anything else is a crash."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from repat_pipeline.contracts.inbound import load_table_contract
from repat_pipeline.extracts.dialect import Dialect
from repat_pipeline.extracts.eindkomst_xml import read_income_xml
from repat_pipeline.extracts.file_facts import read_facts
from repat_pipeline.extracts.manifest_document import read_manifest
from repat_pipeline.extracts.reader import read_table
from repat_pipeline.extracts.refusal import Refusal
from repat_pipeline.intake import take_in
from repat_pipeline.storage.layout import Home
from repat_pipeline.synthetic.plan import SynthesisPlan
from repat_pipeline.synthetic.population import write_deliveries

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """One reader with the files that its inputs are made of.

    Attributes:
        run: takes a mutated file and the name of the one it was made of; returns `rows` or `refused`.
    """

    name: str
    corpus: dict[str, bytes]
    run: Callable[[bytes, str], str]


def make_targets(folder: Path) -> list[Target]:
    """All targets; they write below `folder`."""
    inbox = folder / "seed"
    write_deliveries(SynthesisPlan(municipalities=2, persons=12, seed=3, as_of=date(2026, 11, 22)), inbox)
    deliveries = sorted(path.parent for path in inbox.glob("*/*/*/manifest.json"))
    csv = {f"{path.parents[1].name}.{path.stem}": path.read_bytes() for delivery in deliveries for path in delivery.glob("*.csv")}
    xml = {f"{path.parent.name}/{path.name}": path.read_bytes() for delivery in deliveries for path in delivery.glob("*.xml")}
    manifests = {str(delivery.relative_to(inbox)): (delivery / "manifest.json").read_bytes() for delivery in deliveries}
    files = [path for delivery in deliveries for path in delivery.iterdir() if path.stat().st_size < 40_000]
    whole = {str(path.relative_to(inbox)): path.read_bytes() for path in files}
    assert csv
    assert xml
    return [
        Target("CSV reader", csv, lambda content, name: _csv(folder / "x.csv", content, name)),
        Target("XML reader", xml, lambda content, name: _xml(folder / "x.xml", content)),
        Target("manifest", manifests, lambda content, name: _manifest(content)),
        Target("whole intake", whole, lambda content, name: _intake(folder, inbox, content, name)),
    ]


@contextmanager
def _refusals() -> Iterator[list[str]]:
    outcome = ["rows"]
    try:
        yield outcome
    except Refusal:
        outcome[0] = "refused"


def _csv(path: Path, content: bytes, name: str) -> str:
    source, _, table = name.partition(".")
    path.write_bytes(content)
    dialects = (Dialect(), Dialect(encoding="windows-1252", separator=","))
    with _refusals() as outcome:
        for dialect in dialects[: 1 + len(content) % 2]:
            # As the intake does: a file that is no text in its encoding gets no further.
            if not read_facts(path, encoding=dialect.encoding, max_bytes=2**30).is_decodable:
                outcome[0] = "refused"
                continue
            for frame in read_table(path, load_table_contract(source, table), dialect=dialect, has_quotes=b'"' in content):
                assert frame["line_number"].is_sorted()
    return outcome[0]


def _xml(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with _refusals() as outcome:
        for _ in read_income_xml(path, load_table_contract("eindkomst", "indkomst")):
            pass
    return outcome[0]


def _manifest(content: bytes) -> str:
    document = read_manifest(content, now=NOW)
    assert document.manifest is not None or document.reasons
    return "rows" if not document.reasons else "refused"


def _intake(folder: Path, seed: Path, content: bytes, name: str) -> str:
    """A delivery with one mutated file, whose manifest tells the truth about its bytes (else nothing behind the hash is reached)."""
    home, inbox = Home(folder / "home"), folder / "inbox"
    for left in (home.root, inbox):
        shutil.rmtree(left, ignore_errors=True)
    place = Path(name)
    shutil.copytree(seed / place.parent, inbox / place.parent)
    (inbox / place).write_bytes(content)
    if place.name != "manifest.json":
        path = inbox / place.parent / "manifest.json"
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for entry in manifest["files"]:
            if entry["name"] == place.name:
                entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        path.write_text(json.dumps(manifest), encoding="utf-8")
    municipality, source = place.parts[:2]
    intake = take_in(home, inbox, source=source, municipalities=[municipality])
    assert len(intake.accepted) + len(intake.refused) == 1
    for accepted in intake.accepted:
        assert all(counts.accepted + counts.rejected == counts.read for counts in accepted.record.tables.values())
    return "rows" if intake.accepted else "refused"
