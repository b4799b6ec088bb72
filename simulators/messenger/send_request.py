"""A call of the Send API, read and checked before anything is known about the person it goes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simulators.messenger.graph_errors import (
    MESSAGE_AND_STATE,
    NEITHER_MESSAGE_NOR_STATE,
    RETIRED_TAG,
    bad_parameter,
)
from simulators.messenger.graph_parameters import limited_text, person_id, refuse_unexpected, required_object
from simulators.messenger.message_content import check_message

MessagingType = Literal["RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"]
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
RETIRED_TAGS = frozenset({"CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"})
"""Refused since 2026-04-27."""
_KEYS = ("recipient", "messaging_type", "tag", "message", "sender_action", "payload", "persona_id", "reply_to", "thread_control")


@dataclass(frozen=True)
class ThreadControlOrder:
    """What is to happen to the conversation's control once the message is out; ``app_id`` None = the default application."""

    control_type: Literal["pass", "release"]
    app_id: str | None


@dataclass(frozen=True)
class SendRequest:
    """A well-formed call: either ``message`` with its ``messaging_type``, or ``sender_action`` alone."""

    person: str
    messaging_type: MessagingType | None = None
    tag: str | None = None
    message: Mapping[str, Any] | None = None
    sender_action: str | None = None
    reaction: Mapping[str, Any] | None = None
    persona_id: str | None = None
    reply_to: str | None = None
    thread_control: ThreadControlOrder | None = None


def read_send_request(parameters: Mapping[str, Any], *, with_upload: bool = False) -> SendRequest:
    """The call in ``parameters``. Raises error 100 with the platform's subcode.

    Stricter than the platform in three points: unknown names, a missing ``messaging_type`` and over-long titles
    (which the platform cuts) are refused."""
    refuse_unexpected(parameters, _KEYS)
    person = person_id(parameters)
    has_message, has_action = "message" in parameters, "sender_action" in parameters
    if has_message and has_action:
        raise bad_parameter("Cannot send both message and state at the same time.", MESSAGE_AND_STATE)
    if not has_message and not has_action:
        raise bad_parameter("Must send either message or state", NEITHER_MESSAGE_NOR_STATE)
    if has_action:
        return _action(person, parameters)
    message = required_object(parameters, "message")
    check_message(message, with_upload=with_upload)
    messaging_type, tag = _messaging_type(parameters, message)
    return SendRequest(
        person,
        messaging_type,
        tag,
        message,
        persona_id=_optional_id(parameters, "persona_id"),
        reply_to=_reply_to(parameters),
        thread_control=_thread_control(parameters),
    )


def _action(person: str, parameters: Mapping[str, Any]) -> SendRequest:
    action = parameters["sender_action"]
    if action not in SENDER_ACTIONS:
        raise bad_parameter(f"Param sender_action must be one of {{{', '.join(SENDER_ACTIONS)}}}")
    allowed = {"recipient", "sender_action"}
    if action in ("react", "unreact"):
        allowed.add("payload")
    if action.startswith("typing"):
        allowed.add("persona_id")
    extra = set(parameters) & set(_KEYS) - allowed
    if extra:
        raise bad_parameter(f"sender_action must be sent alone, without {', '.join(sorted(extra))}")
    reaction = None
    if "payload" in allowed:
        reaction = required_object(parameters, "payload")
        wanted = {"message_id", "reaction"} if action == "react" else {"message_id"}
        if set(reaction) != wanted or not all(isinstance(value, str) for value in reaction.values()):
            raise bad_parameter(f"param payload must hold {' and '.join(sorted(wanted))}")
    return SendRequest(person, sender_action=action, reaction=reaction, persona_id=_optional_id(parameters, "persona_id"))


def _messaging_type(parameters: Mapping[str, Any], message: Mapping[str, Any]) -> tuple[MessagingType, str | None]:
    kind, tag = parameters.get("messaging_type"), parameters.get("tag")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"):
        raise bad_parameter("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY}")
    if (kind == "UTILITY") != ("template" in message):
        raise bad_parameter("messaging_type UTILITY and message[template] go together")
    if kind != "MESSAGE_TAG":
        if tag is not None:
            raise bad_parameter("tag is only valid with messaging_type MESSAGE_TAG")
        return kind, None
    if not isinstance(tag, str) or not tag:
        raise bad_parameter("Must provide a tag with messaging_type MESSAGE_TAG")
    if tag in RETIRED_TAGS:
        raise bad_parameter(f"The message tag {tag} is no longer supported", RETIRED_TAG)
    if tag != "HUMAN_AGENT":
        raise bad_parameter("Param tag must be one of {HUMAN_AGENT}", RETIRED_TAG)
    return "MESSAGE_TAG", tag


def _optional_id(parameters: Mapping[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    return None if value is None else limited_text(value, name, 100)


def _reply_to(parameters: Mapping[str, Any]) -> str | None:
    if "reply_to" not in parameters:
        return None
    reply = required_object(parameters, "reply_to")
    if set(reply) != {"mid"}:
        raise bad_parameter("param reply_to must hold exactly mid")
    return limited_text(reply["mid"], "reply_to[mid]", 500)


def _thread_control(parameters: Mapping[str, Any]) -> ThreadControlOrder | None:
    if "thread_control" not in parameters:
        return None
    order = required_object(parameters, "thread_control")
    refuse_unexpected(order, ("control_type", "app_id"), "thread_control")
    kind, app_id = order.get("control_type"), order.get("app_id")
    if kind not in ("pass", "release") or (kind == "release" and app_id is not None):
        raise bad_parameter("param thread_control[control_type] must be pass (with an optional app_id) or release")
    if app_id is not None and not isinstance(app_id, str | int):
        raise bad_parameter("param thread_control[app_id] must be an id")
    return ThreadControlOrder(kind, None if app_id is None else str(app_id))
