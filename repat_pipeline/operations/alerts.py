"""Alerts by webhook and e-mail, to whoever the environment names; the texts hold no value of a row.

`REPAT_ALERT_WEBHOOK`: address that gets a JSON object by POST. `REPAT_ALERT_SMTP`: `host:port` of a mail server, with
`REPAT_ALERT_FROM`, `REPAT_ALERT_TO` (comma-separated) and, where the server asks for it, `REPAT_ALERT_SMTP_USER` and
`REPAT_ALERT_SMTP_PASSWORD` (then the connection is encrypted by STARTTLS). Nothing is sent when neither is set.
"""

from __future__ import annotations

import json
import os
import smtplib
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage

_TIMEOUT_SECONDS = 15
_ATTEMPTS = 3


@dataclass(frozen=True)
class Alert:
    """Something that a person must look at."""

    subject: str
    text: str


def send(alert: Alert, *, environment: Mapping[str, str] | None = None, pause: Callable[[float], None] = time.sleep) -> list[str]:
    """Send an alert by every configured way; a way that fails is tried again twice.

    Returns:
        What could not be sent, one line per way; empty when all went out or nothing is configured. An alert that cannot be sent
        never fails a run.
    """
    settings = os.environ if environment is None else environment
    ways: dict[str, Callable[[], None]] = {}
    if settings.get("REPAT_ALERT_WEBHOOK"):
        ways["webhook"] = lambda: _post(settings["REPAT_ALERT_WEBHOOK"], alert)
    if settings.get("REPAT_ALERT_SMTP"):
        ways["e-mail"] = lambda: _mail(settings, alert)
    return [f"{name}: {problem}" for name, way in ways.items() if (problem := _attempt(way, pause))]


def _attempt(way: Callable[[], None], pause: Callable[[float], None]) -> str | None:
    problem = None
    for attempt in range(_ATTEMPTS):
        if attempt:
            pause(2.0**attempt)
        try:
            way()
        except (OSError, smtplib.SMTPException, KeyError) as error:
            problem = f"{type(error).__name__} after {attempt + 1} attempts"
        else:
            return None
    return problem


def _post(address: str, alert: Alert) -> None:
    body = json.dumps({"subject": alert.subject, "text": alert.text}).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
        pass


def _mail(settings: Mapping[str, str], alert: Alert) -> None:
    host, _, port = settings["REPAT_ALERT_SMTP"].partition(":")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = alert.subject, settings["REPAT_ALERT_FROM"], settings["REPAT_ALERT_TO"]
    message.set_content(alert.text)
    with smtplib.SMTP(host, int(port or 25), timeout=_TIMEOUT_SECONDS) as server:
        if settings.get("REPAT_ALERT_SMTP_USER"):
            server.starttls()
            server.login(settings["REPAT_ALERT_SMTP_USER"], settings["REPAT_ALERT_SMTP_PASSWORD"])
        server.send_message(message)
