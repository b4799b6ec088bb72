"""What goes into the filling engine and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bot.eforms.draft import Draft
from bot.eforms.forms import Asked, Form
from bot.eforms.tools import Tools
from bot.messages import BotMessage

Outcome = Literal["asked", "not_an_answer", "paused", "cancelled", "confirmed", "closed"]


@dataclass(frozen=True)
class Upload:
    """A photo or file that the citizen sent, already fetched and checked (``bot.eforms.paper_checks``). ``ref`` names it in the
    ledger. ``refused``: the key of the text that says why it is not taken, with its values."""

    ref: str
    media_type: str | None = None
    warnings: tuple[str, ...] = ()
    refused: str | None = None
    refused_values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """One turn of the citizen: a text (with placeholders for private numbers), the entities of a button of ours, or uploads.
    ``asks``: the caller is sure that the text is a question and no answer."""

    text: str = field(default="", repr=False)
    act: Mapping[str, str] | None = None
    uploads: tuple[Upload, ...] = ()
    asks: bool = False


@dataclass(frozen=True)
class FormReply:
    """``messages`` to say, in order. ``not_an_answer``: the turn is no answer, nothing was said; after the question is answered,
    ``again`` asks for the same field once more. ``confirmed``: the citizen confirmed the summary."""

    messages: tuple[BotMessage, ...]
    outcome: Outcome = "asked"
    again: tuple[BotMessage, ...] = ()


class Step(NamedTuple):
    """The draft after a turn, and the reply."""

    draft: Draft
    reply: FormReply


@dataclass(frozen=True)
class Filling:
    """The form that is filled in and what reading needs."""

    form: Form
    tools: Tools

    def asked(self, draft: Draft) -> Asked:
        """The fields that are asked with the draft's answers."""
        return self.form.asked(draft.plain, draft.skipped)

    def case(self, draft: Draft) -> str | None:
        """The case that the answers tell, else the one that was known from the talk before."""
        told = draft.values.get(self.form.case_field) if self.form.case_field else None
        return str(told.value) if told is not None else draft.case
