"""What a municipality chooses itself: whether it takes a feed, and how long a closed case is a route."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from repat_pipeline.cli import ExitStatus
from repat_pipeline.operations.settings import SETTINGS_FILE
from repat_pipeline.storage.layout import Home
from tests.integration.test_gate_and_status import repat_here
from tests.support import AS_OF, Command, deliver_fagsystem, deliver_uip, newest_feed, payments, permit, person, read_feed, resident

CHOOSES, DEFAULT, TAKES_NO_FEED = "0751", "0461", "0101"
# Between the choice of 6 months and the default of 18 before the reference date.
CLOSED_ON = "2026-01-31"


@dataclass(frozen=True)
class Chosen:
    """A home of three municipalities with the same person but for the municipality, each with a case that was closed ten months ago."""

    home: Home
    inbox: Path
    run: Command

    def manifest(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.home.published / AS_OF / "manifest.json").read_text(encoding="utf-8"))
        return content


def write_settings(path: Path, **municipalities: dict[str, object]) -> None:
    content = yaml.safe_load(SETTINGS_FILE.read_text(encoding="utf-8")) | {"municipalities": municipalities}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chosen]:
    folder = tmp_path_factory.mktemp("chosen")
    home, inbox, settings = Home(folder / "home"), folder / "inbox", folder / "municipalities.yaml"
    write_settings(settings, **{CHOOSES: {"closed_case_months": 6}, TAKES_NO_FEED: {"feed_channel": "none"}})
    for serial, municipality in enumerate((CHOOSES, DEFAULT, TAKES_NO_FEED)):
        cpr, place = person(serial), {"kommunekode": municipality}
        deliver_uip(inbox, [permit(cpr, **place)], municipality=municipality)
        deliver_fagsystem(
            inbox, municipality=municipality, borgere=[resident(cpr, **place)], ydelser=payments(cpr, "2024-01", 24),
            sager=[{"sag_id": f"S-{serial}", "cpr_nummer": cpr, "sagstype": "beskaeftigelse", "aabnet_dato": "2020-01-01",
                    "lukket_dato": CLOSED_ON, "afslutningsaarsag": "andet"}],
        )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPAT_SETTINGS", str(settings))
        yield Chosen(home, inbox, repat_here("run", "--home", home.root, "--inbox", inbox, "--as-of", AS_OF))


@pytest.mark.parametrize(("municipality", "route"), [(CHOOSES, "no_contact"), (DEFAULT, "closed_case")])
def test_a_case_closed_between_the_choice_and_the_default_is_a_route_by_default_only(chosen: Chosen, municipality: str, route: str) -> None:
    (row,) = read_feed(newest_feed(chosen.home.root, municipality) / "kandidater.csv")

    assert row["primaer_rute"] == route


def test_the_choice_is_in_the_published_manifest_of_those_that_made_one(chosen: Chosen) -> None:
    assert chosen.manifest()["own_parameters"] == {CHOOSES: {"closed_case_months": "6"}}


@pytest.mark.parametrize(("municipality", "months"), [(CHOOSES, "6"), (DEFAULT, "18")])
def test_the_decision_file_says_which_value_was_used(chosen: Chosen, municipality: str, months: str) -> None:
    decision = json.loads(chosen.home.decision(municipality, date.fromisoformat(AS_OF), 1).read_text(encoding="utf-8"))

    assert decision["parameters"]["closed_case_months"]["value"] == months


def test_an_explanation_says_which_value_was_used_and_whose_it_is(chosen: Chosen) -> None:
    (row,) = read_feed(newest_feed(chosen.home.root, CHOOSES) / "kandidater.csv")
    said = repat_here(
        "explain", "--home", chosen.home.root, "--municipality", CHOOSES, "--as-of", AS_OF, "--person-ref", row["person_ref"], "--json"
    )
    used = next(each for each in json.loads(said.output)["decision"]["routes"]["parameters"] if each["name"] == "closed_case_months")

    assert (used["value"], used["source"]) == ("6", "setting of the municipality")


def test_the_evaluation_agrees_and_nobody_is_withheld(chosen: Chosen) -> None:
    assert (chosen.run.status, chosen.manifest()["withheld"]) == (ExitStatus.DONE, {}), chosen.run.output


def test_a_municipality_without_channel_is_evaluated_and_gets_no_feed(chosen: Chosen) -> None:
    assert TAKES_NO_FEED in chosen.manifest()["evaluated"]
    assert not (chosen.home.outbox / TAKES_NO_FEED / "v1").exists()


def test_status_says_that_it_takes_no_feed_and_asks_nobody_to_act(chosen: Chosen) -> None:
    said = repat_here("status", "--home", chosen.home.root, "--day", AS_OF, "--json")
    states = {status["kommunekode"]: status["feed_state"] for status in json.loads(said.output)}

    assert (said.status, states) == (ExitStatus.DONE, {CHOOSES: "published", DEFAULT: "published", TAKES_NO_FEED: "no_channel"})


def test_a_feed_cannot_be_released_to_nobody(chosen: Chosen) -> None:
    said = repat_here(
        "release", "--home", chosen.home.root, "--municipality", TAKES_NO_FEED, "--as-of", AS_OF, "--by", "N", "--reason", "R"
    )

    assert (said.status, "takes no feed" in said.output) == (ExitStatus.FAILED, True)


def test_another_choice_is_decided_anew(chosen: Chosen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path / "settings.yaml", **{CHOOSES: {"closed_case_months": 10}, TAKES_NO_FEED: {"feed_channel": "none"}})
    monkeypatch.setenv("REPAT_SETTINGS", str(tmp_path / "settings.yaml"))
    repat_here("run", "--home", chosen.home.root, "--inbox", chosen.inbox, "--as-of", AS_OF)
    (row,) = read_feed(newest_feed(chosen.home.root, CHOOSES) / "kandidater.csv")

    assert row["primaer_rute"] == "closed_case"
