"""Dagster's web server in production: on loopback, behind a proxy that asks for a log-in (deploy/nginx.conf).

`python -m repat_pipeline.defs.webserver --workspace FILE [--port N] [--read-only] [--host ADDRESS]`. The web UI has no log-in of its
own and whoever reaches it can start runs: another address than loopback is refused.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only; a name other than `localhost` is not trusted."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main(arguments: list[str] | None = None) -> None:
    """Check the address, then become `dagster-webserver`."""
    parser = argparse.ArgumentParser(description="The web UI on loopback.")
    parser.add_argument("--workspace", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="3000")
    parser.add_argument("--read-only", action="store_true")
    options = parser.parse_args(arguments)
    if not is_loopback(options.host):
        parser.error(
            f"--host {options.host}: the web UI has no log-in of its own and is served on loopback only; put a proxy with a log-in "
            "before it (deploy/nginx.conf)"
        )
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    command = [sys.executable, "-m", "dagster_webserver", "--workspace", options.workspace, "--host", options.host, "--port", options.port]
    os.execv(sys.executable, [*command, *(["--read-only"] if options.read_only else [])])


if __name__ == "__main__":
    main()
