"""What the result about a person follows from, read back by a decision file; and the result, decided again.

The lake keeps superseded deliveries, so an earlier feed can be decided again after its published version is gone: for the causes of
changes, and to explain a feed. Comparing two results is `causes`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from repat_pipeline.errors import RepatError
from repat_pipeline.evaluation.calendar import window
from repat_pipeline.evaluation.evaluate import Evaluation, evaluate_person
from repat_pipeline.evaluation.evidence import MunicipalityEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Delivery, Parameters
from repat_pipeline.evaluation.lake import ClaimReader, read_code_lists, read_rows
from repat_pipeline.evaluation.population import is_in_base
from repat_pipeline.feeds.decision import DecidingDelivery, Decision
from repat_pipeline.feeds.evidence_parts import PersonInputs, person_inputs
from repat_pipeline.rules.registry import parameters_on
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_delivery
from repat_pipeline.storage.layout import Home

_Read = TypeVar("_Read")


class InputsGone(RepatError):
    """A feed cannot be decided again: retention or erasure has removed what it was decided from."""


@dataclass(frozen=True)
class Premises:
    """What a result about one person follows from."""

    as_of: date
    parameters: Parameters
    code_lists: CodeLists
    inputs: PersonInputs


def decide(premises: Premises) -> Evaluation | None:
    """Evaluate a person; None when there is nobody to decide about."""
    as_of, parameters, code_lists = premises.as_of, premises.parameters, premises.code_lists
    person = premises.inputs.evidence
    if as_of < parameters.income_lawful_from:
        # § 5 stk. 2: before it was in force no answer of the income register is read.
        person = replace(person, answers=())
    if not is_in_base(person, parameters=parameters, code_lists=code_lists):
        return None
    return evaluate_person(
        person, window(as_of, parameters), claims=premises.inputs.claims, as_of=as_of, parameters=parameters, code_lists=code_lists
    )


class DecisionReader:
    """Reads the premises of feeds from the lake; whom UIP deliveries place where is read once for all municipalities."""

    def __init__(self, home: Home) -> None:
        self._home, self._claims = home, ClaimReader(home)
        self._records: dict[DecidingDelivery, DeliveryRecord | None] = {}

    def decide_again(self, decision: Decision, person_key: str) -> Evaluation | None:
        """The result about one person as a feed had it, by today's program; None when the feed decided nothing about them.

        Raises:
            InputsGone: the deliveries are not in the lake any more; says which.
        """
        return decide(self.premises(decision, [person_key])[person_key])

    def premises(self, decision: Decision, persons: Collection[str]) -> dict[str, Premises]:
        """What the result about each person follows from; only rows of these persons are read.

        Args:
            decision: of the feed.
            persons: `person_key` of each.

        Raises:
            InputsGone: the deliveries or the code lists are not there any more; says which.
        """
        uip, fagsystem, answers = self._own_deliveries(decision, persons)
        evidence = MunicipalityEvidence(uip, fagsystem, answers=answers)
        claims = [self._read(delivery, self._claims.claim) for delivery in decision.deliveries if delivery.source == "uip"]
        as_of, code_lists = date.fromisoformat(decision.as_of), self._code_lists(decision)
        # A parameter that came after the feed has no value in its decision.
        of_today = {name: parameter.value for name, parameter in parameters_on(as_of).items()}
        parameters = Parameters.from_text(of_today | decision.parameter_values)
        return {
            person: Premises(
                as_of,
                parameters,
                code_lists,
                person_inputs(evidence, person, claims=claims, own_until=fagsystem.extracted_at.date()),
            )
            for person in persons
        }

    def _own_deliveries(self, decision: Decision, persons: Collection[str]) -> tuple[Delivery, Delivery, list[Delivery]]:
        own: dict[str, list[Delivery]] = {"uip": [], "fagsystem": [], "eindkomst": []}
        for delivery in decision.own_deliveries:
            own[delivery.source].append(self._read(delivery, lambda record: read_rows(self._home, record, persons)))
        (uip,), (fagsystem,) = own["uip"], own["fagsystem"]
        return uip, fagsystem, own["eindkomst"]

    def _read(self, delivery: DecidingDelivery, read: Callable[[DeliveryRecord], _Read]) -> _Read:
        if delivery not in self._records:
            place = delivery.source, delivery.municipality_code, delivery.delivery_id
            self._records[delivery] = read_delivery(self._home, *place)
        record = self._records[delivery]
        try:
            if record is not None and record.content == delivery.content:
                return read(record)
        except FileNotFoundError:
            pass
        raise InputsGone(
            f"{delivery.municipality_code} {delivery.source} {delivery.delivery_id} is not in the lake any more: retention or erasure has "
            "removed it, and the feed cannot be decided again"
        )

    def _code_lists(self, decision: Decision) -> CodeLists:
        folder = self._home.code_lists(decision.code_lists_hash)
        if not folder.is_dir():
            raise InputsGone(f"{folder} is missing: the code lists of feed {decision.sequence} of {decision.municipality_code} are gone")
        return read_code_lists(folder)
