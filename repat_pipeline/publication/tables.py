"""The published tables: which mart each comes from, at which level it stands, and its order of rows.

Norm: spec/outbound.md section 2. Their columns are the marts' (dbt contracts), with `person_ref` in place of `person_key`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedTable:
    """One published table; the mart of the same name holds its rows.

    Attributes:
        has_persons: True = one file per municipality in `persons/<M>/`, False = one file at the top, for every analyst.
        mart: name of the mart where it is another.
        is_own: without persons, but exact figures that only the municipality itself may see: its rows in `persons/<M>/`, no other's.
        is_disclosed: hidden and rounded for others than the municipality itself (`disclosure`).
        counts: of a disclosed table that is none of key figures: its columns of counts, null where hidden.
        order: columns that the rows are ordered by; empty values first.
        tells_decisions: False = about deliveries or municipalities as such: it keeps the rows of a withheld municipality.
    """

    name: str
    has_persons: bool
    order: tuple[str, ...]
    tells_decisions: bool = True
    mart: str = ""
    is_own: bool = False
    is_disclosed: bool = False
    counts: tuple[str, ...] = ()

    @property
    def mart_name(self) -> str:
        """The mart that holds the rows."""
        return self.mart or self.name


_BY_DUE_DATE = ("due_by_law", "person_ref")
_BY_FIGURE = ("municipality_code", "kpi_id", "measure", "period_type", "period_start", "period_end", "dimension", "dimension_value")

PUBLISHED_TABLES = (
    PublishedTable("eligibility", True, _BY_DUE_DATE),
    PublishedTable("eligibility_criteria", True, ("person_ref", "criterion_number")),
    PublishedTable("benefit_months", True, ("person_ref", "month")),
    PublishedTable("contact_channels", True, ("person_ref",)),
    PublishedTable("eligibility_candidates", True, _BY_DUE_DATE),
    PublishedTable("in_migrant_candidates", True, _BY_DUE_DATE),
    PublishedTable("ordinary_employment_candidates", True, _BY_DUE_DATE),
    PublishedTable("lookup_requests", True, ("person_ref",)),
    PublishedTable("kpi_values_exact", False, _BY_FIGURE, mart="kpi_values", is_own=True),
    PublishedTable("kpi_values", False, _BY_FIGURE, is_disclosed=True),
    PublishedTable("attrition", False, ("municipality_code", "step_number"), is_disclosed=True, counts=("met", "not_met", "unknown")),
    PublishedTable("attrition_exact", False, ("municipality_code", "step_number"), mart="attrition", is_own=True),
    PublishedTable("excess_lookups", False, ("municipality_code", "delivery_id")),
    PublishedTable("persons_without_cpr", False, ("municipality_code",), is_disclosed=True, counts=("persons", "uip_rows")),
    PublishedTable("persons_without_cpr_exact", False, ("municipality_code",), mart="persons_without_cpr", is_own=True),
    PublishedTable("double_residence", False, ("municipality_code",), is_disclosed=True, counts=("persons",)),
    PublishedTable("double_residence_exact", False, ("municipality_code",), mart="double_residence", is_own=True),
    PublishedTable("sensitivity", False, ("municipality_code", "alternative"), is_disclosed=True, counts=("persons_changed",)),
    PublishedTable("sensitivity_exact", False, ("municipality_code", "alternative"), mart="sensitivity", is_own=True),
    PublishedTable("delivery_log", False, ("municipality_code", "source", "extracted_at", "delivery_id"), tells_decisions=False),
    PublishedTable("rejected_rows_by_rule", False, ("municipality_code", "source", "delivery_id", "table_name", "rule_id"),
                   tells_decisions=False),
    PublishedTable("rejection_trend", False, ("municipality_code", "source", "table_name", "rule_id", "extracted_at", "delivery_id"),
                   tells_decisions=False),
    PublishedTable("municipalities", False, ("municipality_code",), tells_decisions=False),
)  # fmt: skip
