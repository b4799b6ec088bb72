"""How a notice is told: pure. The status is told as when somebody asks for it, in one bubble: code masked, never a name."""

from datetime import datetime

from bot.clock import VIETNAM_TIME
from bot.dossiers.lookup import Found
from bot.dossiers.next_steps import procedure_name
from bot.dossiers.rendering import FACET, render_status
from bot.language.formats import spoken_date
from bot.language.masking import masked
from bot.messages import BotMessage, Button
from bot.outreach.reminders import open_deadline
from bot.outreach.rules import NoticeRules
from bot.portal.records import Dossier
from bot.texts import say

STOP_INTENT = "unsubscribe"


def change_message(
    dossier: Dossier,
    rules: NoticeRules,
    now: datetime,
    *,
    watch_id: str,
    ends: bool,
    missed: bool,
    answers: bool = False,
    language: str = "vi",
) -> BotMessage:
    """A change. ``ends``: nothing more will be told. ``missed``: the citizen was out of reach when it happened. ``answers``: it
    was asked for while the portal did not answer."""
    shown = render_status(Found(dossier, dossier.as_of, False), rules.calendar, now, language=language, table=rules.statuses)
    head = say("notice_answer" if answers else "notice_missed" if missed else "notice_changed", language)
    last = say("notice_ends", language, code=masked("dossier_code", dossier.dossier_code)) if ends else ""
    text = "\n".join(line for line in (head, *(message.text for message in shown), last) if line)
    sources = tuple(source for message in shown for source in message.sources)
    buttons = () if ends else (stop_button(watch_id, language),)
    return BotMessage(text, "notice", buttons, dossier.procedure_code, FACET, sources)


def reminder_message(kind: str, dossier: Dossier, now: datetime, *, watch_id: str, language: str = "vi") -> BotMessage | None:
    """A reminder; None where it has come too late to be true."""
    code = masked("dossier_code", dossier.dossier_code)
    name = f" ({procedure_name(dossier.procedure_name)})" if dossier.procedure_name else ""
    if kind == "pick_up_reminder":
        place = dossier.result_place or dossier.receiving_unit
        where = say("notice_pick_up_place", language, place=place) if place else ""
        text = say("notice_pick_up", language, code=code, name=name)
        text = f"{text} {where}".strip()
    else:
        deadline = open_deadline(dossier)
        if deadline is None or deadline < now.astimezone(VIETNAM_TIME).date():
            return None
        text = say("notice_supplement", language, code=code, name=name, day=spoken_date(deadline))
    buttons = (stop_button(watch_id, language),)
    return BotMessage(text, "notice", buttons, dossier.procedure_code, FACET)


def no_answer_message(why: str, shown: str, language: str = "vi") -> BotMessage:
    """What was asked for while the portal was away cannot be told: it stayed away, or the proofs opened nothing."""
    key = "notice_not_opened" if why == "not_opened" else "notice_still_away"
    again = Button(say("button_status", language), "check_status")
    return BotMessage(say(key, language, code=shown), "notice", (again,), facet=FACET)


def stop_button(watch_id: str, language: str = "vi") -> Button:
    """Ends the notices of one dossier."""
    return Button(say("notice_button_stop", language), STOP_INTENT, {"refs": watch_id})
