"""What `repat.duckdb` has besides the published tables: the KPI registry, views with Danish names, and the data dictionary.

Descriptions have their home in contracts, models and registry; here they are put beside the data.
"""

from __future__ import annotations

import duckdb
import polars as pl

from repat_pipeline.kpi.registry import kpis

DANISH_SCHEMA = "dansk"
DICTIONARY = "data_dictionary"
REGISTRY = "kpi_registry"

_ABOUT_REGISTRY = (
    "The KPIs: name, definition and caveats in Danish and English. One row per measure.",
    {
        "kpi_id": "KPI; joins kpi_values.", "measure": "Measure; joins kpi_values.", "unit": "Unit of its value; a share is 0 to 1.",
        "name_da": "Name in Danish.", "name_en": "Name in English.",
        "label_da": "The measure in Danish.", "label_en": "The measure in English.",
        "definition_da": "Definition in Danish.", "definition_en": "Definition in English.", "caveats_da": "What to mind, in Danish.",
        "caveats_en": "What to mind, in English.",
        "definition_version": "Version of the definition.", "law_reference": "The paragraph, or none.",
    },
)  # fmt: skip
_ABOUT_DICTIONARY = (
    "Every table, view and column of this database with its meaning. One row per column.",
    {
        "schema_name": "main, or dansk for the views with Danish names.", "table_name": "Table or view.", "column_name": "Column.",
        "data_type": "Type in DuckDB.", "table_description": "What the table tells, and what one row is.",
        "description": "What the column tells.",
    },
)  # fmt: skip

# View -> (what it tells, its query, Danish column -> what it tells).
_VIEWS: dict[str, tuple[str, str, dict[str, str]]] = {
    "noegletal": (
        "Alle nøgletal med danske navne, for hver kommune og hele landet (DK), efter reglerne for diskretion. Én række pr. mål, "
        "periode og opdeling.",
        """
        select
            figures.kpi_id as noegletal, registry.name_da as navn, figures.measure as maal, registry.label_da as maal_navn,
            figures.municipality_code as kommunekode, coalesce(municipalities.name, 'Hele landet') as kommune,
            municipalities.dst_group as kommunegruppe, figures.period_type as periodetype,
            figures.period_start as fra, figures.period_end as til,
            figures.dimension as opdeling, figures.dimension_value as opdeling_vaerdi, figures.numerator as taeller,
            figures.denominator as naevner, figures.value as vaerdi, figures.unit as enhed, figures.known_share as kendt_andel,
            figures.is_comparable as er_sammenlignelig, figures.is_suppressed as er_skjult, figures.is_preliminary as er_foreloebig,
            figures.is_backcast as er_tilbageregnet
        from main.kpi_values as figures
        left join main.kpi_registry as registry on figures.kpi_id = registry.kpi_id and figures.measure = registry.measure
        left join main.municipalities as municipalities on figures.municipality_code = municipalities.municipality_code
        """,
        {
            "noegletal": "Nøgletallets id.", "navn": "Nøgletallets navn.", "maal": "Målets id.", "maal_navn": "Målets navn.",
            "kommunekode": "Kommunekode; DK for hele landet.", "kommune": "Kommunens navn.",
            "kommunegruppe": "Danmarks Statistiks kommunegruppe.",
            "periodetype": "month, half_year, year, rolling_24_months eller other.",
            "fra": "Periodens første dag.", "til": "Periodens sidste dag.",
            "opdeling": "Hvad der deles op efter; tom for tallet i alt.", "opdeling_vaerdi": "Gruppen.", "taeller": "Tæller, afrundet.",
            "naevner": "Nævner, afrundet.", "vaerdi": "Tallet; tomt, når det er skjult eller ukendt.",
            "enhed": "Enhed; en andel går fra 0 til 1.",
            "kendt_andel": "Hvor stor en del af det, der skal vides, der vides.", "er_sammenlignelig": "Om tallet må sammenlignes.",
            "er_skjult": "Om tallet er holdt tilbage af hensyn til diskretion.", "er_foreloebig": "Om tallet kan ændre sig endnu.",
            "er_tilbageregnet": "Om tallet er regnet ud fra det, der vides nu.",
        },
    ),
    "trin_til_kandidat": (
        "Fra alle, der afgøres om, til kandidaterne, trin for trin. Én række pr. kommune og trin.",
        """
        select
            steps.municipality_code as kommunekode, municipalities.name as kommune, steps.step_number as nummer, steps.step as trin,
            steps.met as opfyldt, steps.not_met as ikke_opfyldt, steps.unknown as uafklaret,
            steps.is_suppressed as er_skjult
        from main.attrition as steps
        inner join main.municipalities as municipalities on steps.municipality_code = municipalities.municipality_code
        """,
        {
            "kommunekode": "Kommunekode.", "kommune": "Kommunens navn.", "nummer": "Trinnets nummer.", "trin": "Trinnet; base er alle.",
            "opfyldt": "Personer, der opfylder trinnet.", "ikke_opfyldt": "Personer, der ikke gør.",
            "uafklaret": "Personer, hvor data mangler.", "er_skjult": "Om et af trinnets tal er holdt tilbage af hensyn til diskretion.",
        },
    ),
    "leverancer": (
        "Alle leverancer. Én række pr. leverance.",
        """
        select
            log.municipality_code as kommunekode, municipalities.name as kommune, log.source as kilde, log.delivery_id as leverance,
            log.extracted_at as udtrukket, log.is_counting as er_taellende, log.rows_read as raekker, log.rows_rejected as afviste_raekker
        from main.delivery_log as log
        inner join main.municipalities as municipalities on log.municipality_code = municipalities.municipality_code
        """,
        {
            "kommunekode": "Kommunekode.", "kommune": "Kommunens navn.", "kilde": "Kilde.", "leverance": "Leverancens navn.",
            "udtrukket": "Tidspunkt for udtrækket, i UTC.", "er_taellende": "Om den tæller i opgørelsen.", "raekker": "Rækker læst.",
            "afviste_raekker": "Rækker afvist.",
        },
    ),
}  # fmt: skip


def kpi_registry_table() -> pl.DataFrame:
    """The KPI registry as a table: one row per measure."""
    return pl.DataFrame(
        [
            {
                "kpi_id": kpi.kpi_id, "measure": measure.measure, "unit": measure.unit, "name_da": kpi.name_da, "name_en": kpi.name_en,
                "label_da": measure.label_da, "label_en": measure.label_en, "definition_da": kpi.definition_da,
                "definition_en": kpi.definition_en, "caveats_da": kpi.caveats_da, "caveats_en": kpi.caveats_en,
                "definition_version": kpi.definition_version, "law_reference": kpi.law_reference,
            }
            for kpi in kpis()
            for measure in kpi.measures
        ]
    )  # fmt: skip


def registry_columns() -> dict[str, str]:
    """Column of the registry table -> what it tells."""
    return dict(_ABOUT_REGISTRY[1])


def add_for_analysts(connection: duckdb.DuckDBPyConnection) -> None:
    """Add registry, views and dictionary to a database that holds the published tables with their comments."""
    connection.register("registry", kpi_registry_table())
    connection.execute(f"create table {REGISTRY} as select * from registry")
    connection.unregister("registry")
    comment(connection, "table", REGISTRY, *_ABOUT_REGISTRY)
    connection.execute(f"create schema {DANISH_SCHEMA}")
    for name, (about, query, columns) in _VIEWS.items():
        connection.execute(f"create view {DANISH_SCHEMA}.{name} as {query}")
        comment(connection, "view", f"{DANISH_SCHEMA}.{name}", about, columns)
    # Described before it is filled: it tells its own columns too.
    definition = ", ".join(f"{name} varchar" for name in _ABOUT_DICTIONARY[1])
    connection.execute(f"create table {DICTIONARY} ({definition})")
    comment(connection, "table", DICTIONARY, *_ABOUT_DICTIONARY)
    connection.execute(f"""
        insert into {DICTIONARY}
        select
            columns.schema_name, columns.table_name, columns.column_name, columns.data_type,
            coalesce(tables.comment, views.comment) as table_description, columns.comment as description
        from duckdb_columns() as columns
        left join duckdb_tables() as tables on columns.schema_name = tables.schema_name and columns.table_name = tables.table_name
        left join duckdb_views() as views on columns.schema_name = views.schema_name and columns.table_name = views.view_name
        where not columns.internal
        order by columns.schema_name, columns.table_name, columns.column_index
    """)


def comment(connection: duckdb.DuckDBPyConnection, kind: str, name: str, about: str | None, columns: dict[str, str]) -> None:
    """Describe a table or view (`kind`) and its columns."""
    for target, text in ((f"{kind} {name}", about), *((f"column {name}.{column}", text) for column, text in columns.items())):
        if text:
            connection.execute(f"comment on {target} is '" + text.replace("'", "''") + "'")
