"""The words of the page "Sådan læses listen": what the lists are, what to do, what each code and colour means.

Numbers come from the rule parameters in force, groups and benefits from the code lists, labels from `labels`. How the page looks
is `spreadsheet`'s; the meanings of the columns stand with the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.codelists import load_code_list, municipality_names
from repat_pipeline.feeds.labels import ACTION_DA, GROUP_DA, MISSING_DA, ROUTE_DA, capital
from repat_pipeline.feeds.spreadsheet_columns import LIST_PAGES, PROTECTED, REASON, REFERENCE, Column
from repat_pipeline.rules.registry import criteria, look_up_texts, parameters_on
from repat_pipeline.rules.window import month_da, window

Cell = str | int | datetime
GUIDE_TITLE = "Sådan læses listen"

# Letter of the strip -> in a word, in a sentence.
STRIP_DA = {
    "K": ("fagsystem", "Måneden tæller: kommunens eget fagsystem viser en udbetaling af en ydelse, der tæller med."),
    "I": ("e-Indkomst", "Måneden tæller: kun e-Indkomst viser en udbetaling af en ydelse, der tæller med."),
    "?": ("uafklaret", "Ingen af kilderne kan afgøre måneden. Den tæller ikke, men kan komme til det."),
    ".": ("tæller ikke", "Måneden er oplyst, og der er ikke udbetalt en ydelse, der tæller med."),
}
# `next_action` of somebody on a list -> what has happened, what to do.
ACTION_HELP_DA = {
    "invite": ("Ingen indkaldelse venter på svar.", "Indkald til en samtale, og registrér indkaldelsen i fagsystemet."),
    "await_talk": ("Borgeren er indkaldt eller har fået en rykker.", "Hold samtalen, og registrér, om den blev holdt."),
    "remind": ("Borgeren er udeblevet én gang eller har meldt afbud.", "Send en rykker med en ny tid, og registrér den."),
    "close": ("Borgeren er udeblevet mindst to gange i samme forløb.", "Send det afsluttende brev, og registrér det."),
    "wait": ("Det afsluttende brev er sendt.", "Gør ikke mere før frist efter praksis. Indkald igen derefter."),
    "deferred": ("Samtalen er udsat til en senere dato.", "Se datoen i fagsystemet. Indkald, når den er nået."),
    "look_up": ("Kommunens egne oplysninger kan ikke afgøre månederne.", "Slå månederne på arket Opslag op i e-Indkomst."),
    "manual_check": ("Et opslag kan ikke afgøre sagen.", "Se kolonnen Mangler, og kontrollér oplysningen i kildesystemet."),
}
MISSING_HELP_DA = {
    "borgere": "Få personens række i fagsystemet rettet.",
    "eindkomst": "Slå månederne op i e-Indkomst, hvis personen står på arket Opslag.",
    "eindkomst_0038": "Samlekoden dækker flere ydelser: find ud af, hvilken der er udbetalt. Et nyt opslag hjælper ikke.",
    "indkomst": "Bed om et nyt svar fra e-Indkomst.",
    "opholdstilladelser": "Kontrollér opholdstilladelsen i UIP, og få rækken rettet.",
    "opslag": "Slå månederne op igen: rækken om opslaget kunne ikke bruges.",
    "uip": "Personen står ikke i UIP-leveringen: kontrollér opholdstilladelsen i UIP.",
    "vejledningshaendelser": "Kontrollér i fagsystemet, om og hvornår der er holdt en samtale, og få rækken rettet.",
    "ydelser": "Kontrollér udbetalingerne i fagsystemet, og få rækker, der er afvist, rettet.",
}
_SOURCES_DA = {"uip": "UIP (opholdstilladelser)", "fagsystem": "Kommunens fagsystem", "eindkomst": "e-Indkomst (seneste svar)"}


@dataclass(frozen=True)
class Edition:
    """What a workbook is about.

    Attributes:
        municipality: code.
        as_of: reference date.
        rule_version: in force on it.
        extracted_at: source -> instant of the newest counting delivery, ISO 8601 with zone.
        closed_case_months: the municipality's own choice, else the default.
    """

    municipality: str
    as_of: date
    rule_version: str
    extracted_at: Mapping[str, str]
    closed_case_months: str

    @property
    def place(self) -> str:
        """Code and name."""
        return f"{self.municipality} {municipality_names()[self.municipality]}"

    @property
    def day(self) -> str:
        """The reference date as Danes write it."""
        return f"{self.as_of:%d-%m-%Y}"


@dataclass(frozen=True)
class Section:
    """A part of the page: three headings and rows of three cells.

    Attributes:
        has_letters: the first cell of each row is a letter of the strip and gets its colour.
    """

    headings: tuple[str, str, str]
    rows: tuple[tuple[str, Cell, Cell], ...]
    has_letters: bool = False


def guide(edition: Edition, persons: Mapping[str, int]) -> list[Section]:
    """The page from top to bottom.

    Args:
        persons: name of the feed file -> persons on it.
    """
    return [
        _purpose(edition),
        _what_to_do(),
        Section(
            ("Ark", "Hvem står der", "Antal personer"),
            tuple((page.title, page.who_da, persons[page.file]) for page in LIST_PAGES),
        ),
        Section(
            ("Kilde", "Oplysningerne er trukket ud", ""),
            tuple(
                (name, _instant(edition.extracted_at[source]) if source in edition.extracted_at else "ingen levering", "")
                for source, name in _SOURCES_DA.items()
            ),
        ),
        _conditions(edition),
        Section(
            ("Månedsstribe", f"En celle pr. måned, ældste først. Farven og bogstavet siger det samme. {_months(edition)}", ""),
            tuple((letter, sentence, "") for letter, (_, sentence) in STRIP_DA.items()),
            has_letters=True,
        ),
        Section(
            ("Næste handling", "Hvad der er sket", "Hvad I gør"),
            tuple((capital(ACTION_DA[code]), *texts) for code, texts in ACTION_HELP_DA.items()),
        ),
        _routes(edition),
        Section(
            ("Mangler", "Hvad I gør", ""),
            tuple((capital(MISSING_DA[name]), text, "") for name, text in MISSING_HELP_DA.items()),
        ),
        Section(("Kolonne", "Betydning", ""), tuple((column.heading, column.meaning_da, "") for column in _all_columns())),
        _groups(),
        _benefits(),
    ]


def _months(edition: Edition) -> str:
    months = window(edition.as_of)
    return f"{month_da(months[0])} - {month_da(months[-1])}."


def _instant(text: str) -> datetime:
    """An instant as a cell can hold it: local time without a zone."""
    return datetime.fromisoformat(text).astimezone(COPENHAGEN).replace(tzinfo=None)


def _purpose(edition: Edition) -> Section:
    interval = parameters_on(edition.as_of)["talk_interval_months"]
    return Section(
        ("Læs først", "", "Hjemmel"),
        (
            (
                "FORTROLIGT",
                "Filen indeholder CPR-numre og oplysninger om ophold og ydelser. Den er kun til medarbejdere, der arbejder med "
                "vejledningen. Send den ikke med almindelig e-mail, gem den kun, hvor kommunen gemmer personoplysninger, og slet den, "
                "når en nyere er kommet.",
                "",
            ),
            (
                "Formålet",
                "Kommunen skal vejlede de borgere, der står på listen, om muligheden for hjælp til repatriering. Det sker ved en "
                f"selvstændig samtale mindst en gang på {interval.value} måneder.",
                interval.law_reference,
            ),
            (
                "Samtalen er frivillig",
                "Kommunen har pligt til at indkalde og vejlede. Borgeren bestemmer selv, om han eller hun kommer, og om "
                "repatriering er noget for vedkommende. Loven har ingen sanktion for at udeblive.",
                "",
            ),
            (
                "Oplysninger, ikke en rangliste",
                "Ingen er vægtet eller givet point. Rækkefølgen er frist efter loven (tom først), derefter CPR-nummer. "
                "Statsborgerskab har ingen betydning for rækkefølgen.",
                "",
            ),
            (
                "Pr. en bestemt dag",
                f"Listen gælder {edition.day} og det, som kilderne vidste (se Kilde). Hvad der er sket siden, står kun i "
                f"fagsystemet. Regelversion {edition.rule_version}.",
                "",
            ),
        ),
    )


def _what_to_do() -> Section:
    return Section(
        ("Sådan gør I", "", ""),
        (
            ("1. Filtrér", "Brug pilene i overskriften, fx Næste handling = Indkald. Sortér kun ved hjælp af pilene.", ""),
            (
                "2. Kontrollér",
                "Slå borgeren op i fagsystemet: er der holdt en samtale, eller er borgeren flyttet, siden listen blev lavet?",
                "",
            ),
            (
                "3. Pas på adressen",
                f"Rød celle med {PROTECTED}: oplys ikke adressen til andre, heller ikke til tolken. Filen har ingen navne og adresser.",
                "",
            ),
            ("4. Gør næste handling", "Se afsnittet Næste handling. Har borgeren en åben sag, så brug kontakten der.", ""),
            ("5. Registrér", "Skriv indkaldelse, afbud, udeblivelse og samtale i fagsystemet. Så er de med på den næste liste.", ""),
            (
                "6. Slå op",
                "Arket Opslag: spørg kun om de måneder, der står der, og kun til dette formål.",
                look_up_texts()["legal_basis"],
            ),
            ("7. Afklar", "Arket Uafklarede: se kolonnen Mangler. Indkald ikke, før personen er kandidat.", ""),
            ("Udskrift", "Listerne er sat op til A3 på tværs. Begrundelse og personreference kommer ikke med på papir.", ""),
        ),
    )


def _conditions(edition: Edition) -> Section:
    """The five criteria, in words with the values in force."""
    value = {name: parameter.value for name, parameter in parameters_on(edition.as_of).items()}
    requirement = {
        "resident": "Borgeren bor i kommunen.",
        "covered_group": "Borgeren hører til en af grupperne i afsnittet Personkreds og er ikke dansk, nordisk eller EU-statsborger m.v.",
        "residence_years": f"Borgeren har haft opholdstilladelse i mindst {value['permit_years_min']} år.",
        "benefit_months": f"Borgeren har fået en ydelse, der tæller med, i mindst {value['benefit_months_min']} af de "
        f"{value['window_months']} hele måneder {_months(edition)}",
        "talk_due": f"Der er ikke holdt en selvstændig samtale i de seneste {value['talk_interval_months']} måneder.",
    }
    return Section(
        ("Hvem er kandidat", "Den, der opfylder alle fem betingelser", "Hjemmel"),
        tuple((capital(each.label_da), requirement[each.criterion], each.law_reference) for each in criteria()),
    )


def _routes(edition: Edition) -> Section:
    value = {name: parameter.value for name, parameter in parameters_on(edition.as_of).items()}
    meaning = {
        "active_case": "Kommunen har en åben sag på borgeren.",
        "ordinary_employment": f"e-Indkomst viser løn i en af stribens sidste {value['employment_months']} måneder, eller den "
        "seneste sag er lukket med ordinær beskæftigelse. Borgeren er stadig omfattet.",
        "in_migrant": f"Borgeren er flyttet hertil fra en anden dansk kommune siden {month_da(window(edition.as_of)[0])}.",
        "closed_case": f"Ingen åben sag, men en sag er lukket i de seneste {edition.closed_case_months} måneder.",
        "other_benefit": "Kommunen har udbetalt en ydelse, der ikke tæller med, i stribens sidste måned.",
        "no_contact": "Ingen af de andre: kommunen har ikke en sag, som kontakten kan gå igennem.",
    }
    return Section(
        ("Rute", "Kommunens vej til borgeren (den første, der passer). Ruten afgør ikke, om borgeren er omfattet.", ""),
        tuple((capital(label), meaning[code], "") for code, label in ROUTE_DA.items()),
    )


def _groups() -> Section:
    """The bases of residence of each covered group, with the paragraph."""
    bases = load_code_list("residence_basis").rows(named=True)
    return Section(
        ("Personkreds", "Opholdsgrundlag", "Hjemmel"),
        tuple(
            (capital(label), basis["label_da"], basis["law_reference"])
            for group, label in GROUP_DA.items()
            for basis in bases
            if basis["covered_group"] == group
        ),
    )


def _benefits() -> Section:
    """The benefits that count, and the months in which they do."""
    listed = [benefit for benefit in load_code_list("benefits").rows(named=True) if benefit["listed"] == "1"]
    return Section(
        ("Ydelser, der tæller med", "Måneder, som ydelsen gælder for", ""),
        tuple((benefit["label_da"], _validity(benefit["valid_from"], benefit["valid_to"]), "") for benefit in listed),
    )


def _validity(first: str | None, last: str | None) -> str:
    start, end = (month_da(date.fromisoformat(f"{month}-01")) if month else "" for month in (first, last))
    if not start and not end:
        return "Alle måneder."
    return f"Fra {start}{f' til {end}' if end else ''}." if start else f"Til {end}."


def _all_columns() -> list[Column]:
    """Every column of every list once, as they stand."""
    listed = [column for page in LIST_PAGES for column in page.columns]
    return list(dict.fromkeys([*listed, REASON, REFERENCE]))
