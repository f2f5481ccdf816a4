"""Fictitious deliveries: constructed CPR numbers only, the same plan gives the same bytes, nothing reads the clock."""
