"""An explanation as a JSON document with stable keys: for programs, and to keep with a case.

Keys and codes never depend on the language; `label` and `text` do (`lang`), and `reason_da` is Danish always, as in the feed. Dates
are `YYYY-MM-DD`, months `YYYY-MM`, instants ISO 8601, amounts text with two decimals in kroner; what is not known is null. The keys
are told in docs/explain.md; a change of a key raises `SCHEMA_VERSION`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from repat_pipeline.codelists import municipality_names
from repat_pipeline.explanation.counterfactual import Change
from repat_pipeline.explanation.evidence import Evidence
from repat_pipeline.explanation.explanation import ROUTE_FLAGS, CriterionExplanation, Decision, Explanation, ParameterUse
from repat_pipeline.explanation.strings import Lang, code_label, say
from repat_pipeline.explanation.words import MONTH_FIELDS, action_text, change_text, evidence_text, parameter_text

SCHEMA_VERSION = "1.0.0"

# Columns of `eligibility` that stand in the document under their own names.
_PUBLISHED = (
    "status", "is_candidate", "covered_group", "residence_since", "months_proven", "months_possible", "month_strip", "last_talk_on",
    "due_by_law", "due_by_practice",
)  # fmt: skip


def json_text(explanation: Explanation, lang: Lang) -> str:
    """The document as indented JSON text."""
    return json.dumps(document(explanation, lang), indent=1, ensure_ascii=False)


def document(explanation: Explanation, lang: Lang) -> dict[str, Any]:
    """The document of an explanation; plain JSON values only."""
    run, why, decision = explanation.run, explanation.not_evaluated, explanation.decision
    return {
        "schema_version": SCHEMA_VERSION,
        "lang": lang,
        "municipality_code": run.municipality_code,
        "municipality_name": municipality_names()[run.municipality_code],
        "as_of": run.as_of.isoformat(),
        "known_at": run.manifest["known_at"],
        "run_id": run.manifest["run_id"],
        "rule_version": run.manifest["rule_version"],
        "person_ref": explanation.person_ref,
        "is_evaluated": decision is not None,
        "not_evaluated": None if why is None else {
            "reasons": [{"code": code, "text": say(f"not_evaluated.{code}", lang)} for code in why.reasons],
            "evidence": _evidence(why.evidence, lang),
        },
        "decision": None if decision is None else _decision(decision, lang),
        "deliveries": [
            {
                "source": delivery.source,
                "delivery_id": delivery.delivery_id,
                "extracted_at": delivery.extracted_at.isoformat(),
                "is_in_lake": delivery not in explanation.not_held,
            }
            for delivery in explanation.deliveries
        ],
    }  # fmt: skip


def _decision(decision: Decision, lang: Lang) -> dict[str, Any]:
    row, action = decision.published, decision.next_action
    return {
        **{name: _plain(name, row[name]) for name in _PUBLISHED},
        "status_label": code_label("status", row["status"], lang),
        "missing": _missing(row["missing"].split(",") if row["missing"] else (), lang),
        "lists": list(decision.lists),
        "reason_da": decision.reason_da,
        "next_action": {
            "code": action.code,
            "text": action_text(action, lang),
            "until": _plain("until", action.until),
            "first_month": _plain("first_month", action.first_month),
            "last_month": _plain("last_month", action.last_month),
            "legal_basis": action.legal_basis,
            "evidence": _evidence(action.evidence, lang),
        },
        "routes": {
            "primary_route": row["primary_route"],
            "label": code_label("route", row["primary_route"], lang),
            "flags": {flag: row[flag] for flag in ROUTE_FLAGS},
            "employment_source": row["employment_source"],
            "parameters": _parameters(decision.route_parameters, lang),
            "evidence": _evidence(decision.route_evidence, lang),
        },
        "criteria": [_criterion(criterion, lang) for criterion in decision.criteria],
        "months": [
            {
                "month": _plain("month", month.month),
                "state": month.state,
                "benefit_code": month.benefit_code,
                "why_unknown": month.why_unknown,
                "evidence": _evidence(month.evidence, lang),
            }
            for month in decision.months
        ],
        "changes": [_change(change, lang) for change in decision.changes],
    }


def _criterion(criterion: CriterionExplanation, lang: Lang) -> dict[str, Any]:
    return {
        "number": criterion.number,
        "criterion": criterion.criterion,
        "label": code_label("criterion", criterion.criterion, lang),
        "outcome": criterion.outcome,
        "outcome_label": code_label("outcome", criterion.outcome, lang),
        "missing": _missing(criterion.missing, lang),
        "evidence_on": _plain("evidence_on", criterion.evidence_on),
        "law_reference": criterion.law_reference,
        "parameters": _parameters(criterion.parameters, lang),
        "evidence": _evidence(criterion.evidence, lang),
    }


def _parameters(uses: Iterable[ParameterUse], lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "name": use.name,
            "value": use.value,
            "unit": use.known.unit if use.known else None,
            "is_law": use.is_law,
            "law_reference": use.known.law_reference if use.known else None,
            "source": use.known.source if use.known else None,
            "text": parameter_text(use, lang),
        }
        for use in uses
    ]


def _evidence(rows: Iterable[Evidence], lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "role": row.role,
            "source": row.source,
            "delivery_id": row.delivery_id,
            "table": row.table,
            "lines": list(row.lines),
            "fields": _facts(row.fields),
            "rule_ids": list(row.rule_ids),
            "text": evidence_text(row, lang),
        }
        for row in rows
    ]


def _change(change: Change, lang: Lang) -> dict[str, Any]:
    return {"criterion": change.criterion, "kind": change.kind, "facts": _facts(change.facts), "text": change_text(change, lang)}


def _missing(names: Iterable[str], lang: Lang) -> list[dict[str, str]]:
    return [{"code": name, "label": code_label("missing", name, lang)} for name in names]


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(name, value) for name, value in facts.items()}


def _plain(name: str, value: Any) -> Any:
    """A value as JSON has it; months are told from dates by the name of their field."""
    if isinstance(value, tuple):
        return [_plain(name, item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value:%Y-%m}" if name in MONTH_FIELDS else value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else value
