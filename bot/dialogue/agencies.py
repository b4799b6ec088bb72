"""Agencies that citizens name: an old name is answered with the present one before anything else is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.catalogue.schema import Procedure
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Pending, Reply
from bot.language.agencies import AgencyMatch
from bot.language.formats import spoken_date, spoken_month
from bot.language.former_agencies import FormerAgency, former_agency, looked_at
from bot.language.normalise import fold, nfc
from bot.language.syllables import is_syllable
from bot.messages import BotMessage, Button, Source
from bot.texts import say

_OFFICE = re.compile(
    r"^(?:so|phong|ubnd|ub|uy ban|cong an|ca|bo phan|mot cua|trung tam|tt|hcc|tthcc|chi cuc|cuc|van phong|chi nhanh|len|tren|ra"
    r"|csgt)\b"
)
"""How the name of an office begins; "trợ giúp pháp lý" or "bảo hiểm xã hội" may as well be the matter."""
_OPEN_HOURS = re.compile(r"\b(?:may gio|gio lam|gio mo|thu (?:bay|7|hai|2)|chu nhat|sang|chieu|toi|nghi|le|tet|hom nay|mai)\b")
_STILL_THERE = re.compile(
    r"\b(?:con (?!viec|thieu)|gio (?:la|ten|goi|o|thanh|con)|bay gio|sap nhap|doi ten|ten (?:moi|gi)|giai the|thanh gi|bo roi)"
)
_OF_ONE_FIELD = re.compile(r"\b(?:giao duc|gd|lao dong|thuong binh|s?ldtbxh|tai nguyen|tnmt|giao thong|gtvt)\b")
_FILES = re.compile(r"\b(?:nop|gui|lam|lay|nhan|xin|dang k[yi])\b")
_CENTRES = {"tthcc-xa": "ubnd-xa", "tthcc-tinh": "tthcc-tinh"}


@dataclass(frozen=True)
class NamedAgency:
    """An agency in a message, and what is known of its name if that is out of force."""

    match: AgencyMatch
    former: FormerAgency | None

    @property
    def is_office(self) -> bool:
        """Whether the name can only be that of an office."""
        return self.former is not None or bool(_OFFICE.match(fold(self.match.matched)))


def agencies_in(text: str, services: Services) -> list[NamedAgency]:
    """The agencies that a text names, those with an old name first."""
    found = [NamedAgency(match, former_agency(match.matched)) for match in services.agencies.find(text)]
    return sorted(found, key=lambda one: one.former is None)


def without_offices(text: str, services: Services) -> str:
    """The text without the names of offices: "ra phòng tư pháp làm khai sinh" is about the birth certificate."""
    text = nfc(text)
    for match in reversed(services.agencies.find(text)):
        if NamedAgency(match, former_agency(match.matched)).is_office:
            text = text[: match.start] + " " + text[match.end :]
    return text


def asks_hours(text: str) -> bool:
    """Whether the text asks when an office is open, and not whether it still exists."""
    return bool(_OPEN_HOURS.search(fold(text)))


def asks_whether_it_is_there(text: str) -> bool:
    """Whether the text asks what became of an agency ("còn không", "giờ tên gì", "sáp nhập vào đâu")."""
    return bool(_STILL_THERE.search(fold(text)))


def present_name(named: Sequence[NamedAgency], procedure: Procedure | None, text: str, services: Services) -> BotMessage | None:
    """What an agency with an old name is called today, or who does its work now; None where no name is old, or it cannot be told
    without asking. ``procedure``: the one spoken of; it decides where the work of one agency went to several."""
    former = [one for one in named if one.former]
    for one in former:
        if ids := _decided(one, procedure):
            return _told(one, " hoặc ".join(services.catalogue.agencies[agency_id].name for agency_id in ids))
    # "nộp ở công an huyện được không" beside a birth certificate: the place facet that follows says where it is filed.
    files = procedure is not None and _FILES.search(fold(text)) and not asks_whether_it_is_there(text)
    return _told(former[0], "") if former and files else None


def _told(named: NamedAgency, new: str) -> BotMessage:
    former = named.former or FormerAgency(None, True)
    key = "agency_renamed" if not former.gone else "agency_gone" if new else "agency_no_longer"
    values = {"old": _spoken(named.match.matched), "new": new}
    dated = {"date": spoken_date(former.since)} if former.since else {}
    return BotMessage(say(f"{key}_since" if dated else key, **values, **dated), sources=(_source(),))


def _decided(named: NamedAgency, procedure: Procedure | None) -> tuple[str, ...]:
    ids = named.match.agency_ids
    if not named.match.ambiguous:
        return ids[:1]
    if procedure is None:
        return ()
    own = {_CENTRES.get(agency, agency) for agency in (procedure.receiving_agency, procedure.deciding_agency)}
    if _OF_ONE_FIELD.search(fold(named.match.matched)):
        # A birth certificate is no matter of the "phòng giáo dục", though both are now with the commune.
        own -= {"ubnd-xa", "tthcc-tinh"}
    return tuple(agency for agency in ids if agency in own)


def _spoken(matched: str) -> str:
    """The name as it is shown: "ubnd huyện" → "UBND huyện"."""
    words = [word if is_syllable(word) or word != word.lower() else word.upper() for word in matched.split()]
    plain = " ".join(words)
    return plain[:1].upper() + plain[1:]


def _source() -> Source:
    return Source(title=say("agency_source"), as_of=spoken_month(looked_at()))


def ask_which_work(named: NamedAgency, state: DialogueState, facets: Sequence[str]) -> Reply:
    """The work of the agency went to several: which work is meant?"""
    match = named.match
    options = {choice.agency_id: choice.label for choice in match.choices}
    buttons = tuple(Button(label, "inform", {"agency": agency}) for agency, label in options.items())
    message = BotMessage(match.question, kind="question", buttons=buttons, sources=(_source(),))
    pending = Pending("agency", options, tuple(facets), about=match.matched)
    return Reply((message,), state.evolve(pending=pending, misses=0))


def agency_now(agency_id: str, label: str, services: Services) -> BotMessage:
    """Who does this work today."""
    work = label[:1].lower() + label[1:]
    agency = services.catalogue.agencies[agency_id]
    return BotMessage(say("agency_now", work=work, agency=agency.name), sources=(_source(),))
