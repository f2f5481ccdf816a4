"""What a build was made from: reference date, knowledge time, parameters and counting deliveries.

Written beside the build database by the warehouse, read by the publication; it becomes the published manifest. The fingerprint
says whether a run would decide anything that is not published already.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from repat_pipeline.codelists import code_lists_hash
from repat_pipeline.disclosure.thresholds import preset_in_use
from repat_pipeline.rules.registry import parameters_on, rule_version_on
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection


@dataclass(frozen=True)
class RunParameters:
    """Everything that decides the bytes of what is published, and the run's id."""

    run_id: str
    as_of: str
    known_at: str | None
    code_version: str
    project_hash: str
    code_lists_hash: str
    key_fingerprint: str
    rule_version: str
    parameters: dict[str, str]
    own_parameters: dict[str, dict[str, str]]
    deliveries: list[dict[str, str | bool | int | None]]
    evaluated: list[str]
    blocked: dict[str, list[str]]
    month_ends: int = 0
    disclosure: str = "1-4"

    def parameters_of(self, municipality: str) -> dict[str, str]:
        """The values that decide for a municipality."""
        return self.parameters | self.own_parameters.get(municipality, {})

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides, without the run's id and without the wording of the knowledge time."""
        deciding = {name: value for name, value in asdict(self).items() if name not in ("run_id", "known_at")}
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def describe_run(
    *,
    run_id: str,
    as_of: date,
    known_at: datetime | None,
    code_version: str,
    project_hash: str,
    key_fingerprint: str,
    selection: Selection,
    own_parameters: dict[str, dict[str, str]],
    month_ends: int = 0,
) -> RunParameters:
    """Describe a run before it is built.

    Args:
        month_ends: how many month ends before the reference date are back-cast.
        own_parameters: municipality -> name -> value, of those evaluated that have chosen values of their own.

    Raises:
        NoRuleInForce: the reference date lies before the first rule version.
    """
    counting = set(map(id, selection.counting))
    return RunParameters(
        run_id=run_id,
        as_of=as_of.isoformat(),
        known_at=None if known_at is None else known_at.isoformat(),
        code_version=code_version,
        project_hash=project_hash,
        code_lists_hash=code_lists_hash(),
        key_fingerprint=key_fingerprint,
        rule_version=rule_version_on(as_of).rule_version,
        parameters={name: value.value for name, value in sorted(parameters_on(as_of).items())},
        own_parameters={code: values for code, values in own_parameters.items() if code in selection.evaluated},
        deliveries=[
            {
                "municipality_code": record.municipality_code,
                "source": record.source,
                "delivery_id": record.delivery_id,
                "content": record.content,
                "extracted_at": record.extracted_at.isoformat(),
                "contract_version": record.contract_version,
                # Raw files that were read again with another outcome must be decided on anew.
                "rereads": record.rereads,
                "is_counting": id(record) in counting,
            }
            for record in selection.existing
        ],
        evaluated=selection.evaluated,
        blocked=selection.blocked,
        month_ends=month_ends,
        disclosure=preset_in_use(),
    )


def write_run_parameters(home: Home, run: RunParameters) -> None:
    """Write the parameters beside the build database."""
    write_text(home.run_parameters, json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n")


def read_run_parameters(home: Home) -> RunParameters:
    """The parameters of the build database.

    Raises:
        FileNotFoundError: nothing has been built.
    """
    if not home.run_parameters.is_file():
        raise FileNotFoundError(f"{home.run_parameters} is missing: build the warehouse assets before publication")
    return RunParameters(**json.loads(home.run_parameters.read_text(encoding="utf-8")))


def file_sha256(path: Path) -> str:
    """sha256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
