"""What the dialogue needs from the rest of the house, as interfaces: the dialogue itself does no I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Literal, Protocol

from bot.catalogue.load import Catalogue
from bot.catalogue.search import SearchResult
from bot.catalogue.told_events import ToldEvents
from bot.dossiers.asking import FactorStep, FactorWay
from bot.eforms.supplements import SupplementAsked
from bot.eforms.turns import Outcome, Said
from bot.guides.book import NO_GUIDES, GuideBook
from bot.guides.kinds import PressKind
from bot.language.agencies import AgencyIndex
from bot.language.places import PlaceIndex
from bot.language.sensitive import SensitiveWords
from bot.levels.partial_reasons import PublishedReason
from bot.messages import BotMessage
from bot.rights.kinds import HeldKind, Purpose, RequestKind
from bot.switches.board import NOTHING, Active


class Search(Protocol):
    """Finds the procedure that a text speaks of."""

    def search(self, text: str, *, limit: int = 4, words_alone: bool = False) -> SearchResult:
        """See ``bot.catalogue.search.ProcedureSearch.search``."""
        ...

    def read_ahead(self, texts: Iterable[str]) -> None:
        """See ``bot.catalogue.search.ProcedureSearch.read_ahead``."""
        ...

    def named(self, text: str) -> frozenset[str]:
        """See ``bot.catalogue.search.ProcedureSearch.named``."""
        ...


class DossierStatus(Protocol):
    """Looks a dossier up and renders the answer; references are placeholder tokens, never the numbers themselves."""

    def answer(
        self, dossier_ref: str, proof_ref: str, conversation_id: str, address: str | None = None
    ) -> tuple[BotMessage, ...]:
        """The rendered answer, at least one message; the last one's ``expects`` says what may be sent again. ``address`` as in
        ``Turn``. Never raises for a portal that fails: that is an answer too."""
        ...

    def masked_code(self, dossier_ref: str, conversation_id: str) -> str | None:
        """The dossier code as it may be shown, or None when the reference has expired."""
        ...


class SecondFactors(Protocol):
    """The second proof where it is not the look-up code: see ``bot.dossiers.second_factors.SecondFactorDesk``. References in and
    out; no method raises for a portal that fails."""

    @property
    def ways(self) -> frozenset[FactorWay]:
        """The ways that the portal has."""
        ...

    def send_code(self, dossier_ref: str, digits_ref: str, conversation_id: str) -> FactorStep:
        """Has a one-time code sent; the outcome is the same whether or not code and digits fit."""
        ...

    def send_again(self, challenge_ref: str, conversation_id: str) -> FactorStep:
        """Another code in place of the last."""
        ...

    def confirm_code(self, challenge_ref: str, code_ref: str, conversation_id: str, address: str | None = None) -> FactorStep:
        """Exchanges the code for a proof."""
        ...

    def begin_login(self, conversation_id: str) -> FactorStep:
        """A link to the portal's own login page."""
        ...

    def finish_login(self, check_ref: str, conversation_id: str) -> FactorStep:
        """How the login went."""
        ...

    def opens_others(self, proof_ref: str, conversation_id: str) -> bool:
        """Whether a proof may open further dossiers."""
        ...


@dataclass(frozen=True)
class FormTurn:
    """What came of a turn for an e-form (``bot.eforms.turns.FormReply``). ``draft_id`` is None where there is no such draft.
    ``proof_needed``: nothing was said; the portal wants the identity confirmed once more."""

    draft_id: str | None
    messages: tuple[BotMessage, ...]
    outcome: Outcome | Literal["proof_needed"]
    again: tuple[BotMessage, ...] = ()


@dataclass(frozen=True)
class OpenDraft:
    """A draft that waits to be gone on with; ``title`` names its form."""

    draft_id: str
    title: str


class Submissions(Protocol):
    """Guided submission: drafts of e-forms, filled in turn by turn and handed to the portal. No method raises for a portal or a
    draft that is gone: that is an answer too."""

    def has_form(self, procedure_code: str) -> bool:
        """Whether this procedure can be filled in here and the portal takes drafts."""
        ...

    def open(self, conversation_id: str, procedure_code: str, case_id: str | None) -> FormTurn:
        """Begins a draft; one of the same procedure that is still open is taken up again."""
        ...

    def take_up(self, conversation_id: str, draft_id: str) -> FormTurn:
        """Asks for the next field of a draft that was left."""
        ...

    def take(self, conversation_id: str, draft_id: str, said: Said) -> FormTurn:
        """One turn of the citizen."""
        ...

    def procedure_of(self, conversation_id: str, draft_id: str) -> str | None:
        """The procedure of a draft of this conversation, in whatever stage; None where there is none."""
        ...

    def open_drafts(self, conversation_id: str) -> tuple[OpenDraft, ...]:
        """The conversation's open drafts, the one touched last first."""
        ...

    def drafts_elsewhere(self, conversation_id: str) -> tuple[OpenDraft, ...] | None:
        """The open drafts that the person of this conversation left in other ones; None unless an identity was confirmed here:
        numbers that somebody types open nothing."""
        ...

    def adopt(self, conversation_id: str, draft_id: str) -> FormTurn:
        """Moves one of ``drafts_elsewhere`` to this conversation and asks for its next field."""
        ...

    def hand_over(self, conversation_id: str, draft_id: str) -> FormTurn:
        """Creates the draft at the portal, once however often it is called, and says where to sign in, sign and pay. Outcome
        ``asked`` where the portal refused values or papers: the form is open again and asks for them."""
        ...

    def papers_again(self, conversation_id: str, draft_id: str) -> FormTurn:
        """Asks again for the papers that the portal did not take."""
        ...

    def open_supplement(self, conversation_id: str, asked: SupplementAsked) -> FormTurn:
        """Begins the answer to a supplement request, or goes on with it."""
        ...

    def sent_proofs(self, conversation_id: str, draft_id: str) -> tuple[str, str] | None:
        """References to both proofs of the dossier that came of a draft; None while the portal has told of none."""
        ...


FiledRefusal = Literal["too_weak", "not_possible", "not_found", "away", "proofs_gone", "not_offered", "too_many"]
"""Why nothing was done with a filed dossier: the proof must be stronger; the dossier's state does not allow it; no dossier fits;
the portal does not answer; the references have expired; this portal has no such service; too many tries."""


class FiledDossiers(Protocol):
    """What is done with a filed dossier. References are placeholder tokens, never the numbers themselves."""

    def strong_enough(self, proof_ref: str, conversation_id: str) -> bool:
        """Whether the second proof says who somebody is (a one-time code or a login), and not only what stands on a slip."""
        ...

    def supplement(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> SupplementAsked | FiledRefusal:
        """The open supplement request; ``not_possible``: nothing is asked for."""
        ...

    def withdraw(
        self, dossier_ref: str, proof_ref: str, reason: str, key: str, conversation_id: str
    ) -> Literal["asked"] | FiledRefusal:
        """Asks the agency to let the dossier be withdrawn; repeated with the same ``key`` it is asked once. ``reason`` may hold
        placeholders."""
        ...


@dataclass(frozen=True)
class HeldLine:
    """How many things of one kind are held of a conversation, from when to when, and for how many days such things are kept
    (or they end at ``last`` by themselves)."""

    kind: HeldKind
    count: int
    first: datetime
    last: datetime
    kept_days: int
    ends_by_itself: bool = False


@dataclass(frozen=True)
class RightsTicket:
    """A request that people handle: its number, and the day by which it is acknowledged."""

    number: str
    acknowledge_by: date


class DataRights(Protocol):
    """What citizens may do with their own data. Everything is of one conversation."""

    def held(self, conversation_id: str) -> Sequence[HeldLine]:
        """What is held."""
        ...

    def export_link(self, conversation_id: str) -> str:
        """The address of the file with everything held: for an hour, each form once."""
        ...

    def ask_deletion(self, conversation_id: str) -> str:
        """Notes the wish; the number by which the deletion can be proved. It is carried out after the turn."""
        ...

    def consents(self, conversation_id: str) -> Mapping[Purpose, bool]:
        """Every purpose and whether it is agreed to."""
        ...

    def set_consents(
        self, conversation_id: str, purposes: Sequence[Purpose], *, given: bool, how: Literal["button", "words"]
    ) -> None:
        """Records the citizen's word on these purposes."""
        ...

    def open_request(self, conversation_id: str, kind: RequestKind, words: str) -> RightsTicket:
        """Opens a request for people."""
        ...


@dataclass(frozen=True)
class WatchStep:
    """What came of a step towards following a dossier. ``ask``: consent is asked for; ``done``: it is followed, or will not be;
    ``refused``: the proofs opened nothing, and the last message says what may be sent again."""

    outcome: Literal["ask", "done", "refused"]
    messages: tuple[BotMessage, ...]
    consent: str = ""
    """With ``ask``: the key of the text that is to be agreed to."""


@dataclass(frozen=True)
class WatchedDossier:
    """A dossier that is followed; ``shown`` is its masked code."""

    watch_id: str
    shown: str


class Notices(Protocol):
    """Following dossiers: consent, beginning, ending. No method raises for a portal that fails: that is an answer too."""

    @property
    def offered(self) -> bool:
        """Whether the portal tells of changes at all."""
        ...

    def may_offer(self, dossier_ref: str, proof_ref: str, conversation_id: str) -> bool:
        """Whether this dossier, whose status was just shown, could be followed and is not yet."""
        ...

    def prepare(self, dossier_ref: str, proof_ref: str, conversation_id: str, address: str | None = None) -> WatchStep:
        """Checks the proofs and asks for consent. ``address`` as in ``DossierStatus.answer``."""
        ...

    def begin(
        self,
        dossier_ref: str,
        proof_ref: str,
        conversation_id: str,
        consent: str,
        address: str | None = None,
        how: Literal["button", "words"] = "words",
    ) -> WatchStep:
        """Follows the dossier: the citizen agreed to ``consent``, by a button or in words. ``ask`` where another consent is
        needed by now."""
        ...

    def watched(self, conversation_id: str) -> tuple[WatchedDossier, ...]:
        """What is followed in this conversation."""
        ...

    def stop(self, conversation_id: str, watch_ids: Sequence[str]) -> tuple[WatchedDossier, ...]:
        """Ends these; returns those that were on."""
        ...

    def of_last_message(self, conversation_id: str) -> str | None:
        """The watch whose notice is the last thing said in this conversation."""
        ...


class CountPress(Protocol):
    """Counts one opening of ``what`` (``menu``, ``event``, ``guide``) with its id on a channel; no person is known to it."""

    def __call__(self, what: PressKind, item: str, channel: str, /) -> None: ...


def nothing_counted(what: PressKind, item: str, channel: str, /) -> None:
    """Where nothing is counted."""


@dataclass(frozen=True)
class Services:
    """Everything ``respond`` may use."""

    catalogue: Catalogue
    search: Search
    places: PlaceIndex
    dossiers: DossierStatus
    today: Callable[[], date]
    hotline: str | None = None
    cards_at: str | None = None
    submissions: Submissions | None = None
    switches: Callable[[], Active] = lambda: NOTHING
    """What people switched off, and the outages that last, at this moment."""
    factors: SecondFactors | None = None
    notices: Notices | None = None
    sensitive: SensitiveWords | None = None
    filed: FiledDossiers | None = None
    rights: DataRights | None = None
    guides: GuideBook = NO_GUIDES
    address: str = ""
    """Where citizens reach the public pages, without a slash at the end; empty: they are not linked to."""
    count: CountPress = nothing_counted
    """Counts that a menu, a situation of life or a guide was opened; never raises."""

    @cached_property
    def told_events(self) -> ToldEvents:
        """Finds the catalogue's situations of life in a text; built when first asked for."""
        return ToldEvents(self.catalogue.life_events)

    partial_reasons: Callable[[], Mapping[str, PublishedReason]] = lambda: MappingProxyType({})
    """Why procedures can be filed online only in part, as published, by code."""

    @cached_property
    def told_guides(self) -> ToldEvents:
        """Finds the guides that a text asks for; built when first asked for."""
        return ToldEvents(self.guides.guides.values())

    @cached_property
    def agencies(self) -> AgencyIndex:
        """Finds the catalogue's agencies in a text; built when first asked for."""
        return AgencyIndex(self.catalogue.agencies.values())


def place_names(services: Services, place_ids: Sequence[str]) -> list[str]:
    """The names of places as spoken: "phường Kinh Bắc"."""
    kinds = {"phuong": "phường", "xa": "xã"}
    return [f"{kinds[place.kind]} {place.name}" for place in services.catalogue.places if place.id in set(place_ids)]
