"""`python -m repat_pipeline` is the same program as `repat`."""

from repat_pipeline.cli import main

main()
