"""Which officers' files a platform takes as an attachment of its own, and why not where it does not.

The limits of the platforms as the channels know them (``connectors/*/capabilities``; a test keeps both alike).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.conversations.media_types import DOC, DOCX

Kind = Literal["image", "file"]
LinkReason = Literal["channel", "type", "size"]
_PICTURES = ("image/jpeg", "image/png")
_EVERYTHING = (*_PICTURES, "image/heic", "application/pdf", DOC, DOCX)


@dataclass(frozen=True)
class NativeForm:
    """A form of attachment: what goes into it, and up to how many bytes."""

    kind: Kind
    media_types: tuple[str, ...]
    longest: int


NATIVE_FORMS: Mapping[str, tuple[NativeForm, ...]] = {
    "zalo": (NativeForm("image", _PICTURES, 1_000_000), NativeForm("file", ("application/pdf", DOC, DOCX), 5_000_000)),
    "facebook": (NativeForm("image", _PICTURES, 8 * 1024 * 1024), NativeForm("file", _EVERYTHING, 25 * 1024 * 1024)),
    # Telegram makes photographs smaller: a paper stays as it is only as a document.
    "telegram": (NativeForm("file", _EVERYTHING, 50_000_000),),
}
"""Forms by channel, the best first. A channel that is missing takes none: the web chat's page is ours, its link as good."""


@dataclass(frozen=True)
class SentAs:
    """How a file goes out: as an attachment of this kind, or as a link for this reason."""

    kind: Kind | None
    why_link: LinkReason | None = None


def sent_as(channel: str, media_type: str, size: int) -> SentAs:
    """The form in which the channel's platform takes the file. ``size`` in bytes."""
    forms = [form for form in NATIVE_FORMS.get(channel, ()) if media_type in form.media_types]
    fitting = next((form for form in forms if size <= form.longest), None)
    if fitting is not None:
        return SentAs(fitting.kind)
    if channel not in NATIVE_FORMS:
        return SentAs(None, "channel")
    return SentAs(None, "size" if forms else "type")
