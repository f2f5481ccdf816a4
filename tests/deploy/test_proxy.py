"""`deploy/nginx.conf` in a real nginx: nobody reaches a web UI without a log-in, and viewers only the read-only one."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support import program

CONF = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
USERS = {"operators": "operator:open sesame", "viewers": "viewer:just looking"}
needs_nginx = pytest.mark.needs_program("nginx")


class Backend(ThreadingHTTPServer):
    """Stands for a web server of Dagster: notes what reaches it."""

    def __init__(self, name: str) -> None:
        backend = self
        self.reached: list[dict[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                backend.reached.append({"path": self.path} | dict(self.headers.items()))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(name.encode())

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        super().__init__(("127.0.0.1", 0), Handler)


@dataclass
class Proxy:
    """A running nginx with the two sites of the configuration."""

    ports: dict[str, int]
    backends: dict[str, Backend]
    context: ssl.SSLContext = field(default_factory=ssl._create_unverified_context)

    def ask(self, site: str, path: str = "/", *, user: str | None = None, **headers: str) -> tuple[int, str]:
        """Status and body."""
        request = urllib.request.Request(f"https://127.0.0.1:{self.ports[site]}{path}", headers={"Host": "repat.example.dk"} | headers)
        if user is not None:
            request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def write_certificate(folder: Path) -> None:
    """A self-signed certificate for an hour."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "repat.example.dk")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    (folder / "certificate.pem").write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx with `deploy/nginx.conf`, other ports and paths; two backends behind it."""
    folder = tmp_path_factory.mktemp("nginx")
    write_certificate(folder)
    for group, user in USERS.items():
        name, _, password = user.partition(":")
        (folder / f"{group}.htpasswd").write_text(f"{name}:{{PLAIN}}{password}\n", encoding="utf-8")
    backends = {"operators": Backend("operators"), "viewers": Backend("viewers")}
    ports = {"operators": free_port(), "viewers": free_port()}
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{ports['operators']} ssl", "listen 8443 ssl": f"listen 127.0.0.1:{ports['viewers']} ssl",
        "/etc/repat/tls/": f"{folder}/", "/etc/repat/": f"{folder}/",
        "127.0.0.1:3000;": f"127.0.0.1:{backends['operators'].server_port};",
        "127.0.0.1:3001;": f"127.0.0.1:{backends['viewers'].server_port};",
    }  # fmt: skip
    site = CONF.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in site
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary} include {folder}/site.conf; }}\n",
        encoding="utf-8",
    )
    command = [str(program("nginx")), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    subprocess.run([*command, "-t", "-q"], check=True)
    threads = [threading.Thread(target=backend.serve_forever, daemon=True) for backend in backends.values()]
    for thread in threads:
        thread.start()
    process = subprocess.Popen(command)
    try:
        wait_for(ports["viewers"])
        yield Proxy(ports, backends)
    finally:
        process.terminate()
        process.wait(10)
        for backend in backends.values():
            backend.shutdown()
            backend.server_close()


def wait_for(port: int) -> None:
    """Until somebody listens."""
    for _ in range(100):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("nginx does not listen")


@needs_nginx
@pytest.mark.parametrize("user", [None, "operator:wrong", "nobody:", ":"], ids=["none", "wrong password", "unknown", "empty"])
@pytest.mark.parametrize("path", ["/", "/graphql", "/server_info", "/report_asset_materialization/x", "/..%2f", "//"])
@pytest.mark.parametrize("site", ["operators", "viewers"])
def test_nothing_is_reached_without_a_log_in(site: str, path: str, user: str | None, proxy: Proxy) -> None:
    reached = len(proxy.backends[site].reached)

    # nginx itself refuses a path that leads out of the root.
    assert proxy.ask(site, path, user=user)[0] == (400 if path == "/..%2f" else 401)
    assert len(proxy.backends[site].reached) == reached


@needs_nginx
@pytest.mark.parametrize("site", ["operators", "viewers"])
def test_a_web_socket_is_not_opened_without_a_log_in(site: str, proxy: Proxy) -> None:
    assert proxy.ask(site, "/graphql", Upgrade="websocket", Connection="Upgrade")[0] == 401
    assert proxy.backends[site].reached == []


@needs_nginx
def test_viewers_do_not_reach_the_web_ui_that_starts_runs(proxy: Proxy) -> None:
    assert proxy.ask("operators", user=USERS["viewers"])[0] == 401
    assert proxy.backends["operators"].reached == []


@needs_nginx
@pytest.mark.parametrize("site", ["operators", "viewers"])
def test_who_logs_in_reaches_the_web_ui_of_the_group_and_the_password_goes_no_further(site: str, proxy: Proxy) -> None:
    assert proxy.ask(site, "/runs", user=USERS[site]) == (200, site)

    arrived = proxy.backends[site].reached.pop()
    proxy.backends[site].reached.clear()
    assert (arrived["path"], "Authorization" in arrived) == ("/runs", False)


@needs_nginx
def test_nothing_is_served_unencrypted(proxy: Proxy) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{proxy.ports['operators']}/", timeout=10)

    assert refused.value.code == 400
    refused.value.close()


def test_the_web_ui_for_viewers_may_do_nothing(tmp_path: Path) -> None:
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import EmptyWorkspaceTarget

    allowed = {}
    for read_only in (True, False):
        with (
            dg.DagsterInstance.local_temp(str(tmp_path)) as instance,
            WorkspaceProcessContext(instance, EmptyWorkspaceTarget(), version="x", read_only=read_only) as context,
        ):
            permissions = context.create_request_context().permissions
            allowed[read_only] = [str(name) for name, result in permissions.items() if result.enabled]

    assert allowed[True] == []
    assert len(allowed[False]) > 5
