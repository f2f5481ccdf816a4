"""Alerts go out by webhook and e-mail to whoever is configured, against receivers on loopback."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from repat_pipeline.operations.alerts import Alert, send

ALERT = Alert("repat: run failed", "uip 0751: see the web UI")


@contextmanager
def served(server: socketserver.TCPServer) -> Iterator[int]:
    """Run a server on a free port of loopback."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def webhook(received: list[dict[str, str]], answers: list[int]) -> HTTPServer:
    """A receiver that answers with the given states, the last one for ever."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    return HTTPServer(("127.0.0.1", 0), Receiver)


def mail_server(received: list[str]) -> socketserver.TCPServer:
    """As much of SMTP as a client needs to hand over one message."""

    class Receiver(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 loopback\r\n")
            while line := self.rfile.readline():
                command = line.strip().upper()
                if command == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        lines.append(text.decode())
                    received.append("".join(lines))
                elif command == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"250 ok\r\n")

    return socketserver.TCPServer(("127.0.0.1", 0), Receiver)


def test_nothing_configured_sends_nothing_and_is_no_problem() -> None:
    assert send(ALERT, environment={}) == []


def test_a_webhook_gets_subject_and_text() -> None:
    received: list[dict[str, str]] = []
    with served(webhook(received, [200])) as port:
        assert send(ALERT, environment={"REPAT_ALERT_WEBHOOK": f"http://127.0.0.1:{port}/alerts"}) == []

    assert received == [{"subject": ALERT.subject, "text": ALERT.text}]


def test_a_webhook_that_fails_once_is_tried_again() -> None:
    received: list[dict[str, str]] = []
    pauses: list[float] = []
    with served(webhook(received, [503, 200])) as port:
        assert send(ALERT, environment={"REPAT_ALERT_WEBHOOK": f"http://127.0.0.1:{port}"}, pause=pauses.append) == []

    assert (len(received), len(pauses)) == (2, 1)


def test_a_webhook_that_stays_down_is_told_and_raises_nothing() -> None:
    with served(webhook([], [503])) as port:
        problems = send(ALERT, environment={"REPAT_ALERT_WEBHOOK": f"http://127.0.0.1:{port}"}, pause=lambda seconds: None)

    assert problems == ["webhook: HTTPError after 3 attempts"]


def test_a_mail_goes_to_the_named_receivers() -> None:
    received: list[str] = []
    with served(mail_server(received)) as port:
        environment = {
            "REPAT_ALERT_SMTP": f"127.0.0.1:{port}",
            "REPAT_ALERT_FROM": "repat@example.org",
            "REPAT_ALERT_TO": "vagt@example.org",
        }
        assert send(ALERT, environment=environment) == []

    assert f"Subject: {ALERT.subject}" in received[0]
    assert "To: vagt@example.org" in received[0]
    assert ALERT.text in received[0]
