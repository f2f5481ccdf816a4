"""Write an answer of the income register as the register does: `IndkomstOplysningPersonHent_O` (interfaces.md B.2-B.3).

Codes lose their leading zeros and amounts have a decimal point, as in real answers. Written person by person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

_EINDKOMST = "http://rep.oio.dk/skat.dk/eindkomst/"
_NAMESPACES = {
    "e": _EINDKOMST,
    "k": "http://rep.oio.dk/skat.dk/basis/kontekst/xml/schemas/2006/09/01/",
    "c": "http://rep.oio.dk/cpr.dk/xml/schemas/core/2005/03/18/",
    "v": "http://rep.oio.dk/skat.dk/motor/class/virksomhed/xml/schemas/20080401/",
    "a": f"{_EINDKOMST}class/angivelse/xml/schemas/20071202/",
    "b": f"{_EINDKOMST}class/blanket/xml/schemas/20071202/",
    "f": f"{_EINDKOMST}class/blanketfelt/xml/schemas/20071202/",
    "x": f"{_EINDKOMST}class/angivelsefelt/xml/schemas/20071202/",
    "u": f"{_EINDKOMST}class/feltenhedtype/xml/schemas/20071202/",
    "d": "http://rep.oio.dk/xkom.dk/xml/schemas/2006/09/01/",
    "t": "http://rep.oio.dk/xkom.dk/xml/schemas/2007/04/15/",
}
_FIELD_PREFIX = "100000000000000"

Row = Mapping[str, str | None]


def write_income_xml(path: Path, rows: Iterable[Row]) -> None:
    """Write rows of the table `indkomst` (text in the CSV dialect) as XML, one form 16000 per row.

    Rows are grouped by person and company in the order in which they come.
    """
    declarations = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<e:IndkomstOplysningPersonHent_O {declarations}>\n')
        stream.write("<k:HovedOplysningerSvar><k:TransaktionIdentifikator>syntetisk</k:TransaktionIdentifikator>"
                     "</k:HovedOplysningerSvar>\n<e:IndkomstPersonUddata><e:IndkomstOplysningPersonSamling>\n")  # fmt: skip
        for person, of_person in groupby(rows, key=lambda row: row.get("cpr_nummer")):
            stream.write(_person(person, of_person))
        stream.write("</e:IndkomstOplysningPersonSamling></e:IndkomstPersonUddata></e:IndkomstOplysningPersonHent_O>\n")


def _person(person: str | None, rows: Iterable[Row]) -> str:
    companies = "".join(
        "<e:IndberetningPligtigVirksomhed><e:IndberetningPligtigVirksomhedStruktur><e:IndberetningPligtigVirksomhed>"
        + _element("v:VirksomhedSENummerIdentifikator", company)
        + "</e:IndberetningPligtigVirksomhed></e:IndberetningPligtigVirksomhedStruktur><e:IndkomstLoenPeriodeSamling>"
        + "".join(_period(row) for row in of_company)
        + "</e:IndkomstLoenPeriodeSamling></e:IndberetningPligtigVirksomhed>"
        for company, of_company in groupby(rows, key=lambda row: row.get("se_nummer"))
    )
    return (
        "<e:IndkomstOplysningPersonStruktur>"
        + _element("c:PersonCivilRegistrationIdentifier", person)
        + f"<e:IndkomstOplysningSamling>{companies}</e:IndkomstOplysningSamling></e:IndkomstOplysningPersonStruktur>\n"
    )


def _period(row: Row) -> str:
    dates = ""
    if row.get("loenperiode_fra"):
        dates = (
            "<e:AngivelsePeriodeStruktur><a:AngivelsePeriode>"
            + _element("d:StartDate", row.get("loenperiode_fra"))
            + _element("t:EndDate", row.get("loenperiode_til"))
            + "</a:AngivelsePeriode></e:AngivelsePeriodeStruktur>"
        )
    month = (row.get("basismaaned") or "").replace("-", "")
    general = {"011": row.get("indberetningsart"), "012": _unpadded(row.get("indkomsttype")), "016": month}
    if row.get("rettelse") == "1":
        general["151"] = "1"
    kind = {"019": _unpadded(row.get("indtaegtsart"))}
    if row.get("tilbagefoert") == "1":
        kind["021"] = "1"
    amounts = {"057": _point(row.get("a_indkomst_am")), "058": _point(row.get("a_indkomst_uden_am"))}
    income = _level(3, "16001", amounts, "")
    return (
        "<e:LoenPeriodeOplysningStruktur>"
        + _element("a:AngivelseVirksomhedEgenIdentifikator", row.get("indberetning_id"))
        + dates
        + "<e:AngivelseBlanketIndholdStruktur><e:AngivelseOplysningSamling>"
        + _level(1, "11000", general, _level(2, "16000", kind, income))
        + "</e:AngivelseOplysningSamling></e:AngivelseBlanketIndholdStruktur></e:LoenPeriodeOplysningStruktur>"
    )


def _level(number: int, form: str, fields: Mapping[str, str | None], below: str) -> str:
    texts = "".join(
        "<e:AngivelseFeltIndholdStruktur><e:BlanketFeltEnhedStruktur>"
        + _element("f:BlanketFeltNummerIdentifikator", _FIELD_PREFIX + field)
        + "<u:FeltEnhedTypeKode>1</u:FeltEnhedTypeKode></e:BlanketFeltEnhedStruktur>"
        + _element("x:AngivelseFeltIndholdTekst", value)
        + "</e:AngivelseFeltIndholdStruktur>"
        for field, value in fields.items()
        if value
    )
    nested = f"<e:UnderAngivelseSamling>{below}</e:UnderAngivelseSamling>" if below else ""
    return (
        f"<e:AngivelseNiveau{number}>"
        + _element("b:BlanketNummerIdentifikator", form)
        + f"<e:AngivelseFeltSamling>{texts}</e:AngivelseFeltSamling>{nested}</e:AngivelseNiveau{number}>"
    )


def _element(name: str, text: str | None) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _unpadded(code: str | None) -> str | None:
    return (code.lstrip("0") or "0") if code else None


def _point(amount: str | None) -> str | None:
    return amount.replace(",", ".") if amount else None
