"""From facts to one HTML file: no script, nothing from a network, both languages in it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from repat_pipeline.kpi.registry import kpi_parameters, kpis
from repat_pipeline.kpi_report import words
from repat_pipeline.kpi_report.charts import marker
from repat_pipeline.kpi_report.facts import ReportFacts
from repat_pipeline.kpi_report.sections import sections

_TEMPLATES = Path(__file__).with_name("templates")


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    environment.globals["marker"] = lambda number: Markup(marker(number, 8, 8))
    return environment


@cache
def style() -> str:
    """The style sheet as it stands in the file; the policy of the page allows this text alone."""
    lines = (_TEMPLATES / "report.css").read_text(encoding="utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def content_security_policy() -> str:
    """What the page may load: its own style sheet, by hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def report_page(facts: ReportFacts) -> str:
    """The report as HTML. The same facts give the same bytes."""
    place = words.Text.same(facts.place.name) if facts.place else words.DENMARK
    return _environment().get_template("report.html.j2").render(
        facts=facts,
        place=place,
        is_national=facts.place is None,
        day=words.day(facts.as_of),
        sections=sections(facts),
        definitions=kpis(),
        parameters=kpi_parameters(),
        style=Markup(style()),
        policy=Markup(content_security_policy()),
    )  # fmt: skip
