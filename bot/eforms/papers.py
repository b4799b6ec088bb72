"""The papers of a dossier: which are needed in this case, which are there, and which are missing. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from bot.eforms.draft import PaperAnswer
from bot.eforms.fields import Wording, wording
from bot.eforms.forms import Form
from bot.eforms.json_schema import holds
from bot.eforms.word_table import alternatives
from bot.language.normalise import clean, fold

ACCEPTED = ("image/jpeg", "image/png", "image/heic", "application/pdf")
"""Types taken where a paper names none."""

SHORT_TYPES: Mapping[str, tuple[str, ...]] = {"image": ("image/jpeg", "image/png", "image/heic"), "pdf": ("application/pdf",)}
EVERY_CASE = "any"

PaperStatus = Literal["uploaded", "in_store", "later", "open", "show"]
Said = Literal["in_store", "later", "done"]

_IN_STORE = re.compile(
    r"\b(?:kho (?:du lieu|giay to|ho so|dien tu)|kho|vneid|tren cong|trong cong|co so du lieu|du lieu (?:dien tu|dan cu))\b"
)
_HAVE = re.compile(r"\b(?:co|da|san|roi|luu|nam|o|trong|tich hop)\b")


@dataclass(frozen=True)
class Paper:
    """One paper. ``accepts``: media types. ``reusable``: may be taken from the citizen's data store. ``show``: only shown at the
    counter, never sent."""

    id: str
    title: Wording
    accepts: tuple[str, ...] = ACCEPTED
    required: bool = True
    reusable: bool = True
    show: bool = False
    max_pages: int | None = None
    cases: tuple[str, ...] = ()
    condition: Mapping[str, Any] | None = field(default=None, repr=False)
    note: Wording = field(default_factory=lambda: Wording(""))


@dataclass(frozen=True)
class CheckedPaper:
    """A paper of the checklist and how far it is."""

    paper: Paper
    status: PaperStatus
    uploads: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        """Whether a needed paper is not there yet."""
        return self.paper.required and self.status in ("open", "later")


def papers_of(form: Form) -> tuple[Paper, ...]:
    """All papers of a form, whatever the case: ``x-papers`` is a list, or lists by case id (``any``: every case)."""
    told = form.schema.get("x-papers")
    if isinstance(told, Mapping):
        rows = [(case, row) for case, listed in told.items() if isinstance(listed, list) for row in listed]
    elif isinstance(told, list):
        rows = [(EVERY_CASE, row) for row in told]
    else:
        rows = []
    return tuple(_paper(row, case, place) for place, (case, row) in enumerate(rows) if isinstance(row, str | Mapping))


def _paper(row: str | Mapping[str, Any], case: str, place: int) -> Paper:
    told: Mapping[str, Any] = {"title": row} if isinstance(row, str) else row
    accepts: list[str] = []
    for word in told.get("accepts") or ():
        accepts += SHORT_TYPES.get(str(word), (str(word),))
    cases = told.get("x-case") or told.get("case") or ()
    named = (cases,) if isinstance(cases, str) else tuple(map(str, cases))
    title = wording(told.get("title") or told.get("name"), f"Giấy tờ {place + 1}")
    return Paper(
        id=str(told.get("id") or f"paper-{place + 1}"),
        title=title,
        accepts=tuple(accepts) or ACCEPTED,
        required=told.get("required", True) is True,
        reusable=told.get("reusable", True) is True,
        show=told.get("show", False) is True,
        max_pages=told.get("max-pages") if isinstance(told.get("max-pages"), int) else None,
        cases=named or (() if case == EVERY_CASE else (case,)),
        condition=told["if"] if isinstance(told.get("if"), Mapping) else None,
        note=wording(told.get("note")),
    )


def checklist(
    form: Form, instance: Mapping[str, Any], answers: Mapping[str, PaperAnswer], case: str | None
) -> tuple[CheckedPaper, ...]:
    """The papers of this case and how far each is. ``instance``: what is filled in; ``case``: its id, where known."""
    listed: list[CheckedPaper] = []
    for paper in papers_of(form):
        if paper.cases and case is not None and case not in paper.cases:
            continue
        if paper.condition is not None and not holds(paper.condition, instance):
            continue
        answer = answers.get(paper.id)
        status: PaperStatus = "show" if paper.show else answer.state if answer else "open"
        listed.append(CheckedPaper(paper, status, answer.uploads if answer else ()))
    return tuple(listed)


def missing(papers: Sequence[CheckedPaper]) -> tuple[Paper, ...]:
    """The needed papers that are not there."""
    return tuple(one.paper for one in papers if one.missing)


@cache
def _said() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns of "later" and "done"."""
    later = re.compile(
        rf"\W*(?:(?:toi|em|minh|da|a|thi|cai nay|giay nay)\W+)*(?:{alternatives('papers_later')})"
        r"(?:\W+(?:a|nhe|nha|ban|duoc khong))*\W*"
    )
    return later, re.compile(rf"\W*(?:{alternatives('papers_done')})(?:\W+(?:a|nhe|nha|ban|roi))*\W*")


def said_of_paper(text: str) -> Said | None:
    """What a message says of the paper that was asked for: it is in the store of data, it comes later, or it was sent."""
    folded = fold(clean(text)).replace("\n", " ")
    later, done = _said()
    if later.fullmatch(folded):
        return "later"
    if _IN_STORE.search(folded) and _HAVE.search(folded) and not folded.startswith(("khong", "chua", "ko")):
        return "in_store"
    return "done" if done.fullmatch(folded) else None
