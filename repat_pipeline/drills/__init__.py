"""`repat drill`: faults on fictitious data in a temporary folder. After each: nothing lost, nothing half-published, same bytes.

`stage` is the reference and the checks, `faults` what goes wrong, `drill` runs them and makes the table.
"""
