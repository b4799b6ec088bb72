"""Made-up people who log in on the portal's pages, and the checks that wait for such a login."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.portal.tokens import Tokens, random_token

CHECK_LIFE = timedelta(minutes=10)
PROOF_LIFE = timedelta(minutes=30)


@dataclass(frozen=True)
class Person:
    """Somebody with an electronic identity: number, name, telephone. ``represents``: owners for whom an officer has recorded an
    authorisation."""

    id: str
    name: str
    phone: str
    represents: tuple[str, ...] = ()


PEOPLE: Mapping[str, Person] = {
    person.id: person
    for person in (
        Person("000000000001", "Nguyễn Thị Mẫu Thử", "0000120001"),
        Person("000000000002", "Trần Văn Thí Dụ", "0000120002", represents=("000000000001",)),
        Person("000000000003", "Lê Thị Người Lạ", "0000120003"),
        # Numbers that a form takes: for drafts that are found again after a login.
        Person("027190001234", "Phạm Thị Khai Tiếp", "0912345678"),
    )
}


@dataclass
class IdentityCheck:
    """A login that is waited for."""

    check_id: str
    ends: datetime
    person_id: str | None = None


class IdentityChecks:
    """Checks by id and by the token of their page; proofs by their token."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._checks: dict[str, IdentityCheck] = {}
        self.pages: Tokens[IdentityCheck] = Tokens(CHECK_LIFE, now)
        self.proofs: Tokens[str] = Tokens(PROOF_LIFE, now)

    def begin(self) -> tuple[IdentityCheck, str]:
        """A new check and the token of its page."""
        check = IdentityCheck(random_token(), self._now() + CHECK_LIFE)
        self._checks[check.check_id] = check
        return check, self.pages.issue(check)[0]

    def find(self, check_id: str) -> IdentityCheck | None:
        """The check, whatever its state."""
        return self._checks.get(check_id)

    def state(self, check: IdentityCheck) -> str:
        """``pending``, ``confirmed`` or ``expired``."""
        if self._now() >= check.ends:
            return "expired"
        return "pending" if check.person_id is None else "confirmed"

    def clear(self) -> None:
        """Forgets everything."""
        self._checks.clear()
        self.pages.clear()
        self.proofs.clear()
