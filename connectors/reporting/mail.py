"""A report as an e-mail with its files attached."""

import smtplib
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal

from bot.clock import VIETNAM_TIME
from bot.reporting.delivery import DestinationAwayError, DestinationRefusedError
from bot.reporting.files import report_csv, report_json
from bot.reporting.summary import subject, summary
from bot.reporting.view import ReportView

_SECONDS_PER_STEP = 20.0
_SECONDS = 120.0
_MOST_SAID = 64 * 1024
"""A server that says more than this to one letter is no mail server."""
_TYPES = {"pdf": ("application", "pdf"), "csv": ("text", "csv"), "json": ("application", "json")}


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. ``user`` empty: no sign-in."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True)
class MailSender:
    """Mails reports to fixed addresses. The same report has the same Message-ID, whenever it is sent."""

    server: MailServer
    sender: str
    to: Sequence[str]
    make_pdf: Callable[[ReportView], bytes]

    def __call__(self, view: ReportView) -> None:
        """Hands the letter in."""
        letter = self.letter(view)
        try:
            with self._connected() as server:
                refused = server.send_message(letter, self.sender, list(self.to))
        except smtplib.SMTPRecipientsRefused as error:
            raise _by_code(max(code for code, _said in error.recipients.values())) from error
        except smtplib.SMTPResponseException as error:
            raise _by_code(error.smtp_code) from error
        except ssl.SSLCertVerificationError as error:
            raise DestinationRefusedError("certificate_not_valid") from error
        except smtplib.SMTPNotSupportedError as error:
            raise DestinationRefusedError("server_lacks_starttls_or_sign_in") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DestinationAwayError(f"mail_{type(error).__name__}") from error
        if refused:
            # The others have it: sent again by hand they get it a second time, under the same Message-ID.
            raise DestinationRefusedError(f"recipients_refused_{len(refused)}")

    def letter(self, view: ReportView) -> EmailMessage:
        """The letter with PDF, CSV and JSON."""
        letter = EmailMessage()
        letter["Subject"], letter["From"], letter["To"] = subject(view), self.sender, ", ".join(self.to)
        letter["Date"] = format_datetime(view.made_at.astimezone(VIETNAM_TIME))
        letter["Message-ID"] = f"<{view.id}@{self.sender.rpartition('@')[2] or 'motcua'}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(summary(view))
        for ending, content in self._files(view).items():
            kind, subtype = _TYPES[ending]
            letter.add_attachment(content, maintype=kind, subtype=subtype, filename=f"{view.id}.{ending}")
        return letter

    def _files(self, view: ReportView) -> Mapping[str, bytes]:
        return {"pdf": self.make_pdf(view), "csv": report_csv(view), "json": report_json(view)}

    def _connected(self) -> smtplib.SMTP:
        """A connection, secured and signed in."""
        server, tls = self.server, self.server.tls or ssl.create_default_context()
        opened: smtplib.SMTP
        if server.security == "tls":
            opened = _BoundedTls(server.host, server.port, timeout=_SECONDS_PER_STEP, context=tls)
        else:
            opened = _Bounded(server.host, server.port, timeout=_SECONDS_PER_STEP)
        try:
            if server.security == "starttls":
                opened.starttls(context=tls)
            if server.user:
                opened.login(server.user, server.password or "")
        except BaseException:
            opened.close()
            raise
        return opened


def _by_code(code: int) -> DestinationAwayError:
    """4xx comes right by itself, 5xx does not."""
    return DestinationRefusedError(f"smtp_{code}") if code >= 500 else DestinationAwayError(f"smtp_{code}")


class _Bounded(smtplib.SMTP):
    """Gives up on a server that talks without end or lets a letter take forever."""

    _end: float | None = None

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer."""
        if self._end is None:
            self._end = time.monotonic() + _SECONDS
        if self.file is None:
            assert self.sock is not None
            self.file = _BoundedFile(self.sock.makefile("rb"), self._end)
        return super().getreply()


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class _BoundedFile:
    def __init__(self, file: Any, end: float) -> None:
        self._file, self._left, self._end = file, _MOST_SAID, end

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0 or time.monotonic() > self._end:
            raise smtplib.SMTPServerDisconnected("the server says too much or takes too long")
        return line

    def close(self) -> None:
        self._file.close()
