"""The way back to the CPR number: per municipality, for its owner only."""

from __future__ import annotations

import stat

import polars as pl
import pytest

from repat_pipeline.identity.cpr import classify
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.identity.vault import read_vault, way_back, write_vault_file
from repat_pipeline.storage.audit_log import read_audit
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import SealBroken
from repat_pipeline.storage.sealed_frames import read_sealed_frame
from repat_pipeline.storage.sealing_keys import load_sealer
from tests.support import person

KEY = PseudonymKey(b"a secret of the tests: at least 32 characters")


def people(*serials: int) -> pl.DataFrame:
    """Persons as the landing writes them to the vault."""
    numbers = pl.Series("cpr_nummer", [person(serial) for serial in serials])
    frame = pl.DataFrame({"cpr_nummer": numbers, "person_key": KEY.person_keys(numbers)})
    return frame.join(classify(numbers), on="cpr_nummer", maintain_order="left")


def keep(home: Home, *serials: int, municipality: str = "0751", source: str = "uip", delivery_id: str = "d-1") -> None:
    """Put persons into the vault."""
    write_vault_file(
        home, people(*serials), sealer=load_sealer(home).sealer, source=source, municipality=municipality, delivery_id=delivery_id
    )


def content(home: Home, delivery_id: str) -> pl.DataFrame:
    """What a vault file holds."""
    return read_sealed_frame(home, home.vault_file("uip", "0751", delivery_id), sealer=load_sealer(home).sealer)


def numbers_in(home: Home, municipality: str = "0751") -> list[str]:
    """CPR numbers that a municipality can go back to, ascending."""
    return sorted(read_vault(home, municipality, purpose="test")["cpr_nummer"].to_list())


def test_a_vault_file_is_readable_by_its_owner_only(home: Home) -> None:
    keep(home, 1)
    assert stat.S_IMODE(home.vault_file("uip", "0751", "d-1").stat().st_mode) == 0o600


def test_the_folder_of_a_vault_is_open_to_its_owner_only(home: Home) -> None:
    keep(home, 1)
    assert stat.S_IMODE(home.vault("0751").stat().st_mode) == 0o700


def test_the_same_persons_in_another_order_give_the_same_content(home: Home) -> None:
    keep(home, 1, 2, 3, delivery_id="one")
    keep(home, 3, 1, 2, 1, delivery_id="other")
    assert content(home, "one").equals(content(home, "other"))


def test_a_vault_file_tells_the_class_of_a_number(home: Home) -> None:
    keep(home, 1)
    assert content(home, "d-1")["cpr_class"].to_list() == ["constructed"]


def test_the_vault_of_a_municipality_is_all_its_deliveries(home: Home) -> None:
    keep(home, 1, 2, delivery_id="d-1")
    keep(home, 2, 3, source="fagsystem", delivery_id="d-2")
    assert numbers_in(home) == sorted(person(serial) for serial in (1, 2, 3))


def test_a_municipality_cannot_go_back_to_a_person_of_another(home: Home) -> None:
    keep(home, 1)
    keep(home, 2, municipality="0461")
    assert numbers_in(home) == [person(1)]


def test_a_municipality_without_deliveries_has_an_empty_vault(home: Home) -> None:
    assert read_vault(home, "0751", purpose="test").schema == {"person_key": pl.String, "cpr_nummer": pl.String}


def test_the_way_back_begins_at_the_reference_of_the_municipality(home: Home) -> None:
    keep(home, 1, 2)
    numbers = [person(1), person(2)]
    assert way_back(home, KEY, "0751", purpose="test") == dict(zip(KEY.person_refs("0751", KEY.person_keys(numbers)), numbers, strict=True))


def test_a_half_written_file_is_not_read(home: Home) -> None:
    keep(home, 1)
    home.vault_file("uip", "0751", "d-1").with_name(".d-2.parquet.sealed").write_bytes(b"cut off")
    assert numbers_in(home) == [person(1)]


def test_every_look_into_the_vault_leaves_a_line_that_says_what_for(home: Home) -> None:
    keep(home, 1)

    way_back(home, KEY, "0751", purpose="feed as of 2026-11-22")

    (line,) = read_audit(home)
    assert (line["what"], line["municipality"]) == ("vault read", "0751")
    assert line["where"] == f"feed as of 2026-11-22; pseudonym key {KEY.fingerprint}; vault key {load_sealer(home).sealer.key.id}"


def test_a_vault_file_does_not_show_its_numbers(home: Home) -> None:
    keep(home, 1)
    assert person(1).encode() not in home.vault_file("uip", "0751", "d-1").read_bytes()


def test_the_vault_file_of_another_municipality_does_not_open_in_its_place(home: Home) -> None:
    keep(home, 1)
    keep(home, 2, municipality="0461")
    home.vault_file("uip", "0751", "d-1").write_bytes(home.vault_file("uip", "0461", "d-1").read_bytes())
    with pytest.raises(SealBroken, match="moved here from another place"):
        numbers_in(home)
