"""The shape of ``data/catalogue``: one YAML file per procedure, plus agencies, places, life events and the calendar.

Every fact that the assistant may speak carries its certainty, and the raw words of its source beside the parsed value:
``sure`` is spoken as it stands, ``check`` is spoken with its caution, ``unknown`` is never spoken as a fact.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.catalogue.told_events import phrase_pattern

Certainty = Literal["sure", "check", "unknown"]
Channel = Literal["any", "direct", "online", "postal"]
OnlineLevel = Literal["unknown", "info_only", "partial", "full"]
TimeUnit = Literal["working_day", "day", "working_hour", "hour", "same_day"]
FeeKind = Literal["amount", "free", "free_conditional", "local_council", "by_regulation", "stated", "unknown"]
"""``stated``: the source's own words, of which no amount in đồng can be parsed (imported records only)."""

Origin = Literal["reviewed", "imported"]
"""``reviewed``: written by us and kept in git. ``imported``: from an official source, unreviewed, spoken with caution."""

CODE_PATTERN = r"^\d\.\d{6}$"


def _no_blank_edges(text: str) -> str:
    if text != text.strip() or not text:
        raise ValueError("must be non-empty and must not begin or end with a blank")
    return text


Text = Annotated[str, AfterValidator(_no_blank_edges)]
Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Record(BaseModel):
    """Base of all records: unknown keys are errors, so that a typing slip in a file cannot lose a fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provenance(Record):
    """Where a record or a single fact was taken from and how old the data are (month or day, as the source states it)."""

    name: Text
    decision: Text | None = None
    as_of: Annotated[str, Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]


class Dated(Record):
    """What may carry a source of its own, where it differs from the record's, and the days on which it holds (both included)."""

    source: Provenance | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self


class Case(Record):
    """A situation (trường hợp) under which papers, time or fee differ. ``cues`` are the words by which citizens show it."""

    id: Slug
    name: Text
    cues: tuple[Text, ...] = ()


class Paper(Record):
    """One paper of a dossier. ``how``: handed in or only shown. Numbers are None where the source does not state them."""

    name: Text
    how: Literal["submit", "show"] = "submit"
    originals: int | None = Field(None, ge=0)
    copies: int | None = Field(None, ge=0)
    form: Text | None = None
    when: Text | None = None


class PaperGroup(Record):
    """Papers of one case, or of all cases where ``case`` is None. ``title`` names a part of the dossier that everybody needs, in
    the source's words (imported records)."""

    case: Slug | None = None
    title: Text | None = None
    items: tuple[Paper, ...] = Field(min_length=1)


class Fact(Dated):
    """A spoken fact in our own words, its certainty, why it is uncertain, and the source's own words."""

    text: Text | None = None
    certainty: Certainty
    note: Text | None = None
    raw: Text | None = None

    @model_validator(mode="after")
    def _text_unless_unknown(self) -> Self:
        if self.certainty != "unknown" and not self.text:
            raise ValueError("a fact that is not 'unknown' needs its text")
        if self.certainty == "check" and not self.note:
            raise ValueError("a fact to 'check' needs a note that says what is uncertain")
        return self


class Documents(Dated):
    """Papers per case; ``certainty`` and ``note`` speak of the whole list."""

    certainty: Certainty
    note: Text | None = None
    raw: Text | None = None
    groups: tuple[PaperGroup, ...] = ()


class ProcessingTime(Fact):
    """Time limit of one case and channel. ``text`` is what is spoken; ``amount`` and ``unit`` are its parsed value."""

    case: Slug | None = None
    channel: Channel = "any"
    amount: float | None = Field(None, gt=0)
    unit: TimeUnit | None = None


class Fee(Fact):
    """Fee of one case and channel. ``free`` only where the source says so without a condition."""

    case: Slug | None = None
    channel: Channel = "any"
    kind: FeeKind
    amount_vnd: int | None = Field(None, gt=0)
    per: Text | None = None

    @model_validator(mode="after")
    def _amount_matches_kind(self) -> Self:
        if (self.kind == "amount") != (self.amount_vnd is not None):
            raise ValueError("amount_vnd belongs to kind 'amount' and to no other kind")
        if self.kind == "free" and self.certainty == "unknown":
            raise ValueError("an unknown fee is never 'free'")
        return self


class Online(Dated):
    """Whether it can be filed online, and the published level (``unknown`` unless a source states it)."""

    available: bool | None
    level: OnlineLevel = "unknown"
    certainty: Certainty
    note: Text | None = None
    raw: Text | None = None


class OfficialLink(Record):
    """Where it is filed online; ``verified_on`` is None until somebody has looked at the page's content."""

    url: Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+\.vn(/\S*)?$")]
    owner: Text
    verified_on: date | None = None


class Procedure(Record):
    """One administrative procedure (thủ tục hành chính), as reviewed by us. ``levels`` and ``targets``: who carries it out and
    for whom, in the national database's words, where known."""

    origin: Origin = "reviewed"
    code: Code
    name: Text
    official_name: Text
    old_codes: tuple[Code, ...] = ()
    newer_code: Code | None = None
    aliases: tuple[Text, ...] = Field(min_length=8)
    questions: tuple[Text, ...] = ()
    field: Text
    levels: tuple[Text, ...] = ()
    targets: tuple[Text, ...] = ()
    receiving_agency: Slug
    deciding_agency: Slug
    handled_by: Fact
    online: Online
    cases: tuple[Case, ...] = ()
    documents: Documents
    times: tuple[ProcessingTime, ...] = Field(min_length=1)
    fees: tuple[Fee, ...] = Field(min_length=1)
    steps: tuple[Text, ...] = Field(min_length=2, max_length=8)
    conditions: Fact
    result: Fact
    steps_source: Provenance | None = None
    legal_basis: tuple[Text, ...] = ()
    legal_basis_source: Provenance | None = None
    official_link: OfficialLink
    related: tuple[Code, ...] = ()
    source: Provenance
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    @model_validator(mode="after")
    def _cases_exist(self) -> Self:
        known = {case.id for case in self.cases}
        if len(known) != len(self.cases):
            raise ValueError("two cases share one id")
        used = [g.case for g in self.documents.groups] + [t.case for t in self.times] + [f.case for f in self.fees]
        missing = sorted({case for case in used if case is not None} - known)
        if missing:
            raise ValueError(f"case(s) not listed under 'cases': {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _aliases_differ(self) -> Self:
        folded = [re.sub(r"\s+", " ", alias.casefold()) for alias in self.aliases]
        doubled = sorted({alias for alias in folded if folded.count(alias) > 1})
        if doubled:
            raise ValueError(f"alias written twice: {', '.join(doubled)}")
        return self


class ImportedProcedure(Procedure):
    """A procedure of an imported catalogue: what the source leaves out is missing here too, and said to be unknown."""

    origin: Literal["imported"] = "imported"
    aliases: tuple[Text, ...] = ()
    times: tuple[ProcessingTime, ...] = ()
    fees: tuple[Fee, ...] = ()
    steps: tuple[Text, ...] = ()
    steps_note: Text | None = None


class Agency(Record):
    """A receiving or deciding agency. ``old_names`` are names citizens still use; contact only when sourced and dated."""

    id: Slug
    name: Text
    level: Literal["commune", "city", "ministry", "other"]
    old_names: tuple[Text, ...] = ()
    note: Text | None = None


class Place(Record):
    """A ward (phường) or commune (xã). ``old_names`` are communes, towns and wards that went into it;
    ``old_districts`` the abolished districts or cities it lies in. Old to new is many-to-many."""

    id: Slug
    name: Text
    kind: Literal["phuong", "xa"]
    old_districts: tuple[Text, ...] = ()
    old_names: tuple[Text, ...] = ()


class BothLanguages(Record):
    """The same words in Vietnamese and English."""

    vi: Text
    en: Text


class EventNote(Record):
    """What a procedure is for in a situation of life: its button's title (``short``: what every platform shows whole), one
    line, and whether it does several things at once (``joint``: a "liên thông")."""

    short: Annotated[Text, Field(max_length=20)]
    vi: Text
    en: Text
    joint: bool = False


class LifeEvent(Record):
    """A situation of life and the procedures that belong to it, in the order in which they are done.

    ``cues``: what the search takes for it; ``told`` and ``unless``: how people tell of it, phrases of ``told_events``.
    ``notes``: one per procedure, or none at all; ``care``: what is said first where it is a sad one; ``beyond``: what belongs
    to it and is not in the catalogue."""

    id: Slug
    name: Text
    name_en: Text | None = None
    cues: tuple[Text, ...] = Field(min_length=3)
    told: tuple[Text, ...] = ()
    unless: tuple[Text, ...] = ()
    procedures: tuple[Code, ...] = Field(min_length=1)
    notes: Mapping[Code, EventNote] = Field(default_factory=dict)
    care: BothLanguages | None = None
    beyond: BothLanguages | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(set(self.procedures)) < len(self.procedures):
            raise ValueError("a procedure stands twice")
        for phrase in (*self.told, *self.unless):
            phrase_pattern(phrase)
        if self.notes and set(self.notes) != set(self.procedures):
            wrong = sorted(set(self.notes) ^ set(self.procedures))
            raise ValueError(f"notes and procedures differ: {', '.join(wrong)}")
        return self

    def title(self, code: str, name: str) -> str:
        """The title of a procedure's button; ``name`` where the event has no note."""
        return self.notes[code].short if code in self.notes else name


class OfficeHours(Record):
    """Working hours of a kind of office. Times as ``HH:MM``; ``certainty`` says whether Bắc Ninh confirmed them."""

    monday_to_friday: tuple[Annotated[str, Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$")], ...]
    saturday: tuple[Annotated[str, Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$")], ...] = ()
    certainty: Certainty
    note: Text | None = None


class Holiday(Record):
    """A public day off, or a make-up working day where ``working`` is true."""

    day: date
    name: Text
    working: bool = False


class WorkingCalendar(Record):
    """Hours and days off, as dated data."""

    hours: OfficeHours
    holidays: tuple[Holiday, ...]
    covers_years: tuple[int, ...] = Field(min_length=1)
    source: Text
