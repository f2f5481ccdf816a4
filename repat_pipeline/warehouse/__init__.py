"""From the lake to the marts: `attach` gives dbt its sources, `dbt` runs the project. Publication is `repat_pipeline.publication`."""
