"""The hub's tasks by the clock: reports made when their day or month is over, and carried to where they go."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.reporting.delivery import Sender, send_due
from bot.reporting.desk import ReportDesk
from bot.reporting.destinations import Destination, destinations, fault_of, local_hosts, mail_addresses
from bot.reporting.files import report_csv, report_json
from bot.reporting.folder import save_files
from bot.reporting.pdf import Letterhead, report_pdf
from bot.reporting.view import ReportView
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.scheduled import ScheduledTask
from connectors.reporting.mail import MailSender, MailServer
from connectors.reporting.webhook import WebhookSender

logger = logging.getLogger(__name__)

MAKES_EVERY = timedelta(minutes=5)
SENDS_EVERY = timedelta(seconds=30)


def report_tasks(settings: Settings, sessions: SessionFactory, clock: Clock) -> Sequence[ScheduledTask]:
    """Making and sending. Settings that cannot be used are logged: reports are made all the same, and wait for them."""
    where, carriers = destinations(settings), dict[str, Sender]()
    for name in where:
        if (fault := fault_of(settings, name)) is None:
            carriers[name] = sender_of(settings, name, clock)
        else:
            logger.error("alarm.report_settings", extra={"destination": name, "detail": fault})
    desk = ReportDesk(sessions, settings.data_dir, where)

    def morning(now: datetime) -> bool:
        return now.astimezone(VIETNAM_TIME).hour >= settings.report_hour

    making = ScheduledTask("reports.make", MAKES_EVERY, desk.make_due, morning)
    if not carriers:
        return (making,)
    return (making, ScheduledTask("reports.send", SENDS_EVERY, lambda _now: send_due(sessions, carriers, clock)))


def sender_of(settings: Settings, destination: Destination, clock: Clock) -> Sender:
    """How this destination is reached; its settings are right."""
    head = Letterhead(settings.report_parent_agency, settings.report_agency)

    def pdf(view: ReportView) -> bytes:
        return report_pdf(view, head)

    if destination == "mail":
        sender = settings.required("report_mail_from", "reports are mailed")
        return MailSender(_server(settings), sender, mail_addresses(settings), pdf)
    if destination == "webhook":
        url = settings.required("report_webhook_url", "reports are posted")
        secret = settings.required("report_webhook_secret", "reports are posted")
        return WebhookSender(url, secret, clock, local_hosts(settings))
    folder = Path(settings.required("report_folder", "reports are saved"))

    def save(view: ReportView) -> None:
        save_files(folder, view, {"json": report_json(view), "csv": report_csv(view), "pdf": pdf(view)})

    return save


def _server(settings: Settings) -> MailServer:
    password = settings.report_smtp_password
    return MailServer(
        settings.required("report_smtp_host", "reports are mailed"),
        settings.report_smtp_port,
        settings.report_smtp_security,
        settings.report_smtp_user,
        password.get_secret_value() if password is not None else None,
    )
