"""Reports by mail, against a server on loopback."""

import email
import json
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest

from bot.reporting.delivery import DestinationAwayError, DestinationRefusedError
from bot.reporting.view import ReportView
from connectors.reporting.mail import MailSender, MailServer
from tests.connectors.gateway.attachments.file_host import certificate_for
from tests.connectors.reporting.mail_host import MailHost, running_mail_host

TO = ("tonghop@bacninh.test", "tthcc@bacninh.test")


def sender(port: int, **values: object) -> MailSender:
    server = MailServer(**({"host": "127.0.0.1", "port": port, "security": "none"} | values))  # type: ignore[arg-type]
    return MailSender(server, "baocao@bacninh.test", TO, lambda _view: b"%PDF-1.4 x")


def letter(host: MailHost) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(host.letters[-1], policy=default))


def test_a_letter_says_the_main_figures_and_carries_three_files(report: ReportView) -> None:
    with running_mail_host() as host:
        sender(host.port)(report)
    got = letter(host)
    assert got["Subject"] == "Báo cáo thủ tục hành chính ngày 26/11/2026"
    assert (got["Message-ID"], got["Auto-Submitted"]) == ("<daily-2026-11-26-r1@bacninh.test>", "auto-generated")
    text = cast(EmailMessage, got.get_body()).get_content()
    assert "Tiếp nhận 1.234 hồ sơ (trực tuyến 1.000)" in text
    assert "Mới quá hạn: 2 hồ sơ." in text
    assert "- 1 Công khai, minh bạch thủ tục hành chính: Không đo được từ dữ liệu này" in text
    files = {one.get_filename(): one.get_content() for one in got.iter_attachments()}
    assert set(files) == {f"daily-2026-11-26-r1.{ending}" for ending in ("pdf", "csv", "json")}
    assert json.loads(files["daily-2026-11-26-r1.json"])["figures"]["total"]["received"] == 1234
    assert [one for one in host.commands if one.startswith("rcpt")] == [f"rcpt TO:<{one}>" for one in TO]


def test_a_secured_connection_is_secured_before_anything_is_said(report: ReportView, tmp_path: Path) -> None:
    server, client = certificate_for("127.0.0.1", tmp_path)
    with running_mail_host(server) as host:
        sender(host.port, security="starttls", user="motcua", password="secret", tls=client)(report)
        assert host.secured
        assert [one.split(" ")[0] for one in host.commands[:4]] == ["ehlo", "STARTTLS", "ehlo", "AUTH"]
        assert len(host.letters) == 1
        with pytest.raises(DestinationRefusedError, match="certificate_not_valid"):
            sender(host.port, security="starttls")(report)


def test_a_connection_that_is_secure_from_its_first_byte(report: ReportView, tmp_path: Path) -> None:
    server, client = certificate_for("127.0.0.1", tmp_path)
    with running_mail_host(server) as host:
        host.secured_at_once = True
        sender(host.port, security="tls", tls=client)(report)
        assert len(host.letters) == 1
        with pytest.raises(DestinationRefusedError, match="certificate_not_valid"):
            sender(host.port, security="tls")(report)


def test_a_server_that_cannot_secure_the_connection_gets_no_letter(report: ReportView) -> None:
    with running_mail_host() as host:
        host.replies["EHLO"] = b"250 mail.test\r\n"
        with pytest.raises(DestinationRefusedError, match="server_lacks_starttls_or_sign_in"):
            sender(host.port, security="starttls")(report)
        host.replies["EHLO"], host.replies["STARTTLS"] = b"250-mail.test\r\n250 STARTTLS\r\n", b"454 not now\r\n"
        with pytest.raises(DestinationAwayError, match="smtp_454"):
            sender(host.port, security="starttls")(report)
    assert host.letters == []


@pytest.mark.parametrize(
    ("command", "reply", "error", "detail"),
    [
        ("HELO?", b"421 later\r\n", DestinationAwayError, "smtp_421"),
        ("HELO?", b"554 go away\r\n", DestinationRefusedError, "smtp_554"),
        ("HELO?", b"SSH-2.0-OpenSSH\r\n", DestinationAwayError, "smtp_-1"),
        ("MAIL", b"452 full\r\n", DestinationAwayError, "smtp_452"),
        ("RCPT", b"550 who?\r\n", DestinationRefusedError, "smtp_550"),
        ("RCPT", b"451 grey\r\n", DestinationAwayError, "smtp_451"),
        ("LETTER", b"552 too large\r\n", DestinationRefusedError, "smtp_552"),
        ("LETTER", b"451 busy\r\n", DestinationAwayError, "smtp_451"),
        ("AUTH", b"535 wrong\r\n", DestinationRefusedError, "smtp_535"),
        # An answer without an end, and one line without an end.
        ("EHLO", b"250-x\r\n" * 50_000, DestinationAwayError, "mail_SMTPServerDisconnected"),
        ("LETTER", b"450-" + b"x" * 2_000_000, DestinationAwayError, "smtp_500|mail_"),
    ],
)
def test_what_the_server_says_decides_whether_it_is_tried_again(
    report: ReportView, command: str, reply: bytes, error: type[DestinationAwayError], detail: str
) -> None:
    with running_mail_host() as host:
        host.replies[command] = reply
        with pytest.raises(DestinationAwayError, match=detail) as raised:
            sender(host.port, user="motcua", password="x")(report)
    if command != "LETTER" or not reply.startswith(b"450-"):
        assert type(raised.value) is error
    assert len(raised.value.detail) < 60


def test_nobody_there_is_away(report: ReportView) -> None:
    with running_mail_host() as host:
        port = host.port
    with pytest.raises(DestinationAwayError, match="mail_ConnectionRefusedError"):
        sender(port)(report)
