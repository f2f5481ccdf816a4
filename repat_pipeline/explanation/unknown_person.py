"""A person who was not evaluated in the municipality: why that can be (base population, spec/rules.md section 3).

Only the municipality's own counting deliveries are looked at: whether another one knows the person is not told.
"""

from __future__ import annotations

from dataclasses import dataclass

from repat_pipeline.evaluation.inputs import CodeLists, Parameters
from repat_pipeline.evaluation.population import is_listed_recipient
from repat_pipeline.explanation.evidence import Evidence, evidence_of
from repat_pipeline.explanation.lake_rows import LakeRows

REGISTER_FIELDS = ("cpr_status", "kommunekode", "tilflyttet_kommune_dato")


@dataclass(frozen=True)
class WhyNotEvaluated:
    """Why nothing was decided about a person.

    Attributes:
        reasons: keys `not_evaluated.<reason>` of `strings`, in reading order.
        evidence: what the municipality's own deliveries hold of the person.
    """

    reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def why_not_evaluated(lake: LakeRows, *, parameters: Parameters, code_lists: CodeLists) -> WhyNotEvaluated:
    """Say what keeps the person out of the base population."""
    person = lake.evidence
    evidence = [Evidence("rejected", row.source, row.delivery_id, row.table, (row.line_number,), rule_ids=row.rule_ids)
                for row in lake.rejected]  # fmt: skip
    reasons = ["deliveries_not_held"] if lake.not_held else []
    if person.register_row is None:
        is_unknown = not (person.payments or person.cases or person.events or person.answers or lake.rejected)
        reasons += ["unknown_to_municipality"] if is_unknown else ["no_uip_row", "no_register_row"]
        return WhyNotEvaluated(tuple(reasons), tuple(evidence))
    register = evidence_of("register", [person.register_row], {name: person.register_row[name] for name in REGISTER_FIELDS})
    reasons.append("no_uip_row")
    if code_lists.country_group.get(person.register_row["statsborgerskab"], "other") == "danish":
        reasons.append("danish_citizen")
    elif not is_listed_recipient(person, parameters=parameters, code_lists=code_lists):
        reasons.append("no_listed_benefit")
    return WhyNotEvaluated(tuple(reasons), (register, *evidence))
