"""What differs from page to page, or could not be confirmed: switchable on the control plane."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Knobs(BaseModel):
    """Switches of the simulated page; the defaults are what the documents say.

    ``take_names_new_owner``: False sends ``new_owner_app_id: null`` in ``take_thread_control``, as pages were seen to do.
    ``delivery_receipts``: with the ids of the messages, with the watermark alone, or none. ``fetch_external``: fetch media
    addresses outside loopback; otherwise they are taken as they are, unseen. Seconds of ``fetch_seconds`` are real, all
    others simulated.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    blocked_reply: Literal["551", "200"] = "551"
    window_subcode: Literal[2018278, 2018065] = 2018278
    human_agent_feature: bool = False
    page_utility_messaging: bool = True
    require_appsecret_proof: bool = False
    app_mode: Literal["live", "development"] = "live"
    profile_access: bool = True
    delivery_receipts: Literal["mids", "watermark", "off"] = "mids"
    read_receipts: bool = True
    take_names_new_owner: bool = True
    sticker_as_image: bool = False
    template_review: Literal["APPROVED", "REJECTED", "PENDING"] = "APPROVED"
    template_reject_reason: str = "TAG_SHOULD_BE_MARKETING"
    sends_per_second: int = Field(300, ge=1)
    media_sends_per_second: int = Field(10, ge=1)
    calls_per_engaged_person_a_day: int = Field(200, ge=1)
    sends_per_person_a_minute: int | None = Field(None, ge=1)
    fetch_external: bool = False
    fetch_seconds: float = Field(10, gt=0)
    video_fetch_seconds: float = Field(75, gt=0)
    cdn_link_seconds: int = Field(24 * 3600, ge=1)
