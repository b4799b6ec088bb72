"""Drafts in the ledger: encrypted, one row each, and never overwritten by a writer who has not seen the newest answers."""

import json
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock, utc_now
from bot.conversations.encryption import ledger_cipher
from bot.conversations.identity_links import PersonHashes, PersonProof, linked_person
from bot.eforms.draft import Draft, MalformedDraftError
from bot.eforms.forms import Form
from bot.eforms.progress import note_end, note_progress
from bot.eforms.turns import Step
from bot.storage.channel_models import Attachment
from bot.storage.database import SessionFactory, writing
from bot.storage.eform_models import EFormDraft

KEPT_IDLE = timedelta(days=30)
"""A draft that nobody touched for this long is deleted."""

ATTEMPTS = 5
OPEN_STAGES = ("filling", "papers", "review", "paused")


class DraftConflictError(RuntimeError):
    """Somebody else changed the draft in the meantime; nothing was written."""


class DraftGoneError(LookupError):
    """There is no such draft in this conversation: deleted, expired, of somebody else, or not readable with our keys."""


@dataclass(frozen=True)
class DraftListing:
    """A draft as a list shows it: nothing of what was filled in."""

    id: str
    conversation_id: str
    procedure_code: str
    stage: str
    revision: int
    touched_at: datetime


def _new_id() -> str:
    return secrets.token_hex(16)


class DraftStore:
    """Keeps drafts. ``keys``: the ledger's Fernet keys, comma separated; the first encrypts, all of them read."""

    def __init__(self, sessions: SessionFactory, keys: str, clock: Clock = utc_now, new_id: Callable[[], str] = _new_id) -> None:
        self._sessions = sessions
        self._cipher = ledger_cipher(keys)
        self._persons = PersonHashes(keys)
        self._clock = clock
        self.new_id = new_id

    def add(self, conversation_id: str, draft: Draft, person: PersonProof | None = None) -> None:
        """Stores a new draft. Whose it is: who confirmed their identity in this conversation, else ``person``."""
        now = self._clock()
        with writing(self._sessions) as session:
            session.add(
                EFormDraft(
                    id=draft.id,
                    conversation_id=conversation_id,
                    procedure_code=draft.code,
                    stage=draft.stage,
                    person=self._owner(session, conversation_id, person),
                    revision=draft.revision,
                    content=self._encrypted(draft),
                    opened_at=now,
                    touched_at=now,
                    expires_at=now + KEPT_IDLE,
                )
            )
            note_progress(session, conversation_id, draft, now, now)

    def load(self, draft_id: str, conversation_id: str) -> Draft:
        """The draft; raises ``DraftGoneError`` where this conversation has none of that id."""
        with self._sessions() as session:
            row = session.get(EFormDraft, draft_id)
        if row is None or row.conversation_id != conversation_id or row.expires_at <= self._clock():
            raise DraftGoneError(draft_id)
        return self._decrypted(row)

    def save(self, draft: Draft, seen_revision: int, person: PersonProof | None = None) -> None:
        """Writes the draft over the revision that its answers were built on. Raises ``DraftConflictError`` where a newer one is
        there. A cancelled draft is deleted."""
        now = self._clock()
        with writing(self._sessions) as session:
            row = session.get(EFormDraft, draft.id)
            if draft.stage == "cancelled":
                self._release_uploads(session, [row] if row is not None else [])
                _delete(session, (draft.id,))
                note_end(session, (draft.id,), "cancelled", now)
                return
            values: dict[str, object] = {
                "stage": draft.stage,
                "revision": draft.revision,
                "content": self._encrypted(draft),
                "touched_at": now,
                "expires_at": now + KEPT_IDLE,
            }
            owner = self._owner(session, row.conversation_id, person) if row is not None else None
            if owner is not None:
                values["person"] = owner
            guarded = update(EFormDraft).where(EFormDraft.id == draft.id, EFormDraft.revision == seen_revision)
            if not session.execute(guarded.values(**values).returning(EFormDraft.id)).all():
                raise DraftConflictError(draft.id)
            _keep_uploads(session, _uploads(draft), now + KEPT_IDLE)
            if row is not None:
                note_progress(session, row.conversation_id, draft, row.opened_at, now)

    def turn(
        self,
        draft_id: str,
        conversation_id: str,
        take: Callable[[Draft], Step],
        person_of: Callable[[Draft], PersonProof | None] = lambda _: None,
    ) -> Step:
        """Loads the draft, lets ``take`` make a step of it, and saves; where another writer came first, the step is made again on
        the newer draft, so that no answer of either is lost. Raises ``DraftGoneError``, or ``DraftConflictError`` after
        ``ATTEMPTS`` tries."""
        for _ in range(ATTEMPTS):
            draft = self.load(draft_id, conversation_id)
            step = take(draft)
            if step.draft.revision == draft.revision:
                return step
            try:
                self.save(step.draft, draft.revision, person_of(step.draft))
            except DraftConflictError:
                continue
            return step
        raise DraftConflictError(draft_id)

    def drafts_of(self, conversation_id: str) -> tuple[DraftListing, ...]:
        """The open drafts of a conversation, the one touched last first."""
        return self._listed(EFormDraft.conversation_id == conversation_id)

    def drafts_of_person(self, proof: PersonProof) -> tuple[DraftListing, ...]:
        """The open drafts of a person whose identity was confirmed, from whatever channel."""
        return self._listed(EFormDraft.person.in_(self._persons.every(proof)))

    def drafts_elsewhere(self, conversation_id: str) -> tuple[DraftListing, ...] | None:
        """The open drafts, in other conversations, of who confirmed their identity in this one; None where nobody did."""
        with self._sessions() as session:
            person = linked_person(session, conversation_id, self._clock())
        if person is None:
            return None
        return self._listed(and_(EFormDraft.person == person, EFormDraft.conversation_id != conversation_id))

    def adopt_as_linked(self, draft_id: str, conversation_id: str) -> Draft:
        """As ``adopt``, for the person whose identity was confirmed in this conversation. Raises ``DraftGoneError`` where nobody
        confirmed theirs, or the draft is somebody else's."""
        with writing(self._sessions) as session:
            person = linked_person(session, conversation_id, self._clock())
            return self._moved(session, draft_id, conversation_id, (person,) if person is not None else ())

    def adopt(self, draft_id: str, conversation_id: str, proof: PersonProof) -> Draft:
        """Moves a draft to the conversation in which its owner goes on. Raises ``DraftGoneError`` where it is not theirs."""
        with writing(self._sessions) as session:
            return self._moved(session, draft_id, conversation_id, self._persons.every(proof))

    def _moved(self, session: Session, draft_id: str, conversation_id: str, persons: Collection[str]) -> Draft:
        row = session.get(EFormDraft, draft_id, with_for_update=True)
        if row is None or row.person not in persons or row.expires_at <= self._clock() or row.stage not in OPEN_STAGES:
            raise DraftGoneError(draft_id)
        draft = self._decrypted(row)
        row.conversation_id, row.touched_at = conversation_id, self._clock()
        row.expires_at = self._clock() + KEPT_IDLE
        uploads = [int(ref) for ref in _uploads(draft) if ref.isdecimal()]
        session.execute(update(Attachment).where(Attachment.id.in_(uploads)).values(conversation_id=conversation_id))
        return draft

    def _owner(self, session: Session, conversation_id: str, told: PersonProof | None) -> str | None:
        """A confirmed identity counts more than numbers that were typed, whoever they are of."""
        return linked_person(session, conversation_id, self._clock()) or (self._persons.of(told) if told else None)

    def forget(self, draft_id: str, conversation_id: str) -> None:
        """Deletes a draft of this conversation, with its uploads; nothing where there is none."""
        with writing(self._sessions) as session:
            row = session.get(EFormDraft, draft_id)
            if row is not None and row.conversation_id == conversation_id:
                self._release_uploads(session, [row])
                _delete(session, (draft_id,))
                note_end(session, (draft_id,), "discarded", self._clock())

    def purge_expired(self) -> int:
        """Deletes the drafts past their time, with their uploads; returns how many. Running it twice does no harm."""
        with writing(self._sessions) as session:
            rows = session.scalars(select(EFormDraft).where(EFormDraft.expires_at <= self._clock())).all()
            self._release_uploads(session, rows)
            gone = [row.id for row in rows]
            note_end(session, gone, "expired", self._clock())
            return _delete(session, gone)

    def _listed(self, condition: ColumnElement[bool]) -> tuple[DraftListing, ...]:
        wanted = (
            select(EFormDraft)
            .where(condition, EFormDraft.stage.in_(OPEN_STAGES), EFormDraft.expires_at > self._clock())
            .order_by(EFormDraft.touched_at.desc(), EFormDraft.id)
        )
        with self._sessions() as session:
            rows = session.scalars(wanted).all()
        return tuple(
            DraftListing(row.id, row.conversation_id, row.procedure_code, row.stage, row.revision, row.touched_at) for row in rows
        )

    def _encrypted(self, draft: Draft) -> bytes:
        return self._cipher.encrypt(json.dumps(draft.to_json(), ensure_ascii=False).encode())

    def _decrypted(self, row: EFormDraft) -> Draft:
        try:
            draft = Draft.from_json(json.loads(self._cipher.decrypt(row.content)))
        except (InvalidToken, ValueError, MalformedDraftError) as error:
            raise DraftGoneError(row.id) from error
        if draft.id != row.id:
            # A content moved from another row is nobody's.
            raise DraftGoneError(row.id)
        return draft

    def _release_uploads(self, session: Session, rows: Iterable[EFormDraft]) -> None:
        """Uploads of a draft that goes are purged with it."""
        for row in rows:
            try:
                refs = _uploads(self._decrypted(row))
            except DraftGoneError:
                continue
            _keep_uploads(session, refs, self._clock())


def person_of(form: Form, draft: Draft) -> PersonProof | None:
    """The applicant as the form names them: the answers whose ``x-prefill`` are ``vneid.citizen_id`` and ``conversation.phone``;
    None until both are given."""
    fields = form.asked(draft.plain, draft.skipped).fields
    told = {one.prefill: draft.values[one.path].value for one in fields if one.path in draft.values}
    citizen_id, phone = told.get("vneid.citizen_id"), told.get("conversation.phone")
    return PersonProof(str(citizen_id), str(phone)) if citizen_id and phone else None


def _uploads(draft: Draft) -> tuple[str, ...]:
    return tuple(ref for answer in draft.papers.values() for ref in answer.uploads)


def _keep_uploads(session: Session, refs: Iterable[str], until: datetime) -> None:
    ids = [int(ref) for ref in refs if ref.isdecimal()]
    if ids:
        session.execute(update(Attachment).where(Attachment.id.in_(ids)).values(expires_at=until))


def _delete(session: Session, ids: Iterable[str]) -> int:
    gone = delete(EFormDraft).where(EFormDraft.id.in_(list(ids))).returning(EFormDraft.id)
    return len(session.execute(gone).all())
