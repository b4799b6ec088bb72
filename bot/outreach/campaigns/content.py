"""What a campaign says, and the rules that a text must keep before anybody may approve it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from bot.language.masking import find_private
from bot.language.normalise import nfc

Nature = Literal["service", "promotion"]
Target = Literal["chat", "card"]
MessageChannel = Literal["zalo", "facebook", "telegram"]
MESSAGE_CHANNELS: tuple[MessageChannel, ...] = get_args(MessageChannel)
BANNER, POSTER, LOUDSPEAKER = "webchat", "poster", "loudspeaker"
CHANNELS: tuple[str, ...] = (*MESSAGE_CHANNELS, BANNER, POSTER, LOUDSPEAKER)

TITLE_LIMIT, SHORT_LIMIT, LONG_LIMIT = 80, 400, 3_000
TEMPLATE_PARAMETER_LIMIT = 100
"""Zalo lets a template's author set a limit for each parameter, 30 to 200; the form may set a lower one."""
MOST_TEMPLATE_PARAMETERS = 10

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!][^>]{0,200}>|&(?:#\d+|#x[0-9a-fA-F]+|[a-z]{2,8});|javascript:", re.IGNORECASE)
_LINK = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:com|net|org|vn|me|info|xyz|top|ly)\b", re.IGNORECASE)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
_TEMPLATE_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_PARAMETER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True)
class Template:
    """A platform's approved template: its id (Zalo) or name (Messenger) there, and a value for each of its parameters. A value
    may hold ``{title}``, ``{text}``, ``{link}`` and ``{ward}``."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """One text for every channel. ``short_text``: what a message, a banner and a loudspeaker say; ``long_text``: what stands on
    the poster and behind the link."""

    title: str
    short_text: str
    long_text: str = ""
    procedure_code: str | None = None
    target: Target = "chat"
    nature: Nature = "service"
    channels: tuple[str, ...] = ()
    templates: Mapping[str, Template] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """Why a campaign cannot be submitted: ``key`` of the words, ``where`` in the form, values in the words."""

    key: str
    where: str
    values: Mapping[str, object] = field(default_factory=dict)


def cleaned(text: str) -> str:
    """A text as it is kept: composed letters, without control characters, at most one empty line between paragraphs."""
    plain = _CONTROL.sub("", nfc(text).replace("\r\n", "\n").replace("\r", "\n"))
    lines = [" ".join(line.split()) for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def faults_of(content: Content, procedures: Mapping[str, str]) -> tuple[Fault, ...]:
    """What keeps the content from being submitted; none where nothing does. ``procedures``: those in force, by code."""
    found: list[Fault] = []
    for name, text, limit in (
        ("title", content.title, TITLE_LIMIT),
        ("short_text", content.short_text, SHORT_LIMIT),
        ("long_text", content.long_text, LONG_LIMIT),
    ):
        if not text and name != "long_text":
            found.append(Fault("campaign_fault_empty", name))
        if len(text) > limit:
            found.append(Fault("campaign_fault_long", name, {"limit": limit, "length": len(text)}))
        found += _faults_of_text(name, text)
    if not content.channels or set(content.channels) - set(CHANNELS):
        found.append(Fault("campaign_fault_channels", "channels"))
    if content.procedure_code is not None and content.procedure_code not in procedures:
        found.append(Fault("campaign_fault_procedure", "procedure_code"))
    if content.target == "card" and content.procedure_code is None:
        found.append(Fault("campaign_fault_card", "target"))
    for channel, template in content.templates.items():
        found += _faults_of_template(channel, template, content.nature)
    return tuple(found)


def _faults_of_text(where: str, text: str) -> Sequence[Fault]:
    found = []
    if _MARKUP.search(text):
        found.append(Fault("campaign_fault_markup", where))
    if _LINK.search(text):
        # People learn that only our own short link is real; what else looks like one is somebody else's.
        found.append(Fault("campaign_fault_link", where))
    if _EMOJI.search(text):
        found.append(Fault("campaign_fault_emoji", where))
    if any(span.kind in ("citizen_id", "dossier_code", "bank_card", "email") for span in find_private(text)):
        found.append(Fault("campaign_fault_private", where))
    return found


def _faults_of_template(channel: str, template: Template, nature: Nature) -> Sequence[Fault]:
    where = f"template_{channel}"
    found = []
    if not _TEMPLATE_NAME.fullmatch(template.name):
        found.append(Fault("campaign_fault_template_name", where))
    if channel == "facebook" and nature != "service":
        # A utility template that advertises is refused (TAG_SHOULD_BE_MARKETING), and the page loses the right to send any.
        found.append(Fault("campaign_fault_utility", where))
    if len(template.parameters) > MOST_TEMPLATE_PARAMETERS:
        found.append(Fault("campaign_fault_parameters", where, {"limit": MOST_TEMPLATE_PARAMETERS}))
    for name, value in template.parameters.items():
        if not _PARAMETER_NAME.fullmatch(name) or not value.strip():
            found.append(Fault("campaign_fault_parameter_name", where))
        if len(value) > TEMPLATE_PARAMETER_LIMIT:
            values = {"name": name, "limit": TEMPLATE_PARAMETER_LIMIT}
            found.append(Fault("campaign_fault_parameter_long", where, values))
    return found
