"""What goes wrong in real deliveries, on purpose: rejected rows, superseded, refused, half-written and missing deliveries.

Few enough that no delivery is refused for its rejected rows alone (spec/inbound.md section 3).
"""

from __future__ import annotations

from pathlib import Path

from repat_pipeline.synthetic.deliveries import write_delivery
from repat_pipeline.synthetic.persons import MunicipalityRows, Row
from repat_pipeline.synthetic.plan import SynthesisPlan

# Table -> changes to one row each; every one breaks a rule of its own.
_BROKEN: dict[str, list[Row]] = {
    "opholdstilladelser": [
        {"opholdsgrundlag": "UDL99"}, {"gyldig_fra": "2019-02-30"}, {"status": "inddraget", "status_dato": None},
        {"kommunekode": "9999"}, {"statsborgerskab": "SYR"},
    ],
    "borgere": [{"cpr_status": "02"}, {"tilflyttet_kommune_dato": "01-05-2020"}, {"digital_post": "ja"}],
    "ydelser": [
        {"beloeb": "11000.00"}, {"ydelseskode": "boligstoette"}, {"periode_til": "2019-12-31"},
        {"ydelseskode": "sho", "periode_fra": "2026-01-01", "periode_til": "2026-01-31"}, {"periode_fra": None},
    ],
    "sager": [{"aabnet_dato": "2025-01-10", "lukket_dato": "2025-01-09"}],
    "vejledningshaendelser": [{"haendelsestype": "opringning"}, {"haendelsestype": "udsat", "udskudt_til": None}],
    "indkomst": [{"indkomsttype": "99"}, {"basismaaned": "2025-13"}, {"se_nummer": "1234567"}],
}  # fmt: skip


def break_rows(rows: MunicipalityRows) -> None:
    """Add a broken copy of some rows, and one row that comes twice."""
    keys = {"opholdstilladelser": "tilladelse_id", "ydelser": "effektuering_id", "sager": "sag_id",
            "vejledningshaendelser": "haendelse_id"}  # fmt: skip
    for table, changes in _BROKEN.items():
        found = rows.tables[table]
        originals = found[:: max(1, len(found) // (len(changes) + 1))][: len(changes)] if found else []
        for number, (original, change) in enumerate(zip(originals, changes, strict=False)):
            broken = original | change
            if table in keys:
                broken[keys[table]] = f"X{rows.code}-{table[:3]}-{number}"
            found.append(broken)
    if rows.tables["ydelser"]:
        rows.tables["ydelser"].append(dict(rows.tables["ydelser"][0]))


def break_only_permit(rows: MunicipalityRows) -> None:
    """Give the last person with a single permit an unknown basis: all of that person's UIP rows are rejected."""
    permits = rows.tables["opholdstilladelser"]
    by_person: dict[str | None, list[Row]] = {}
    for permit in permits:
        by_person.setdefault(permit["cpr_nummer"], []).append(permit)
    single = [found[0] for person, found in by_person.items() if person is not None and len(found) == 1]
    if single:
        single[-1]["opholdsgrundlag"] = "UKENDT"


def write_superseded(plan: SynthesisPlan, position: int, rows: MunicipalityRows, inbox: Path) -> None:
    """An older full UIP delivery whose name sorts last: names do not follow time."""
    write_delivery(
        inbox, municipality=rows.code, source="uip", delivery_id="z-gammel",
        extracted_at=plan.extracted_at(position, days_before=60),
        tables={"opholdstilladelser": rows.tables["opholdstilladelser"][:50]},
    )  # fmt: skip


def write_refused(plan: SynthesisPlan, position: int, rows: MunicipalityRows, inbox: Path) -> None:
    """A newer fagsystem delivery of which a file was cut off on its way: refused, the one before it counts."""
    folder = write_delivery(
        inbox, municipality=rows.code, source="fagsystem", delivery_id="afbrudt",
        extracted_at=plan.extracted_at(position, days_before=1), tables={"borgere": rows.tables["borgere"]},
        period_from=plan.months_of_benefits[0], period_to=plan.months[-1],
    )  # fmt: skip
    path = folder / "borgere.csv"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def write_unfinished(rows: MunicipalityRows, inbox: Path) -> None:
    """A delivery that is still being written: no manifest yet."""
    folder = inbox / rows.code / "uip" / "under-overfoersel"
    folder.mkdir(parents=True)
    (folder / "opholdstilladelser.csv").write_text("tilladelse_id;person_id\n", encoding="utf-8")
