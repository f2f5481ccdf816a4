"""Stand-in for dbt's `adapter` when sqlfluff renders a model: a dispatched macro is shown as a call of its name."""

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    """Render `name(arguments)`."""
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"
