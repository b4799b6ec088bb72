"""All that is held of one conversation, as one document. Numbers stand in it masked, as they do everywhere: also the citizen's
own, since whoever holds the telephone is not always who typed them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.conversations.encryption import ledger_cipher
from bot.conversations.transcript import read_transcript
from bot.eforms.draft import Draft, MalformedDraftError
from bot.language.masking import PLACEHOLDER, find_private, masked
from bot.rights.consent import consents_of
from bot.storage.campaign_models import Campaign, CampaignPerson, OutreachSubscription
from bot.storage.channel_models import Attachment
from bot.storage.dossier_models import DossierNotice, DossierWatch, IdentityLink, KnownDossier, Submission
from bot.storage.eform_models import EFormDraft
from bot.storage.models import Conversation, Handoff, PrivateValue
from bot.storage.officer_models import OfficerFile
from bot.storage.rights_models import Consent, RightsRequest

EXPORT_SCHEMA = "motcua.my-data/1"
_LINES_AT_ONCE = 500


def export_of(session: Session, conversation: Conversation, keys: str, now: datetime) -> dict[str, Any]:
    """Everything held of the conversation, as JSON values. ``keys``: the ledger's Fernet keys."""
    mine = conversation.id
    return {
        "schema": EXPORT_SCHEMA,
        "made_at": _at(now),
        "conversation": {
            "channel": conversation.channel,
            "opened_at": _at(conversation.opened_at),
            "last_message_at": _at(conversation.last_inbound_at),
            "own_phone_confirmed_at": _at(conversation.verified_phone_at),
        },
        "messages": _messages(session, mine),
        "numbers": _numbers(session, mine),
        "files": _files(session, mine),
        "files_from_officers": _files_from_officers(session, mine),
        "drafts": _drafts(session, mine, ledger_cipher(keys)),
        "submissions": _submissions(session, mine),
        "watches": _watches(session, mine),
        "lookups": [_at(row.told_at) for row in _rows(session, KnownDossier, mine)],
        "identity_confirmed_at": [_at(row.confirmed_at) for row in _rows(session, IdentityLink, mine)],
        "handoffs": _handoffs(session, mine),
        "consents": _consents(session, mine, now),
        "outreach": _outreach(session, mine),
        "requests": _requests(session, mine),
    }


def without_numbers(text: str) -> str:
    """The text with every private number masked, and placeholders as dots."""
    hidden = PLACEHOLDER.sub("***", text)
    pieces, last = [], 0
    for span in find_private(hidden):
        pieces += [hidden[last : span.start], masked(span.kind, span.value)]
        last = span.end
    return "".join(pieces) + hidden[last:]


def _messages(session: Session, mine: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = 0
    while lines := read_transcript(session, mine, after, _LINES_AT_ONCE):
        for line in lines:
            understood = dict(line.nlu or {}) if line.speaks == "citizen" else {}
            found.append(
                {
                    "number": line.seq,
                    "from": line.speaks,
                    "at": _at(line.at),
                    "text": line.text,
                    "understood_as": understood.get("intent"),
                }
            )
        after = lines[-1].seq
    return found


def _numbers(session: Session, mine: str) -> list[dict[str, Any]]:
    rows = _rows(session, PrivateValue, mine)
    return [{"kind": row.kind, "masked": row.masked, "original_kept_until": _at(row.expires_at)} for row in rows]


def _files(session: Session, mine: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": row.kind,
            "name": without_numbers(row.name) if row.name else None,
            "size": row.size,
            "state": row.state,
            "kept_until": _at(row.expires_at) if row.content is not None or row.source is not None else None,
        }
        for row in _rows(session, Attachment, mine)
    ]


def _files_from_officers(session: Session, mine: str) -> list[dict[str, Any]]:
    """What there is and until when, not the papers themselves: a number in a paper cannot be masked."""
    return [
        {
            "name": without_numbers(row.name),
            "media_type": row.media_type,
            "size": row.size,
            "sent_at": _at(row.created_at),
            "fetched_at": _at(row.fetched_at),
            "kept_until": _at(row.expires_at),
        }
        for row in _rows(session, OfficerFile, mine)
    ]


def _drafts(session: Session, mine: str, cipher: MultiFernet) -> list[dict[str, Any]]:
    return [
        {
            "procedure": row.procedure_code,
            "stage": row.stage,
            "begun_at": _at(row.opened_at),
            "kept_until": _at(row.expires_at),
            "answers": _answers(row.content, cipher),
        }
        for row in _rows(session, EFormDraft, mine)
    ]


def _answers(content: bytes, cipher: MultiFernet) -> Mapping[str, Any] | None:
    """The answers of a form, or None where our keys do not open it."""
    try:
        draft = Draft.from_json(json.loads(cipher.decrypt(content)))
    except (InvalidToken, ValueError, MalformedDraftError):
        return None
    return {path: _masked_value(value) for path, value in draft.plain.items()}


def _masked_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _masked_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    text = without_numbers(str(value))
    return text if isinstance(value, str) or text != str(value) else value


def _submissions(session: Session, mine: str) -> list[dict[str, Any]]:
    return [
        {
            "procedure": row.procedure_code,
            "kind": row.kind,
            "state": row.state,
            "handed_over_at": _at(row.handed_over_at),
            "sent_at": _at(row.sent_at),
        }
        for row in _rows(session, Submission, mine)
    ]


def _watches(session: Session, mine: str) -> list[dict[str, Any]]:
    found = []
    for row in _rows(session, DossierWatch, mine):
        notices = session.scalars(select(DossierNotice).where(DossierNotice.watch_id == row.id).order_by(DossierNotice.id)).all()
        told = [{"kind": one.kind, "state": one.state, "at": _at(one.finished_at or one.created_at)} for one in notices]
        agreed = {"consent_at": _at(row.consent_at), "consent_text": row.consent_text}
        found.append({"dossier": row.shown, "state": row.state, "ended_at": _at(row.ended_at), **agreed, "notices": told})
    return found


def _handoffs(session: Session, mine: str) -> list[dict[str, Any]]:
    rows = _rows(session, Handoff, mine)
    return [
        {"reason": row.reason, "state": row.state, "opened_at": _at(row.opened_at), "ended_at": _at(row.ended_at)} for row in rows
    ]


def _consents(session: Session, mine: str, now: datetime) -> dict[str, Any]:
    history = [
        {
            "purpose": row.purpose,
            "given": row.given,
            "at": _at(row.at),
            "how": row.how,
            "text": f"{row.text_key}/{row.text_version}",
        }
        for row in _rows(session, Consent, mine)
    ]
    return {"now": dict(consents_of(session, mine, now)), "history": history}


def _outreach(session: Session, mine: str) -> dict[str, Any]:
    """Where they said that they live, and which campaigns were meant for them."""
    told = [
        {
            "title": session.get_one(Campaign, row.campaign_id).title,
            "state": row.state,
            "reason": row.reason,
            "at": _at(row.finished_at or row.due_at),
        }
        for row in _rows(session, CampaignPerson, mine)
    ]
    places = [{"place": row.place_id, "at": _at(row.changed_at)} for row in _rows(session, OutreachSubscription, mine)]
    return {"subscriptions": places, "campaigns": told}


def _requests(session: Session, mine: str) -> list[dict[str, Any]]:
    return [
        {
            "number": f"QDL-{row.id}",
            "kind": row.kind,
            "words": without_numbers(row.words) if row.words else None,
            "state": row.state,
            "opened_at": _at(row.opened_at),
            "ended_at": _at(row.ended_at),
            "reason": row.reason,
        }
        for row in _rows(session, RightsRequest, mine)
    ]


def _rows(session: Session, table: type[Any], mine: str) -> Sequence[Any]:
    keys = list(table.__table__.primary_key.columns)
    return session.scalars(select(table).where(table.conversation_id == mine).order_by(*keys)).all()


def _at(moment: datetime | None) -> str | None:
    return moment.astimezone(VIETNAM_TIME).isoformat(timespec="seconds") if moment is not None else None
