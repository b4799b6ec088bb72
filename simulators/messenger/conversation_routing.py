"""Conversation routing: which application controls a thread, and what each act does to it.

Rules of the platform's page "Conversation Routing for Instagram" (2026), as Messenger's own could not be read: control
lapses 24 hours after the person's last message or the last act on it; while a thread is idle only the default application
writes; without a default application everyone does, and control cannot be taken.
"""

from dataclasses import dataclass
from typing import Any

from simulators.messenger.graph_errors import (
    NOT_THREAD_OWNER,
    OTHER_APP_CONTROLS,
    WRONG_APP_ID,
    GraphError,
    bad_parameter,
)

PAGE_INBOX = "263902037430900"
"""Target of a pass to the page's own inbox (Meta Business Suite)."""
CONTROL_SECONDS = 24 * 3600
LONGEST_EXTENSION = 7 * 24 * 3600


@dataclass(frozen=True)
class Handover:
    """A change of control that its ``receiver`` application is told of; ``event`` is the part named by its kind."""

    receiver: str
    event: dict[str, Any]


@dataclass
class _Control:
    owner: str
    expires_at: float


class ConversationRouting:
    """State of all threads. ``default_app`` None = routing is not configured; times are seconds since the epoch."""

    def __init__(self, apps: set[str], default_app: str | None) -> None:
        self.apps = apps | {PAGE_INBOX}
        self.default_app = default_app
        self.may_take = {PAGE_INBOX}
        self._threads: dict[str, _Control] = {}

    def owner(self, person: str, now: float) -> str | None:
        """The application in control, None = idle."""
        control = self._threads.get(person)
        return control.owner if control is not None and now < control.expires_at else None

    def expires_at(self, person: str, now: float) -> int | None:
        """When control lapses, None = idle."""
        return int(self._threads[person].expires_at) if self.owner(person, now) is not None else None

    def forget(self, person: str) -> None:
        """The thread is idle again."""
        self._threads.pop(person, None)

    def person_wrote(self, person: str, now: float) -> None:
        """A message makes the thread active: under its owner for another day, else under the default application."""
        owner = self.owner(person, now) or self.default_app
        if owner is not None:
            running = self._threads[person].expires_at if self.owner(person, now) else 0
            self._threads[person] = _Control(owner, max(running, now + CONTROL_SECONDS))

    def standby_for(self, app: str, person: str, now: float) -> bool:
        """Whether ``app`` only listens to this thread."""
        in_charge = self.owner(person, now) or self.default_app
        return in_charge is not None and in_charge != app

    def check_may_send(self, app: str, person: str, now: float) -> None:
        """Raises error 10/2018300 where another application controls the thread."""
        if self.standby_for(app, person, now):
            raise GraphError(10, "Message failed to send because another app is controlling this thread now.", OTHER_APP_CONTROLS)

    def pass_control(self, app: str, person: str, target: str | None, metadata: str | None, now: float) -> list[Handover]:
        """By the owner, or by anyone while idle. Raises error 100."""
        previous = self.owner(person, now)
        if previous not in (None, app):
            raise bad_parameter("The action is invalid since it's not the thread owner.", NOT_THREAD_OWNER)
        receiver = target or self.default_app
        if receiver is None:
            raise bad_parameter("The parameter target_app_id is required")
        if receiver not in self.apps:
            raise bad_parameter("Incorrect App ID.", WRONG_APP_ID)
        if receiver == previous:
            raise bad_parameter("The target app already controls this thread")
        self._threads[person] = _Control(receiver, now + CONTROL_SECONDS)
        return [Handover(receiver, _change("pass_thread_control", previous, receiver, metadata))]

    def release_control(self, app: str, person: str, now: float) -> None:
        """By the owner; nobody is told. Raises error 100."""
        self._only_owner(app, person, now)
        del self._threads[person]

    def take_control(self, app: str, person: str, metadata: str | None, now: float) -> list[Handover]:
        """By applications the page lets take control; the loser is told. Raises errors 27, 10 and 100."""
        if self.default_app is None:
            raise GraphError(27, "Take thread control is not available: no default app is set for this page.")
        if app != self.default_app and app not in self.may_take:
            raise GraphError(10, "This app is not allowed to take control of conversations.")
        previous = self.owner(person, now)
        if previous == app:
            raise bad_parameter("This app already controls this thread")
        self._threads[person] = _Control(app, now + CONTROL_SECONDS)
        return [Handover(previous, _change("take_thread_control", previous, app, metadata))] if previous is not None else []

    def request_control(self, app: str, person: str, metadata: str | None, now: float) -> list[Handover]:
        """Without a default application only: an idle thread is handed over, an owner is asked. Raises error 100."""
        if self.default_app is not None:
            raise bad_parameter("Request thread control is not available while conversation routing is configured")
        owner = self.owner(person, now)
        if owner == app:
            raise bad_parameter("This app already controls this thread")
        if owner is None:
            return self.pass_control(app, person, app, metadata, now)
        asked = {"requested_owner_app_id": app, **_metadata(metadata)}
        return [Handover(owner, {"request_thread_control": asked})]

    def extend_control(self, app: str, person: str, seconds: int, now: float) -> None:
        """By the owner, for at most seven days. Raises error 100."""
        self._only_owner(app, person, now)
        if not 0 < seconds <= LONGEST_EXTENSION:
            raise bad_parameter(f"param duration must be between 1 and {LONGEST_EXTENSION}")
        self._threads[person].expires_at = now + seconds

    def inbox_replied(self, person: str, now: float) -> list[Handover]:
        """An officer answers in the page's inbox: with routing, or from an owner, the inbox takes the thread."""
        previous = self.owner(person, now)
        if previous == PAGE_INBOX or (previous is None and self.default_app is None):
            return []
        self._threads[person] = _Control(PAGE_INBOX, now + CONTROL_SECONDS)
        return [Handover(previous, _change("take_thread_control", previous, PAGE_INBOX, None))] if previous else []

    def _only_owner(self, app: str, person: str, now: float) -> None:
        if self.owner(person, now) != app:
            raise bad_parameter("The action is invalid since it's not the thread owner.", NOT_THREAD_OWNER)


def _change(kind: str, previous: str | None, new: str, metadata: str | None) -> dict[str, Any]:
    return {kind: {"previous_owner_app_id": previous, "new_owner_app_id": new, **_metadata(metadata)}}


def _metadata(metadata: str | None) -> dict[str, str]:
    return {} if metadata is None else {"metadata": metadata}
