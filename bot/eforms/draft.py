"""A filled-in e-form on its way: typed, immutable, and the same after a trip through JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, cast, get_args

Stage = Literal["filling", "papers", "review", "paused", "confirmed", "cancelled"]
PaperState = Literal["uploaded", "in_store", "later"]
PendingKind = Literal["choice", "which_field", "cancel"]
Origin = Literal["typed", "prefilled"]

DRAFT_SCHEMA = "motcua.eform-draft/1"


class MalformedDraftError(ValueError):
    """Stored content that is no draft of this version."""


@dataclass(frozen=True)
class Answer:
    """One answer as JSON: private numbers in clear, so a draft is only ever stored encrypted. ``prefilled``: not said by the
    citizen, and confirmed only with the summary."""

    value: Any = field(repr=False)
    origin: Origin = "typed"


@dataclass(frozen=True)
class Pending:
    """A question of ours about an answer: which of several meanings (``choice``), which field was to be set right
    (``which_field``, with the new value in ``text``), or whether to give up (``cancel``). ``options``: value → label."""

    kind: PendingKind
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class PaperAnswer:
    """What is known of one paper: its state, and the attachments that were taken for it."""

    state: PaperState
    uploads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """``values`` by the paths of the fields; ``trail``: the paths in the order in which they were answered, for going back;
    ``asked``: the field, or in the stage ``papers`` the paper, that the citizen was asked for last. ``revision`` rises with
    every change."""

    id: str
    code: str
    version: str
    values: Mapping[str, Answer] = field(default_factory=dict, repr=False)
    skipped: tuple[str, ...] = ()
    trail: tuple[str, ...] = ()
    asked: str | None = None
    stage: Stage = "filling"
    case: str | None = None
    papers: Mapping[str, PaperAnswer] = field(default_factory=dict)
    pending: Pending | None = None
    misses: int = 0
    revision: int = 0
    supplement: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Where the draft answers a supplement request: what was asked for, and both proofs (``bot.eforms.supplements``)."""

    @property
    def plain(self) -> dict[str, Any]:
        """The answers as path → JSON value."""
        return {path: answer.value for path, answer in self.values.items()}

    @property
    def open(self) -> bool:
        """Whether it can still be filled in."""
        return self.stage not in ("confirmed", "cancelled")

    def with_answer(self, path: str, value: Any, origin: Origin = "typed") -> Self:
        """A copy with this answer, remembered as the last one given."""
        trail = (*(old for old in self.trail if old != path), path)
        skipped = tuple(old for old in self.skipped if old != path)
        return replace(self, values={**self.values, path: Answer(value, origin)}, trail=trail, skipped=skipped)

    def with_skipped(self, path: str) -> Self:
        """A copy in which this field is left empty."""
        trail = (*(old for old in self.trail if old != path), path)
        values = {key: answer for key, answer in self.values.items() if key != path}
        return replace(self, values=values, trail=trail, skipped=(*(old for old in self.skipped if old != path), path))

    def to_json(self) -> dict[str, Any]:
        """The draft as JSON values, with the schema's name. Holds private numbers in clear."""
        return {
            "schema": DRAFT_SCHEMA,
            "id": self.id,
            "code": self.code,
            "version": self.version,
            "values": {path: [answer.value, answer.origin] for path, answer in self.values.items()},
            "skipped": list(self.skipped),
            "trail": list(self.trail),
            "asked": self.asked,
            "stage": self.stage,
            "case": self.case,
            "papers": {paper: [answer.state, list(answer.uploads)] for paper, answer in self.papers.items()},
            "pending": [self.pending.kind, self.pending.path, dict(self.pending.options), self.pending.text]
            if self.pending
            else None,
            "misses": self.misses,
            "revision": self.revision,
            "supplement": dict(self.supplement),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuilds a draft; raises ``MalformedDraftError`` for anything else."""
        if data.get("schema") != DRAFT_SCHEMA or data.get("stage") not in get_args(Stage):
            raise MalformedDraftError("not a draft of schema " + DRAFT_SCHEMA)
        try:
            pending = data["pending"]
            return cls(
                id=str(data["id"]),
                code=str(data["code"]),
                version=str(data["version"]),
                values={path: Answer(value, origin) for path, (value, origin) in data["values"].items()},
                skipped=tuple(data["skipped"]),
                trail=tuple(data["trail"]),
                asked=data["asked"],
                stage=cast(Stage, data["stage"]),
                case=data["case"],
                papers={paper: PaperAnswer(state, tuple(uploads)) for paper, (state, uploads) in data["papers"].items()},
                pending=Pending(*pending) if pending else None,
                misses=int(data["misses"]),
                revision=int(data["revision"]),
                supplement=dict(data.get("supplement") or {}),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedDraftError(f"not a draft: {type(error).__name__}") from error
