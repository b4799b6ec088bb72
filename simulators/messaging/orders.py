"""The bodies that the control plane takes."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from simulators.messaging.deliveries import DeliveryOptions


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClockOrder(_Order):
    """Exactly one of the two: the time that it shall be, or simulated seconds to move on."""

    now: AwareDatetime | None = None
    advance: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.now is None) == (self.advance is None):
            raise ValueError("give either now or advance")
        return self


class NewUser(_Order):
    """A simulated citizen. Without ``id`` the platform makes one up; ``extra`` is what only this platform knows."""

    id: str | None = Field(None, min_length=1, max_length=64)
    name: str = Field("Nguyễn Văn A", min_length=1, max_length=64)
    phone: str | None = Field(None, max_length=20)
    extra: dict[str, Any] = Field(default_factory=dict)


class ActOrder(_Order):
    """What a citizen does; each act reads its own fields and ignores none that it does not know.

    say: ``text``; tap: ``message_id`` and ``value`` (or ``title``) of the button; share_contact: ``phone``, ``name`` and ``own``
    (False = somebody else's card); share_location: ``latitude``, ``longitude``; send_file: ``kind`` and ``text`` as caption (the
    file itself comes as multipart); follow, start: ``value`` (deep link). ``extra`` is what only this platform knows.
    """

    text: str | None = None
    message_id: str | None = None
    value: str | None = None
    title: str | None = None
    phone: str | None = None
    name: str | None = None
    own: bool = True
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    kind: Literal["image", "file", "voice"] = "file"
    extra: dict[str, Any] = Field(default_factory=dict)
    delivery: DeliveryOptions = Field(default_factory=DeliveryOptions)


@dataclass(frozen=True)
class SentFile:
    """A file that a citizen sends."""

    name: str
    content_type: str
    content: bytes


class OfficerOrder(_Order):
    """An officer answers ``user`` from the platform's own inbox, past the bot."""

    user: str
    text: str = Field(min_length=1)
    officer: str = "Cán bộ trực"
    extra: dict[str, Any] = Field(default_factory=dict)
    delivery: DeliveryOptions = Field(default_factory=DeliveryOptions)


class RawPost(_Order):
    """Any bytes, posted to the webhook once, with no retry. ``signature``: as the platform signs, with a wrong one, or none."""

    body: str = ""
    encoding: Literal["utf-8", "base64"] = "utf-8"
    content_type: str | None = "application/json"
    headers: dict[str, str] = Field(default_factory=dict)
    signature: Literal["right", "wrong", "none"] = "right"

    @model_validator(mode="after")
    def _decodes(self) -> Self:
        self.content()
        return self

    def content(self) -> bytes:
        """The bytes to post. Raises ``ValueError`` where the text is not base64."""
        if self.encoding == "utf-8":
            return self.body.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(self.body, validate=True)
        except binascii.Error as error:
            raise ValueError("the body is not base64") from error


class SecretOrder(_Order):
    """The platform's secret changes; without ``value`` it makes one up."""

    value: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


class ReleaseOrder(_Order):
    """How held deliveries are posted."""

    reversed: bool = False


class SimUser(BaseModel):
    """A simulated citizen as the control plane shows them."""

    id: str
    name: str
    phone: str | None = None
    blocked: bool = False
    following: bool = False
    last_act: datetime | None = None
    extra: dict[str, Any] = Field(default_factory=dict)
