"""C4 `benefit_months`: a listed benefit in at least 18 of the 36 months of W (rules.md C4; § 5 stk. 1 and 2).

Here also what a listed benefit is, because the base population asks the same. Reversed income lines are gone before
(`evidence`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from repat_pipeline.evaluation.calendar import days_of_month
from repat_pipeline.evaluation.criteria import Criterion
from repat_pipeline.evaluation.evidence import PersonEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Parameters, Row

State = Literal["counted_own", "counted_income", "unknown", "not_counted"]

STRIP_CHARACTERS: dict[State, str] = {"counted_own": "K", "counted_income": "I", "unknown": "?", "not_counted": "."}

INCOME_BENEFITS = {"0041": "kontanthjaelp", "0087": "uddannelseshjaelp"}
"""indtaegtsart -> the benefit that it is; every other code is not listed (rules.md C4)."""

LISTED_INCOME_TYPES = frozenset({"04", "06", "24"})
"""indkomsttype under which the codes of INCOME_BENEFITS are listed, taken together in one net sum."""

AMBIGUOUS_INCOME_CODE = "0038"
"""Municipal benefits without a code of their own: may be listed or not, under any indkomsttype."""


@dataclass(frozen=True)
class Month:
    """A month of W for one person.

    Attributes:
        month: Its first day.
        state: As in table `benefit_months`.
        is_covered: Whether own data or an answer cover it. A month may be counted without being covered.
    """

    month: date
    state: State
    is_covered: bool


@dataclass(frozen=True)
class BenefitMonths:
    """The months of W of one person, oldest first."""

    months: tuple[Month, ...]

    @property
    def proven(self) -> int:
        """Number of counted months."""
        return sum(month.state in ("counted_own", "counted_income") for month in self.months)

    @property
    def possible(self) -> int:
        """Number of counted and of unknown months."""
        return self.proven + sum(month.state == "unknown" for month in self.months)

    @property
    def strip(self) -> str:
        """One character per month, oldest first (rules.md section 7)."""
        return "".join(STRIP_CHARACTERS[month.state] for month in self.months)

    @property
    def unknown_and_not_covered(self) -> tuple[date, ...]:
        """The months that a look-up could decide."""
        return tuple(month.month for month in self.months if month.state == "unknown" and not month.is_covered)

    @property
    def left_open_by_ambiguous_code(self) -> tuple[date, ...]:
        """The months that an answer covers and leaves open all the same (0038)."""
        return tuple(month.month for month in self.months if month.state == "unknown" and month.is_covered)

    @property
    def counted(self) -> tuple[date, ...]:
        """The counted months."""
        return tuple(month.month for month in self.months if month.state in ("counted_own", "counted_income"))


def is_listed(benefit_code: str, *, parameters: Parameters, code_lists: CodeLists) -> bool:
    """Whether the benefit is one of § 5 stk. 1, 2. pkt.; integrationsydelse is one by parameter."""
    if benefit_code == "integrationsydelse" and not parameters.count_integrationsydelse_as_sho:
        return False
    return code_lists.benefits[benefit_code].listed


def is_valid_in(benefit_code: str, month: date, *, code_lists: CodeLists) -> bool:
    """Whether the benefit exists in the month for which it is paid; both ends of its validity are inclusive months."""
    benefit = code_lists.benefits[benefit_code]
    has_begun = benefit.valid_from is None or benefit.valid_from <= month
    has_not_ended = benefit.valid_to is None or month <= benefit.valid_to
    return has_begun and has_not_ended


def own_rows_of(person: PersonEvidence, month: date) -> dict[str, list[Row]]:
    """Return benefit code -> M's own rows whose period lies in the month."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in person.payments_by_month.get(month, ()):
        rows[row["ydelseskode"]].append(row)
    return dict(rows)


def own_net_sum(rows: Iterable[Row]) -> Decimal:
    """Return the net amount of own rows, in kroner; corrections may be negative."""
    return sum((row["beloeb"] for row in rows), Decimal(0))


def income_net_sum(lines: Iterable[Row], column: str) -> Decimal:
    """Return the net amount in kroner of `a_indkomst_am` (057) or `a_indkomst_uden_am` (058); null = 0."""
    return sum((line[column] for line in lines if line[column] is not None), Decimal(0))


def periods_cover(month: date, periods: Iterable[tuple[date, date]]) -> bool:
    """Whether the union of the periods, both ends inclusive, covers every day of the month."""
    open_days = days_of_month(month)
    for first, last in periods:
        open_days -= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return not open_days


def is_counted_by_own(person: PersonEvidence, month: date, *, parameters: Parameters, code_lists: CodeLists) -> bool:
    """Whether M's own rows count the month: the net sum of one listed benefit is above 0. It need not be covered."""
    for benefit_code, rows in own_rows_of(person, month).items():
        if (
            is_listed(benefit_code, parameters=parameters, code_lists=code_lists)
            and is_valid_in(benefit_code, month, code_lists=code_lists)
            and own_net_sum(rows) > 0
            and (
                parameters.month_counting == "any_net_payment"
                or periods_cover(month, [(row["periode_fra"], row["periode_til"]) for row in rows])
            )
        ):
            return True
    return False


def is_counted_by_income(lines: Sequence[Row], month: date, *, parameters: Parameters, code_lists: CodeLists) -> bool:
    """Whether the answer counts the month: net A-income without AM (058) of one listed code above 0."""
    for income_code, benefit_code in INCOME_BENEFITS.items():
        of_code = [line for line in lines if line["indtaegtsart"] == income_code and line["indkomsttype"] in LISTED_INCOME_TYPES]
        wage_periods = [(line["loenperiode_fra"], line["loenperiode_til"]) for line in of_code if line["loenperiode_fra"] is not None]
        if (
            is_valid_in(benefit_code, month, code_lists=code_lists)
            and income_net_sum(of_code, "a_indkomst_uden_am") > 0
            and (parameters.month_counting == "any_net_payment" or periods_cover(month, wage_periods))
        ):
            return True
    return False


def decide_month(person: PersonEvidence, month: date, *, parameters: Parameters, code_lists: CodeLists) -> Month:
    """Decide the state of one month of W.

    Own rows and listed income count a month, covered or not. What is left is unknown when nothing covers it, or when
    the answer holds an ambiguous code and own data do not cover the month; else it is not counted.
    """
    answer = person.answer_used_for(month)
    lines = answer.lines_of(month) if answer is not None else []
    ambiguous = [line for line in lines if line["indtaegtsart"] == AMBIGUOUS_INCOME_CODE]
    is_covered_by_own = person.is_covered_by_own(month)
    is_covered = is_covered_by_own or answer is not None
    state: State
    if is_counted_by_own(person, month, parameters=parameters, code_lists=code_lists):
        state = "counted_own"
    elif is_counted_by_income(lines, month, parameters=parameters, code_lists=code_lists):
        state = "counted_income"
    elif not is_covered or (not is_covered_by_own and income_net_sum(ambiguous, "a_indkomst_uden_am") > 0):
        state = "unknown"
    else:
        state = "not_counted"
    return Month(month, state, is_covered)


def tables_with_rejected_rows(person: PersonEvidence, months: Iterable[date]) -> frozenset[str]:
    """Return the tables that C4 reads in which the person has a rejected row.

    `opslag` and `indkomst` only of answers that are used for at least one of the months.
    """
    used = [answer for month in months if (answer := person.answer_used_for(month)) is not None]
    return (person.rejected_tables & {"ydelser", "borgere"}).union(*(answer.rejected_tables for answer in used))


def decide_benefit_months(
    person: PersonEvidence, months: Sequence[date], *, as_of: date, parameters: Parameters, code_lists: CodeLists
) -> tuple[Criterion, BenefitMonths]:
    """Decide C4.

    Args:
        person: What M may use about the person.
        months: The months of W.
        as_of: D.
        parameters: For the number of months and the alternatives.
        code_lists: For the benefits.

    Returns:
        The criterion (`evidence_on` is the newest counted month), and the months. A rejected row turns not_met into
        unknown and then alone is `missing`; it changes neither a met nor an unknown outcome.
    """
    found = BenefitMonths(tuple(decide_month(person, month, parameters=parameters, code_lists=code_lists) for month in months))
    evidence_on = max(found.counted, default=None)
    if found.proven >= parameters.benefit_months_min:
        return Criterion("met", evidence_on=evidence_on), found
    if found.possible >= parameters.benefit_months_min:
        missing = set()
        if found.unknown_and_not_covered:
            # § 5 stk. 2: before 2024-05-01 the income register may not be asked, only own data could tell.
            missing.add("eindkomst" if as_of >= parameters.income_lawful_from else "ydelser")
        if found.left_open_by_ambiguous_code:
            missing.add("eindkomst_0038")
        return Criterion("unknown", tuple(sorted(missing)), evidence_on), found
    rejected = tables_with_rejected_rows(person, months)
    if rejected:
        return Criterion("unknown", tuple(sorted(rejected)), evidence_on), found
    return Criterion("not_met", evidence_on=evidence_on), found
