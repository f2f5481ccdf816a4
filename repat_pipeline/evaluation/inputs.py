"""What an evaluation is given: accepted deliveries, code lists and the named parameters of rules.md section 6.

Only the shapes live here. Which deliveries count is `selection`; what M may see of a person is `evidence`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal, get_args

Row = Mapping[str, Any]
"""One accepted row of a table in spec/inbound.md section 4; `cpr_nummer` is replaced by `person_key`."""

PermitChain = Literal["unbroken", "cumulative"]
MonthCounting = Literal["any_net_payment", "full_month"]
WindowEnd = Literal["month_before", "own_month"]
Clock = Literal["talks_held", "practice"]
TalkElsewhere = Literal["with_document_reference", "never"]


@dataclass(frozen=True)
class Delivery:
    """One accepted delivery, with what was accepted and who had a row rejected.

    Attributes:
        municipality: The municipality that delivered (uip, fagsystem) or that asked (eindkomst).
        source: `uip`, `fagsystem` or `eindkomst`.
        delivery_id: Unique per (municipality, source); decides between equal `extracted_at`, in text order.
        extracted_at: Instant with zone.
        period_from: First month (its first day) that `ydelser` covers completely; fagsystem only.
        period_to: Last such month, inclusive.
        rows: Table -> accepted rows. Dates are dates, months are first-of-month dates, amounts Decimal, 0/1 columns
            bool.
        rejected: Table -> person of each rejected row; None when the CPR number cannot be read.
    """

    municipality: str
    source: str
    delivery_id: str
    extracted_at: datetime
    period_from: date | None
    period_to: date | None
    rows: Mapping[str, Sequence[Row]]
    rejected: Mapping[str, Sequence[str | None]]


@dataclass(frozen=True)
class Basis:
    """A residence basis: its covered group of § 3 (`none` = outside), and whether it is a residence permit (C2, C3)."""

    covered_group: str
    is_permit: bool


@dataclass(frozen=True)
class Benefit:
    """A benefit: listed in § 5 or not, and its first and last valid month (first-of-month dates, null = no limit)."""

    listed: bool
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class CodeLists:
    """The code lists that the rules read.

    Attributes:
        country_group: Citizenship code -> group (`danish`, `nordic`, `eu`, ...); an absent code is group `other`.
        basis: `opholdsgrundlag` -> Basis; holds every code that intake accepts.
        benefits: `ydelseskode` -> Benefit; holds every code that intake accepts.
        municipalities: The 98 municipality codes.
        resident_statuses: The CPR statuses of residents of Denmark (rules.md C1).
    """

    country_group: Mapping[str, str]
    basis: Mapping[str, Basis]
    benefits: Mapping[str, Benefit]
    municipalities: frozenset[str]
    resident_statuses: frozenset[str] = frozenset({"01", "03"})


@dataclass(frozen=True)
class Parameters:
    """The parameters of rules.md section 6; the defaults are ours where the law is silent.

    Attributes:
        permit_years_min: Years of residence permit, C3 (§ 5 stk. 1, 2. pkt.).
        window_months: Length of W in months (§ 5 stk. 1, 2. pkt.).
        benefit_months_min: Counted months of W, C4 (§ 5 stk. 1, 2. pkt.).
        talk_interval_months: Months between talks, C5 (§ 5 stk. 1, 2. pkt.).
        income_lawful_from: First D on which e-Indkomst rows may be read (§ 5 stk. 2).
        permit_chain: `unbroken` chain up to D, or `cumulative` covered days (C3).
        permit_gap_tolerance_days: Days without a permit that do not break a chain.
        month_counting: `any_net_payment` = any net payment > 0; `full_month` = its periods must also cover the month.
        window_end: W ends with the `month_before` D's or with D's `own_month`.
        clock: C5 runs from `talks_held` only, or in `practice` also from a closing letter.
        talk_in_other_municipality_counts: `with_document_reference` or `never`.
        count_integrationsydelse_as_sho: Whether integrationsydelse is a listed benefit.
        include_dual_danish_citizens: Whether Danish citizens may be covered.
        include_ukraine_act: Whether basis UKRAINE is covered, as group `ukraine_act`.
        closed_case_months: How long a closed case is a route.
        employment_months: Last months of W in which wages are looked for.
    """

    permit_years_min: int = 5
    window_months: int = 36
    benefit_months_min: int = 18
    talk_interval_months: int = 24
    income_lawful_from: date = date(2024, 5, 1)
    permit_chain: PermitChain = "unbroken"
    permit_gap_tolerance_days: int = 0
    month_counting: MonthCounting = "any_net_payment"
    window_end: WindowEnd = "month_before"
    clock: Clock = "talks_held"
    talk_in_other_municipality_counts: TalkElsewhere = "with_document_reference"
    count_integrationsydelse_as_sho: bool = True
    include_dual_danish_citizens: bool = False
    include_ukraine_act: bool = False
    closed_case_months: int = 18
    employment_months: int = 2

    def __post_init__(self) -> None:
        """Refuse a misspelt alternative: it would silently be evaluated as another one."""
        choices: dict[str, tuple[str, ...]] = {
            "permit_chain": get_args(PermitChain),
            "month_counting": get_args(MonthCounting),
            "window_end": get_args(WindowEnd),
            "clock": get_args(Clock),
            "talk_in_other_municipality_counts": get_args(TalkElsewhere),
        }
        for name, expected in choices.items():
            found = getattr(self, name)
            if found not in expected:
                raise ValueError(
                    f"evaluation parameter {name}: expected one of {', '.join(expected)}, found {found!r}; see rules.md section 6"
                )

    @classmethod
    def from_text(cls, values: Mapping[str, str]) -> "Parameters":
        """Read the parameters of a run, as its manifest and the registry hold them: name -> text; others are left out.

        Raises:
            ValueError: A parameter is missing or not of its type.
        """
        types = {field.name: field.type for field in fields(cls)}
        missing = sorted(types.keys() - values.keys())
        if missing:
            raise ValueError(f"evaluation parameters: expected those of rules.md section 6, missing: {', '.join(missing)}")

        def typed(name: str, text: str) -> Any:
            kind = types[name]
            if kind is bool:
                return {"true": True, "false": False}[text]
            if kind is int:
                return int(text)
            return date.fromisoformat(text) if kind is date else text

        return cls(**{name: typed(name, values[name]) for name in types})
