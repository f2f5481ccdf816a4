"""Danish and English words and numbers of the report, side by side: the page holds both and shows one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from repat_pipeline.feeds.labels import ROUTE_DA, capital
from repat_pipeline.kpi.registry import kpi_parameters


@dataclass(frozen=True)
class Text:
    """The same in Danish and in English."""

    da: str
    en: str

    @classmethod
    def same(cls, text: str) -> Text:
        """A text that is the same in both, such as a name."""
        return cls(text, text)


HIDDEN = Text("skjult", "hidden")
UNKNOWN = Text("ukendt", "unknown")
NOT_COMPARABLE = Text("ikke sammenlignelig", "not comparable")
DENMARK = Text("Hele landet", "All municipalities evaluated")

_ROUTE_EN = {
    "active_case": "open case", "ordinary_employment": "ordinary employment", "in_migrant": "moved in", "closed_case": "closed case",
    "other_benefit": "other benefit", "no_contact": "no contact",
}  # fmt: skip
ROUTES = {code: Text(capital(label), capital(_ROUTE_EN[code])) for code, label in ROUTE_DA.items()}

MISSING = {
    "borgere": Text("borgere: afvist række", "residents: rejected row"),
    "eindkomst": Text("e-Indkomst: måneder uden svar", "income register: months without an answer"),
    "eindkomst_0038": Text("e-Indkomst: samlekode 0038", "income register: collective code 0038"),
    "indkomst": Text("e-Indkomst: afvist række", "income register: rejected row"),
    "opholdstilladelser": Text("UIP: afvist række", "UIP: rejected row"),
    "opslag": Text("opslag: afvist række", "look-ups: rejected row"),
    "uip": Text("UIP: ingen række", "UIP: no row"),
    "vejledningshaendelser": Text("vejledningshændelser: afvist række", "guidance events: rejected row"),
    "ydelser": Text("ydelser: mangler", "payments: missing"),
}
STEPS = {
    "base": Text("Alle, der afgøres om", "Everyone decided about"),
    "resident": Text("… og bor i kommunen", "… and live in the municipality"),
    "covered_group": Text("… og er i personkredsen", "… and are in the covered group"),
    "residence_years": Text("… og har haft opholdstilladelse længe nok", "… and have held a permit long enough"),
    "benefit_months": Text("… og har fået ydelse i måneder nok (målgruppen)", "… and had benefits in months enough (target group)"),
    "talk_due": Text("… og skal tilbydes en samtale nu (kandidater)", "… and must be offered a talk now (candidates)"),
}
REASONS = {
    "talk_expired": Text("seneste samtale er for gammel", "last talk too old"), "never_invited": Text("aldrig indkaldt", "never invited"),
    "invited_not_attended": Text("indkaldt, ikke mødt", "invited, not attended"),
}  # fmt: skip
FIELDS = {
    "agreed_on": Text("aftalt dato", "agreed date"), "channel": Text("kanal", "channel"), "adviser": Text("vejleder", "adviser"),
    "is_after_job_talk": Text("i forlængelse af jobsamtale", "after job talk"),
    "talk_minutes": Text("samtalens minutter", "minutes of talk"),
    "preparation_minutes": Text("forberedelsens minutter", "minutes of preparation"),
    "follow_up_minutes": Text("efterarbejdets minutter", "minutes of follow-up"),
    "interpreter": Text("tolk", "interpreter"),
    "outcome": Text("udfald", "outcome"),
}  # fmt: skip
SOURCES = {"uip": Text.same("UIP"), "fagsystem": Text("fagsystem", "case system"), "eindkomst": Text("e-Indkomst", "income register")}

_MONTHS_DA = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def bands() -> dict[str, Text]:
    """The bands of days overdue (K20); their limits are parameters of the registry."""
    limits = {entry.parameter: int(entry.value) for entry in kpi_parameters() if entry.parameter.startswith("overdue_band_")}
    first, second = limits["overdue_band_1_days"], limits["overdue_band_2_days"]
    return {
        "band_1": Text(f"1-{first} dage", f"1-{first} days"),
        "band_2": Text(f"{first + 1}-{second} dage", f"{first + 1}-{second} days"),
        "band_3": Text(f"over {second} dage", f"over {second} days"),
    }


def labelled(code: str, labels: dict[str, Text]) -> Text:
    """The label of a code; the code itself where there is none."""
    return labels.get(code, Text.same(code.replace("_", " ")))


def number(value: float, unit: str) -> Text:
    """A value as people read it: shares and points in per cent, hours and minutes with one decimal, counts whole."""
    if unit == "share":
        return Text(f"{value * 100:.1f} %".replace(".", ","), f"{value * 100:.1f}%")
    decimals = 0 if float(value).is_integer() or abs(value) >= 1000 else 1 if unit != "events" else 2
    english = f"{value:,.{decimals}f}"
    danish = english.translate(str.maketrans(",.", ".,"))
    suffix = {"kr": Text(" kr.", " DKK"), "hours": Text(" t", " h"), "minutes": Text(" min", " min"), "days": Text(" dage", " days")}
    end = suffix.get(unit, Text("", ""))
    return Text(danish + end.da, english + end.en)


def day(value: date) -> Text:
    """A date in words."""
    return Text(
        f"{value.day}. {_MONTHS_DA[value.month - 1]} {value.year}", f"{value.day} {_MONTHS_EN[value.month - 1]} {value.year}"
    )  # fmt: skip


def period(period_type: str, start: date, end: date) -> Text:
    """The name of a period."""
    if period_type == "year":
        return Text.same(str(start.year))
    if period_type == "half_year":
        half = 1 if start.month == 1 else 2
        return Text(f"{half}. halvår {start.year}", f"half {half} of {start.year}")
    if period_type == "month":
        return Text(f"{_MONTHS_DA[end.month - 1]} {end.year}", f"{_MONTHS_EN[end.month - 1]} {end.year}")
    if period_type == "rolling_24_months":
        until = period("month", start, end)
        return Text(f"24 måneder til {until.da}", f"24 months to {until.en}")
    if start == end:
        return day(end)
    return Text(f"{day(start).da} - {day(end).da}", f"{day(start).en} - {day(end).en}")
