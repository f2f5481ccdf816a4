"""Tests of repat_pipeline; `support` holds what they share."""
