"""What lies in an inbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repat_pipeline.errors import RepatError
from repat_pipeline.extracts.inbox import scan_inbox
from tests.support import deliver_fagsystem, deliver_uip


def names(folders: list) -> list[tuple[str, str, str]]:  # type: ignore[type-arg]
    """Places of delivery folders."""
    return [(folder.municipality, folder.source, folder.name) for folder in folders]


def test_deliveries_are_sorted_by_municipality_source_and_name(inbox: Path) -> None:
    deliver_uip(inbox, [], delivery_id="b")
    deliver_uip(inbox, [], delivery_id="a")
    deliver_fagsystem(inbox, delivery_id="z")
    deliver_uip(inbox, [], delivery_id="c", municipality="0461")
    assert names(scan_inbox(inbox, None).deliveries) == [
        ("0461", "uip", "c"), ("0751", "fagsystem", "z"), ("0751", "uip", "a"), ("0751", "uip", "b"),
    ]  # fmt: skip


def test_only_the_municipalities_asked_for(inbox: Path) -> None:
    deliver_uip(inbox, [])
    deliver_uip(inbox, [], municipality="0461")
    assert names(scan_inbox(inbox, frozenset({"0461"})).deliveries) == [("0461", "uip", "uip-1")]


def test_folder_without_a_manifest_does_not_exist_yet(inbox: Path) -> None:
    (deliver_uip(inbox, []) / "manifest.json").unlink()
    scan = scan_inbox(inbox, None)
    assert (names(scan.unfinished), scan.deliveries, scan.strays) == ([("0751", "uip", "uip-1")], [], [])


def test_manifest_that_is_a_link_makes_a_delivery(inbox: Path, tmp_path: Path) -> None:
    manifest = deliver_uip(inbox, []) / "manifest.json"
    manifest.unlink()
    manifest.symlink_to(tmp_path / "nowhere")
    assert names(scan_inbox(inbox, None).deliveries) == [("0751", "uip", "uip-1")]


@pytest.mark.parametrize("place", ["0100", "751", "notes", ".hidden", "0751/sap", "0751/UIP"])
def test_folder_of_no_municipality_or_source_is_a_stray(place: str, inbox: Path) -> None:
    (inbox / place).mkdir(parents=True)
    assert [stray.path for stray in scan_inbox(inbox, None).strays] == [place]


@pytest.mark.parametrize("place", ["readme.txt", "0751/readme.txt", "0751/uip/readme.txt"])
def test_file_outside_a_delivery_is_a_stray(place: str, inbox: Path) -> None:
    (inbox / place).parent.mkdir(parents=True, exist_ok=True)
    (inbox / place).touch()
    assert [stray.path for stray in scan_inbox(inbox, None).strays] == [place]


@pytest.mark.parametrize("place", ["0751", "0461/uip", "0461/uip/x"])
def test_link_is_a_stray_and_not_followed(place: str, inbox: Path, tmp_path: Path) -> None:
    deliver_uip(tmp_path / "elsewhere", [])
    (inbox / place).parent.mkdir(parents=True, exist_ok=True)
    target = {1: "0751", 2: "0751/uip", 3: "0751/uip/uip-1"}[len(Path(place).parts)]
    (inbox / place).symlink_to(tmp_path / "elsewhere" / target)
    scan = scan_inbox(inbox, None)
    assert ([stray.path for stray in scan.strays], scan.deliveries) == ([place], [])


def test_name_that_is_no_text_is_a_stray_that_can_be_printed(inbox: Path) -> None:
    (inbox / "0751" / "uip").mkdir(parents=True)
    os.mkdir(os.fsencode(inbox / "0751" / "uip") + b"/\xff\n")
    (stray,) = scan_inbox(inbox, None).strays
    assert stray.path == "0751/uip/??"


def test_inbox_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(RepatError, match="--inbox"):
        scan_inbox(tmp_path / "nowhere", None)


def test_inbox_is_not_changed(inbox: Path) -> None:
    deliver_uip(inbox, [])
    before = sorted((path, path.stat().st_mtime_ns) for path in inbox.rglob("*"))
    scan_inbox(inbox, None)
    assert sorted((path, path.stat().st_mtime_ns) for path in inbox.rglob("*")) == before
