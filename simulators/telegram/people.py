"""The simulated citizens and their chats with the bot."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulators.messaging.orders import NewUser, SimUser
from simulators.messaging.platform import ActRefused, UnknownUser

# Real ids no longer fit 32 bits.
_FIRST_ID = 5_000_000_000


@dataclass
class Person:
    """A citizen, and the one chat with the bot in which they write: private, or a group of their own."""

    id: int
    name: str
    phone: str
    chat_id: int
    chat_type: str = "private"
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    last_act: datetime | None = None
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    next_message_id: int = 1
    one_time_keyboard: bool = False

    @property
    def key(self) -> str:
        """The id as the control plane has it."""
        return str(self.id)

    @property
    def private(self) -> bool:
        """Whether the chat is private."""
        return self.chat_type == "private"

    def as_user(self) -> dict[str, Any]:
        """The platform's User object."""
        first, _, last = self.name.partition(" ")
        user = {"id": self.id, "is_bot": False, "first_name": first}
        return user | ({"last_name": last} if last else {}) | {"language_code": "vi"}

    def as_chat(self) -> dict[str, Any]:
        """The platform's Chat object."""
        if not self.private:
            return {"id": self.chat_id, "title": f"Nhóm của {self.name}", "type": self.chat_type}
        names = {key: value for key, value in self.as_user().items() if key in ("first_name", "last_name")}
        return {"id": self.chat_id, **names, "type": "private"}

    def as_sim_user(self) -> SimUser:
        """For the control plane."""
        return SimUser(
            id=self.key,
            name=self.name,
            phone=self.phone,
            blocked=self.blocked,
            following=self.started,
            last_act=self.last_act,
            extra={"chat_id": self.chat_id, "chat_type": self.chat_type, "deactivated": self.deactivated},
        )

    def take_message_id(self) -> int:
        """The next message id of this chat."""
        self.next_message_id += 1
        return self.next_message_id - 1


class People:
    """All citizens, by id and by chat."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}

    def make(self, order: NewUser) -> Person:
        """Adds a citizen; ``extra`` may hold ``chat_type`` ("private", "group"). Raises ``ActRefused``."""
        unknown = set(order.extra) - {"chat_type"}
        chat_type = order.extra.get("chat_type", "private")
        if unknown or chat_type not in ("private", "group", "supergroup"):
            raise ActRefused("extra may hold chat_type: private, group or supergroup")
        if order.id is not None and not (order.id.isascii() and order.id.isdecimal() and 0 < int(order.id) < 2**52):
            raise ActRefused("a Telegram user id is a positive whole number below 2^52")
        number = int(order.id) if order.id else _FIRST_ID + secrets.randbelow(1_000_000_000)
        if str(number) in self._people:
            raise ActRefused(f"there is a user {number} already")
        chat_id = number if chat_type == "private" else -number if chat_type == "group" else -1_000_000_000_000 - number
        phone = _international(order.phone or f"8491{secrets.randbelow(10_000_000):07}")
        person = Person(number, order.name, phone, chat_id, chat_type)
        self._people[person.key] = person
        return person

    def get(self, key: str) -> Person:
        """The citizen with this id; raises ``UnknownUser``."""
        if key not in self._people:
            raise UnknownUser(f"no simulated user {key!r}")
        return self._people[key]

    def in_chat(self, chat_id: int) -> Person | None:
        """Whose chat this is."""
        return next((person for person in self._people.values() if person.chat_id == chat_id), None)

    def all(self) -> list[Person]:
        """All citizens, oldest first."""
        return list(self._people.values())

    def clear(self) -> None:
        """Forgets all."""
        self._people.clear()


def _international(phone: str) -> str:
    """Telegram gives numbers with the country code and mostly without a plus."""
    digits = "".join(character for character in phone if character.isdecimal())
    return "84" + digits[1:] if digits.startswith("0") else digits
