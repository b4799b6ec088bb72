"""The worker's part in outreach: who wants news, who wants no more, where they live, and what a campaign's button opens.

None of it goes through the engine: a "stop" works also where the model is unsure, and a form that is open stays as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.catalogue.load import load_offices
from bot.catalogue.publishing.content import folder_in_force
from bot.catalogue.schema import Place
from bot.conversations.clock import Clock, utc_now
from bot.conversations.ownership import who_speaks
from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion
from bot.eforms.yes_no import yes_or_no
from bot.language.places import PlaceIndex
from bot.messages import BotMessage, Button
from bot.outreach.campaigns import subscribing
from bot.outreach.campaigns.links import PATH, Landing, count_click, landing_of, note_visit
from bot.outreach.campaigns.places import place_title
from bot.outreach.campaigns.reading import content_of
from bot.outreach.campaigns.rendering import OUTREACH, arrival_message, campaign_message
from bot.outreach.campaigns.rules import CampaignRules, campaign_rules
from bot.outreach.campaigns.words import code_that_led_here, code_to_test, says_stop, stops_news, wants_news
from bot.rights.consent import How, has_consent
from bot.settings import Settings
from bot.storage.campaign_models import Campaign
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation
from bot.texts import say

EXPECTS_PLACE = "outreach_place"
EXPECTS_CONSENT = "outreach_consent"
"""Set only where nothing else waits for an answer, so that a typed "có" answers what was asked last."""
_MOST_CHOICES = 8
_UNKNOWN = "none"

Also = Callable[[Session, Conversation, datetime], None]


@dataclass(frozen=True)
class OutreachDesk:
    """``places``: the wards of today."""

    sessions: SessionFactory
    rules: CampaignRules
    places: Sequence[Place]
    clock: Clock = utc_now

    @classmethod
    def from_settings(cls, settings: Settings, sessions: SessionFactory) -> "OutreachDesk":
        """Raises ``CatalogueError`` or ``ValueError`` where a file or a setting of ours cannot be used."""
        return cls(sessions, campaign_rules(settings), load_offices(folder_in_force(settings)).places)

    def take(self, claim: Claim) -> Conclusion | Claim | None:
        """What a turn means for the news: its conclusion; the same turn as another act, for the engine; None where it means
        nothing for them."""
        if who_speaks(claim.speaker) == "unknown":
            return None
        act = claim.act or {}
        if act:
            return self._pressed(claim, act.get("entities") or {}) if act.get("intent") == OUTREACH else None
        if claim.text is None:
            return None
        return self._said(claim, claim.text)

    def after_rating(self, claim: Claim, conclusion: Conclusion) -> Conclusion:
        """The thanks for a good rating with the question whether news are wanted, where it was never put."""
        value = str(((claim.act or {}).get("entities") or {}).get("value", ""))
        if not value.endswith(":good") or who_speaks(claim.speaker) != "bot_speaks":
            return conclusion
        with self.sessions() as session:
            if not subscribing.may_offer(session, claim.conversation_id, self.clock()):
                return conclusion
        asked = replace(conclusion, lines=(*conclusion.lines, Line(self._question(), "system")))
        return asked if claim.expects else replace(asked, expects=EXPECTS_CONSENT, keeps_expects=False)

    def _said(self, claim: Claim, text: str) -> Conclusion | None:
        wanted = yes_or_no(text) if claim.expects == EXPECTS_CONSENT else None
        if wanted is not None:
            return self._agreed(claim, "words") if wanted else self._declined(claim, "words")
        plain, bare = stops_news(text, after_news=False), says_stop(text)
        if plain or bare or stops_news(text, after_news=True):
            with self.sessions() as session:
                here, now = claim.conversation_id, self.clock()
                agreed = has_consent(session, here, "outreach", now)
                ends = subscribing.news_said_last(session, here) or (agreed and plain)
                ends = ends or (agreed and bare and not subscribing.follows_a_dossier(session, here))
            return self._stopped(claim, "words") if ends else None
        if wants_news(text):
            return self._asked(claim)
        code = code_to_test(text)
        if code is not None:
            return self._tested(claim, code)
        arrived = code_that_led_here(text)
        if arrived is not None and (said := self._arrived(claim, arrived)) is not None:
            return said
        return self._told_place(claim, text) if claim.expects == EXPECTS_PLACE else None

    def _pressed(self, claim: Claim, entities: Mapping[str, Any]) -> Conclusion | Claim | None:
        match entities.get("do"):
            case "ask":
                return self._asked(claim)
            case "yes":
                return self._agreed(claim)
            case "no":
                return self._declined(claim)
            case "place":
                return self._place_chosen(claim, str(entities.get("place_id", "")))
            case "stop":
                return self._stopped(claim, "button")
            case "open":
                return self._opened(claim, str(entities.get("campaign", "")))
        return None

    def _question(self) -> BotMessage:
        buttons = (
            Button(say("outreach_button_yes"), OUTREACH, {"do": "yes"}),
            Button(say("outreach_button_no"), OUTREACH, {"do": "no"}),
        )
        return BotMessage(say(subscribing.ASKED, days=self.rules.rest.days or 1), "question", buttons)

    def _asked(self, claim: Claim) -> Conclusion:
        with self.sessions() as session:
            already = has_consent(session, claim.conversation_id, "outreach", self.clock())
            named = subscribing.places_named_before(session, claim.conversation_id, PlaceIndex(self.places)) if already else ()
        if already:
            # Also for who agreed on the list of consents, where nobody asks for the place, and for who has moved.
            said = [BotMessage(say("outreach_already"), "notice"), self._where(named)]
            return _answer(claim, "outreach_already", said, expects=EXPECTS_PLACE)
        return _answer(claim, "outreach_asked", [self._question()], expects=None if claim.expects else EXPECTS_CONSENT)

    def _agreed(self, claim: Claim, how: How = "button") -> Conclusion:
        def also(session: Session, conversation: Conversation, now: datetime) -> None:
            subscribing.subscribe(session, conversation.id, how, now)

        with self.sessions() as session:
            named = subscribing.places_named_before(session, claim.conversation_id, PlaceIndex(self.places))
        given = BotMessage(say("outreach_given"), "notice")
        return _answer(claim, "outreach_given", [given, self._where(named)], also, expects=EXPECTS_PLACE)

    def _where(self, offered: Sequence[str], key: str = "outreach_where") -> BotMessage:
        titles = {place.id: place_title(place) for place in self.places}
        buttons = [
            Button(titles[one], OUTREACH, {"do": "place", "place_id": one}) for one in offered[:_MOST_CHOICES] if one in titles
        ]
        buttons.append(Button(say("outreach_button_no_place"), OUTREACH, {"do": "place", "place_id": _UNKNOWN}))
        return BotMessage(say(key), "question", tuple(buttons), expects=EXPECTS_PLACE)

    def _told_place(self, claim: Claim, text: str) -> Conclusion | None:
        """The answer to "where do you live"; what names no place is no answer, and is answered as what it is."""
        found = PlaceIndex(self.places).find(text)
        sure = {match.place_ids[0] for match in found if not match.ambiguous}
        if len(sure) == 1:
            return self._place_chosen(claim, sure.pop())
        several = list(dict.fromkeys(one for match in found for one in match.place_ids))
        if not several:
            return None
        which = self._where(several, "outreach_which_place")
        return _answer(claim, "outreach_which_place", [which], expects=EXPECTS_PLACE)

    def _place_chosen(self, claim: Claim, place_id: str) -> Conclusion:
        """Noted only while the agreement stands: an old button of who has left makes no subscription."""
        place = next((one for one in self.places if one.id == place_id), None)

        def also(session: Session, conversation: Conversation, now: datetime) -> None:
            if has_consent(session, conversation.id, "outreach", now):
                subscribing.set_place(session, conversation.id, place.id if place else None, now)

        with self.sessions() as session:
            if not has_consent(session, claim.conversation_id, "outreach", self.clock()):
                return _answer(claim, "outreach_asked", [self._question()])
        said = say("outreach_place_set", ward=place_title(place)) if place else say("outreach_no_place")
        return _answer(claim, "outreach_place", [BotMessage(said, "notice")], also)

    def _declined(self, claim: Claim, how: How = "button") -> Conclusion:
        def also(session: Session, conversation: Conversation, now: datetime) -> None:
            subscribing.unsubscribe(session, conversation.id, how, now)

        return _answer(claim, "outreach_declined", [BotMessage(say("outreach_declined"), "notice")], also)

    def _stopped(self, claim: Claim, how: How) -> Conclusion:
        def also(session: Session, conversation: Conversation, now: datetime) -> None:
            subscribing.unsubscribe(session, conversation.id, how, now)

        return _answer(claim, "outreach_stopped", [BotMessage(say("outreach_stopped"), "notice")], also)

    def _tested(self, claim: Claim, code: str) -> Conclusion:
        with self.sessions() as session:
            campaign = subscribing.campaign_to_test(session, code, self.clock())
        if campaign is None:
            return _answer(claim, "outreach_test", [BotMessage(say("outreach_test_unknown"), "notice")])
        shown = campaign_message(content_of(campaign), f"{self.rules.address}{PATH}/THUTIN", campaign.id, test=True)
        return _answer(claim, "outreach_test", [shown])

    def _arrived(self, claim: Claim, code: str) -> Conclusion | None:
        """A link into this messenger led here: counted once, and the campaign says what it says. None for words that only look
        like a code."""
        now = self.clock()
        with writing(self.sessions) as session:
            landing = landing_of(session, code)
            if landing is None:
                return None
            if claim.attempt == 1:
                count_click(session, landing, now)
                note_visit(session, claim.conversation_id, landing, now)
            content = content_of(session.get_one(Campaign, landing.campaign_id))
        return _answer(claim, "outreach_arrived", [arrival_message(content)])

    def _opened(self, claim: Claim, number: str) -> Conclusion | Claim:
        """The button "see how": counted once, and the procedure is answered by the engine as if it had been chosen."""
        now = self.clock()
        with writing(self.sessions) as session:
            campaign = session.get(Campaign, int(number)) if number.isascii() and number.isdigit() and len(number) < 16 else None
            if campaign is None or campaign.procedure_code is None:
                return _answer(claim, "outreach_opened", [BotMessage(say("outreach_opened_gone"), "notice")])
            told = subscribing.told_by(session, claim.conversation_id, campaign.id)
            # Who only tests it is nobody's reader; and another attempt at the same turn is no second click.
            if told is not None and claim.attempt == 1:
                landing = Landing("", campaign.id, told.channel, told.place_id, campaign.target, campaign.procedure_code)
                count_click(session, landing, now)
                note_visit(session, claim.conversation_id, landing, now)
            code = campaign.procedure_code
        return replace(claim, act={"intent": "choose_procedure", "entities": {"procedure_code": code}})


def _answer(
    claim: Claim, detail: str, messages: Sequence[BotMessage], also: Also | None = None, *, expects: str | None = None
) -> Conclusion:
    """Said by the house, whoever has the talk; what a form or a question waits for goes on waiting."""
    lines = tuple(Line(message, "system") for message in messages)
    keeps = expects is None and claim.expects not in (EXPECTS_PLACE, EXPECTS_CONSENT)
    return Conclusion("answered", claim.speaker, detail, lines, keeps_expects=keeps, expects=expects, also=also)
