"""What must stay when facts change in a known way, on any population: properties that need no second reading of the rules.

Each example is one population in six municipalities at once: as it is, renamed, with an added counted month, with added unknowns,
delivered in another way, and known to a neighbour's fagsystem. One build decides all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from repat_pipeline.evaluation.calendar import last_of_month
from repat_pipeline.evaluation.inputs import Delivery
from repat_pipeline.storage.layout import Home
from tests.integration.marts import build_marts, write_lake
from tests.integration.test_models_agree_with_evaluation import COMPARED, MONTHS, D, decided_by_models, populations
from tests.support import MUNICIPALITY

pytestmark = pytest.mark.slow

RENAMED, MORE_COUNTED, MORE_UNKNOWN, OTHERWISE_DELIVERED, NEIGHBOUR = "0173", "0851", "0101", "0157", "0159"
# Not 0461: persons of the populations move in from there.
WINDOW = [month for month in MONTHS if date(2023, 11, 1) <= month <= date(2026, 10, 1)]
Row = Mapping[str, Any]


def moved_to(deliveries: list[Delivery], municipality: str) -> list[Delivery]:
    """The same facts about other persons, in another municipality."""

    def moved(row: Row) -> Row:
        place = {"kommunekode": municipality} if row.get("kommunekode") == MUNICIPALITY else {}
        return {**row, **place, "person_key": named(row["person_key"], municipality)}

    return [
        replace(
            delivery,
            municipality=municipality,
            rows={table: [moved(row) for row in rows] for table, rows in delivery.rows.items()},
            rejected={
                table: [None if who is None else named(who, municipality) for who in found] for table, found in delivery.rejected.items()
            },
        )
        for delivery in deliveries
    ]


def named(who: str, municipality: str) -> str:
    """Another name, which sorts otherwise too."""
    return f"{municipality}-{who[::-1]}"


def changed(deliveries: list[Delivery], source: str, change: Callable[[Delivery], Delivery]) -> list[Delivery]:
    return [change(delivery) if delivery.source == source else delivery for delivery in deliveries]


def with_a_counted_month(fagsystem: Delivery, persons: list[str], month: date) -> Delivery:
    """Each person is paid a listed benefit for one more month, more than any correction takes back."""
    added = [
        {"person_key": who, "effektuering_id": f"M{who}", "ydelseskode": "kontanthjaelp", "periode_fra": month,
         "periode_til": last_of_month(month), "beloeb": Decimal("900000.00")}
        for who in persons
    ]  # fmt: skip
    return replace(fagsystem, rows={**fagsystem.rows, "ydelser": [*fagsystem.rows["ydelser"], *added]})


def with_unknowns(fagsystem: Delivery, persons: list[str], months: int) -> Delivery:
    """Some months are not covered any more, and each person has a rejected row in `ydelser`."""
    assert fagsystem.period_to is not None
    index = fagsystem.period_to.year * 12 + fagsystem.period_to.month - 1 - months
    return replace(fagsystem, period_to=date(index // 12, index % 12 + 1, 1), rejected={**fagsystem.rejected, "ydelser": list(persons)})


def otherwise_delivered(deliveries: list[Delivery]) -> list[Delivery]:
    """Each full source came once before, with half of the rows, and everything arrives in the opposite order."""
    before = [
        replace(
            delivery,
            delivery_id=f"{delivery.delivery_id}-before",
            extracted_at=delivery.extracted_at - timedelta(days=40),
            rows={table: rows[::2] for table, rows in delivery.rows.items()},
            rejected={},
        )
        for delivery in deliveries
        if delivery.source in ("uip", "fagsystem")
    ]
    return [*reversed(deliveries), *before]


def as_known_to_a_neighbour(deliveries: list[Delivery], persons: list[str]) -> list[Delivery]:
    """The neighbour's fagsystem holds the very same persons, as residents on benefits; its UIP delivery holds nobody."""
    uip, fagsystem = (next(delivery for delivery in deliveries if delivery.source == source) for source in ("uip", "fagsystem"))
    residents = [
        {"person_key": who, "cpr_status": "01", "kommunekode": NEIGHBOUR, "tilflyttet_kommune_dato": None, "fraflytningskommune": None,
         "statsborgerskab": "5486", "adressebeskyttet": True, "digital_post": False}
        for who in persons
    ]  # fmt: skip
    known = with_a_counted_month(
        replace(fagsystem, rows={"borgere": residents, "ydelser": [], "sager": [], "vejledningshaendelser": []}, rejected={}),
        persons,
        WINDOW[5],
    )
    return [
        replace(uip, municipality=NEIGHBOUR, rows={"opholdstilladelser": []}, rejected={}),
        replace(known, municipality=NEIGHBOUR, extracted_at=known.extracted_at + timedelta(days=3)),
    ]


def persons_of(deliveries: list[Delivery]) -> list[str]:
    return sorted({row["person_key"] for delivery in deliveries for rows in delivery.rows.values() for row in rows})


@settings(
    max_examples=6, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
@given(deliveries=populations(), month=st.sampled_from(WINDOW), uncovered=st.integers(0, 12))
def test_decisions_change_only_as_the_facts_do(
    tmp_path_factory: pytest.TempPathFactory, deliveries: list[Delivery], month: date, uncovered: int
) -> None:
    persons = persons_of(deliveries)
    more_counted, more_unknown = moved_to(deliveries, MORE_COUNTED), moved_to(deliveries, MORE_UNKNOWN)
    home = Home(tmp_path_factory.mktemp("metamorphic"))
    write_lake(
        home,
        [
            *deliveries,
            *moved_to(deliveries, RENAMED),
            *changed(more_counted, "fagsystem", lambda found: with_a_counted_month(found, persons_of(more_counted), month)),
            *changed(more_unknown, "fagsystem", lambda found: with_unknowns(found, persons_of(more_unknown), uncovered)),
            *otherwise_delivered(moved_to(deliveries, OTHERWISE_DELIVERED)),
            *as_known_to_a_neighbour(deliveries, persons),
        ],
    )
    build_marts(home, D, without=("unit_test", "test"))
    decided = decided_by_models(home)
    compared = [*COMPARED, "missing"]

    def of(who: str, municipality: str) -> dict[str, Any] | None:
        row = decided.get((municipality, who if municipality == MUNICIPALITY else named(who, municipality)))
        return None if row is None else {name: row[name] for name in compared}

    for who in persons:
        base = of(who, MUNICIPALITY)
        # Renaming persons changes nothing; nor does what a neighbour's fagsystem says about the persons of the first municipality.
        assert of(who, RENAMED) == base
        # Neither the order nor the number of the deliveries matters.
        assert of(who, OTHERWISE_DELIVERED) == base
        if base is None:
            continue
        counted, unknown = of(who, MORE_COUNTED), of(who, MORE_UNKNOWN)
        assert counted is not None
        assert unknown is not None
        # An added counted month never removes anyone, and never takes a month away.
        assert not (base["is_candidate"] and not counted["is_candidate"])
        assert not (base["status"] != "not_eligible" and counted["status"] == "not_eligible")
        assert counted["months_proven"] in (base["months_proven"], base["months_proven"] + 1)
        # An added unknown never turns anyone into not_eligible, and never makes a month count.
        assert not (base["status"] != "not_eligible" and unknown["status"] == "not_eligible")
        assert unknown["months_proven"] <= base["months_proven"]
