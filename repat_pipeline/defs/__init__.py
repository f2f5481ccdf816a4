"""What Dagster runs: thin assets over the plain functions of the other packages. Dagster is imported here and in `definitions` only."""
