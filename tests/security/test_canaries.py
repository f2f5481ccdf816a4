"""CPR numbers planted wherever a sender can write: none leaves inbox, refused, archive, vault, quarantine and outbox.

Searched: every file of HOME (names, bytes, Parquet, DuckDB and SQLite values), dbt's target, everything that the commands print, what
Dagster stores of failures, and alerts. Who may occur in whose outputs: spec/rules.md section 1.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from repat_pipeline.cli import app
from repat_pipeline.contracts.inbound import TableContract, load_source_contract
from repat_pipeline.defs.automation.sensors import failed_runs
from repat_pipeline.defs.execution import RunFailed, _Executions, prepare_instance
from repat_pipeline.defs.resources import Clock, HomeResource, InboxResource
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.dbt import ensure_manifest, target_folder
from tests.dagster.conftest import restored_environment
from tests.security.canaries import Aviary, caught, change_manifest, escaped
from tests.support import AS_OF, Row, deliver_answer, deliver_fagsystem, deliver_uip, income, lookup, payments, permit, resident
from tests.unit.extracts.conftest import change_file, read_manifest_of

A, B = "0751", "0461"


@dataclass
class Planted:
    """A home after a run over canaries, and what was printed."""

    home: Home
    inbox: Path
    birds: Aviary = field(default_factory=Aviary)
    only_in_a: str = ""
    in_both: str = ""
    output: str = ""


def row_of(table: TableContract, base: Row, number: int) -> Row:
    """A row with a key of its own."""
    return base | ({} if table.key in (None, "cpr_nummer") else {table.key: f"K{number}"})


def plant_in_columns(birds: Aviary, source: str, table: str, base: Row) -> list[Row]:
    """One row per column, with a canary in it; and one person who is a canary."""
    contract = load_source_contract(source).tables[table]
    rows = [row_of(contract, base | {"cpr_nummer": birds.new(f"person of {table}", plain=True)}, 0)]
    for number, column in enumerate(contract.columns, start=1):
        person = birds.new(f"person of {table}", plain=True)
        row = row_of(contract, base | {"cpr_nummer": person}, number)
        if column.kind != "cpr":
            row[column.name] = birds.new(f"{table}.{column.name}")
        rows.append(row)
    return rows


EVENT: Row = {
    "haendelse_id": "H", "forloeb_id": "F", "haendelsestype": "indkaldelse", "haendelsesdato": "2026-01-05", "kommunekode": A,
}  # fmt: skip
CASE: Row = {"sag_id": "S", "sagstype": "beskaeftigelse", "aabnet_dato": "2025-01-01"}
REPATRIATION: Row = {"repatriering_id": "R", "ansoegt_dato": "2025-01-01"}


def plant_values(planted: Planted) -> None:
    """Deliveries of A that are taken in: a canary in every column of every table, as value or as person."""
    birds, inbox = planted.birds, planted.inbox
    base = birds.new("standard person", plain=True)
    uip = plant_in_columns(birds, "uip", "opholdstilladelser", permit(base))
    fagsystem = {
        "borgere": plant_in_columns(birds, "fagsystem", "borgere", resident(base)),
        "ydelser": plant_in_columns(birds, "fagsystem", "ydelser", payments(base, "2026-01", 1)[0]),
        "sager": plant_in_columns(birds, "fagsystem", "sager", CASE),
        "vejledningshaendelser": plant_in_columns(birds, "fagsystem", "vejledningshaendelser", EVENT),
        "repatrieringer": plant_in_columns(birds, "fagsystem", "repatrieringer", REPATRIATION),
    }
    planted.only_in_a = birds.new("person of A alone", plain=True)
    planted.in_both = birds.new("person of A and of B", plain=True)
    for cpr in (planted.only_in_a, planted.in_both):
        uip.append(permit(cpr, tilladelse_id=f"T-{cpr}"))
        fagsystem["borgere"].append(resident(cpr))
        fagsystem["ydelser"] += payments(cpr, "2024-01", 30)
    deliver_uip(inbox, uip)
    deliver_fagsystem(inbox, **fagsystem)
    for form in ("csv", "xml"):
        lookups = plant_in_columns(birds, "eindkomst", "opslag", lookup(base, "2025-01", "2025-06"))
        asked = [row["cpr_nummer"] for row in lookups]
        lines = plant_in_columns(birds, "eindkomst", "indkomst", income(base, "2025-02"))
        extra = [row | {"cpr_nummer": cpr} for row, cpr in zip(lines, asked, strict=False)]
        deliver_answer(inbox, delivery_id=f"svar-{form}", income_format=form, opslag=lookups, indkomst=lines[:8] + extra[8:])
    there = {"kommunekode": B}
    deliver_uip(inbox, [permit(planted.in_both, **there)], municipality=B, day="2026-11-11")
    deliver_fagsystem(inbox, municipality=B, borgere=[resident(planted.in_both, **there)], ydelser=payments(planted.in_both, "2025-01", 18))


def plant_refusals(planted: Planted) -> None:
    """Deliveries that are refused, and what is no delivery: a canary in every place that a message could repeat."""
    birds, inbox = planted.birds, planted.inbox

    def fresh(name: str) -> Path:
        cpr = birds.new(f"row of {name}", plain=True)
        return deliver_fagsystem(inbox, delivery_id=name, borgere=[resident(cpr)], ydelser=payments(cpr, "2026-01", 2))

    for name in ("contract_version", "source", "kommunekode", "extracted_at", "kind", "period_from", "mapping", "ukendt_felt"):
        change_manifest(fresh(f"felt-{name}"), **{name: birds.new(f"manifest {name}")})
    for name in ("legal_basis", "legal_basis_reference", "search_mode"):
        folder = deliver_answer(inbox, delivery_id=f"felt-{name}", opslag=[], indkomst=[])
        change_manifest(folder, **{name: birds.new(f"manifest {name}")})
    for name in ("name", "table", "sha256", "rows"):
        folder = fresh(f"fil-{name}")
        files = read_manifest_of(folder)["files"]
        change_manifest(folder, files=[files[0] | {name: birds.new(f"manifest files {name}")}, *files[1:]])
    (fresh("manifest-json") / "manifest.json").write_text(f'{{"x": "{birds.new("broken manifest")}"', encoding="utf-8")
    (fresh("fil-ekstra") / f"{birds.new('name of an extra file')}.csv").touch()
    folder = fresh("fil-link")
    (folder / birds.new("name of a link")).symlink_to(birds.new("target of a link"))
    contents: dict[str, Callable[[bytes], bytes]] = {
        "overskrift": lambda c: c.replace(b"cpr_status", birds.new("header").encode(), 1),
        "uden-overskrift": lambda c: c.split(b"\n", 1)[1],
        "for-mange-kolonner": lambda c: c + f"{birds.new('ragged line')};1;2;3;4;5;6;7;8;9\n".encode(),
        "anfoerselstegn": lambda c: c + f'"{birds.new("open quote")};\n'.encode(),
        "nul": lambda c: c + f"{birds.new('line with NUL')}\0".encode(),
        "latin": lambda c: c + f"æ{birds.new('line in latin-1')}".encode("latin-1"),
        "lang-linje": lambda c: c + birds.new("long line").encode() + b"x" * 70_000,
    }
    for name, spoil in contents.items():
        folder = fresh(f"indhold-{name}")
        change_file(folder, "borgere.csv", spoil((folder / "borgere.csv").read_bytes()))
    spoils: dict[str, Callable[[str], str]] = {
        "navn": lambda text: text.replace("IndkomstOplysningPersonHent_O", f"x{birds.new('root of the XML')}"),
        "tag": lambda text: text.replace("</a:IndkomstPersonUddata>", f"<c{birds.new('tag of the XML', plain=True)}>"),
        "entitet": lambda text: text.replace("?>", f'?><!DOCTYPE x [<!ENTITY c "{birds.new("entity")}">]>', 1),
        "afkortet": lambda text: text[: text.rindex("PersonCivilRegistrationIdentifier")],
    }
    for name, spoil_text in spoils.items():
        cpr = birds.new(f"person of the XML {name}", plain=True)
        folder = deliver_answer(
            inbox, delivery_id=f"xml-{name}", income_format="xml", opslag=[lookup(cpr, "2025-01", "2025-06")],
            indkomst=[income(cpr, "2025-02")],
        )  # fmt: skip
        change_file(folder, "indkomst.xml", spoil_text((folder / "indkomst.xml").read_text(encoding="utf-8")).encode())
    rows = [resident(birds.new("one of too many rejected rows", plain=True), cpr_status="x") for _ in range(25)]
    deliver_fagsystem(inbox, delivery_id="for-mange-afviste", borgere=rows)
    for place in ("{}", f"{A}/{{}}", f"{A}/uip/{{}}", f"{A}/uip/levering {{}}"):
        (inbox / place.format(birds.new(f"folder {place}"))).mkdir()
    (inbox / f"{birds.new('stray file')}.txt").touch()


def commands(planted: Planted) -> list[str]:
    """What every command prints on this home."""
    home, inbox = planted.home.root, planted.inbox
    stranger, known = planted.birds.new("asked for by explain", plain=True), planted.only_in_a
    runs: list[tuple[list[Any], str]] = [
        (["status", "--home", home], ""),
        (["status", "--home", home, "--json"], ""),
        (["quarantine", "list", "--home", home], ""),
        (["quarantine", "show", "--home", home, "--municipality", A, "--source", "fagsystem"], ""),
        (["check", inbox / A / "fagsystem" / "indhold-overskrift"], ""),
        (["check", inbox / A / "fagsystem" / "fag-1"], ""),
        (["explain", "--home", home, "--as-of", AS_OF, "--municipality", A, "--cpr", "-"], stranger),
        (["explain", "--home", home, "--as-of", AS_OF, "--municipality", A, "--cpr", "-"], known),
        (["audit", "verify", "--home", home], ""),
    ]
    results = [CliRunner().invoke(app, [str(word) for word in arguments], input=f"{given}\n") for arguments, given in runs]
    return [f"{result.output}\n{result.stderr}" for result in results]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """One run of the whole pipeline over all canaries, then every command."""
    folder = tmp_path_factory.mktemp("canaries")
    planted = Planted(Home(folder / "home"), folder / "inbox")
    plant_values(planted)
    plant_refusals(planted)
    with restored_environment():
        run = CliRunner().invoke(app, ["run", "--home", str(planted.home.root), "--inbox", str(planted.inbox), "--as-of", AS_OF])
        assert run.exit_code == 3, run.output
        planted.output = "\n".join([run.output, run.stderr, *commands(planted)])
    return planted


def test_no_canary_leaves_the_allowed_folders(planted: Planted) -> None:
    assert len(planted.birds.planted) > 150
    assert escaped(planted.birds, planted.home.root) == {}


def test_the_search_finds_the_canaries_where_they_may_be(planted: Planted) -> None:
    assert len(caught(planted.birds, planted.home.root)) > 150


def test_of_the_allowed_folders_only_the_outbox_shows_a_canary_without_the_vault_key(planted: Planted) -> None:
    assert escaped(planted.birds, planted.home.root, allowed=("outbox",)) == {}


def test_dbt_keeps_no_canary(planted: Planted) -> None:
    assert escaped(planted.birds, target_folder(planted.home), allowed=()) == {}


def test_no_command_prints_a_canary(planted: Planted) -> None:
    assert "refused" in planted.output
    assert planted.birds.found_in(planted.output.encode(errors="surrogateescape")) == set()


def test_error_reports_and_status_of_a_municipality_hold_no_canary(planted: Planted) -> None:
    reports = [*planted.home.outbox.glob("*/afvist/**/*.csv"), *planted.home.outbox.glob("*/status.json")]

    assert len(reports) > 10
    assert {path.name: planted.birds.found_in(str(path).encode() + path.read_bytes()) for path in reports} == {
        path.name: set() for path in reports
    }


# -- failures -----------------------------------------------------------------------------------------------------------


class Told(Exception):
    """Stands for whatever a library raises."""


def chained(canary: str) -> Exception:
    """A value in the text, in the cause, in a note and in the arguments."""
    error = Told(f"could not convert '{canary}'", {"row": canary})
    error.add_note(f"row: {canary}")
    error.__cause__ = KeyError(canary)
    error.__context__ = ValueError(canary)
    return error


def of_the_engine(canary: str) -> Exception:
    """What DuckDB says of a value."""
    try:
        duckdb.sql(f"select cast('{canary}x' as integer)").fetchall()
    except duckdb.Error as error:
        return error
    raise AssertionError


def of_a_group(canary: str) -> Exception:
    """Several at once."""
    return ExceptionGroup(canary, [ValueError(canary), UnicodeDecodeError("utf-8", canary.encode(), 0, 1, canary)])


STEPS = {
    "landing_uip": "repat_pipeline.defs.landing.assets.take_in",
    "warehouse": "repat_pipeline.defs.warehouse.assets.attach_deliveries",
    "publication": "repat_pipeline.defs.publication.assets.publish",
    "feeds": "repat_pipeline.defs.feeds.assets.find_kept_feed",
}


FAULTS = [*((step, kind) for step in ("landing_uip",) for kind in (chained, of_the_engine, of_a_group)),
          ("warehouse", of_the_engine), ("publication", of_a_group), ("feeds", chained)]  # fmt: skip


def fail(planted: Planted, step: str, kind: Callable[[str], Exception]) -> list[str]:
    """Let a step of a run fail with a value in every place that an exception has; everything that is said of it."""
    canary, home = planted.birds.new(f"failure of {step}"), planted.home
    alerts: list[str] = []

    def fails(*_: object, **__: object) -> None:
        row = {"cpr_nummer": canary}
        raise kind(row["cpr_nummer"])

    resources = {"home": HomeResource(root=str(home.root)), "inbox": InboxResource(path=str(planted.inbox)), "clock": Clock(as_of=AS_OF)}
    with restored_environment(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(STEPS[step], fails)
        patch.setattr("repat_pipeline.defs.automation.sensors.send", lambda alert: alerts.append(f"{alert.subject} {alert.text}") or [])
        prepare_instance(home)
        os.environ["REPAT_HOME"] = str(home.root)
        of_one = [A] if step in ("landing_uip", "feeds") else None
        with pytest.raises(RunFailed) as failed:
            _Executions(resources, ensure_manifest(home)).run(step, municipalities=of_one)
        with dg.DagsterInstance.get() as instance:
            run = instance.get_runs(limit=1)[0]
            logs = instance.all_logs(run.run_id)
            event = next(entry.get_dagster_event() for entry in logs if entry.dagster_event_type == dg.DagsterEventType.RUN_FAILURE)
            failed_runs(dg.build_run_status_sensor_context("failed_runs", event, instance, run).for_run_failure())
    assert len(alerts) == 1
    return [str(failed.value), "".join(entry.to_json() for entry in logs), *alerts]


@pytest.fixture(scope="module")
def failures(planted: Planted) -> dict[str, list[str]]:
    """What is said of every fault."""
    return {f"{step} {kind.__name__}": fail(planted, step, kind) for step, kind in FAULTS}


def test_no_failure_tells_a_value_to_the_terminal_to_dagster_or_to_an_alert(planted: Planted, failures: dict[str, list[str]]) -> None:
    assert all("its text is withheld" in text for said in failures.values() for text in said)
    assert {name: planted.birds.found_in("".join(said).encode()) for name, said in failures.items()} == {name: set() for name in failures}


def test_no_failure_leaves_a_value_in_a_file(planted: Planted, failures: dict[str, list[str]]) -> None:
    assert len(failures) == len(FAULTS)
    assert escaped(planted.birds, planted.home.root) == {}


# -- the bulkhead -------------------------------------------------------------------------------------------------------


def references(home: Home, municipality: str, cpr: str) -> str:
    """The reference of a person in one municipality."""
    key = load_key(home).key
    (reference,) = key.person_refs(municipality, key.person_keys([cpr]))
    return reference


def outputs_of(home: Home, municipality: str) -> dict[str, bytes]:
    """Everything that a municipality, or who looks at its persons, gets."""
    published = home.published_as_of(date.fromisoformat(AS_OF)).resolve() / "persons" / municipality
    folders = [home.outbox / municipality, published, home.decisions / municipality, home.vault(municipality)]
    found = {}
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        values = pl.read_parquet(path).write_csv() if path.suffix == ".parquet" and path.read_bytes()[:4] == b"PAR1" else ""
        found[str(path.relative_to(home.root))] = path.read_bytes() + values.encode()
    return found


def test_a_person_of_a_alone_is_nowhere_in_what_b_gets(planted: Planted) -> None:
    key = load_key(planted.home).key
    (person_key,) = key.person_keys([planted.only_in_a])
    traces = [planted.only_in_a, person_key, references(planted.home, A, planted.only_in_a), references(planted.home, B, planted.only_in_a)]
    outputs = outputs_of(planted.home, B)

    assert any(name.endswith("eligibility.parquet") for name in outputs)
    assert [name for name, content in outputs.items() if any(trace.encode() in content for trace in traces)] == []
    assert any(traces[2].encode() in content for content in outputs_of(planted.home, A).values())


def test_a_person_of_both_has_another_reference_in_each(planted: Planted) -> None:
    refs = {code: references(planted.home, code, planted.in_both) for code in (A, B)}

    assert refs[A] != refs[B]
    for here, there in ((A, B), (B, A)):
        outputs = outputs_of(planted.home, here)
        published = [content for name, content in outputs.items() if name.endswith("eligibility.parquet")]
        assert any(refs[here].encode() in content for content in published)
        assert [name for name, content in outputs.items() if refs[there].encode() in content] == []


def test_what_a_pays_a_person_tells_b_nothing(planted: Planted, tmp_path: Path) -> None:
    """B paid 18 months, A 30: B counts its own alone."""
    path = planted.home.published_as_of(date.fromisoformat(AS_OF)) / "persons" / B / "eligibility.parquet"
    row = pl.read_parquet(path).filter(pl.col("person_ref") == references(planted.home, B, planted.in_both)).row(0, named=True)

    assert row["months_proven"] == 18


def test_home_holds_no_link_out_of_it(planted: Planted) -> None:
    links = [path for path in planted.home.root.rglob("*") if path.is_symlink()]

    assert links
    assert [path for path in links if not path.resolve().is_relative_to(planted.home.root)] == []
