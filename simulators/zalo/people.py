"""The people who may write to the Official Account, and what the platform knows of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Person:
    """One Zalo user as this Official Account sees them. ``user_id`` belongs to the account, ``user_id_by_app`` to the app."""

    user_id: str
    user_id_by_app: str
    name: str
    phone: str
    city: str = "Bắc Ninh"
    ward: str = "Phường Kinh Bắc"
    address: str = "Số 1 đường Ngô Gia Tự"
    follows: bool = False
    blocked: bool = False
    left: bool = False
    """Unfollowed, and has not written since."""
    refuses_templates: bool = False
    template_admin: bool = False
    last_interaction_ms: int | None = None
    free_replies_used: int = 0
    reactions: dict[str, int] = field(default_factory=dict)
    shared_info: dict[str, str] = field(default_factory=dict)
    """What they gave the account in answer to ``request_user_info``."""
    waiting_card: str | None = None
    """The last ``request_user_info`` message that was shown."""

    def interacts(self, now_ms: int) -> None:
        """Counts an act that opens the free window anew."""
        self.last_interaction_ms = now_ms
        self.free_replies_used = 0
        self.left = False


def long_id(*parts: str) -> str:
    """A stable made-up id of 19 digits, over 2^53 as the platform's are."""
    return str(10**18 + int(hashlib.sha256("\n".join(parts).encode()).hexdigest(), 16) % (8 * 10**18))


class People:
    """All known people, by id and by phone."""

    def __init__(self, oa_id: str, app_id: str) -> None:
        self._oa_id, self._app_id = oa_id, app_id
        self._people: dict[str, Person] = {}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def get(self, user_id: str) -> Person | None:
        """The person with this id, or None."""
        return self._people.get(user_id)

    def ensure(self, user_id: str, name: str | None = None, phone: str | None = None) -> Person:
        """The person with this id; made, with a made-up phone, where they are new."""
        person = self._people.get(user_id)
        if person is None:
            number = int(hashlib.sha256(user_id.encode()).hexdigest(), 16) % 10**7
            person = Person(user_id, long_id(self._app_id, user_id), name or f"Người dùng {user_id[-4:]}", f"8490{number:07d}")
            self._people[user_id] = person
        person.name, person.phone = name or person.name, phone or person.phone
        return person

    def by_phone(self, phone: str) -> Person | None:
        """The person with this phone (``84…``), or None."""
        return next((person for person in self._people.values() if person.phone == phone), None)

    def by_hashed_phone(self, digest: str) -> Person | None:
        """The person the SHA-256 of whose phone is ``digest`` (hex)."""
        fits = (p for p in self._people.values() if hashlib.sha256(p.phone.encode()).hexdigest() == digest.lower())
        return next(fits, None)

    def forget(self, user_id: str) -> None:
        """Removes a person."""
        self._people.pop(user_id, None)

    def clear(self) -> None:
        """Removes everybody."""
        self._people.clear()
