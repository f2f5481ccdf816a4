"""The web UI in a real browser: everything is materialised by clicking, and a failed run is mended and run again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from repat_pipeline.storage.layout import Home
from tests.dagster.conftest import DELIVERED, deliver_one_candidate
from tests.support import AS_OF, program, repat, stable_bytes
from tools.web_ui import Browser, browse, serve

pytestmark = pytest.mark.needs_program("chromium")


@dataclass(frozen=True)
class Clicked:
    """A web UI after "Materialize all"."""

    home: Home
    browser: Browser
    backfill: str
    status: str
    before: dict[str, str]


@pytest.fixture(scope="module")
def clicked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clicked]:
    """Two municipalities, run once from the command line, then materialised whole from the browser."""
    folder = tmp_path_factory.mktemp("web_ui")
    home, inbox = Home(folder / "home"), folder / "inbox"
    for serial, municipality in enumerate(DELIVERED):
        deliver_one_candidate(inbox, municipality, serial)
    run = repat("run", "--home", home.root, "--inbox", inbox, "--as-of", AS_OF)
    assert run.status == 0, run.output
    before = stable_bytes(home.root)
    with serve(home.root, inbox, folder / "log") as ui, browse(ui, program("chromium")) as browser:
        backfill = browser.materialize_everything()
        yield Clicked(home, browser, backfill, browser.wait_for_backfill(backfill), before)


def test_everything_is_materialised_from_the_browser(clicked: Clicked) -> None:
    clicked.browser.open(f"/runs/b/{clicked.backfill}", "Succeeded")

    assert clicked.status == "COMPLETED_SUCCESS"


def test_what_it_published_is_what_the_command_published(clicked: Clicked) -> None:
    assert stable_bytes(clicked.home.root) == clicked.before


def test_the_graph_shows_every_stage(clicked: Clicked) -> None:
    for group in ("landing", "codelists", "staging", "intermediate", "marts", "publication", "feeds"):
        clicked.browser.open("/asset-groups", group)


def test_the_partitions_are_the_municipalities(clicked: Clicked) -> None:
    clicked.browser.open("/assets/feed/kandidater?view=partitions", "98 Partitions Selected")
    clicked.browser.open("/assets/feed/kandidater?view=partitions", "0101")


def test_the_checks_of_a_delivery_are_shown_with_their_result(clicked: Clicked) -> None:
    clicked.browser.open("/assets/uip/opholdstilladelser?view=checks", "matches_contract")
    clicked.browser.page.get_by_text("Succeeded", exact=True).first.wait_for()


def test_a_failed_run_names_what_to_mend_and_is_run_again(clicked: Clicked) -> None:
    (lake_file,) = (clicked.home.lake / "accepted" / "uip" / "opholdstilladelser" / DELIVERED[0]).iterdir()
    whole = lake_file.read_bytes()
    lake_file.write_bytes(whole[: len(whole) // 2])
    try:
        failed = clicked.browser.wait_for_run(clicked.browser.materialize("eligibility"))
        clicked.browser.page.get_by_text("are damaged", exact=False).first.wait_for()
    finally:
        lake_file.write_bytes(whole)
    recovered = clicked.browser.wait_for_run(clicked.browser.execute_again())

    assert (failed, recovered) == ("FAILURE", "SUCCESS")


def test_no_request_left_this_machine_and_the_console_has_no_error(clicked: Clicked) -> None:
    assert (clicked.browser.foreign, clicked.browser.errors) == ([], [])
