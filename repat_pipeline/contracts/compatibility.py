"""Which part of a contract's version must move when the contract changes (major.minor.patch).

major: somebody who kept the old version breaks - a sender whose file is refused, a receiver who misses what was there.
minor: something is added that nobody has to know. patch: words and terms only.

`python -m repat_pipeline.contracts.compatibility [<git revision>]` compares the contracts of the working tree with those of the
revision (HEAD) and fails when a version moved too little.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from open_data_contract_standard.model import OpenDataContractStandard, SchemaProperty

from repat_pipeline.contracts.odcs import CONTRACT_ENDING, ROOT, column_facts, custom_values

Part = Literal["major", "minor", "patch"]
PARTS: tuple[Part, ...] = ("major", "minor", "patch")

_DUTIES = ("requiredWhen", "requiredWith")


def required_part(old: OpenDataContractStandard, new: OpenDataContractStandard) -> Part | None:
    """The part of the version that the change from `old` to `new` moves; None when nothing but the version differs.

    A renamed column is one that is gone and one that is new. A column whose duty changes breaks one side in either direction:
    a sender may leave it out no longer, or a receiver finds it empty. New codes are minor: readers expect unknown ones.
    """
    before, after = _columns(old), _columns(new)
    kept = [name for name in before if name in after]
    added = [name for name in after if name not in before]
    is_inbound = str(new.id).startswith("repat.inbound.")
    if (
        len(kept) < len(before)
        or kept != [name for name in after if name in before]
        or any(_shape(before[name]) != _shape(after[name]) for name in kept)
        or any(not _codes(before[name]) <= _codes(after[name]) for name in kept)
        or (is_inbound and any(after[name].required for name in added))
        or _frame(old) != _frame(new)
    ):
        return "major"
    if added or any(_codes(before[name]) != _codes(after[name]) for name in kept):
        return "minor"
    return None if old.model_dump(exclude={"version"}) == new.model_dump(exclude={"version"}) else "patch"


def moved_part(old: str, new: str) -> Part | None:
    """The part in which two versions differ first; None when they are equal."""
    pairs = zip(PARTS, old.split("."), new.split("."), strict=True)
    return next((part for part, before, after in pairs if before != after), None)


def is_moved_enough(old: OpenDataContractStandard, new: OpenDataContractStandard) -> bool:
    """Whether the version moved in the required part or in a greater one."""
    required, moved = required_part(old, new), moved_part(str(old.version), str(new.version))
    return required is None or (moved is not None and PARTS.index(moved) <= PARTS.index(required))


def _columns(contract: OpenDataContractStandard) -> dict[str, SchemaProperty]:
    return {str(prop.name): prop for prop in (contract.schema_ or [])[0].properties or []}


def _frame(contract: OpenDataContractStandard) -> list[Any]:
    """What else senders and receivers build on: file, order of rows, and rules over several columns."""
    table = (contract.schema_ or [])[0]
    return [table.physicalName, custom_values(table.customProperties), [rule.model_dump() for rule in table.quality or []]]


def _shape(prop: SchemaProperty) -> dict[str, Any]:
    """How a value is read and whether it must be there; words do not count, and codes are compared apart."""
    custom, facts = custom_values(prop.customProperties), column_facts(prop)
    kept = {name: value for name, value in facts.items() if name not in ("description", "classification", "values")}
    return kept | {name: custom.get(name) for name in _DUTIES} | {"primaryKey": bool(prop.primaryKey)}


def _codes(prop: SchemaProperty) -> set[str]:
    return set(column_facts(prop)["values"])


def _at_revision(revision: str, path: Path) -> OpenDataContractStandard | None:
    """A contract as it was at a git revision; None when it was not there."""
    name = f"{revision}:{path.relative_to(ROOT).as_posix()}"
    shown = subprocess.run(["git", "show", name], cwd=ROOT, capture_output=True, text=True, check=False)
    return OpenDataContractStandard.from_string(shown.stdout) if shown.returncode == 0 else None


def main(revision: str = "HEAD") -> int:
    """Compare all contracts with a git revision; the number of contracts whose version moved too little."""
    too_little = 0
    for path in sorted((ROOT / "data_contracts").glob(f"*/*/*{CONTRACT_ENDING}")):
        old, new = _at_revision(revision, path), OpenDataContractStandard.from_file(str(path))
        if old is not None and not is_moved_enough(old, new):
            too_little += 1
            print(f"{new.id} {old.version} -> {new.version}: the change since {revision} moves {required_part(old, new)}")  # noqa: T201
    return too_little


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
