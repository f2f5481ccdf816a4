"""From the marts to the published tables: pseudonyms, files, manifest, atomic swap. Feeds are `repat_pipeline.feeds`."""
