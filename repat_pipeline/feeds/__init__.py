"""Feeds to municipalities: from the published person tables back to CPR numbers, per municipality (spec/outbound.md section 3)."""
