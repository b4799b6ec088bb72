"""Switches for what could not be confirmed about the platform, and for its limits."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Knobs(BaseModel):
    """How this stand-in behaves where sources on the real platform disagree; every default is the likelier reading."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # The webhook's signature and shapes
    mac_timestamp: Literal["body", "header"] = "body"
    """Which timestamp feeds the MAC; with ``header`` an ``X-ZEvent-Timestamp`` is sent that differs from the body's."""
    mac_prefix: bool = True
    """Whether the signature reads ``mac=<hex>`` or the bare hex."""
    timestamp_type: Literal["string", "number"] = "string"
    oa_secret_is_app_secret: bool = False
    """Signs events with the application's secret instead of the Official Account's."""
    wrong_secret: bool = False
    """Signs events with a secret that nobody knows."""
    message_id_field: Literal["msg_id", "message_id"] = "msg_id"
    receipt_sender: Literal["user", "oa"] = "user"
    """Who stands as ``sender`` of ``user_received_message`` and ``user_seen_message``."""
    submit_info_shape: Literal["full_address", "flat", "text"] = "full_address"
    events_need_grant: bool = True
    """Sends no event before the Official Account has granted the application a token."""
    receipts: bool = True
    """Whether a message that reaches a phone is followed by ``user_received_message``."""

    # OAuth
    access_token_seconds: int = Field(90_000, ge=1)
    oauth_error_number: bool = True
    """Whether an OAuth error carries its numeric ``error``."""
    refresh_expiry_shown: bool = False
    """Whether a token answer carries ``refresh_token_expires_in``."""

    # Consulting messages
    cs_buttons: Literal["accepted", "refused"] = "accepted"
    """Buttons in a payload without ``template_type``; refused with -201."""
    media_buttons: Literal["accepted", "refused"] = "refused"
    """Buttons inside a media payload; refused with -201."""
    file_payload: Literal["token", "attachment_id"] = "token"
    too_many_buttons: Literal[-210, -201] = -210
    free_replies: Literal["unlimited"] | Annotated[int, Field(ge=0)] = "unlimited"
    """Free messages per person within 48 hours of the last interaction; further ones are paid."""
    paid_quota: int = Field(2000, ge=0)
    """Paid consulting messages per month."""
    blocked_error: Literal[-244, -213] = -244
    rate_per_minute: int = Field(4000, ge=1)

    # Uploads and links
    uploads_per_month: int = Field(5000, ge=0)
    cdn_link_seconds: int = Field(86_400, ge=1)

    # ZBS templates
    template_daily_quota: int = Field(500, ge=0)
    night_blocks: Literal["promotion", "all"] = "promotion"
