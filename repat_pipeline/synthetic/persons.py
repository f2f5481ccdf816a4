"""Fictitious persons: how they live, and the rows that they leave in UIP, CPR, fagsystem and the income register.

Shares are calibrated on domain/law.md section 4 (a few per cent of the foreigners are in the target group); small municipalities get
some of every kind. Who is in which delivery, and the hard cases, are `population`.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from repat_pipeline.synthetic.cpr_numbers import CprNumbers
from repat_pipeline.synthetic.plan import SynthesisPlan

Row = dict[str, str | None]

BATCH_FROM = 12
"""Index in the plan's months of the first one that a batch answer covers: W of the reference date."""

# Kind of person -> (share, at least).
KINDS: dict[str, tuple[float, int]] = {
    "eu_citizen": (0.22, 4),
    "worker_or_student": (0.12, 2),
    "newcomer": (0.10, 2),
    "settled": (0.36, 4),
    "some_benefit": (0.09, 3),
    "on_benefit": (0.030, 8),
    "employed_by_case": (0.008, 4),
    "employed_by_income": (0.008, 4),
    "case_closed": (0.006, 3),
    "other_benefit": (0.004, 2),
    "mover_answered": (0.010, 6),
    "mover_open": (0.010, 3),
    "mover_ambiguous": (0.004, 1),
    "naturalised": (0.008, 1),
    "permit_lost": (0.010, 1),
    "left_or_dead": (0.010, 2),
    "not_in_uip": (0.004, 1),
    "without_cpr": (0.004, 1),
}
# Kinds that a few persons of every small set of deliveries must show. Nationally they are rarer: with the recipients of `volume`
# some 3 % of the persons then are candidates; the ministry reckoned with 1.3 % (domain/law.md section 4).
TELLING_KINDS = frozenset(KINDS) - {"eu_citizen", "worker_or_student", "newcomer", "settled", "some_benefit"}
NATIONAL_RARITY = 4
_REFUGEES = ("UDL7", "UDL8", "UDL9-FLYGT", "UDL9-ANDEN", "UDL9E", "UDL9C-ASYL", "FOER1983", "UDL9B")
_COUNTRIES = ("5486", "5404", "5436", "5216", "5289", "5438", "5456", "5172", "5754", "5103")
_EU_COUNTRIES = ("5154", "5158", "5128", "5104", "5120", "5110")
_GUIDANCE = ("none", "none", "none", "none", "summoned", "reminded", "no_show", "two_no_shows", "cancelled", "moved_by_municipality",
             "closed", "deferred", "deferral_over", "talk_recent", "talk_old", "talk_elsewhere", "talk_elsewhere_undocumented",
             "lapsed_round")  # fmt: skip


@dataclass
class Person:
    """One fictitious person: identity, and what is known in the municipality that is being made."""

    number: int
    kind: str
    cpr: str | None
    country: str
    previous: str | None = None


@dataclass
class MunicipalityRows:
    """The rows of one municipality, by table."""

    code: str
    tables: dict[str, list[Row]] = field(
        default_factory=lambda: {
            name: []
            for name in ("opholdstilladelser", "borgere", "ydelser", "sager", "vejledningshaendelser", "repatrieringer",
                         "opslag", "indkomst")
        }
    )  # fmt: skip

    def add(self, table: str, **values: str | None) -> None:
        """Add a row."""
        self.tables[table].append(values)

    def next_id(self, table: str, letter: str) -> str:
        """An identifier of its own for the next row of a table."""
        return f"{letter}{self.code}-{len(self.tables[table]) + 1:06d}"


def make_person(number: int, kind: str, random: Random, numbers: CprNumbers, others: list[str]) -> Person:
    """Make a person of a kind; every eighth was registered with 1 January as birth date."""
    year = random.randint(1955, 2003)
    birth = date(year, 1, 1) if number % 8 == 0 else date(year, random.randint(1, 12), random.randint(1, 28))
    country = random.choice(_EU_COUNTRIES if kind == "eu_citizen" else _COUNTRIES)
    previous = random.choice(others) if kind.startswith("mover") and others else None
    return Person(number, kind, None if kind == "without_cpr" else numbers.next(birth), country, previous)


class Life:
    """Writes the rows of persons of one municipality."""

    def __init__(self, plan: SynthesisPlan, rows: MunicipalityRows, random: Random) -> None:
        self._plan, self._rows, self._random = plan, rows, random
        self._as_of, self._months = plan.as_of, plan.months

    def write(self, person: Person) -> None:
        """Write everything that is known of a person in the municipality."""
        kind = person.kind
        self._permits(person)
        if person.cpr is None:
            return
        self._resident(person)
        listed = {
            "on_benefit": range(26, 48), "employed_by_case": range(18, 44), "employed_by_income": range(16, 43),
            "case_closed": range(16, 40), "other_benefit": range(14, 42), "some_benefit": range(34, 45),
            "mover_answered": range(36, 48), "mover_open": range(36, 48), "mover_ambiguous": range(38, 48),
            "naturalised": range(22, 48), "permit_lost": range(22, 48), "not_in_uip": range(24, 48),
            "left_or_dead": range(14, 40),
        }.get(kind)  # fmt: skip
        if listed is not None:
            self._benefits(person, listed)
        if kind == "other_benefit":
            self._payment(person, "sygedagpenge", self._months[-1], "9000,00")
        self._case(person)
        if kind not in ("eu_citizen", "worker_or_student", "newcomer", "settled"):
            # Half of them have never been summoned, so that every list has somebody on it.
            self._guidance(person, "none" if person.number % 2 == 0 else self._random.choice(_GUIDANCE))
        if self._random.random() < 0.004:
            self._repatriation(person)

    def leave_behind(self, person: Person) -> None:
        """Write what the former municipality still has of a mover: permits in UIP and payments of earlier months."""
        self._permits(person)
        for index in range(12, 36):
            self._payment(person, "kontanthjaelp", self._months[index], "11000,00")

    def income(self, person: Person, *, everybody: bool) -> None:
        """Write what the income register answers for a person; `everybody`: a batch answer for the whole window."""
        asked_from, asked_to = (BATCH_FROM, 47) if everybody else {
            "mover_answered": (12, 36), "mover_ambiguous": (12, 38), "employed_by_income": (46, 47)
        }.get(person.kind, (48, 48))  # fmt: skip
        if person.cpr is None or person.kind == "mover_open" or asked_from > 47:
            return
        self._rows.add(
            "opslag", opslag_id=self._rows.next_id("opslag", "O"), cpr_nummer=person.cpr, formaal="REP_5_2",
            maaned_fra=f"{self._months[asked_from]:%Y-%m}", maaned_til=f"{self._months[asked_to]:%Y-%m}",
        )  # fmt: skip
        asked = range(asked_from, asked_to + 1)
        if person.kind in ("mover_answered", "mover_ambiguous"):
            for index in (index for index in asked if index < 36):
                is_open = person.kind == "mover_ambiguous" and index >= 30
                self._income(person, index, kind="0038" if is_open else "0041", benefit="11000,00")
        elif person.kind == "employed_by_income":
            for index in (45, 46, 47):
                if index in asked:
                    self._income(person, index, income_type="00", wage="24500,00")
            self._reversed_report(person, asked_to)
        elif everybody and person.kind in ("worker_or_student", "settled") and person.number % 3 == 0:
            for index in asked[-14:]:
                self._income(person, index, income_type="00", wage="27000,00")
        elif everybody and person.kind == "some_benefit" and person.number % 2 == 0:
            self._income(person, 47, income_type="00", wage="12000,00")
            self._income(person, 47, kind="0083", income_type="04", benefit="8000,00")

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _permits(self, person: Person) -> None:
        random, as_of = self._random, self._as_of
        if person.kind == "not_in_uip":
            return
        years = random.randint(1, 4) if person.kind == "newcomer" else random.randint(6, 16)
        start = date(as_of.year - years, random.randint(1, 12), random.randint(1, 28))
        basis = {"eu_citizen": "EU6", "worker_or_student": random.choice(("UDL9A", "UDL9I", "UDL9J", "UKRAINE"))}.get(
            person.kind, random.choice(_REFUGEES)
        )
        pieces = 1 if basis == "EU6" else random.choice((1, 1, 2, 3))
        for piece in range(pieces):
            is_last = piece == pieces - 1
            end = None if is_last else start + timedelta(days=700)
            has_lost = person.kind == "permit_lost" and is_last
            status = random.choice(("bortfaldet", "inddraget", "forlaengelse_naegtet")) if has_lost else "gaeldende"
            if end is not None and end < as_of:
                status = "udloebet"
            self._rows.add(
                "opholdstilladelser", tilladelse_id=self._rows.next_id("opholdstilladelser", "T"),
                person_id=f"P{self._plan.seed}-{person.previous or self._rows.code}-{person.number}", cpr_nummer=person.cpr,
                statsborgerskab=person.country, opholdsgrundlag=basis, gyldig_fra=start.isoformat(),
                gyldig_til=None if end is None else end.isoformat(), status=status,
                status_dato=(as_of - timedelta(days=random.randint(10, 300))).isoformat() if has_lost else None,
                kommunekode=self._rows.code,
            )  # fmt: skip
            if end is not None:
                # Mostly from one day to the next; sometimes with a gap that breaks the chain.
                start = end + timedelta(days=1 if random.random() < 0.9 else 40)
                if start > as_of:
                    return

    def _resident(self, person: Person) -> None:
        random, as_of = self._random, self._as_of
        if person.kind == "settled" and random.random() < 0.1:
            return  # Known to UIP only.
        arrived = None
        if person.previous is not None or person.kind.startswith("mover"):
            arrived = self._months[36].replace(day=random.choice((1, 1, 15)))
        elif random.random() < 0.5:
            arrived = date(as_of.year - random.randint(5, 15), random.randint(1, 12), random.randint(1, 28))
        status = random.choice(("80", "90")) if person.kind == "left_or_dead" else "03" if random.random() < 0.02 else "01"
        self._rows.add(
            "borgere", cpr_nummer=person.cpr, cpr_status=status, kommunekode=self._rows.code,
            tilflyttet_kommune_dato=None if arrived is None else arrived.isoformat(), fraflytningskommune=person.previous,
            statsborgerskab="5100" if person.kind == "naturalised" else person.country,
            adressebeskyttet="1" if random.random() < 0.03 else "0", digital_post="1" if random.random() < 0.8 else "0",
        )  # fmt: skip

    def _benefits(self, person: Person, indexes: range) -> None:
        before_reform = self._random.choice(("kontanthjaelp", "uddannelseshjaelp", "sho", "overgangsydelse"))
        for index in indexes:
            month = self._months[index]
            benefit = before_reform if month < date(2025, 7, 1) else "kontanthjaelp"
            self._payment(person, benefit, month, "11000,00")
            chance = self._random.random()
            if chance < 0.01:
                self._payment(person, benefit, month, "-11000,00")
            elif chance < 0.02:
                self._payment(person, "kontanthjaelp", month, "500,00")

    def _payment(self, person: Person, benefit: str, month: date, amount: str) -> None:
        last = month.replace(day=monthrange(month.year, month.month)[1])
        self._rows.add(
            "ydelser", effektuering_id=self._rows.next_id("ydelser", "E"), cpr_nummer=person.cpr, ydelseskode=benefit,
            periode_fra=month.isoformat(), periode_til=last.isoformat(), beloeb=amount,
        )  # fmt: skip

    def _case(self, person: Person) -> None:
        as_of, kind = self._as_of, person.kind
        closed: date | None = None
        reason: str | None = None
        if kind == "employed_by_case":
            # After the last month with a benefit, so that the closing still tells of work.
            closed, reason = self._months[43] + timedelta(days=27), "ordinaer_beskaeftigelse"
        elif kind in ("employed_by_income", "case_closed"):
            closed, reason = as_of - timedelta(days=self._random.randint(30, 500)), "uddannelse"
        elif kind not in ("on_benefit", "some_benefit", "mover_ambiguous", "naturalised", "permit_lost"):
            return
        self._rows.add(
            "sager", sag_id=self._rows.next_id("sager", "S"), cpr_nummer=person.cpr, sagstype="beskaeftigelse",
            aabnet_dato=self._months[2].isoformat(), lukket_dato=None if closed is None else closed.isoformat(),
            afslutningsaarsag=reason,
        )  # fmt: skip

    def _guidance(self, person: Person, state: str) -> None:
        def ago(days: int) -> date:
            return self._as_of - timedelta(days=days)

        steps: dict[str, list[tuple[str, date, dict[str, str]]]] = {
            "none": [],
            "summoned": [("indkaldelse", ago(20), {})],
            "reminded": [("indkaldelse", ago(50), {}), ("rykker", ago(20), {})],
            "no_show": [("indkaldelse", ago(50), {}), ("udeblivelse", ago(20), {})],
            "two_no_shows": [("indkaldelse", ago(90), {}), ("udeblivelse", ago(60), {}), ("udeblivelse", ago(20), {})],
            "cancelled": [("indkaldelse", ago(40), {}), ("afbud_borger", ago(20), {})],
            "moved_by_municipality": [("indkaldelse", ago(40), {}), ("afbud_kommune", ago(20), {})],
            "closed": [("indkaldelse", ago(90), {}), ("udeblivelse", ago(60), {}), ("afsluttende_brev", ago(30), {})],
            "deferred": [("indkaldelse", ago(40), {}), ("udsat", ago(20), {"udskudt_til": ago(-60).isoformat()})],
            "deferral_over": [("indkaldelse", ago(90), {}), ("udsat", ago(60), {"udskudt_til": ago(5).isoformat()})],
            "talk_recent": [("indkaldelse", ago(300), {}), ("samtale_afholdt", ago(270), {"kanal": "fysisk",
                            "varighed_minutter": "20", "vejleder": "saerlig", "tolk": "brugt", "tolk_udgift": "450,00"})],
            "talk_old": [("samtale_afholdt", ago(800), {"kanal": "telefon", "udfald": "ikke_interesseret"})],
            "talk_elsewhere": [("samtale_afholdt", ago(200), {"kommunekode": person.previous or "0101",
                                                              "dokument_reference": "notat-1"})],
            "talk_elsewhere_undocumented": [("samtale_afholdt", ago(200), {"kommunekode": person.previous or "0101"})],
            "lapsed_round": [("indkaldelse", ago(900), {})],
        }  # fmt: skip
        for event_type, day, more in steps[state]:
            values = {"kommunekode": self._rows.code} | more
            self._rows.add(
                "vejledningshaendelser", haendelse_id=self._rows.next_id("vejledningshaendelser", "H"),
                forloeb_id=f"F{self._rows.code}-{person.number}", cpr_nummer=person.cpr, haendelsestype=event_type,
                haendelsesdato=day.isoformat(), **values,
            )  # fmt: skip

    def _repatriation(self, person: Person) -> None:
        applied = self._as_of - timedelta(days=self._random.randint(30, 600))
        self._rows.add("repatrieringer", repatriering_id=self._rows.next_id("repatrieringer", "R"), cpr_nummer=person.cpr,
                       ansoegt_dato=applied.isoformat())  # fmt: skip

    def _income(self, person: Person, index: int, *, kind: str | None = None, income_type: str = "06", wage: str | None = None,
                benefit: str | None = None, report_id: str | None = None, art: str = "I") -> None:  # fmt: skip
        month = self._months[index]
        last = month.replace(day=monthrange(month.year, month.month)[1])
        self._rows.add(
            "indkomst", cpr_nummer=person.cpr, se_nummer="35209115" if benefit else "12345674",
            indberetning_id=report_id or self._rows.next_id("indkomst", "I"), indberetningsart=art, tilbagefoert="0", rettelse="0",
            indkomsttype=income_type, indtaegtsart=kind, loenperiode_fra=month.isoformat(), loenperiode_til=last.isoformat(),
            basismaaned=f"{month:%Y-%m}", a_indkomst_am=wage, a_indkomst_uden_am=benefit,
        )  # fmt: skip

    def _reversed_report(self, person: Person, index: int) -> None:
        """A report of kontanthjælp and its reversal under the same id: neither counts."""
        report_id = self._rows.next_id("indkomst", "I")
        for art in ("I", "T"):
            self._income(person, index, kind="0041", benefit="11000,00", report_id=report_id, art=art)
