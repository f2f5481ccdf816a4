"""A municipality that the gate holds back keeps its last good feed and is told why; the others go on; a person can let it out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from repat_pipeline.cli import ExitStatus, app
from repat_pipeline.operations.settings import SETTINGS_FILE
from repat_pipeline.storage.audit_log import verify_audit
from repat_pipeline.storage.layout import Home
from tests.dagster.conftest import restored_environment
from tests.support import AS_OF, MUNICIPALITY, Command, deliver_fagsystem, deliver_uip, payments, permit, person, resident

OTHER = "0461"
NOBODY_THERE = "0851"


def repat_here(*arguments: object) -> Command:
    """Run a command in this process."""
    with restored_environment():
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return Command(result.exit_code, result.output)


@dataclass(frozen=True)
class HeldBack:
    """A home in which 0751 was held back by the gate in the second run, and what that run said."""

    home: Home
    inbox: Path
    second_run: Command

    def status_of(self, municipality: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.home.status_file(municipality).read_text(encoding="utf-8"))
        return content

    def sequences(self, municipality: str) -> list[str]:
        return sorted(path.name for path in self.home.feed_folder(municipality, _day()).iterdir())


def _day() -> Any:
    from datetime import date

    return date.fromisoformat(AS_OF)


def settings_that_judge_small_tables(folder: Path) -> Path:
    content = yaml.safe_load(SETTINGS_FILE.read_text(encoding="utf-8"))
    content["gate"] |= {"smallest_table": 4, "learnt_from": 1}
    path = folder / "municipalities.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def deliver(inbox: Path, municipality: str, *, serials: list[int], delivery_id: str, day: str) -> None:
    persons = [person(serial) for serial in serials]
    place = {"kommunekode": municipality}
    deliver_uip(inbox, [permit(cpr, **place) for cpr in persons], municipality=municipality, delivery_id=f"uip-{delivery_id}", day=day)
    deliver_fagsystem(
        inbox,
        municipality=municipality,
        delivery_id=f"fag-{delivery_id}",
        day=day,
        borgere=[resident(cpr, **place) for cpr in persons],
        ydelser=[row for cpr in persons for row in payments(cpr, "2025-01", 18)],
    )


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> HeldBack:
    folder = tmp_path_factory.mktemp("held")
    home, inbox = Home(folder / "home"), folder / "inbox"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPAT_SETTINGS", str(settings_that_judge_small_tables(folder)))
        for number, municipality in enumerate((MUNICIPALITY, OTHER)):
            deliver(inbox, municipality, serials=[10 * number + serial for serial in range(4)], delivery_id="1", day="2026-11-10")
        deliver(inbox, NOBODY_THERE, serials=[], delivery_id="1", day="2026-11-10")
        run = ("run", "--home", home.root, "--inbox", inbox, "--as-of", AS_OF)
        assert repat_here(*run).status == ExitStatus.DONE
        deliver(inbox, MUNICIPALITY, serials=[0], delivery_id="2", day="2026-11-12")
        deliver(inbox, OTHER, serials=[10, 11, 12], delivery_id="2", day="2026-11-12")
        yield HeldBack(home, inbox, repat_here(*run))  # type: ignore[misc]


def test_the_run_says_who_is_held_back_and_why(held: HeldBack) -> None:
    assert held.second_run.status == ExitStatus.INCOMPLETE
    assert f"held back {MUNICIPALITY} Aarhus: " in held.second_run.output
    assert "1 rækker i opholdstilladelser" in held.second_run.output


def test_the_last_good_feed_stands_and_the_other_municipality_goes_on(held: HeldBack) -> None:
    assert (held.sequences(MUNICIPALITY), held.sequences(OTHER)) == (["1"], ["1", "2"])


def test_a_municipality_with_nobody_to_decide_about_gets_a_feed_of_headers(held: HeldBack) -> None:
    feed = held.home.feed_folder(NOBODY_THERE, _day()) / "1"

    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in feed.glob("*.csv")}
    assert (held.sequences(NOBODY_THERE), set(lines.values()), "kandidater.csv" in lines) == (["1"], {1}, True)


def test_the_municipality_is_told_since_when_and_why(held: HeldBack) -> None:
    status = held.status_of(MUNICIPALITY)

    assert (status["feed_state"], status["since"], status["last_good_feed"]["sequence"]) == ("held_back", AS_OF, 1)
    assert any("de tidligere leveringer gør 3-5 sandsynligt" in reason for reason in status["reasons"])


def test_the_other_municipality_is_told_that_its_feed_is_published(held: HeldBack) -> None:
    status = held.status_of(OTHER)

    assert (status["feed_state"], status["since"], status["reasons"]) == ("published", None, [])


def test_status_shows_sources_and_feeds_and_ends_with_3(held: HeldBack) -> None:
    told = repat_here("status", "--home", held.home.root, "--day", AS_OF)

    assert told.status == ExitStatus.INCOMPLETE
    assert "uip-2" in told.output
    assert f"{MUNICIPALITY} held_back since {AS_OF}" in told.output


def test_status_for_monitoring_is_json(held: HeldBack) -> None:
    told = repat_here("status", "--home", held.home.root, "--day", AS_OF, "--json")

    states = {entry["kommunekode"]: entry["feed_state"] for entry in json.loads(told.output)}
    assert states == {OTHER: "published", NOBODY_THERE: "published", MUNICIPALITY: "held_back"}


def test_a_source_that_is_late_is_told_too(held: HeldBack) -> None:
    told = repat_here("status", "--home", held.home.root, "--day", "2027-01-01", "--json")

    sources = {source["source"]: source["state"] for source in json.loads(told.output)[0]["sources"]}
    assert sources == {"uip": "late", "fagsystem": "late", "eindkomst": "on_request"}


def test_a_release_needs_somebody_who_is_held_back(held: HeldBack) -> None:
    told = repat_here("release", "--home", held.home.root, "--as-of", AS_OF, "--municipality", OTHER, "--by", "A. Vagt", "--reason", "x")

    assert told.status == ExitStatus.FAILED
    assert "is not held back" in told.output


def test_a_named_person_lets_the_feed_out_and_the_audit_trail_says_so(held: HeldBack) -> None:
    arguments = ["--as-of", AS_OF, "--municipality", MUNICIPALITY, "--by", "A. Vagt", "--reason", "kommunen har bekræftet udtrækket"]
    told = repat_here("release", "--home", held.home.root, *arguments)

    assert told.status == ExitStatus.DONE, told.output
    assert held.sequences(MUNICIPALITY) == ["1", "2"]
    (line,) = [json.loads(line) for line in held.home.audit_log.read_text(encoding="utf-8").splitlines() if "release feed" in line]
    assert line["who"].startswith("A. Vagt (")
    assert line["reason"] == "kommunen har bekræftet udtrækket"
    assert verify_audit(held.home.audit_log) == []


def candidates(held: HeldBack, municipality: str, sequence: int) -> set[str]:
    path = held.home.feed_folder(municipality, _day()) / str(sequence) / "kandidater.csv"
    return {line.split(";")[1] for line in path.read_text(encoding="utf-8").splitlines()[1:]}


def explained(held: HeldBack, person_ref: str, *more: object) -> Command:
    return repat_here(
        "explain", "--home", held.home.root, "--as-of", AS_OF, "--municipality", OTHER, "--person-ref", person_ref, "--json", *more
    )


def test_a_feed_is_explained_from_what_it_was_decided_from_after_a_correction(held: HeldBack) -> None:
    (gone,) = candidates(held, OTHER, 1) - candidates(held, OTHER, 2)

    now, then = json.loads(explained(held, gone).output), json.loads(explained(held, gone, "--feed", 1).output)

    assert (now["is_evaluated"], then["is_evaluated"]) == (False, True)


def test_a_feed_that_was_never_made_cannot_be_explained(held: HeldBack) -> None:
    told = explained(held, "x", "--feed", 9)

    assert told.status == ExitStatus.FAILED
    assert "there is no decision file of feed 9" in told.output
