"""Every mapping has a golden sample: the sender's files give the same rows as the same rows in the contract's own form.

`tests/golden/mappings/<mapping>/sent/<table>.csv` is as the sender writes it, `contract/<table>.csv` says what must be read.
`PERSON-1` and so on stand for CPR numbers of fictitious persons. A new mapping needs its sample and no code
(docs/runbooks/new_vendor_layout.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from repat_pipeline.checked_rows import check_rows
from repat_pipeline.contracts.inbound import TableContract, load_table_contract
from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.extracts.manifest import inspect_file
from repat_pipeline.extracts.mapping import MAPPING_FOLDER, Mapping, load_mapping
from repat_pipeline.validation.validate import CheckedChunk
from tests.support import person

SAMPLES = Path(__file__).parent / "mappings"
MAPPINGS = sorted(path.stem for path in MAPPING_FOLDER.glob("*.yaml"))
TABLES = [(folder.parent.name, path.stem) for folder in sorted(SAMPLES.glob("*/sent")) for path in sorted(folder.iterdir())]


def accepted_rows(sample: Path, folder: Path, *, contract: TableContract, mapping: Mapping | None) -> pl.DataFrame:
    """The typed rows of a sample with persons in it; nothing may be wrong."""
    path = folder / sample.name
    path.write_bytes(re.sub(rb"PERSON-(\d+)", lambda match: person(int(match[1])).encode(), sample.read_bytes()))
    inspection = inspect_file(path, contract=contract, mapping=mapping, limits=Limits())
    frames: list[pl.DataFrame] = []

    def take(_: TableContract, chunks: Iterator[CheckedChunk]) -> None:
        frames.extend(chunk.accepted for chunk in chunks)

    checked = check_rows(folder, inspection, take=take)
    assert [reason.message for reason in [*inspection.reasons, *checked.reasons]] == []
    assert checked.reports[contract.name].by_rule == {}
    return pl.concat(frames)


@pytest.mark.parametrize("name", MAPPINGS)
def test_every_mapping_has_a_sample_of_every_table_that_it_names(name: str) -> None:
    assert {(name, table) for table in load_mapping(name).columns} <= set(TABLES)


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_the_sender_s_file_gives_the_rows_of_the_contract_s_form(name: str, table: str, tmp_path: Path) -> None:
    mapping = load_mapping(name)
    contract = load_table_contract(mapping.source, table)
    folder = SAMPLES / name

    sent = accepted_rows(folder / "sent" / f"{table}.csv", tmp_path, contract=contract, mapping=mapping)
    expected = accepted_rows(folder / "contract" / f"{table}.csv", tmp_path, contract=contract, mapping=None)

    assert sent.height
    assert sent.equals(expected)
