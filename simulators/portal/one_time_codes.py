"""One-time codes "by SMS": the control plane shows them instead of a phone."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.portal.tokens import Tokens

CODE_LIFE = timedelta(minutes=5)
TRIES = 5
_KEPT = 200


@dataclass(frozen=True)
class Sms:
    """A message that a phone would have received."""

    phone: str
    dossier_code: str
    code: str
    at: datetime


@dataclass
class _Challenge:
    dossier_code: str
    code: str
    sent: bool
    tries: int = 0


class OneTimeCodes:
    """Challenges and the codes that open them. A challenge is given for any pair; nothing is sent where the pair does not fit."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._challenges: Tokens[_Challenge] = Tokens(CODE_LIFE, now)
        self.sms: list[Sms] = []

    def request(self, dossier_code: str, last_digits: str, phone: str | None) -> tuple[str, datetime]:
        """A challenge and its end. ``phone`` is the number on file, None where there is no such dossier."""
        code = f"{secrets.randbelow(10**6):06d}"
        # Both are compared in every case, so that no case is quicker.
        fits = secrets.compare_digest((phone or "?")[-len(last_digits) :].encode(), last_digits.encode()) and phone is not None
        if fits and phone is not None:
            self.sms.append(Sms(phone, dossier_code, code, self._now()))
            del self.sms[:-_KEPT]
        return self._challenges.issue(_Challenge(dossier_code, code, fits))

    def confirm(self, challenge: str, code: str) -> str | None:
        """The dossier code that the challenge is about; None for a wrong, used up or late code."""
        held = self._challenges.find(challenge)
        if held is None or held.tries >= TRIES:
            return None
        held.tries += 1
        fits = secrets.compare_digest(held.code.encode(), code.encode("utf-8", "surrogatepass"))
        if not (fits and held.sent):
            return None
        self._challenges.take(challenge)
        return held.dossier_code

    def clear(self) -> None:
        """Forgets everything."""
        self._challenges.clear()
        self.sms.clear()
