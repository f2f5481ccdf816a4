"""The KPIs: their definitions (`registry`). What computes them are the dbt models `int_kpi__*` and the mart `kpi_values`."""
