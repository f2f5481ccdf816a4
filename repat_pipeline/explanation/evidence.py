"""Evidence of C1, C2, C3, C5 and of the routes: which rows stand behind a published outcome, and in which role.

A row is shown with the fields that the criterion reads and no more. The months of C4 are `months`. What a role is called in
Danish and English stands in `strings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from repat_pipeline.evaluation.benefit_months import income_net_sum, is_listed, own_net_sum, own_rows_of
from repat_pipeline.evaluation.calendar import add_months
from repat_pipeline.evaluation.covered_group import EXCLUDED_GROUPS, deciding_permit
from repat_pipeline.evaluation.inputs import CodeLists, Parameters
from repat_pipeline.evaluation.next_action import newest_round
from repat_pipeline.evaluation.residence_years import covered_pieces
from repat_pipeline.evaluation.routes import ORDINARY_WAGE_TYPE, is_open
from repat_pipeline.evaluation.talk_due import counts_as_talk
from repat_pipeline.explanation.lake_rows import LakeRows, Row

# Which tables a criterion reads (spec/rules.md section 1); C1 reads UIP only where there is no accepted row in `borgere`.
TABLES_READ: Mapping[str, frozenset[str]] = {
    "resident": frozenset({"borgere", "opholdstilladelser"}),
    "covered_group": frozenset({"borgere", "opholdstilladelser"}),
    "residence_years": frozenset({"opholdstilladelser"}),
    "benefit_months": frozenset({"ydelser", "borgere", "opslag", "indkomst"}),
    "talk_due": frozenset({"vejledningshaendelser"}),
}
_PERMIT_FIELDS = ("opholdsgrundlag", "gyldig_fra", "gyldig_til", "status", "status_dato")


@dataclass(frozen=True)
class Evidence:
    """One fact: a row (or the rows of one month and code) of one delivery, and what it is to the outcome.

    Attributes:
        role: what the rows are to the outcome; a key `evidence.<role>` of `strings`.
        delivery_id, table, lines: place of the rows; none for what only another municipality's UIP says (C1).
        fields: the values that the criterion reads, by the column names of the contract; months are first-of-month dates.
        rule_ids: of rejected rows, instead of values.
    """

    role: str
    source: str
    delivery_id: str | None
    table: str
    lines: tuple[int, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)
    rule_ids: tuple[str, ...] = ()


def evidence_of(role: str, rows: Iterable[Row], fields: Mapping[str, Any]) -> Evidence:
    """Evidence of rows of one table of one delivery; at least one row."""
    found = list(rows)
    first = found[0]
    return Evidence(
        role, first["source"], first["delivery_id"], first["table_name"], tuple(row["line_number"] for row in found), fields
    )  # fmt: skip


def _row(role: str, row: Row, names: Iterable[str], **more: Any) -> Evidence:
    return evidence_of(role, [row], {name: row[name] for name in names} | more)


def rejected_evidence(lake: LakeRows, criterion: str, *, used_answers: frozenset[str]) -> list[Evidence]:
    """The rejected rows that make a criterion unknown; of answers only those used for a month of W."""
    tables = TABLES_READ[criterion]
    if criterion == "resident" and lake.evidence.register_row is not None:
        tables = tables - {"opholdstilladelser"}
    return [
        Evidence("rejected", row.source, row.delivery_id, row.table, (row.line_number,), rule_ids=row.rule_ids)
        for row in lake.rejected
        if row.table in tables and (row.source != "eindkomst" or row.delivery_id in used_answers)
    ]


def resident_evidence(lake: LakeRows) -> list[Evidence]:
    """C1: the row in `borgere`; without one, where M's UIP has the person, and who has the person there later."""
    register_row = lake.evidence.register_row
    if register_row is not None:
        return [_row("register", register_row, ("cpr_status", "kommunekode", "tilflyttet_kommune_dato"))]
    if not lake.holds("fagsystem"):
        return []
    places = {permit["kommunekode"]: permit for permit in lake.evidence.permits}
    return [_row("uip_place", permit, ("kommunekode",)) for permit in places.values()] + [
        Evidence("placed_elsewhere", "uip", None, "opholdstilladelser", (),
                 {"kommunekode": place.municipality_code, "extracted_at": place.extracted_at})
        for place in lake.elsewhere
    ]  # fmt: skip


def covered_group_evidence(lake: LakeRows, as_of: date, *, code_lists: CodeLists) -> list[Evidence]:
    """C2: the permit that decides (else every permit: none is in force), and a citizenship that is outside the act.

    The citizenship is told only where it decides, and as its group.
    """
    person = lake.evidence
    deciding = deciding_permit(person, as_of)
    citizenship_row = person.register_row or deciding
    group = None if citizenship_row is None else code_lists.country_group.get(citizenship_row["statsborgerskab"], "other")
    found = []
    if citizenship_row is not None and lake.holds("fagsystem") and group in EXCLUDED_GROUPS:
        found.append(_row("citizenship_outside", citizenship_row, (), citizenship_group=group))
    if deciding is not None:
        return [*found, _row("deciding_permit", deciding, _PERMIT_FIELDS)]
    return found + [_row("not_in_force", permit, _PERMIT_FIELDS) for permit in person.permits]


def residence_evidence(lake: LakeRows, as_of: date, *, residence_since: date | None, code_lists: CodeLists) -> list[Evidence]:
    """C3: every permit, and whether it belongs to the chain that starts on the published `residence_since`."""
    found = []
    for permit in sorted(lake.evidence.permits, key=lambda row: (row["gyldig_fra"], row["tilladelse_id"])):
        if not code_lists.basis[permit["opholdsgrundlag"]].is_permit:
            role = "no_residence_permit"
        elif permit["gyldig_fra"] > as_of:
            role = "starts_later"
        elif not covered_pieces([permit], as_of=as_of, code_lists=code_lists):
            role = "covers_nothing"
        elif residence_since is None:
            role = "ended_before"
        else:
            role = "in_chain" if permit["gyldig_fra"] >= residence_since else "before_gap"
        found.append(_row(role, permit, _PERMIT_FIELDS))
    return found


def talk_evidence(lake: LakeRows, as_of: date, *, parameters: Parameters) -> list[Evidence]:
    """C5: every talk and closing letter on or before D, newest first; the newest talk that counts starts the clock."""
    found: list[Evidence] = []
    has_last_talk = False
    for event in sorted(lake.evidence.events, key=lambda row: (row["haendelsesdato"], row["haendelse_id"]), reverse=True):
        fields = {name: event[name] for name in ("haendelsestype", "haendelsesdato", "kommunekode")}
        if event["haendelsesdato"] > as_of:
            continue
        if event["haendelsestype"] == "samtale_afholdt":
            counts = counts_as_talk(event, lake.evidence.municipality, parameters=parameters)
            role = "undocumented_talk" if not counts else "earlier_talk" if has_last_talk else "last_talk"
            has_last_talk = has_last_talk or counts
            found.append(evidence_of(role, [event], fields))
        elif event["haendelsestype"] == "afsluttende_brev":
            found.append(evidence_of("closing_letter", [event], fields))
    return found


def round_evidence(lake: LakeRows, as_of: date, *, parameters: Parameters) -> list[Evidence]:
    """The events of the newest round of summons, in order: what the next action follows from (spec/rules.md section 5).

    After the interval of § 5 stk. 1 a round has lapsed: it is shown, and decides nothing.
    """
    events = newest_round(lake.evidence, as_of)
    has_lapsed = bool(events) and as_of >= add_months(events[-1]["haendelsesdato"], parameters.talk_interval_months)
    names = ("haendelsestype", "haendelsesdato", "aftalt_dato", "udskudt_til")
    return [_row("lapsed_event" if has_lapsed else "round_event", event, names) for event in events]


def route_evidence(
    lake: LakeRows, eligibility: Row, months: tuple[date, ...], *, parameters: Parameters, code_lists: CodeLists
) -> list[Evidence]:
    """The rows behind the route flags that hold (spec/rules.md section 4); of income only ordinary wages of the months read."""
    as_of: date = eligibility["as_of"]
    person = lake.evidence
    found = []
    closed = [case for case in person.cases if case["lukket_dato"] is not None and case["lukket_dato"] <= as_of]
    if eligibility["active_case"]:
        found += [_row("open_case", case, ("sagstype", "aabnet_dato")) for case in person.cases if is_open(case, as_of)]
    elif closed and (eligibility["closed_case"] or eligibility["employment_source"] in ("case", "both")):
        newest = max(closed, key=lambda case: (case["lukket_dato"], case["sag_id"]))
        found.append(_row("closed_case", newest, ("sagstype", "lukket_dato", "afslutningsaarsag")))
    if eligibility["employment_source"] in ("income", "both"):
        for month in months[-parameters.employment_months :]:
            answer = person.answer_used_for(month)
            lines = [line for line in answer.lines_of(month) if line["indkomsttype"] == ORDINARY_WAGE_TYPE] if answer else []
            if lines and income_net_sum(lines, "a_indkomst_am") > 0:
                found.append(evidence_of("wages", lines, {"month": month, "net_dkk": income_net_sum(lines, "a_indkomst_am")}))
    if eligibility["in_migrant"] and person.register_row is not None:
        found.append(_row("moved_in", person.register_row, ("tilflyttet_kommune_dato", "fraflytningskommune")))
    if eligibility["other_benefit"]:
        for code, rows in own_rows_of(person, months[-1]).items():
            if not is_listed(code, parameters=parameters, code_lists=code_lists) and own_net_sum(rows) > 0:
                found.append(evidence_of("other_benefit", rows, {"month": months[-1], "ydelseskode": code, "net_dkk": own_net_sum(rows)}))
    return found
