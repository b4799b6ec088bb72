"""Reads the body of a consulting message as strictly as the platform, or more strictly. Pure."""

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from simulators.zalo import errors
from simulators.zalo.errors import ZaloError
from simulators.zalo.knobs import Knobs
from simulators.zalo.message_shapes import (
    AskInfoElement,
    AskInfoPayload,
    Attachment,
    Button,
    ButtonsPayload,
    Envelope,
    FileIdPayload,
    FileTokenPayload,
    MediaElement,
    MediaPayload,
    Message,
    Wire,
)

W = TypeVar("W", bound=Wire)
Kind = Literal["text", "image", "gif", "sticker", "file", "request_user_info"]
_TOO_LONG = frozenset({"string_too_long", "too_long"})


@dataclass(frozen=True)
class ConsultingMessage:
    """A message that may be sent, as far as its body alone can tell."""

    user_id: str
    kind: Kind
    text: str | None = None
    buttons: tuple[Button, ...] = ()
    medium: MediaElement | None = None
    file_token: str | None = None
    card: AskInfoElement | None = None
    quotes: str | None = None


def read_consulting_message(body: object, knobs: Knobs) -> ConsultingMessage:
    """The message in ``body`` (decoded JSON).

    Raises ``ZaloError``: -210 for a text, title or payload over its length, -201 for any other fault of the shape, -233 for the
    list template, and for over five buttons what the knob says.
    """
    envelope = _checked(Envelope, body, knobs)
    message, user_id = envelope.message, envelope.recipient.user_id
    if message.text is not None and not message.text.strip():
        raise ZaloError(errors.INVALID_PARAMETER, "text is empty")
    if message.attachment is None:
        if message.text is None:
            raise ZaloError(errors.INVALID_PARAMETER, "message has neither text nor attachment")
        return ConsultingMessage(user_id, "text", message.text, quotes=message.quote_message_id)
    if message.attachment.type == "file":
        return _file(user_id, message, message.attachment, knobs)
    if message.attachment.type == "template":
        return _template(user_id, message, message.attachment, knobs)
    raise ZaloError(errors.INVALID_PARAMETER, "attachment type")


def _file(user_id: str, message: Message, attachment: Attachment, knobs: Knobs) -> ConsultingMessage:
    _only_attachment(message)
    if knobs.file_payload == "token":
        token = _checked(FileTokenPayload, attachment.payload, knobs).token
    else:
        token = _checked(FileIdPayload, attachment.payload, knobs).attachment_id
    return ConsultingMessage(user_id, "file", file_token=token)


def _template(user_id: str, message: Message, attachment: Attachment, knobs: Knobs) -> ConsultingMessage:
    match attachment.payload.get("template_type", ""):
        case "":
            if knobs.cs_buttons == "refused" or message.text is None or "template_type" in attachment.payload:
                raise ZaloError(errors.INVALID_PARAMETER, "template_type")
            buttons = _checked(ButtonsPayload, attachment.payload, knobs).buttons
            return ConsultingMessage(user_id, "text", message.text, tuple(buttons), quotes=message.quote_message_id)
        case "media":
            return _medium(user_id, message, _checked(MediaPayload, attachment.payload, knobs), knobs)
        case "request_user_info":
            _only_attachment(message)
            card = _checked(AskInfoPayload, attachment.payload, knobs).elements[0]
            return ConsultingMessage(user_id, "request_user_info", card=card)
        case "list":
            raise ZaloError(errors.UNSUPPORTED_TYPE, "template_type list")
    raise ZaloError(errors.INVALID_PARAMETER, "template_type")


def _medium(user_id: str, message: Message, payload: MediaPayload, knobs: Knobs) -> ConsultingMessage:
    element = payload.elements[0]
    if (element.attachment_id is None) == (element.url is None):
        raise ZaloError(errors.INVALID_PARAMETER, "one of attachment_id and url")
    if element.media_type == "gif" and (element.width is None or element.height is None):
        raise ZaloError(errors.INVALID_PARAMETER, "gif needs width and height")
    if element.media_type == "sticker" and (element.attachment_id is None or message.text is not None):
        raise ZaloError(errors.INVALID_PARAMETER, "sticker")
    if payload.buttons is not None and knobs.media_buttons == "refused":
        raise ZaloError(errors.INVALID_PARAMETER, "buttons")
    return ConsultingMessage(
        user_id, element.media_type, message.text, tuple(payload.buttons or ()), element, quotes=message.quote_message_id
    )


def _only_attachment(message: Message) -> None:
    if message.text is not None or message.quote_message_id is not None:
        raise ZaloError(errors.INVALID_PARAMETER, "this attachment stands alone")


def _checked(shape: type[W], body: object, knobs: Knobs) -> W:
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] in _TOO_LONG:
            raise ZaloError(_too_long(first["loc"], knobs), place) from error
        raise ZaloError(errors.INVALID_PARAMETER, place) from error


def _too_long(place: tuple[str | int, ...], knobs: Knobs) -> int:
    match place[-1]:
        case "buttons":
            return knobs.too_many_buttons
        case "elements":
            return errors.INVALID_PARAMETER
    return errors.TOO_BIG
