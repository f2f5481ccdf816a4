"""The registry -> `docs/generated/kpi.md`, for those who read figures.

`python -m repat_pipeline.kpi.page` rewrites it; a test fails when it is stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from repat_pipeline.kpi.registry import Kpi, kpi_parameters, kpis, own_periods, period_types, registration_fields

PAGE = Path(__file__).resolve().parents[2] / "docs" / "generated" / "kpi.md"

_HEADER = "<!-- Generated from repat_pipeline/kpi/registry.yaml by `make generate`. Do not edit. -->\n"
_INTRODUCTION = """# Nøgletal (KPIs)

Hvert tal står ét sted: `repat_pipeline/kpi/registry.yaml`. Tallene ligger i `kpi_values` (langt format, en række pr. mål, sted, periode og
værdi af en dimension). *known_share* er andelen af det nødvendige, der er kendt: perioden er registreret, rækkerne er modtaget, felterne er
udfyldt. Er intet kendt, er der intet tal, aldrig et nul. Et tal er sammenligneligt, når perioden er en standardperiode og
*known_share* er mindst {least}; foreløbigt i {months} måneder efter perioden. En kommune ser sine egne tal præcist
(`persons/<M>/kpi_values_exact.parquet`), andres kun afrundet og uden små tal ([ADR 5](../adr/0005-disclosure.md)).
"""


def page() -> str:
    """The whole page: every KPI with definition, numerator, denominator, measures, periods, dimensions and caveats."""
    values = {entry.parameter: entry.value for entry in kpi_parameters()}
    introduction = _INTRODUCTION.format(least=values["comparable_share_min"], months=values["preliminary_months"])
    index = _table(
        ["id", "navn", "name", "mål"], [[f"[{kpi.kpi_id}](#{kpi.kpi_id.lower()})", kpi.name_da, kpi.name_en, _names(kpi)] for kpi in kpis()]
    )
    parts = [_HEADER, introduction, "\n", index, *(_section(kpi) for kpi in kpis())]
    parts.append("\n## Perioder\n\n")
    parts.append(
        _table(
            ["periode", "måneder", "slutter hver"],
            [[f"`{entry.period_type}`", str(entry.months), f"{entry.step_months}. måned"] for entry in period_types()],
        )
    )
    parts += [f"\n`other`, {own.municipality_code} {own.period_start} - {own.period_end}: {own.note}.\n" for own in own_periods()]
    parts.append("\n## Værdier i definitionerne\n\n")
    parts.append(
        _table(
            ["værdi", "", "enhed", "hvad"],
            [[f"`{entry.parameter}`", entry.value, entry.unit, entry.description] for entry in kpi_parameters()],
        )
    )
    parts.append("\n## Felter, en hændelse skal have (K27)\n\n")
    parts.append(_table(["felt", "hændelser"], [[f"`{name}`", ", ".join(kinds)] for name, kinds in registration_fields().items()]))
    return "".join(parts)


def write_page() -> None:
    """Rewrite the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _names(kpi: Kpi) -> str:
    return ", ".join(f"`{measure.measure}`" for measure in kpi.measures)


def _section(kpi: Kpi) -> str:
    facts = {
        "English": f"{kpi.name_en}. {kpi.definition_en}",
        "Tæller / numerator": kpi.numerator,
        "Nævner / denominator": kpi.denominator or "-",
        "Perioder": ", ".join(f"`{name}`" for name in kpi.period_types),
        "Opdelt efter": ", ".join(f"`{name}`" for name in kpi.dimensions) or "-",
        "Forbehold": kpi.caveats_da,
        "Caveats": kpi.caveats_en,
        "Grundlag": f"{kpi.law_reference}; {kpi.source}; version {kpi.definition_version}",
    }
    measures = [[f"`{entry.measure}`", entry.label_da, entry.label_en, entry.unit] for entry in kpi.measures]
    return (
        f"\n## {kpi.kpi_id}\n\n**{kpi.name_da}.** {kpi.definition_da}\n\n"
        + _table(["mål", "dansk", "English", "enhed"], measures)
        + "\n"
        + _table(["", ""], [[name, text] for name, text in facts.items()])
    )


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([text.replace("|", "\\|") for text in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    write_page()
