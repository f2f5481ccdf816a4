"""The sections of the report in their order: what each tells, in which figures."""

from __future__ import annotations

from repat_pipeline.kpi_report import words
from repat_pipeline.kpi_report.blocks import (
    ABSENT,
    Card,
    Cell,
    Heading,
    Section,
    Table,
    cell,
    count_cell,
    heading,
    over_time,
    period_of,
    stacked,
)
from repat_pipeline.kpi_report.earlier_section import earlier
from repat_pipeline.kpi_report.facts import Figures, ReportFacts, Row
from repat_pipeline.kpi_report.scenario_section import scenarios
from repat_pipeline.kpi_report.words import Text

STOCK = ("month", "other")
EVENTS = ("half_year", "year", "rolling_24_months")
_HALF_YEARS, _YEARS = 4, 2

FUNNEL = (("K05", "events"), ("K04", "persons"), ("K06", "events"), ("K10", "share"), ("K08", "events"), ("K07", "persons"),
          ("K11", "share"), ("K26", "events"), ("K16", "departed"))  # fmt: skip
TIME = (("K12", "median"), ("K12", "p25"), ("K12", "p75"), ("K12", "share_below_15"), ("K12", "share_15_to_30"), ("K12", "share_above_30"),
        ("K13", "hours"), ("K13", "hours_with_no_shows"), ("K13", "per_talk"), ("K13", "per_talk_without_preparation"), ("K14", "cost"),
        ("K14", "per_talk"), ("K14", "per_person"), ("K15", "share_used"), ("K15", "share_not_used"))  # fmt: skip
_LONGEST = ("rolling_24_months", "year")
HEADLINES = (("K01", "persons", STOCK), ("K02", "persons", STOCK), ("K20", "persons", STOCK), ("K04", "persons", _LONGEST),
             ("K07", "persons", _LONGEST), ("K18", "share", ("month",)))  # fmt: skip
COMPARED = (("K01", "persons", STOCK), ("K04", "persons", ("year",)), ("K07", "persons", ("year",)), ("K08", "events", ("year",)),
            ("K10", "share", ("year",)), ("K13", "per_talk", ("year",)), ("K18", "share", ("month",)), ("K20", "share", STOCK))  # fmt: skip


def sections(facts: ReportFacts) -> list[Section]:
    """All sections but the appendix."""
    return [
        _headlines(facts),
        _target_group(facts.own),
        _attrition(facts),
        _coverage(facts.own),
        _funnel(facts.own),
        _overdue(facts.own),
        _time(facts.own),
        _quality(facts),
        _comparison(facts),
        *scenarios(facts),
        *earlier(facts),
    ]


def _headlines(facts: ReportFacts) -> Section:
    cards = []
    for kpi_id, measure, period_types in HEADLINES:
        row = facts.own.latest(kpi_id, measure, period_types=period_types)
        cards.append(Card(heading(kpi_id, measure), cell(row), period_of(row) if row else Text("ingen periode", "no period")))
    candidates = dict(facts.steps).get("talk_due")
    about = words.day(facts.as_of)
    if facts.place is None:
        # The steps are added up; the target group (K01) counts who is in two municipalities once.
        about = Text(f"{about.da}, summen af kommunerne", f"{about.en}, sum of the municipalities")
    cards.insert(2, Card(
        Heading(Text("Kandidater", "Candidates")), count_cell(candidates[0]) if candidates else ABSENT, about,
    ))  # fmt: skip
    intro = Text(
        "De vigtigste tal, hvert med sin periode. Hvert tal fører til sin definition i bilaget.",
        "The most important figures, each with its period. Every figure leads to its definition in the appendix.",
    )
    return Section("noegletal", Text("Nøgletal", "Key figures"), intro, cards=cards)


def _target_group(own: Figures) -> Section:
    by_route: dict[str, list[Row]] = {route: [] for route in words.ROUTES}
    for row in own.rows("K01", "persons", period_types=STOCK, dimension="primary_route"):
        by_route.setdefault(row["dimension_value"], []).append(row)
    routes = [(Heading(words.labelled(route, words.ROUTES), "K01"), rows) for route, rows in by_route.items() if rows]
    total = (heading("K01", "persons"), own.rows("K01", "persons", period_types=STOCK))
    intro = Text(
        "Målgruppen er dem, som kommunen skal tilbyde en dedikeret samtale mindst hvert andet år. Kontaktvejen siger, hvor personen kan "
        "nås: aktiv sag, lukket sag, ordinær beskæftigelse, tilflytter, anden ydelse eller ingen kontakt.",
        "The target group are those whom the municipality must offer a dedicated talk at least every second year. The route says where the "
        "person can be reached: open case, closed case, ordinary employment, moved in, other benefit or no contact.",
    )  # fmt: skip
    charts = [
        over_time("maalgruppe", Text("Målgruppen over tid", "Target group over time"), [total]),
        over_time("kontaktveje", Text("Målgruppen efter primær kontaktvej", "Target group by primary route"), routes),
    ]
    return Section("maalgruppe-afsnit", Text("Målgruppen og kontaktvejene", "The target group and its routes"), intro,
                   charts=[chart for chart in charts if chart])  # fmt: skip


def _attrition(facts: ReportFacts) -> Section:
    names = [words.labelled(step, words.STEPS) for step, _ in facts.steps]
    outcomes = (Text("opfyldt", "met"), Text("ikke opfyldt", "not met"), Text("uafklaret", "unknown"))
    intro = Text(
        "Hvert trin deler dem, der opfyldte alle trin før. Den, der er uafklaret i et trin, er hverken med eller ude: der mangler data.",
        "Each step splits those who met every step before. Whoever is unknown in a step is neither in nor out: data are missing.",
    )
    if facts.place is None:
        twice = Text("En person i to kommuner tæller i begge.", "A person in two municipalities counts in both.")
        intro = Text(f"{intro.da} {twice.da}", f"{intro.en} {twice.en}")
    chart = stacked("trin", Text("Fra alle til kandidaterne", "From everyone to the candidates"), Text("Trin", "Step"), names,
                    [(outcome, [counts[index] for _, counts in facts.steps]) for index, outcome in enumerate(outcomes)])  # fmt: skip
    title = Text("Fra alle udlændinge i data til kandidater", "From all foreigners in the data to candidates")
    return Section("trin-afsnit", title, intro, charts=[chart] if facts.steps else [])


def _coverage(own: Figures) -> Section:
    months = ("month",)
    lines = [(heading(kpi_id), own.rows(kpi_id, "share", period_types=months)) for kpi_id in ("K18", "K19")]
    chart = over_time("daekning", Text("Dækning", "Coverage"), lines)
    chosen = (("K18", "share"), ("K19", "share"), ("K23", "gap"))
    latest = [(heading(kpi_id), own.latest(kpi_id, measure, period_types=months)) for kpi_id, measure in chosen]
    intro = Text(
        "Hvor stor en del af dem, der har været i målgruppen i mindst to år, har haft eller fået tilbudt en samtale? Den skjulte gruppe er "
        "dem, der ikke længere har en sag: i arbejde eller tilflyttet. Forskellen er deres dækning minus dækningen for åbne sager.",
        "How large a part of those in the target group for at least two years had, or were offered, a talk? The hidden group are those "
        "without a case any more: in work or moved in. The gap is their coverage minus that of open cases.",
    )
    rows = [(name, [Cell(period_of(row)) if row else ABSENT, cell(row)]) for name, row in latest]
    columns = [Heading(Text("Seneste periode", "Latest period")), Heading(Text("Tal", "Figure"))]
    table = Table(Text("Dækning og den skjulte gruppe, seneste tal", "Coverage and the hidden group, latest figures"),
                  Text("Nøgletal", "Figure"), columns, rows)  # fmt: skip
    return Section("daekning-afsnit", Text("Dækning og den skjulte gruppe", "Coverage and the hidden group"), intro,
                   charts=[chart] if chart else [], tables=[table])  # fmt: skip


def _funnel(own: Figures) -> Section:
    intro = Text(
        "Fra indkaldelse over rykker til samtale eller afslutning. Indkaldelser, indkaldte, samtaler og deltagere er fire forskellige tal.",
        "From invitation through reminder to talk or closing. Invitations, persons invited, talks and persons attended are four figures.",
    )
    title = Text("Forløbet: indkaldt, rykket, talt med, afsluttet", "The course: invited, reminded, talked to, closed")
    return Section("forloeb", title, intro, tables=[_by_period(own, FUNNEL, Text("Forløbet pr. periode", "The course by period"))])


def _by_period(own: Figures, chosen: tuple[tuple[str, str], ...], caption: Text) -> Table:
    """Figures as rows, the last periods of each type as columns."""
    rows = {(kpi_id, measure): own.rows(kpi_id, measure, period_types=EVENTS) for kpi_id, measure in chosen}
    ends = {(row["period_type"], row["period_end"], row["period_start"]) for found in rows.values() for row in found}
    periods = []
    for period_type, kept in (("rolling_24_months", 1), ("year", _YEARS), ("half_year", _HALF_YEARS)):
        periods += sorted((entry for entry in ends if entry[0] == period_type), reverse=True)[:kept]
    by_period = {key: {(row["period_type"], row["period_end"], row["period_start"]): row for row in found} for key, found in rows.items()}
    columns = [Heading(words.period(period_type, start, end)) for period_type, end, start in periods]
    cells = [(heading(*key), [cell(found.get(period)) for period in periods]) for key, found in by_period.items()]
    return Table(caption, Text("Nøgletal", "Figure"), columns, cells)


def _overdue(own: Figures) -> Section:
    total = own.latest("K20", "persons", period_types=STOCK)
    rows: list[tuple[Heading, list[Cell]]] = [
        (heading("K20", "persons"), [cell(total), cell(own.latest("K20", "share", period_types=STOCK))])
    ]
    for dimension, labels in (("band", words.bands()), ("reason", words.REASONS)):
        for value, found in _latest_of(own, total, dimension).items():
            rows.append((Heading(words.labelled(value, labels), "K20"), [cell(found.get("persons")), cell(found.get("share"))]))
    columns = [Heading(Text("Personer", "Persons")), Heading(Text("Andel af målgruppen", "Share of the target group"))]
    caption = Text("Overskredet frist", "Overdue")
    if total:
        caption = Text(f"Overskredet frist, {period_of(total).da}", f"Overdue, {period_of(total).en}")
    intro = Text(
        "Personer i målgruppen, hvis frist er overskredet, eller som aldrig har haft en samtale, efter hvor længe det har varet.",
        "Persons in the target group whose deadline has passed, or who never had a talk, by how long that has lasted.",
    )
    chart = over_time(
        "frist",
        Text("Overskredet frist over tid", "Overdue over time"),
        [(heading("K20", "persons"), own.rows("K20", "persons", period_types=STOCK))],
    )
    return Section("frist-afsnit", Text("Overskredet frist", "Overdue"), intro, charts=[chart] if chart else [],
                   tables=[Table(caption, Text("Varighed og årsag", "Duration and reason"), columns, rows)])  # fmt: skip


def _latest_of(own: Figures, total: Row | None, dimension: str) -> dict[str, dict[str, Row]]:
    """Value of a dimension -> measure -> row in the period of the total."""
    found: dict[str, dict[str, Row]] = {}
    for measure in ("persons", "share") if total else ():
        for row in own.rows("K20", measure, period_types=STOCK, dimension=dimension):
            if total and (row["period_type"], row["period_end"]) == (total["period_type"], total["period_end"]):
                found.setdefault(row["dimension_value"], {})[measure] = row
    return found


def _time(own: Figures) -> Section:
    intro = Text(
        "Samtalernes længde, de ansattes tid og udgiften. Timepris og porto er forudsætninger (se bilaget), ikke regnskab.",
        "How long talks last, the staff's time, and the cost. Hourly rate and postage are assumptions (see the appendix), no accounts.",
    )
    return Section("tid", Text("Varighed, timer og udgift", "Duration, hours and cost"), intro,
                   tables=[_by_period(own, TIME, Text("Tid og udgift pr. periode", "Time and cost by period"))])  # fmt: skip


def _quality(facts: ReportFacts) -> Section:
    own, tables = facts.own, []
    if facts.place is None:
        rows = [(Heading(words.labelled(row["source"], words.SOURCES)),
                 [Cell(words.number(row["municipalities"], "persons")), Cell(words.day(row["extracted_at"].date()))])
                for row in facts.deliveries]  # fmt: skip
        columns = [Heading(Text("Kommuner", "Municipalities")), Heading(Text("Ældste udtræk", "Oldest extract"))]
    else:
        rows = [(Heading(words.labelled(row["source"], words.SOURCES)),
                 [Cell(words.day(row["extracted_at"].date())), Cell(words.number(row["rows_read"], "rows")),
                  Cell(words.number(row["rows_rejected"], "rows"))]) for row in facts.deliveries]  # fmt: skip
        columns = [Heading(Text("Udtrukket", "Extracted")), Heading(Text("Rækker", "Rows")), Heading(Text("Afviste", "Rejected"))]
    tables.append(Table(Text("De leverancer, der tæller", "The deliveries that count"), Text("Kilde", "Source"), columns, rows))
    missing = own.rows("K02", "persons", period_types=STOCK, dimension="missing_source")
    persons = Heading(Text("Personer", "Persons"), "K02")
    caption = Text("Uafklarede efter det, der mangler", "Undetermined by what is missing")
    tables.append(_newest(caption, Text("Det mangler", "Missing"), persons, missing, words.MISSING))
    fields = own.rows("K27", "share", period_types=("month",), dimension="field")
    caption = Text("Udfyldte felter i seneste måned", "Fields filled in the last month")
    tables.append(_newest(caption, Text("Felt", "Field"), Heading(Text("Andel", "Share"), "K27"), fields, words.FIELDS))
    rejected = [
        (Heading(Text.same(f"{row['table_name']}: {row['rule_id']}")), [Cell(words.number(row["rejected_rows"], "rows"))])
        for row in facts.rejected
    ]
    caption = Text("Afviste rækker efter regel", "Rejected rows by rule")
    tables.append(Table(caption, Text("Tabel og regel", "Table and rule"), [Heading(Text("Rækker", "Rows"))], rejected))
    intro = Text(
        "Hvad tallene bygger på, og hvad der mangler. Den, der er uafklaret, er ikke talt med i målgruppen og er ikke afvist.",
        "What the figures rest on, and what is missing. Whoever is undetermined is not counted in the target group, and not refused.",
    )
    return Section("kvalitet", Text("Datakvalitet", "Data quality"), intro, tables=[table for table in tables if table.rows])


def _newest(caption: Text, corner: Text, column: Heading, found: list[Row], labels: dict[str, Text]) -> Table:
    """The rows of the last period, by the value of their dimension."""
    last = max((row["period_end"] for row in found), default=None)
    rows = [(Heading(words.labelled(row["dimension_value"], labels)), [cell(row)]) for row in found if row["period_end"] == last]
    return Table(caption, corner, [column], rows)


def _comparison(facts: ReportFacts) -> Section:
    places: list[tuple[str, Text, Figures]] = [
        (f"{place.group} {place.code}", Text.same(f"{place.code} {place.name}"), figures) for place, figures in facts.others
    ]
    if facts.place:
        own = Text(f"{facts.place.code} {facts.place.name} (egne tal)", f"{facts.place.code} {facts.place.name} (own figures)")
        places.append((f"{facts.place.group} {facts.place.code}", own, facts.own))
    group = facts.place.group if facts.place else None
    title = Text(f"Sammenligning: {group}", f"Comparison: {group}") if group else Text("Kommunerne", "The municipalities")
    intro = Text(
        "Kommunerne står i rækkefølge efter kode, aldrig efter tal. Andre kommuners tal 1-4 er skjult, og resten er afrundet til 5. Hvor "
        "for få af de nødvendige felter er udfyldt, står der »ikke sammenlignelig«.",
        "Municipalities stand in the order of their codes, never of figures. Counts 1-4 of others are hidden and the rest rounded to 5. "
        "Where too few of the needed fields are filled it says “not comparable”.",
    )
    rows = []
    for _, name, figures in sorted(places, key=lambda entry: entry[0]):
        cells = [cell(figures.latest(kpi_id, measure, period_types=types), compared=True) for kpi_id, measure, types in COMPARED]
        rows.append((Heading(name), cells))
    latest = facts.own.latest("K04", "persons", period_types=("year",))
    year = f" ({latest['period_start'].year})" if latest else ""
    table = Table(
        Text(f"Seneste opgørelsesdag, måned eller år{year}", f"Latest reference day, month or year{year}"), Text("Kommune", "Municipality"),
        [heading(kpi_id, measure) for kpi_id, measure, _ in COMPARED], rows,
    )  # fmt: skip
    return Section("sammenligning", title, intro, tables=[table])
