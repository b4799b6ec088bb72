"""Switches for what the platform does not document, or what a test wants otherwise."""

from pydantic import BaseModel, ConfigDict, Field


class Knobs(BaseModel):
    """``rates``: the sending limits; ``https_only``: webhooks need https and the platform's ports (off, since the bot under
    test is on loopback); ``strict``: unknown parameters are refused, which the platform would ignore; ``callback_seconds``:
    how long a tap can be answered (simulated seconds; the platform does not document it)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rates: bool = True
    https_only: bool = False
    strict: bool = True
    callback_seconds: float = Field(60.0, gt=0)
