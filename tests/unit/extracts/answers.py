"""Answers of the income register built by hand, element by element, so that a test can bend any part of the tree."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from repat_pipeline.contracts.inbound import load_table_contract
from repat_pipeline.extracts.eindkomst_xml import read_income_xml
from tests.support import person

INCOME = load_table_contract("eindkomst", "indkomst")
COMPANY = "35209115"
GENERAL = {"011": "I", "012": "6", "016": "202610"}


def form(number: str, fields: dict[str, str] | list[tuple[str, str]], *below: str, level: int = 1, prefix: str = "e:") -> str:
    """One form with its fields, in a list when a field stands twice."""
    pairs = list(fields.items()) if isinstance(fields, dict) else fields
    texts = "".join(
        f"<{prefix}AngivelseFeltIndholdStruktur><{prefix}BlanketFeltEnhedStruktur>"
        f"<{prefix}BlanketFeltNummerIdentifikator>100000000000000{field}</{prefix}BlanketFeltNummerIdentifikator>"
        f"</{prefix}BlanketFeltEnhedStruktur><{prefix}AngivelseFeltIndholdTekst>{value}</{prefix}AngivelseFeltIndholdTekst>"
        f"</{prefix}AngivelseFeltIndholdStruktur>"
        for field, value in pairs
    )
    nested = f"<{prefix}UnderAngivelseSamling>{''.join(below)}</{prefix}UnderAngivelseSamling>" if below else ""
    return (
        f"<{prefix}AngivelseNiveau{level}><{prefix}BlanketNummerIdentifikator>{number}</{prefix}BlanketNummerIdentifikator>"
        f"<{prefix}AngivelseFeltSamling>{texts}</{prefix}AngivelseFeltSamling>{nested}</{prefix}AngivelseNiveau{level}>"
    )


def simple_form(amount: str = "11000.00", **general: str) -> str:
    """Kontanthjælp: 11000 over 16000 over 16001; keywords `f<number>` replace general fields."""
    fields = GENERAL | {name[1:]: value for name, value in general.items()}
    return form("11000", fields, form("16000", {"019": "41"}, form("16001", {"058": amount}, level=3), level=2))


def pay_period(*forms: str, first: str | None = "2026-10-01", last: str = "2026-10-31", identifier: str = "A-1", prefix: str = "e:") -> str:
    """One pay period."""
    dates = (
        f"<{prefix}AngivelsePeriodeStruktur><{prefix}AngivelsePeriode><{prefix}StartDate>{first}</{prefix}StartDate>"
        f"<{prefix}EndDate>{last}</{prefix}EndDate></{prefix}AngivelsePeriode></{prefix}AngivelsePeriodeStruktur>"
    )
    return (
        f"<{prefix}LoenPeriodeOplysningStruktur><{prefix}AngivelseVirksomhedEgenIdentifikator>{identifier}"
        f"</{prefix}AngivelseVirksomhedEgenIdentifikator>{dates if first else ''}<{prefix}AngivelseBlanketIndholdStruktur>"
        f"<{prefix}AngivelseOplysningSamling>{''.join(forms)}</{prefix}AngivelseOplysningSamling>"
        f"</{prefix}AngivelseBlanketIndholdStruktur></{prefix}LoenPeriodeOplysningStruktur>"
    )


def company(*periods: str, number: str | None = COMPANY, prefix: str = "e:") -> str:
    """One reporting company."""
    identifier = f"<{prefix}VirksomhedSENummerIdentifikator>{number}</{prefix}VirksomhedSENummerIdentifikator>" if number else ""
    return (
        f"<{prefix}IndberetningPligtigVirksomhed><{prefix}IndberetningPligtigVirksomhedStruktur><{prefix}IndberetningPligtigVirksomhed>"
        f"{identifier}</{prefix}IndberetningPligtigVirksomhed></{prefix}IndberetningPligtigVirksomhedStruktur>"
        f"<{prefix}IndkomstLoenPeriodeSamling>{''.join(periods)}</{prefix}IndkomstLoenPeriodeSamling></{prefix}IndberetningPligtigVirksomhed>"
    )


def one_person(*companies: str, cpr: str | None = "", prefix: str = "e:") -> str:
    """One person; null: without a CPR number."""
    number = person() if cpr == "" else cpr
    identifier = f"<{prefix}PersonCivilRegistrationIdentifier>{number}</{prefix}PersonCivilRegistrationIdentifier>" if number else ""
    return (
        f"<{prefix}IndkomstOplysningPersonStruktur>{identifier}<{prefix}IndkomstOplysningSamling>{''.join(companies)}"
        f"</{prefix}IndkomstOplysningSamling></{prefix}IndkomstOplysningPersonStruktur>"
    )


def answer(*persons: str, prefix: str = "e:", before: str = "", root: str = "IndkomstOplysningPersonHent_O") -> str:
    """The whole document; `before` stands between the XML declaration and the root."""
    declaration = f"xmlns{':' + prefix[:-1] if prefix else ''}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<{prefix}{root} {declaration}="http://rep.oio.dk/skat.dk/eindkomst/">'
        f"<{prefix}IndkomstPersonUddata><{prefix}IndkomstOplysningPersonSamling>{''.join(persons)}"
        f"</{prefix}IndkomstOplysningPersonSamling></{prefix}IndkomstPersonUddata></{prefix}{root}>"
    )


def answer_of(*forms: str) -> str:
    """The document of one person, one company and one pay period with these forms."""
    return answer(one_person(company(pay_period(*forms))))


def read_text(text: str, folder: Path, *, batch_rows: int = 50_000) -> pl.DataFrame:
    """Rows that the reader makes of a document."""
    path = folder / "indkomst.xml"
    path.write_text(text, encoding="utf-8")
    frames = list(read_income_xml(path, INCOME, batch_rows=batch_rows))
    return pl.concat(frames) if frames else pl.DataFrame()
