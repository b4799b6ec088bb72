"""What goes into the dialogue and what comes out: turns, the state kept between them, replies.

All of it is plain data: the state travels through Rasa's slot ``dialogue`` as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from bot.json_values import as_json_values
from bot.messages import BotMessage, Button, HandoffRequest

PendingKind = Literal[
    "procedure",
    "case",
    "place",
    "reading",
    "agency",
    "confirm",
    "dossier_code",
    "lookup_code",
    "phone_digits",
    "one_time_code",
    "login",
    "offer_person",
    "watch_consent",
    "which_watch",
    "withdraw_reason",
    "withdraw_confirm",
]


@dataclass(frozen=True)
class Clause:
    """One question or statement of a message, as the engine split and classified it."""

    text: str
    intent: str
    confidence: float


@dataclass(frozen=True)
class Turn:
    """One citizen turn. ``text`` is masked; private values are referred to by placeholders. ``entities`` come from a
    button's act or from the engine. ``intent`` is the whole message's; ``ranking``: the likeliest intents with their
    confidences. ``channel``: where it was said.
    ``corrects``: the citizen sets our last answer right, ``text`` is what they mean instead."""

    text: str
    intent: str
    confidence: float
    clauses: tuple[Clause, ...] = ()
    entities: Mapping[str, str] = field(default_factory=dict)
    is_act: bool = False
    conversation_id: str = ""
    ranking: tuple[tuple[str, float], ...] = ()
    corrects: bool = False
    channel: str = ""
    address: str | None = None
    """A keyed hash of the network address that it came from; None where the channel has none."""


@dataclass(frozen=True)
class Pending:
    """The one clarifying question that is open: its kind, the options offered (value → label) and what to answer then.

    ``asked``: the clauses that wait for the answer (masked text), where they will be read again; ``about``: the words in them
    that were asked about, the intent to be confirmed, or the reference of a challenge or login that an answer belongs to;
    ``later``: questions of the same message that come after it."""

    kind: PendingKind
    options: Mapping[str, str] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    asked: tuple[Clause, ...] = ()
    about: str = ""
    later: tuple[Clause, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuilds it from a slot. Raises ``KeyError`` or ``TypeError`` for anything else."""
        asked, later = (tuple(Clause(**clause) for clause in data.get(key) or ()) for key in ("asked", "later"))
        return cls(data["kind"], dict(data["options"]), tuple(data["facets"]), asked, str(data.get("about") or ""), later)


@dataclass(frozen=True)
class DialogueState:
    """What the dialogue remembers between turns."""

    procedure_code: str | None = None
    case_id: str | None = None
    place_id: str | None = None
    facets: tuple[str, ...] = ()
    pending: Pending | None = None
    misses: int = 0
    previous_codes: tuple[str, ...] = ()
    dossier_ref: str | None = None
    proof_ref: str | None = None
    """The second proof, of whichever kind (``bot.dossiers.proofs``)."""
    status_shown: bool = False
    errand: str = "status"
    """What is done once both proofs of a dossier are there (``bot.dialogue.errands``)."""
    person_reason: str | None = None
    """Why a person was offered last, until something else is said."""
    portal_failures: int = 0
    abuse: int = 0
    draft_id: str | None = None
    """The e-form that is being filled in; the draft itself lies in the ledger."""
    outages_told: tuple[int, ...] = ()
    """The announced outages that were told in this talk, by number."""

    def to_slot(self) -> dict[str, Any]:
        """The state as JSON values."""
        return as_json_values(self)

    @classmethod
    def from_slot(cls, data: object) -> Self:
        """Rebuilds the state; anything unreadable (an older version's slot, say) is a fresh start, never an error."""
        if not isinstance(data, Mapping):
            return cls()
        try:
            pending = data.get("pending")
            return cls(
                **{k: v for k, v in data.items() if k not in ("pending", "facets", "previous_codes", "outages_told")},
                facets=tuple(data.get("facets") or ()),
                previous_codes=tuple(data.get("previous_codes") or ()),
                outages_told=tuple(data.get("outages_told") or ()),
                pending=Pending.from_json(pending) if pending else None,
            )
        except (TypeError, KeyError):
            return cls()

    def evolve(self, **changes: Any) -> Self:
        """A copy with these fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Reply:
    """What the assistant does with a turn: messages in order, the new state, and a handoff where one is due. ``small_talk``
    names the intent whose response of the domain (``utter_…``) is said first; ``offered``: buttons added to that response."""

    messages: tuple[BotMessage, ...]
    state: DialogueState
    handoff: HandoffRequest | None = None
    small_talk: str | None = None
    offered: tuple[Button, ...] = ()
