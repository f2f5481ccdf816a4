"""What the command line shows: the summary of a run, and why a person is (not) on a list. Commands are `repat_pipeline.cli`."""
