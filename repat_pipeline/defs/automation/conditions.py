"""When rules and publication run by themselves: something upstream is new, and no blocking check upstream failed.

`eager()` alone would run past a failed blocking check, and would never fire while any municipality upstream has delivered nothing.
"""

import dagster as dg

WHEN_UPSTREAM_IS_GOOD = (
    dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())
    & dg.AutomationCondition.all_deps_blocking_checks_passed()
)
