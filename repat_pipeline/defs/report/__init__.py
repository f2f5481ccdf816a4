"""The report asset."""
