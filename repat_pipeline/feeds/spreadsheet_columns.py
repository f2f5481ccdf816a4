"""The lists of the spreadsheet: their names, who stands on them, and their columns with Danish heading and meaning.

What a cell shows and what its heading means stand together here; the pages are drawn in `spreadsheet`, and
`spreadsheet_guide` repeats the meanings on the page "Sådan læses listen". Who is on a list is decided in `build`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from repat_pipeline.feeds.labels import ACTION_DA, GROUP_DA, ROUTE_DA, capital, missing_da

Style = Literal["text", "wrapped", "centred", "date", "month", "number"]
PROTECTED = "BESKYTTET"


@dataclass(frozen=True)
class Column:
    """One column of a list.

    Attributes:
        source: column of the rows.
        width: in characters.
        meaning_da: what the heading means, for the page "Sådan læses listen".
        show: the value of a row as people read it: text, a number, a date, or None for an empty cell.
        is_upright: the heading stands upright, because the column is narrow.
    """

    heading: str
    source: str
    width: float
    meaning_da: str
    style: Style = "text"
    show: Callable[[Any], str | int | date | None] = lambda value: value
    is_upright: bool = False


@dataclass(frozen=True)
class Band:
    """Columns that belong together, under a heading of their own; None = municipality and date."""

    heading: str | None
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class ListPage:
    """One list: the feed file with the same rows, the name of the page, and its columns.

    Attributes:
        who_da: who stands on it.
        frozen: how many columns stay in sight.
        has_strip: the months of the window stand after the bands, one cell each, and the sentence after them.
    """

    file: str
    title: str
    who_da: str
    bands: tuple[Band, ...]
    frozen: int
    has_strip: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, the strip left out."""
        return tuple(column for band in self.bands for column in band.columns)


def _yes_or_no(value: bool | None) -> str:
    return "ukendt" if value is None else "ja" if value else "nej"


def _protected(value: bool | None) -> str:
    return PROTECTED if value else _yes_or_no(value)


def _month(value: str) -> date:
    return date.fromisoformat(f"{value}-01")


def _flag(heading: str, source: str, meaning_da: str) -> Column:
    return Column(heading, source, 4, meaning_da, style="centred", show=_yes_or_no, is_upright=True)


_CPR = Column("CPR-nummer", "cpr_nummer", 12, "Ti cifre uden bindestreg, gemt som tekst, så et nul forrest bliver stående.")
_PROTECTED = Column(
    "Beskyttet adresse", "address_protected", 11, f"{PROTECTED} = navne- og adressebeskyttelse i CPR: oplys ikke adressen til andre. "
    "ukendt = personen har ingen række i borgere.", style="centred", show=_protected,
)  # fmt: skip
_ACTION = Column(
    "Næste handling", "next_action", 21, "Se afsnittet Næste handling.", style="wrapped", show=lambda code: capital(ACTION_DA[code])
)
_MISSING = Column("Mangler", "missing", 34, "Hvad der skal på plads, før personen kan afgøres. Se afsnittet Mangler.",
                  style="wrapped", show=lambda names: capital(missing_da(names)))  # fmt: skip
_DATES = (
    Column("Frist efter loven", "due_by_law", 10.3, "Seneste samtale plus den periode, som loven giver. Tom = ingen samtale er "
           "registreret, og samtalen mangler nu.", style="date"),
    Column("Frist efter praksis", "due_by_practice", 10.3, "Som frist efter loven, men et afsluttende brev tæller også. Praksis, ikke lov.",
           style="date"),
    Column("Seneste samtale", "last_talk_on", 10.3, "Dato for den seneste selvstændige samtale, der er holdt. Tom = ingen registreret.",
           style="date"),
    Column("Digital Post", "digital_post", 9.5, "Om personen kan få Digital Post. ukendt = personen har ingen række i borgere.",
           style="centred", show=_yes_or_no),
)  # fmt: skip
_ROUTES = (
    Column("Rute", "primary_route", 15, "Kommunens vej til personen: den første, der passer. Se afsnittet Rute.", style="wrapped",
           show=lambda code: capital(ROUTE_DA[code])),
    _flag("Aktiv sag", "active_case", "Kommunen har en åben sag på personen."),
    _flag("Lukket sag", "closed_case", "Ingen åben sag, men en, der er lukket for nylig. Se afsnittet Rute."),
    _flag("Uden sag", "no_case", "Hverken en åben sag eller en, der er lukket for nylig."),
    _flag("Ordinær besk.", "ordinary_employment", "Personen er i ordinær beskæftigelse. Se afsnittet Rute."),
    _flag("Tilflytter", "in_migrant", "Flyttet hertil fra en anden dansk kommune i de måneder, der er set på."),
    _flag("Anden ydelse", "other_benefit", "Får en ydelse, der ikke tæller med. Se afsnittet Rute."),
)  # fmt: skip
_GROUNDS = (
    Column("Personkreds", "covered_group", 22, "Gruppen i repatrieringsloven § 3. Se afsnittet Personkreds.", style="wrapped",
           show=lambda code: "Uafklaret" if code is None else capital(GROUP_DA[code])),
    Column("Tilladelse siden", "residence_since", 10.3, "Første dag i den ubrudte række af opholdstilladelser, der gælder nu. "
           "Tom = ingen sådan række er registreret.", style="date"),
    Column("Måneder, der tæller", "months_proven", 10.5, "Antal måneder med en ydelse, der tæller med: K og I i striben.", style="number"),
    Column("Mulige måneder", "months_possible", 10.5, "Måneder, der tæller, plus de uafklarede: K, I og ? i striben.", style="number"),
)  # fmt: skip
# The sentence and the reference stand after the strip: the first is long, the second is for questions.
REASON = Column("Begrundelse", "reason_da", 120, "De samme oplysninger i en sætning.", style="wrapped")
REFERENCE = Column(
    "Personreference", "person_ref", 30, "Personens kode i pipelinen. Brug den i stedet for CPR-nummeret, når I spørger om en række."
)

_PERSON_BANDS = (
    Band(None, (_CPR, _PROTECTED, _ACTION)),
    Band("Frister og kontakt", _DATES),
    Band("Rute og sag", _ROUTES),
    Band("Grundlag", _GROUNDS),
)
_OPEN_BANDS = (_PERSON_BANDS[0], Band("Afklaring, frister og kontakt", (_MISSING, *_DATES)), *_PERSON_BANDS[2:])
_LOOK_UP_BANDS = (
    Band(
        None,
        (
            _CPR,
            Column("Fra måned", "first_month", 12, "Første måned, der skal slås op (måned-år).", style="month", show=_month),
            Column("Til måned", "last_month", 12, "Sidste måned, der skal slås op (måned-år).", style="month", show=_month),
        ),
    ),
    Band(
        "Spørg e-Indkomst om disse måneder og ikke om andre",
        (
            Column("Formål", "purpose", 32, "Skriv det som formål ved opslaget."),
            Column("Retsgrundlag", "legal_basis", 66, "Loven, der giver adgang til opslaget."),
            REFERENCE,
        ),
    ),
)

LIST_PAGES = (
    ListPage("kandidater", "Kandidater", "Alle i målgruppen, der mangler en samtale nu.", _PERSON_BANDS, 3, True),
    ListPage("tilflyttere", "Tilflyttere", "De kandidater, der er flyttet hertil fra en anden kommune.", _PERSON_BANDS, 3, True),
    ListPage("ordinaer_beskaeftigelse", "Ordinær beskæftigelse", "De kandidater, der er i ordinær beskæftigelse.", _PERSON_BANDS, 3, True),
    ListPage("opslag", "Opslag", "Personer, hvis måneder kun kan afgøres ved et opslag i e-Indkomst.", _LOOK_UP_BANDS, 1, False),
    ListPage("uafklarede", "Uafklarede", "Personer, hvor noget mangler, før de kan afgøres. De er ikke kandidater.", _OPEN_BANDS, 3, True),
)
