"""Retention: what is kept longer than its contract says is removed, with a certificate (`repat retain`)."""
