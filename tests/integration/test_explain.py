"""`repat explain` over a whole run: everyone can be explained, on the lists or not, and nobody learns what is not theirs.

In process, for speed; that the command never repeats a CPR number is also held by `test_no_personal_data_leaks`.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from repat_pipeline.cli import app
from repat_pipeline.errors import RepatError
from repat_pipeline.explanation.document import SCHEMA_VERSION, document
from repat_pipeline.explanation.explanation import Explanation, explain
from repat_pipeline.explanation.published import read_published
from repat_pipeline.explanation.strings import Lang
from repat_pipeline.explanation.text import show
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.identity.vault import read_vault
from repat_pipeline.storage.layout import Home
from tests.conftest import RunOnce
from tests.support import AS_OF, KEY, newest_feed, person, read_feed

PSEUDONYMS = PseudonymKey(KEY.encode())
NOBODY = PSEUDONYMS.person_refs("0751", PSEUDONYMS.person_keys([person()]))[0]
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Somebody:
    """A person of the base population: the published row."""

    municipality: str
    row: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """The municipality's reference."""
        return str(self.row["person_ref"])


def everybody(home: Home) -> Iterator[Somebody]:
    """The base population of all municipalities."""
    for path in sorted((home.published / AS_OF / "persons").glob("*/eligibility.parquet")):
        for row in pl.read_parquet(path).iter_rows(named=True):
            yield Somebody(path.parent.name, row)


def explained(home: Home, somebody: Somebody) -> Explanation:
    """The explanation of a person."""
    return explained_reference(home, somebody.municipality, somebody.reference)


def explained_reference(home: Home, municipality: str, reference: str) -> Explanation:
    """The explanation of a reference."""
    return explain(home, read_published(home, date.fromisoformat(AS_OF), municipality), PSEUDONYMS, person_ref=reference)


def text(explanation: Explanation, lang: Lang = "da") -> str:
    """The text as it is shown."""
    stream = StringIO()
    show(Console(file=stream, width=300), explanation, lang)
    return stream.getvalue()


def repat_explain(home: Home, *arguments: str, typed: str | None = None) -> Result:
    """Run the command in this process."""
    command = ["explain", "--home", str(home.root), "--as-of", AS_OF, "--municipality", "0751", *arguments]
    return CliRunner().invoke(app, command, input=typed)


@pytest.fixture(scope="module")
def of_each_kind(run_once: RunOnce) -> list[Somebody]:
    """One person of every status, next action, primary route and combination of what is missing."""
    found: dict[tuple[Any, ...], Somebody] = {}
    for somebody in everybody(run_once.home):
        row = somebody.row
        for kind in (("status", row["status"], row["next_action"]), ("route", row["primary_route"]), ("missing", row["missing"])):
            found.setdefault(kind, somebody)
    return list(found.values())


@pytest.fixture(scope="module")
def documents(run_once: RunOnce, of_each_kind: list[Somebody]) -> list[tuple[Somebody, Document]]:
    """Their documents in Danish."""
    return [(somebody, document(explained(run_once.home, somebody), "da")) for somebody in of_each_kind]


def test_every_status_and_every_primary_route_is_among_those_explained(of_each_kind: list[Somebody]) -> None:
    assert {somebody.row["status"] for somebody in of_each_kind} == {"eligible", "undetermined", "not_eligible"}
    assert {somebody.row["primary_route"] for somebody in of_each_kind} == {
        "active_case", "ordinary_employment", "in_migrant", "closed_case", "other_benefit", "no_contact",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["da", "en"])
def test_everyone_is_told_status_sentence_and_the_outcome_of_five_criteria(
    run_once: RunOnce, of_each_kind: list[Somebody], lang: Lang
) -> None:
    heading = re.compile(r"^[1-5]\. .*: (opfyldt|ikke opfyldt|uafklaret|met|not met|unknown) \(repatrieringsloven § ", re.MULTILINE)

    for somebody in of_each_kind:
        explanation = explained(run_once.home, somebody)
        shown = text(explanation, lang)
        assert explanation.decision is not None
        assert explanation.decision.reason_da in shown
        assert len(heading.findall(shown)) == 5
        assert somebody.reference in shown


def test_outcomes_are_the_published_ones(run_once: RunOnce, documents: list[tuple[Somebody, Document]]) -> None:
    for somebody, told in documents:
        criteria = pl.read_parquet(run_once.home.published / AS_OF / "persons" / somebody.municipality / "eligibility_criteria.parquet")
        published = criteria.filter(pl.col("person_ref") == somebody.reference).sort("criterion_number")
        assert [criterion["outcome"] for criterion in told["decision"]["criteria"]] == published["outcome"].to_list()
        assert told["decision"]["month_strip"] == somebody.row["month_strip"]


def test_every_counted_month_has_the_rows_that_count_it(documents: list[tuple[Somebody, Document]]) -> None:
    counted = [month for _, told in documents for month in told["decision"]["months"] if month["state"].startswith("counted")]

    assert counted
    assert all(any(row["role"] == "counts" and row["lines"] for row in month["evidence"]) for month in counted)
    assert all(month["benefit_code"] for month in counted)


def test_every_unknown_month_says_why(documents: list[tuple[Somebody, Document]]) -> None:
    unknown = [month for _, told in documents for month in told["decision"]["months"] if month["state"] == "unknown"]

    assert unknown
    assert {month["why_unknown"] for month in unknown} <= {"not_covered", "ambiguous_code"}


def test_every_rejected_row_that_keeps_a_criterion_open_is_shown(documents: list[tuple[Somebody, Document]]) -> None:
    tables = {"borgere", "opholdstilladelser", "ydelser", "vejledningshaendelser", "indkomst", "opslag"}

    for _, told in documents:
        for criterion in told["decision"]["criteria"]:
            missing = {name["code"] for name in criterion["missing"]} & tables
            shown = {row["table"] for row in criterion["evidence"] if row["role"] == "rejected"}
            assert missing <= shown


def test_whatever_stands_in_the_way_has_something_that_would_change_it(documents: list[tuple[Somebody, Document]]) -> None:
    for _, told in documents:
        in_the_way = {each["criterion"] for each in told["decision"]["criteria"] if each["outcome"] != "met"}
        changes = {change["criterion"]: change["kind"] for change in told["decision"]["changes"]}
        assert in_the_way <= set(changes)
        assert "not_held" not in changes.values()


def test_the_sentence_is_the_one_of_the_feed(run_once: RunOnce) -> None:
    (row, *_) = read_feed(newest_feed(run_once.home.root, "0751") / "uafklarede.csv")

    decision = explained_reference(run_once.home, "0751", row["person_ref"]).decision

    assert decision is not None
    assert decision.reason_da == row["begrundelse"]


def test_the_files_named_are_those_of_the_feed(run_once: RunOnce, documents: list[tuple[Somebody, Document]]) -> None:
    for somebody, told in documents:
        folder = newest_feed(run_once.home.root, somebody.municipality)
        named = ("kandidater", "tilflyttere", "ordinaer_beskaeftigelse", "opslag", "uafklarede")
        holds = [name for name in named if somebody.reference in {row["person_ref"] for row in read_feed(folder / f"{name}.csv")}]
        assert told["decision"]["lists"] == holds


# -- the document


def test_the_document_has_the_same_keys_for_everyone_in_both_languages(run_once: RunOnce, of_each_kind: list[Somebody]) -> None:
    found = [document(explained(run_once.home, somebody), lang) for somebody in of_each_kind[:6] for lang in ("da", "en")]

    assert {tuple(told) for told in found} == {
        ("schema_version", "lang", "municipality_code", "municipality_name", "as_of", "known_at", "run_id", "rule_version",
         "person_ref", "is_evaluated", "not_evaluated", "decision", "deliveries"),
    }  # fmt: skip
    assert {told["schema_version"] for told in found} == {SCHEMA_VERSION}
    assert {tuple(told["decision"]) for told in found} == {
        ("status", "is_candidate", "covered_group", "residence_since", "months_proven", "months_possible", "month_strip", "last_talk_on",
         "due_by_law", "due_by_practice", "status_label", "missing", "lists", "reason_da", "next_action", "routes", "criteria", "months",
         "changes"),
    }  # fmt: skip
    evidence = [row for told in found for criterion in told["decision"]["criteria"] for row in criterion["evidence"]]
    assert {tuple(row) for row in evidence} == {
        ("role", "source", "delivery_id", "table", "lines", "fields", "rule_ids", "text"),
    }  # fmt: skip


def test_every_key_of_the_document_is_documented(documents: list[tuple[Somebody, Document]]) -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            # Under these stand column names, codes and facts, not keys of the document.
            inner = (keys(item) for name, item in value.items() if name not in ("fields", "facts", "flags"))
            return set(value).union(*inner)
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    documentation = (Path(__file__).resolve().parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")
    assert {
        key for _, told in documents for key in keys(told) if f"`{key}`" not in documentation and f".{key}`" not in documentation
    } == set()


def test_only_labels_and_texts_depend_on_the_language(run_once: RunOnce, of_each_kind: list[Somebody]) -> None:
    def without_words(value: Any) -> Any:
        if isinstance(value, dict):
            words = ("text", "label", "outcome_label", "status_label", "lang")
            return {name: without_words(item) for name, item in value.items() if name not in words}
        return [without_words(item) for item in value] if isinstance(value, list) else value

    explanation = explained(run_once.home, of_each_kind[0])

    assert without_words(document(explanation, "da")) == without_words(document(explanation, "en"))
    assert document(explanation, "da") != document(explanation, "en")


def test_each_law_value_has_its_source_and_a_choice_is_never_called_law(documents: list[tuple[Somebody, Document]]) -> None:
    uses = [use for _, told in documents for criterion in told["decision"]["criteria"] for use in criterion["parameters"]]

    assert {use["name"] for use in uses if use["is_law"]} == {
        "permit_years_min", "window_months", "benefit_months_min", "talk_interval_months", "income_lawful_from",
    }  # fmt: skip
    assert all(use["law_reference"].startswith("repatrieringsloven § ") and "lov nr." in use["source"] for use in uses if use["is_law"])


# -- the command


def test_the_command_gives_a_document_that_a_program_can_read(run_once: RunOnce) -> None:
    reference = next(somebody.reference for somebody in everybody(run_once.home) if somebody.municipality == "0751")

    done = repat_explain(run_once.home, "--person-ref", reference, "--json", "--lang", "en")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["person_ref"] == reference


def test_a_number_and_a_reference_give_the_same_explanation_and_the_number_is_not_in_it(run_once: RunOnce) -> None:
    (row, *_) = read_feed(newest_feed(run_once.home.root, "0751") / "kandidater.csv")

    by_number = repat_explain(run_once.home, "--cpr", "-", typed=f"{row['cpr_nummer']}\n")
    by_reference = repat_explain(run_once.home, "--person-ref", row["person_ref"])

    assert by_number.exit_code == by_reference.exit_code == 0
    assert by_number.stdout == by_reference.stdout
    assert row["cpr_nummer"] not in by_number.output


def test_an_unknown_person_is_explained_and_that_is_no_failure(run_once: RunOnce) -> None:
    done = repat_explain(run_once.home, "--cpr", "-", typed=f"{person()}\n")

    assert done.exit_code == 0
    assert "Personen er ikke opgjort i denne kommune." in done.stdout
    assert person() not in done.output


def test_the_document_of_an_unknown_person_says_why(run_once: RunOnce) -> None:
    told = json.loads(repat_explain(run_once.home, "--person-ref", NOBODY, "--json").stdout)

    assert (told["is_evaluated"], told["decision"]) == (False, None)
    assert [reason["code"] for reason in told["not_evaluated"]["reasons"]] == ["unknown_to_municipality"]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--person-ref", NOBODY, "--municipality", "0101"], 1, "0101 was not evaluated as of 2026-11-22: it lacks uip"),
        (["--person-ref", NOBODY, "--as-of", "2026-01-01"], 1, "nothing is published for 2026-01-01"),
        (["--person-ref", NOBODY, "--lang", "sv"], 2, "'sv' is not one of"),
        (["--cpr", "-"], 2, "that is no CPR number"),
    ],
)
def test_what_cannot_be_explained_says_what_to_do(run_once: RunOnce, arguments: list[str], status: int, told: str) -> None:
    done = repat_explain(run_once.home, *arguments, typed="12\n")

    assert (done.exit_code, told in done.output) == (status, True)


def test_another_key_is_told_instead_of_finding_nobody(run_once: RunOnce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPAT_KEY", KEY[::-1])

    done = repat_explain(run_once.home, "--person-ref", NOBODY)

    assert (done.exit_code, "found another one" in done.output) == (1, True)


def test_a_home_without_a_run_gets_no_key_by_an_explanation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPAT_KEY")

    done = repat_explain(Home(tmp_path / "home"), "--person-ref", NOBODY)

    assert done.exit_code == 1
    assert not (tmp_path / "home" / "keys").exists()


# -- what may not be told


def test_no_cpr_number_and_no_person_key_is_told(run_once: RunOnce, documents: list[tuple[Somebody, Document]]) -> None:
    vault = pl.concat([read_vault(run_once.home, code, purpose="test") for code in ("0101", "0461", "0751", "0851")])
    secrets = {*vault["cpr_nummer"], *vault["person_key"]}

    told = json.dumps([told for _, told in documents])

    assert not secrets & set(re.findall(r"\w+", told))


def movers(home: Home) -> Iterator[tuple[Somebody, str]]:
    """Persons of one evaluated municipality whom the lake of another evaluated one knows too, with that other one."""
    keys = {code: read_vault(home, code, purpose="test")["person_key"].to_list() for code in ("0461", "0751", "0851")}
    references = {code: dict(zip(PSEUDONYMS.person_refs(code, known), known, strict=True)) for code, known in keys.items()}
    for somebody in everybody(home):
        person_key = references[somebody.municipality][somebody.reference]
        for other, known in keys.items():
            if other != somebody.municipality and person_key in known:
                yield somebody, other


def test_rows_of_another_municipality_are_not_told(run_once: RunOnce, tmp_path: Path) -> None:
    (somebody, other), *_ = [(each, other) for each, other in movers(run_once.home) if each.row["in_migrant"]]
    home = Home(tmp_path / "home")
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    for source in ("fagsystem", "eindkomst"):
        for folder in (home.lake / "accepted" / source).glob(f"*/{other}"):
            shutil.rmtree(folder)

    # As if the other municipality had delivered nothing of its own: the same explanation, and its rows were there before.
    payments = pl.read_parquet(run_once.home.lake / "accepted" / "fagsystem" / "ydelser" / other)
    assert payments.height
    assert document(explained(home, somebody), "da") == document(explained(run_once.home, somebody), "da")


def test_of_a_later_uip_delivery_elsewhere_only_municipality_and_time_are_told(run_once: RunOnce) -> None:
    placed = [
        row
        for somebody, _ in movers(run_once.home)
        for row in document(explained(run_once.home, somebody), "da")["decision"]["criteria"][0]["evidence"]
        if row["role"] == "placed_elsewhere"
    ]

    assert placed
    assert {tuple(row["fields"]) for row in placed} == {("kommunekode", "extracted_at")}
    assert all(row["delivery_id"] is None and row["lines"] == [] for row in placed)


# -- retention


def test_when_the_lake_no_longer_holds_a_delivery_the_decision_is_told_without_its_rows(run_once: RunOnce, tmp_path: Path) -> None:
    somebody = next(each for each in everybody(run_once.home) if each.municipality == "0751" and each.row["active_case"])
    home = Home(tmp_path / "home")
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    for folder in (home.lake / "accepted" / "fagsystem").glob("*/0751"):
        shutil.rmtree(folder)

    explanation = explained(home, somebody)

    assert [delivery.source for delivery in explanation.not_held] == ["fagsystem"]
    shown = text(explanation)
    assert "ikke længere i datalageret (opbevaringsperioden er udløbet)" in shown
    assert "ingen række i borgere" not in shown.lower()
    told = document(explanation, "da")["decision"]
    assert told["month_strip"] == somebody.row["month_strip"]
    assert {row["source"] for criterion in told["criteria"] for row in criterion["evidence"] if row["role"] != "rejected"} <= {
        "uip", "eindkomst",
    }  # fmt: skip


def test_a_municipality_that_was_not_evaluated_is_named_with_what_it_lacks(run_once: RunOnce) -> None:
    with pytest.raises(RepatError, match="it lacks uip; send that and run again"):
        read_published(run_once.home, date.fromisoformat(AS_OF), "0101")
