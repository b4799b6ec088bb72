"""The JSON shapes of a consulting message (``/v3.0/oa/message/cs``). Unknown fields are refused, values are not converted."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_TEXT = 2000
MAX_BUTTONS = 5

WebAddress = Annotated[str, Field(pattern=r"^https?://[^\s/]+", max_length=2048)]
PhoneCode = Annotated[str, Field(pattern=r"^\+?[0-9]{3,15}$")]
Identifier = Annotated[str, Field(min_length=1, max_length=512)]


class Wire(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AddressPayload(Wire):
    """Target of ``oa.open.url``."""

    url: WebAddress


class PhonePayload(Wire):
    """Target of ``oa.open.phone``."""

    phone_code: PhoneCode


class SmsPayload(Wire):
    """Target of ``oa.open.sms``."""

    content: str = Field(max_length=160)
    phone_code: PhoneCode


class _Titled(Wire):
    title: str = Field(min_length=1, max_length=100)


class OpenAddress(_Titled):
    """Opens a web page."""

    type: Literal["oa.open.url"]
    payload: AddressPayload


class Query(_Titled):
    """Sends ``payload`` as the person's text; ``show`` also prints it in the chat."""

    type: Literal["oa.query.show", "oa.query.hide"]
    payload: str = Field(min_length=1, max_length=1000)


class CallPhone(_Titled):
    """Dials."""

    type: Literal["oa.open.phone"]
    payload: PhonePayload


class WriteSms(_Titled):
    """Opens an SMS that is ready to send."""

    type: Literal["oa.open.sms"]
    payload: SmsPayload


Button = Annotated[OpenAddress | Query | CallPhone | WriteSms, Field(discriminator="type")]
Buttons = Annotated[list[Button], Field(min_length=1, max_length=MAX_BUTTONS)]


class ButtonsPayload(Wire):
    """Buttons under a text; this payload has no ``template_type``."""

    buttons: Buttons


class MediaElement(Wire):
    """One picture, animation or sticker, by uploaded id or by address."""

    media_type: Literal["image", "gif", "sticker"]
    attachment_id: Identifier | None = None
    url: WebAddress | None = None
    width: int | None = Field(None, ge=1)
    height: int | None = Field(None, ge=1)


class MediaPayload(Wire):
    """Exactly one medium; buttons only where the platform takes them there."""

    template_type: Literal["media"]
    elements: list[MediaElement] = Field(min_length=1, max_length=1)
    buttons: Buttons | None = None


class AskInfoElement(Wire):
    """The card that asks for a person's name, phone and address."""

    title: str = Field(min_length=1, max_length=100)
    subtitle: str = Field(max_length=500)
    image_url: str = Field(max_length=2048)


class AskInfoPayload(Wire):
    """Exactly one card."""

    template_type: Literal["request_user_info"]
    elements: list[AskInfoElement] = Field(min_length=1, max_length=1)


class FileTokenPayload(Wire):
    """An uploaded file, by its token."""

    token: Identifier


class FileIdPayload(Wire):
    """An uploaded file, under the other name of the field."""

    attachment_id: Identifier


class Recipient(Wire):
    """Who gets it."""

    user_id: str = Field(min_length=1, max_length=64)


class Attachment(Wire):
    """What hangs on a message; ``payload`` is checked by its kind."""

    type: str
    payload: dict[str, object]


class Message(Wire):
    """The message itself."""

    text: str | None = Field(None, max_length=MAX_TEXT)
    quote_message_id: Identifier | None = None
    attachment: Attachment | None = None


class Envelope(Wire):
    """The whole body."""

    recipient: Recipient
    message: Message
