"""Drafts of submissions and of answers to supplement requests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from simulators.portal.tokens import Tokens, random_token

DRAFT_LIFE = timedelta(days=30)
LINK_LIFE = timedelta(minutes=15)


@dataclass
class SimDraft:
    """A draft. ``dossier_code`` is that of the dossier to be supplemented, or of the dossier that came of the draft."""

    draft_id: str
    kind: Literal["application", "supplement"]
    procedure_code: str
    case: str | None
    values: dict[str, Any]
    papers: list[dict[str, str]]
    fee: int
    created: datetime
    request_id: str | None = None
    dossier_code: str | None = None
    status: str = "open"
    paid: bool = False
    files: list[dict[str, Any]] = field(default_factory=list)
    lookup_code: str | None = None
    submitted_at: datetime | None = None
    submitted_by: str | None = None

    @property
    def missing_papers(self) -> list[str]:
        """Papers that were to be uploaded and have no file yet."""
        there = {file["paper_code"] for file in self.files}
        return [paper["paper_code"] for paper in self.papers if paper["source"] == "upload" and paper["paper_code"] not in there]

    @property
    def payment(self) -> str:
        """``not_required``, ``due`` or ``paid``."""
        return "not_required" if not self.fee else "paid" if self.paid else "due"


class Drafts:
    """All drafts, and the short-lived links to their pages."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._drafts: dict[str, SimDraft] = {}
        self.hand_over_links: Tokens[SimDraft] = Tokens(LINK_LIFE, now)
        self.payment_links: Tokens[SimDraft] = Tokens(LINK_LIFE, now)

    def __iter__(self) -> Any:
        return iter(self._drafts.values())

    def create(self, **content: Any) -> SimDraft:
        """A new, open draft."""
        draft = SimDraft(draft_id=random_token(), created=self._now(), **content)
        self._drafts[draft.draft_id] = draft
        return draft

    def find(self, draft_id: str) -> SimDraft | None:
        """The draft; None where there is none. One that is too old has expired."""
        draft = self._drafts.get(draft_id)
        if draft is not None and draft.status in ("open", "handed_over") and self._now() >= draft.created + DRAFT_LIFE:
            draft.status = "expired"
        return draft

    def clear(self) -> None:
        """Forgets everything."""
        self._drafts.clear()
        self.hand_over_links.clear()
        self.payment_links.clear()


def draft_view(draft: SimDraft) -> dict[str, Any]:
    """The contract's ``Draft``."""
    receipt = None
    if draft.status == "submitted" and draft.submitted_at is not None:
        receipt = {
            "dossier_code": draft.dossier_code,
            "lookup_code": draft.lookup_code,
            "received_at": draft.submitted_at.isoformat(timespec="seconds"),
        }
    return {
        "draft_id": draft.draft_id,
        "kind": draft.kind,
        "status": draft.status,
        "payment": draft.payment,
        "fee": draft.fee,
        "expires_at": (draft.created + DRAFT_LIFE).isoformat(timespec="seconds"),
        "missing_papers": draft.missing_papers,
        "receipt": receipt,
    }
