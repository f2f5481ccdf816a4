"""A change of a contract moves the right part of its version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard, SchemaProperty

from repat_pipeline.contracts.compatibility import Part, is_moved_enough, moved_part, required_part
from tests.conftest import ROOT

Change = Callable[[OpenDataContractStandard], None]
FEED, LISTS, INBOUND = "outbound/feed/aendringer", "outbound/feed/kandidater", "inbound/fagsystem/ydelser"


def contract(name: str) -> OpenDataContractStandard:
    """A contract of ours, to be changed."""
    return OpenDataContractStandard.from_file(str(ROOT / "data_contracts" / f"{name}.odcs.yaml"))


def columns(of: OpenDataContractStandard) -> list[SchemaProperty]:
    """The columns of its table."""
    return of.schema_[0].properties


def new_column(*, required: bool) -> SchemaProperty:
    """A column that no contract has."""
    kind = CustomProperty(property="valueKind", value="text")
    return SchemaProperty(name="ny_kolonne", required=required, physicalType="varchar", description="New.", customProperties=[kind])


def set_codes(of: OpenDataContractStandard, codes: list[str]) -> None:
    """Replace the closed list of codes of `aendring`."""
    next(column for column in columns(of) if column.name == "aendring").quality[0].arguments["validValues"] = codes


def set_of(column: str, **values: object) -> Change:
    """A change of one column's attributes."""

    def change(of: OpenDataContractStandard) -> None:
        changed = next(prop for prop in columns(of) if prop.name == column)
        for name, value in values.items():
            setattr(changed, name, value)

    return change


CHANGES: dict[str, tuple[str, Change, Part | None]] = {
    "nothing": (FEED, lambda of: None, None),
    "only the version": (FEED, lambda of: setattr(of, "version", "1.0.1"), None),
    "a description": (FEED, set_of("cpr_nummer", description="Other words."), "patch"),
    "a classification": (FEED, set_of("cpr_nummer", classification="restricted"), "patch"),
    "retention": (FEED, lambda of: setattr(of.slaProperties[-1], "value", "P1M"), "patch"),
    "an optional column more, for receivers": (FEED, lambda of: columns(of).append(new_column(required=False)), "minor"),
    "a column more that is always filled, for receivers": (FEED, lambda of: columns(of).append(new_column(required=True)), "minor"),
    "an optional column more, from senders": (INBOUND, lambda of: columns(of).append(new_column(required=False)), "minor"),
    "a code more": (FEED, lambda of: set_codes(of, ["ny", "udgaaet", "aendret", "flyttet"]), "minor"),
    "a required column more, from senders": (INBOUND, lambda of: columns(of).append(new_column(required=True)), "major"),
    "a code less": (FEED, lambda of: set_codes(of, ["ny", "udgaaet"]), "major"),
    "a column less": (FEED, lambda of: columns(of).pop(), "major"),
    "a column of another name": (FEED, set_of("cpr_nummer", name="cpr"), "major"),
    "a column of another type": (FEED, set_of("aendring", physicalType="integer"), "major"),
    "a column of another form": (FEED, set_of("cpr_nummer", logicalTypeOptions={"pattern": "^[0-9]{11}$"}), "major"),
    "a column that becomes required": (LISTS, set_of("seneste_samtale", required=True), "major"),
    "a column that may become empty": (FEED, set_of("cpr_nummer", required=False), "major"),
    "another order of columns": (FEED, lambda of: columns(of).reverse(), "major"),
    "another file name": (FEED, lambda of: setattr(of.schema_[0], "physicalName", "x.csv"), "major"),
    "a rule over rows less": (INBOUND, lambda of: of.schema_[0].quality.pop(), "major"),
}


@pytest.mark.parametrize(("name", "change", "part"), CHANGES.values(), ids=CHANGES)
def test_the_part_that_a_change_moves(name: str, change: Change, part: Part | None) -> None:
    changed = contract(name)
    change(changed)

    assert required_part(contract(name), changed) == part


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [("1.0.0", "1.0.0", None), ("1.0.0", "1.0.1", "patch"), ("1.0.3", "1.1.0", "minor"), ("1.4.2", "2.0.0", "major")],
)
def test_the_part_in_which_two_versions_differ(old: str, new: str, part: Part | None) -> None:
    assert moved_part(old, new) == part


@pytest.mark.parametrize(("version", "enough"), [("1.0.0", False), ("1.0.1", False), ("1.1.0", True), ("2.0.0", True)])
def test_a_new_optional_column_needs_a_new_minor_or_major_version(version: str, enough: bool) -> None:
    changed = contract(FEED)
    columns(changed).append(new_column(required=False))
    changed.version = version

    assert is_moved_enough(contract(FEED), changed) is enough
