"""How the second proof beside a dossier code is asked for, in words: pure, from the steps of ``bot.dossiers.second_factors`` to
neutral messages. Every answer about a one-time code is the same whether or not code, digits and telephone fit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.clock import VIETNAM_TIME
from bot.language.formats import spoken_date
from bot.messages import BotMessage, Button
from bot.texts import say

FactorWay = Literal["phone", "login"]
StepOutcome = Literal["asked", "proved", "refused", "waiting", "gone", "locked", "away"]
FactorAct = Literal["phone", "login", "logged_in", "send_again", "other_way"]

ACT = "do"
INTENT = "check_status"
"""Buttons of the second proof are acts of the status question; ``do`` names the step."""


@dataclass(frozen=True)
class FactorStep:
    """One step towards a second proof.

    ``asked``: a code may have been sent, or a page waits at ``url``; ``ref`` names it. ``proved``: ``ref`` is the proof.
    ``refused``: the code does not fit (or is used up, or too old: never which). ``waiting``: nobody has logged in yet. ``gone``:
    what it refers to is not kept any more. ``locked``: not before ``until``. ``away``: the portal did not answer."""

    outcome: StepOutcome
    ref: str = ""
    url: str = ""
    until: datetime | None = None


def spoken_instant(moment: datetime) -> str:
    """``14 giờ 30 ngày 05/08/2026``, in Vietnam time."""
    local = moment.astimezone(VIETNAM_TIME)
    return f"{local.hour} giờ {local.minute:02d} ngày {spoken_date(local.date())}"


def next_minute(moment: datetime) -> datetime:
    """Rounded up, so that a try at the spoken minute is not too early."""
    return datetime.fromtimestamp(-(-moment.timestamp() // 60) * 60, VIETNAM_TIME)


def act(key: str, do: FactorAct, language: str = "vi") -> Button:
    """A button that takes a step."""
    return Button(say(key, language), INTENT, {ACT: do})


def person(language: str = "vi") -> Button:
    """The way to a person."""
    return Button(say("dossier_button_person", language), "talk_to_officer")


def way_buttons(ways: Collection[FactorWay], language: str = "vi") -> tuple[Button, ...]:
    """The ways that the portal has beside the look-up code, in a fixed order."""
    keys: tuple[tuple[FactorWay, str], ...] = (("phone", "factor_button_phone"), ("login", "factor_button_login"))
    return tuple(act(key, way, language) for way, key in keys if way in ways)


def ask_factor(code: str, ways: Collection[FactorWay], language: str = "vi") -> BotMessage:
    """The one question: the look-up code may be typed at once, other ways are buttons. ``code`` is masked."""
    if not ways:
        return BotMessage(say("status_ask_lookup", language, code=code), kind="question", expects="lookup_code")
    text = say("factor_ask", language, code=code)
    return BotMessage(text, kind="question", buttons=(*way_buttons(ways, language), person(language)), expects="lookup_code")


def other_ways(ways: Collection[FactorWay], language: str = "vi") -> BotMessage:
    """The same again, for whom one way did not work."""
    buttons = (*way_buttons(ways, language), person(language))
    return BotMessage(say("factor_other_ways", language), kind="question", buttons=buttons, expects="lookup_code")


def ask_digits(*, again: bool = False, language: str = "vi") -> BotMessage:
    """Asks for the last four digits of the telephone on file."""
    buttons = (act("factor_button_other", "other_way", language),)
    text = say("factor_ask_digits_again" if again else "factor_ask_digits", language)
    return BotMessage(text, kind="question", buttons=buttons, expects="phone_digits")


def ask_code(key: str = "factor_code_sent", language: str = "vi") -> BotMessage:
    """Asks for the one-time code. ``key``: what is said: ``factor_code_sent``, or the same ending in ``_sent_again``,
    ``_refused`` or ``_missing``."""
    buttons = (
        act("factor_button_again", "send_again", language),
        act("factor_button_other", "other_way", language),
        person(language),
    )
    return BotMessage(say(key, language), kind="question", buttons=buttons, expects="one_time_code")


def ask_login(step: FactorStep, *, renewed: bool = False, language: str = "vi") -> BotMessage:
    """The link to the portal's page, and the button for afterwards. Only an https link can be a button."""
    until = spoken_instant(step.until) if step.until else ""
    text = say("factor_login_renewed" if renewed else "factor_login", language, time=until)
    secure = step.url.startswith("https://")
    link = (Button(say("factor_button_open", language), url=step.url),) if secure else ()
    text = text if secure else f"{text}\n{step.url}"
    return BotMessage(text, kind="question", buttons=(*link, *_after_login(language)))


def login_waits(language: str = "vi") -> BotMessage:
    """Nobody has logged in on the page yet."""
    return BotMessage(say("factor_login_waits", language), kind="question", buttons=_after_login(language))


def _after_login(language: str) -> tuple[Button, ...]:
    return (act("factor_button_logged_in", "logged_in", language), act("factor_button_other", "other_way", language))


def failed(step: FactorStep, ways: Collection[FactorWay], language: str = "vi") -> BotMessage:
    """A step that went no further: locked, or the portal is away."""
    if step.outcome == "locked" and step.until is not None:
        text = say("dossier_locked_out", language, time=spoken_instant(next_minute(step.until)))
        return BotMessage(text, kind="notice", buttons=(person(language),))
    buttons = (*way_buttons(ways, language), person(language))
    return BotMessage(say("factor_away", language), kind="apology", buttons=buttons, expects="lookup_code")
