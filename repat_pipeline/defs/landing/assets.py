"""Landing: one multi-asset per source, an asset per inbound table, partitioned by municipality.

A delivery lands in all its tables or in none. What intake does is `repat_pipeline.intake`.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from repat_pipeline.contracts.inbound import SOURCES, SourceContract, TableContract, load_source_contract
from repat_pipeline.defs.event_log import written_together
from repat_pipeline.defs.partitions import MUNICIPALITIES, asked_for_by_name, wanted_municipalities
from repat_pipeline.defs.resources import HomeResource, InboxResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.intake import Accepted, take_in
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.reports.error_report import write_error_reports
from repat_pipeline.storage.run_lock import run_lock

CHECK = "matches_contract"


def _spec(table: TableContract) -> dg.AssetSpec:
    return dg.AssetSpec(
        [table.source, table.name],
        description=f"{table.description} {table.grain}",
        group_name="landing",
        kinds={"polars", "parquet"},
        tags={"source": table.source},
        # Only municipalities that delivered get an event; the others are skipped, not shown as materialised.
        skippable=True,
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(column.lake_name, type=column.physical_type, description=column.description) for column in table.columns]
            ),
            "contract_version": table.version,
            "legal_basis": table.legal_basis,
            "retention": table.retention,
        },
    )


def _materialization(accepted: Accepted, table: str) -> dg.AssetMaterialization:
    record = accepted.record
    counts = record.tables.get(table)
    metadata: dict[str, Any] = {
        "delivery_id": record.delivery_id,
        "content": record.content,
        "contract_version": record.contract_version,
        "extracted_at": record.extracted_at.isoformat(),
        "dagster/row_count": counts.accepted if counts else 0,
        "rejected_rows": counts.rejected if counts else 0,
    }
    return dg.AssetMaterialization([record.source, table], partition=record.municipality_code, metadata=metadata)


def landing_assets(contract: SourceContract) -> dg.AssetsDefinition:
    """The landing assets of one source."""

    @dg.multi_asset(
        name=f"landing_{contract.source}",
        specs=[_spec(table) for table in contract.tables.values()],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=[contract.source, table],
                blocking=True,
                description="Every row that was read is accepted or rejected with its rules: accepted + rejected = read.",
            )
            for table in contract.tables
        ],
        partitions_def=MUNICIPALITIES,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool="lake",
    )
    def landing(context: dg.AssetExecutionContext, home: HomeResource, inbox: InboxResource) -> Iterator[dg.AssetCheckResult]:
        with value_free_failures():
            with run_lock(home.home):
                intake = take_in(
                    home.home,
                    inbox.path,
                    source=contract.source,
                    municipalities=wanted_municipalities(context),
                    consume=inbox.consume,
                    keep_raw=load_settings().storage.archive == "seal",
                )
                write_error_reports(home.home, intake.municipalities)
            with written_together(context.instance):
                for accepted in intake.accepted:
                    for table in contract.tables:
                        context.log_event(_materialization(accepted, table))
            for refused in intake.refused:
                context.log.warning("delivery refused %s: %s", refused.name, "; ".join(refused.messages))
            if asked_for_by_name(context):
                delivered = {accepted.record.municipality_code for accepted in intake.accepted}
                with written_together(context.instance):
                    for municipality in sorted(set(context.partition_keys) - delivered):
                        for table in contract.tables:
                            context.log_event(
                                dg.AssetMaterialization([contract.source, table], partition=municipality, metadata={"new_deliveries": 0})
                            )
            for table in contract.tables:
                counts = [accepted.record.tables[table] for accepted in intake.accepted if table in accepted.record.tables]
                read = sum(count.read for count in counts)
                accepted_rows, rejected_rows = sum(c.accepted for c in counts), sum(c.rejected for c in counts)
                yield dg.AssetCheckResult(
                    passed=accepted_rows + rejected_rows == read,
                    check_name=CHECK,
                    asset_key=[contract.source, table],
                    metadata={"deliveries": len(counts), "read": read, "accepted": accepted_rows, "rejected": rejected_rows},
                )

    return landing


@dg.definitions
def landing() -> dg.Definitions:
    """The landing assets of all sources."""
    return dg.Definitions(assets=[landing_assets(load_source_contract(source)) for source in SOURCES])
