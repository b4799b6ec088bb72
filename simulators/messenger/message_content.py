"""The ``message`` of a Send API call: text, quick replies, attachments and utility templates, within their limits."""

from collections.abc import Mapping
from typing import Any

from simulators.messenger.graph_errors import EMPTY_MESSAGE, INVALID_MESSAGE, bad_parameter
from simulators.messenger.graph_parameters import flag, limited_text, refuse_unexpected, text_of
from simulators.messenger.structured_templates import PAYLOAD, check_template, check_url

TEXT = 2000
METADATA = 1000
QUICK_REPLIES = 13
QUICK_REPLY_TITLE = 20
MEDIA_KINDS = ("image", "audio", "video", "file")
_CONTENTS = ("text", "attachment", "template")


def check_message(message: Mapping[str, Any], *, with_upload: bool = False) -> None:
    """Raises error 100 unless the message is one the platform would show.

    ``with_upload``: a file came along as ``filedata``, so the attachment needs neither address nor id."""
    refuse_unexpected(message, (*_CONTENTS, "quick_replies", "metadata"), "message")
    contents = [name for name in _CONTENTS if message.get(name) not in (None, "")]
    if not contents:
        raise bad_parameter("Message cannot be empty, must provide valid attachment or text", EMPTY_MESSAGE)
    if len(contents) > 1:
        raise bad_parameter(f"Message must hold only one of {', '.join(contents)}", INVALID_MESSAGE)
    if "metadata" in message:
        limited_text(message["metadata"], "message[metadata]", METADATA)
    match contents[0]:
        case "text":
            text_of(message, "text", "message", TEXT)
        case "attachment":
            _check_attachment(message["attachment"], with_upload=with_upload)
        case "template":
            _check_utility(message["template"])
    if "quick_replies" in message:
        if contents[0] == "template":
            raise bad_parameter("A utility template cannot carry quick replies", INVALID_MESSAGE)
        _check_quick_replies(message["quick_replies"])


def _check_attachment(attachment: Any, *, with_upload: bool) -> None:
    if not isinstance(attachment, dict):
        raise bad_parameter("param message[attachment] must be an object")
    refuse_unexpected(attachment, ("type", "payload"), "message[attachment]")
    kind = attachment.get("type")
    if kind is None:
        raise bad_parameter("The parameter message[attachment][type] is required")
    payload = attachment.get("payload")
    if not isinstance(payload, dict):
        raise bad_parameter("The parameter message[attachment][payload] is required")
    if kind == "template":
        check_template(payload)
    elif kind in MEDIA_KINDS:
        check_media(payload, with_upload=with_upload)
    else:
        raise bad_parameter(f"param message[attachment][type] must be one of {', '.join((*MEDIA_KINDS, 'template'))}")


def check_media(payload: Mapping[str, Any], *, with_upload: bool) -> None:
    """Raises error 100 unless exactly one source is named: an address, an attachment id or the upload that came along."""
    where = "message[attachment][payload]"
    refuse_unexpected(payload, ("url", "attachment_id", "is_reusable"), where)
    if with_upload + ("url" in payload) + ("attachment_id" in payload) != 1:
        raise bad_parameter(f"{where} must name exactly one of url, attachment_id or an uploaded file", INVALID_MESSAGE)
    if "url" in payload:
        check_url(payload["url"], f"{where}[url]")
    if "attachment_id" in payload:
        text_of(payload, "attachment_id", where, 100)
    if "is_reusable" in payload:
        flag(payload["is_reusable"], f"{where}[is_reusable]")


def _check_quick_replies(replies: Any) -> None:
    if not isinstance(replies, list) or not replies:
        raise bad_parameter("param message[quick_replies] must be a non-empty array.")
    if len(replies) > QUICK_REPLIES:
        raise bad_parameter(f"param message[quick_replies] has too many elements: {len(replies)}, at most {QUICK_REPLIES}.")
    for number, reply in enumerate(replies):
        where = f"message[quick_replies][{number}]"
        if not isinstance(reply, dict):
            raise bad_parameter(f"param {where} must be an object")
        match reply.get("content_type"):
            case "text":
                refuse_unexpected(reply, ("content_type", "title", "payload", "image_url"), where)
                text_of(reply, "title", where, QUICK_REPLY_TITLE)
                text_of(reply, "payload", where, PAYLOAD)
                if "image_url" in reply:
                    check_url(reply["image_url"], f"{where}[image_url]")
            case "user_phone_number" | "user_email":
                refuse_unexpected(reply, ("content_type",), where)
            case other:
                # "location" was retired; it falls here with everything unknown.
                raise bad_parameter(f"param {where}[content_type] must not be {other!r}")


def _check_utility(template: Any) -> None:
    if not isinstance(template, dict):
        raise bad_parameter("param message[template] must be an object")
    refuse_unexpected(template, ("name", "language", "components"), "message[template]")
    text_of(template, "name", "message[template]", 512)
    language = template.get("language")
    if not isinstance(language, dict) or set(language) != {"code"} or not isinstance(language["code"], str):
        raise bad_parameter("param message[template][language] must be an object with a code")
    components = template.get("components", [])
    if not isinstance(components, list) or not all(isinstance(item, dict) for item in components):
        raise bad_parameter("param message[template][components] must be an array of objects")
