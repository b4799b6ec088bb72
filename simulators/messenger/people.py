"""The citizens who can write to the simulated page."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulators.messaging.orders import NewUser, SimUser
from simulators.messaging.platform import ActRefused, UnknownUser
from simulators.messenger.graph_errors import no_such_person
from simulators.messenger.sending_windows import STANDARD_SECONDS

AD_WINDOW_SECONDS = 7 * 24 * 3600
_PSID = re.compile(r"[0-9]{5,20}")


@dataclass
class Person:
    """A citizen with a page-scoped id. ``last_act`` None: has never written, so the page cannot know the id.

    ``offered``: the message whose quick replies are still on the screen; ``unread``: the page has written since the citizen
    looked; ``page_has_seen``: the page has marked the last message; ``edits`` counts them by message id."""

    id: str
    name: str
    phone: str | None
    email: str | None
    tester: bool
    has_profile: bool
    blocked: bool = False
    thread_deleted: bool = False
    from_ad: bool = False
    last_act: datetime | None = None
    offered: str | None = None
    unread: bool = False
    typing_until: float = 0
    page_has_seen: bool = False
    edits: dict[str, int] = field(default_factory=dict)
    menu: list[dict[str, Any]] = field(default_factory=list)

    @property
    def in_conversation(self) -> bool:
        """Whether a thread between this citizen and the page exists."""
        return self.last_act is not None and not self.thread_deleted

    @property
    def window_seconds(self) -> float:
        """How long after an act the page may answer freely."""
        return AD_WINDOW_SECONDS if self.from_ad else STANDARD_SECONDS

    def as_user(self, now: float) -> SimUser:
        """For the control plane."""
        extra = {
            "email": self.email,
            "tester": self.tester,
            "has_profile": self.has_profile,
            "in_conversation": self.in_conversation,
            "page_is_typing": now < self.typing_until,
            "page_has_seen": self.page_has_seen,
        }
        return SimUser(id=self.id, name=self.name, phone=self.phone, blocked=self.blocked, last_act=self.last_act, extra=extra)


class People:
    """All citizens by PSID."""

    def __init__(self, make_psid: Callable[[], str]) -> None:
        self._make_psid = make_psid
        self._people: dict[str, Person] = {}

    def add(self, order: NewUser) -> Person:
        """A new citizen; ``extra``: ``email``, ``tester``, ``has_profile``. ``ActRefused`` for a taken or impossible id."""
        psid = order.id or self._make_psid()
        if not _PSID.fullmatch(psid):
            raise ActRefused("a PSID is a string of 5 to 20 digits")
        if psid in self._people:
            raise ActRefused(f"the PSID {psid} is taken")
        unknown = set(order.extra) - {"email", "tester", "has_profile"}
        if unknown:
            raise ActRefused(f"a Messenger user has no {', '.join(sorted(unknown))}")
        person = Person(
            psid,
            order.name,
            order.phone,
            order.extra.get("email"),
            bool(order.extra.get("tester", False)),
            bool(order.extra.get("has_profile", True)),
        )
        self._people[psid] = person
        return person

    def get(self, psid: str) -> Person:
        """Raises ``UnknownUser``."""
        if psid not in self._people:
            raise UnknownUser(f"no simulated user {psid!r}")
        return self._people[psid]

    def known_to_page(self, psid: str) -> Person:
        """The citizen behind a PSID that the page may use. Raises error 100/2018001."""
        person = self._people.get(psid)
        if person is None or not person.in_conversation:
            raise no_such_person()
        return person

    def all(self) -> list[Person]:
        """In the order they came."""
        return list(self._people.values())

    def clear(self) -> None:
        """Nobody is left."""
        self._people.clear()
