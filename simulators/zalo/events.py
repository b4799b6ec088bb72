"""The bodies of webhook events. Pure: ids, times and contents come in, the JSON object comes out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.zalo.files import StoredFile
from simulators.zalo.knobs import Knobs
from simulators.zalo.people import Person

Event = dict[str, Any]
_TEMPLATE_SIDE = frozenset({"change_template_status", "change_oa_daily_quota"})


@dataclass(frozen=True)
class EventMaker:
    """Builds events of one application and one Official Account at one moment."""

    app_id: str
    oa_id: str
    timestamp_ms: int
    knobs: Knobs

    def from_user(self, person: Person, name: str, message: Mapping[str, Any] | None = None, **fields: Any) -> Event:
        """A ``user_*`` event: the person is the sender."""
        return self._between(name, person, person.user_id, self.oa_id, message, fields)

    def from_oa(self, person: Person, name: str, message: Mapping[str, Any] | None = None, admin_id: str | None = None) -> Event:
        """An ``oa_*`` event: the account is the sender, with ``admin_id`` where an officer wrote it in the chat tool."""
        event = self._between(name, person, self.oa_id, person.user_id, message, {})
        if admin_id is not None:
            event["sender"]["admin_id"] = admin_id
        return event

    def receipt(self, person: Person, name: str, message: Mapping[str, Any]) -> Event:
        """``user_received_message`` or ``user_seen_message``; the sources disagree on its sender."""
        if self.knobs.receipt_sender == "oa":
            return self._between(name, person, self.oa_id, person.user_id, message, {})
        return self._between(name, person, person.user_id, self.oa_id, message, {})

    def contact_state(self, person: Person, name: str, **fields: Any) -> Event:
        """``follow``, ``unfollow`` and their like: ``oa_id`` and ``follower``, no sender and no recipient."""
        return self._stamped(name, {"oa_id": self.oa_id, "user_id_by_app": person.user_id_by_app, **fields})

    def anonymous(self, name: str, sender: str, recipient: str, message: Mapping[str, Any]) -> Event:
        """A web visitor without a Zalo id, or an answer to one."""
        parties = {"sender": {"id": sender}, "recipient": {"id": recipient}}
        return self._stamped(name, parties | {"message": self._message(message)})

    def template_received(self, recipient: str, message: Mapping[str, Any]) -> Event:
        """Receipt of a ZBS message that was sent by phone: the recipient is the phone or its hash."""
        parties = {"sender": {"id": self.oa_id}, "recipient": {"id": recipient}}
        return self._stamped("user_received_message", parties | {"message": self._message(message)})

    def template_status(self, template_id: str, before: str, after: str, reason: str) -> Event:
        """A review of a template ended."""
        status = {"prev_status": before, "new_status": after}
        about = {"oa_id": self.oa_id, "template_id": template_id, "status": status, "reason": reason}
        return self._stamped("change_template_status", about)

    def daily_quota(self, before: int, after: int) -> Event:
        """The daily number of ZBS messages changed."""
        quota = {"prev_value": str(before), "new_value": str(after)}
        return self._stamped("change_oa_daily_quota", {"oa_id": self.oa_id, "quota": quota})

    def submitted_info(self, person: Person, name: str, phone: str, message_id: str) -> Event:
        """``user_submit_info`` in the shape that the knob names."""
        flat = {"name": name, "phone": phone, "address": person.address, "city": person.city, "ward": person.ward, "district": ""}
        place = {"user_city": person.city, "user_ward": person.ward, "user_address": person.address}
        match self.knobs.submit_info_shape:
            case "flat":
                return self.from_user(person, "user_submit_info", info=flat)
            case "text":
                text = json.dumps({"name": name, "phone": phone, "full_address": place}, ensure_ascii=False)
                return self.from_user(person, "user_submit_info", {"msg_id": message_id, "text": text})
        info = {"name": name, "phone": phone, "user_dob": "01/01/1990", "gender": "1", "full_address": place}
        return self.from_user(person, "user_submit_info", info=info)

    def _between(
        self, name: str, person: Person, sender: str, recipient: str, message: Mapping[str, Any] | None, fields: Mapping[str, Any]
    ) -> Event:
        body: Event = {"user_id_by_app": person.user_id_by_app, "sender": {"id": sender}, "recipient": {"id": recipient}}
        if message is not None:
            body["message"] = self._message(message)
        return self._stamped(name, body | dict(fields))

    def _message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        renamed = {("msg_id", "message_id"): "message_id"}
        return {renamed.get((key, self.knobs.message_id_field), key): value for key, value in message.items()}

    def _stamped(self, name: str, body: Mapping[str, Any]) -> Event:
        stamp: str | int = self.timestamp_ms if self.knobs.timestamp_type == "number" else str(self.timestamp_ms)
        return {"app_id": self.app_id, "event_name": name, "timestamp": stamp, **body}


def attachment(kind: str, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ``attachments`` of a message with one attachment."""
    return [{"type": kind, "payload": dict(payload)}]


def sent_file_message(message_id: str, file: StoredFile, url: str, caption: str | None) -> tuple[str, dict[str, Any]]:
    """Event name and ``message`` for a file that a person sends, by what it is."""
    message: dict[str, Any] = {"msg_id": message_id}
    if caption:
        message["text"] = caption
    major = file.content_type.split("/")[0]
    if file.extension == "gif":
        return "user_send_gif", message | {"attachments": attachment("gif", {"thumbnail": url, "url": url})}
    if major == "image":
        return "user_send_image", message | {"attachments": attachment("image", {"thumbnail": url, "url": url})}
    if major == "audio":
        return "user_send_audio", message | {"attachments": attachment("audio", {"url": url})}
    if major == "video":
        payload = {"url": url, "thumbnail": url, "description": caption or ""}
        return "user_send_video", message | {"attachments": attachment("video", payload)}
    about = {"url": url, "size": str(len(file.content)), "name": file.name, "checksum": file.checksum, "type": file.extension}
    return "user_send_file", message | {"attachments": attachment("file", about)}


def is_from_template_side(event: Mapping[str, Any]) -> bool:
    """Whether the event comes with ``X-ZEvent-Server: ZNS``."""
    message = event.get("message")
    by_phone = isinstance(message, dict) and "delivery_time" in message
    return event.get("event_name") in _TEMPLATE_SIDE or by_phone


def as_bytes(event: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and posted."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def seen_message(message_ids: Sequence[str]) -> dict[str, Any]:
    """The ``message`` of ``user_seen_message``."""
    return {"msg_ids": list(message_ids)}
