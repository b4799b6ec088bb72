"""A campaign as messages: what a citizen reads on a platform, in a template, on the web chat's banner. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.messages import BotMessage, Button
from bot.outreach.campaigns.content import TEMPLATE_PARAMETER_LIMIT, Content
from bot.texts import say

OUTREACH = "outreach"
"""The intent of this area's buttons: the gateway carries them out itself, no trained model stands in between."""

BANNER_LIMIT = 240


def campaign_message(content: Content, link: str, campaign_id: int, *, test: bool = False) -> BotMessage:
    """What goes to one person: the short text, where to go on, and how to stop, in words and by a button. ``link``: the short
    link of this channel and ward; it is a button where it is https, else a line."""
    lines = [say("campaign_test")] if test else []
    lines += [content.title, content.short_text]
    buttons: list[Button] = []
    if content.procedure_code is not None:
        buttons.append(Button(say("campaign_button_begin"), OUTREACH, {"do": "open", "campaign": str(campaign_id)}))
    if link.startswith("https://"):
        buttons.append(Button(say("campaign_button_more"), url=link))
    else:
        lines.append(say("campaign_more", link=link))
    lines.append(say("campaign_how_to_stop"))
    buttons.append(Button(say("campaign_button_stop"), OUTREACH, {"do": "stop", "campaign": str(campaign_id)}))
    return BotMessage("\n\n".join(lines), "notice", tuple(buttons), content.procedure_code)


def arrival_message(content: Content) -> BotMessage:
    """What somebody reads who came by one of its links: the whole text, and the way on."""
    text = "\n\n".join(part for part in (content.title, content.short_text, content.long_text) if part)
    code = content.procedure_code
    buttons = (Button(say("campaign_button_begin"), "choose_procedure", {"procedure_code": code}),) if code else ()
    return BotMessage(text, "notice", buttons, code)


def template_of(content: Content, channel: str, link: str, ward: str) -> dict[str, Any] | None:
    """The channel's template filled in, as ``Channel.render`` wants it; None where the campaign has none for it."""
    template = content.templates.get(channel)
    if template is None:
        return None
    values = {"title": content.title, "text": content.short_text, "link": link, "ward": ward}
    filled = {name: _filled(value, values) for name, value in template.parameters.items()}
    shown = "\n\n".join([content.title, *filled.values()])
    # Zalo's consulting messages must not advertise, not even within the window.
    always = channel == "zalo" and content.nature == "promotion"
    return {"name": template.name, "parameters": filled, "shown": shown, "always": always}


def banner_text(content: Content, language: str = "vi") -> str:
    """One line above the web chat; cut at a word where it is long, for the chat tells the rest."""
    text = say("campaign_banner", language, title=content.title, text=" ".join(content.short_text.split()))
    if len(text) <= BANNER_LIMIT:
        return text
    return text[: BANNER_LIMIT - 1].rsplit(" ", 1)[0] + "…"


def _filled(value: str, values: Mapping[str, str]) -> str:
    """Only these names are filled in: a brace that stands for nothing stays as it is and breaks nothing."""
    for name, text in values.items():
        value = value.replace("{" + name + "}", text)
    one_line = " ".join(value.split())
    if len(one_line) <= TEMPLATE_PARAMETER_LIMIT:
        return one_line
    # A link that is cut leads nowhere: the words before it give way.
    head, found, tail = one_line.partition(values["link"])
    if found and len(found) < TEMPLATE_PARAMETER_LIMIT:
        room = TEMPLATE_PARAMETER_LIMIT - len(found) - 2
        return f"{head[:room].rsplit(' ', 1)[0]}… {found}" if head else f"{found}{tail[: room + 2]}"
    return one_line[: TEMPLATE_PARAMETER_LIMIT - 1].rsplit(" ", 1)[0] + "…"
