"""The base population of M: whom there is a decision about (rules.md section 3)."""

from repat_pipeline.evaluation.benefit_months import is_listed
from repat_pipeline.evaluation.evidence import MunicipalityEvidence, PersonEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Parameters


def is_listed_recipient(person: PersonEvidence, *, parameters: Parameters, code_lists: CodeLists) -> bool:
    """Whether the person is a foreign citizen in `borgere` with a row of a listed benefit, of any month."""
    if person.register_row is None:
        return False
    is_danish = code_lists.country_group.get(person.register_row["statsborgerskab"], "other") == "danish"
    has_listed_benefit = any(is_listed(row["ydelseskode"], parameters=parameters, code_lists=code_lists) for row in person.payments)
    return not is_danish and has_listed_benefit


def is_in_base(person: PersonEvidence, *, parameters: Parameters, code_lists: CodeLists) -> bool:
    """Whether there is a decision about the person: a UIP row, accepted or rejected, or a foreign listed recipient."""
    return person.has_uip_row or is_listed_recipient(person, parameters=parameters, code_lists=code_lists)


def base_population(evidence: MunicipalityEvidence, *, parameters: Parameters, code_lists: CodeLists) -> list[PersonEvidence]:
    """Return everyone to decide about, by `person_key`.

    Everyone in M's counting UIP delivery, also with rejected rows only; and foreign citizens in `borgere` with a
    listed benefit. Persons without a readable CPR number are nobody here: they are counted in `persons_without_cpr`
    or stand in quarantine.
    """
    everyone = [evidence.of_person(person_key) for person_key in sorted(evidence.persons_in_uip() | evidence.persons_in_register())]
    return [person for person in everyone if is_in_base(person, parameters=parameters, code_lists=code_lists)]
