"""A citizen of whom every table of the ledger holds something, with words that must be gone afterwards."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session

from bot.conversations.identity_links import link_person
from bot.eforms.draft import Answer, Draft
from bot.messages import BotMessage, Button
from bot.rights.consent import record_consent
from bot.storage.campaign_models import Campaign, CampaignPerson, CampaignVisit, OutreachSubscription
from bot.storage.channel_models import Attachment, ChannelEvent, Delivery
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch, KnownDossier, PaperToAttach, Submission, WrongProof
from bot.storage.eform_models import EFormDraft
from bot.storage.labelling_models import LabelItem
from bot.storage.models import ButtonToken, Conversation, Handoff, Inbound, Outbound, PrivateValue
from bot.storage.officer_models import HandoffEvent, NoteMention, OfficerFile, OfficerNote, Rating, SeenUpTo
from bot.storage.rights_models import DataExportLink, RightsRequest

SECRETS = ("Hoàng Bí Mật", "zalo-user-77", "*********234", "bi-mat.png", "…0001", "hash-of-person", "paper-title")
"""What nobody may find in the ledger once the citizen was forgotten."""


@dataclass(frozen=True)
class Citizen:
    """The conversation, and when its rows were made."""

    id: str
    at: datetime


def fill(
    database: Database, name: str, now: datetime, key: str, *, handoff_reason: str = "asked", channel: str = "zalo"
) -> Citizen:
    """One row or more in every table that holds something of a citizen."""
    cipher = Fernet(key.encode())
    draft = Draft(f"d-{name}", "1.001193", "v1", {"name": Answer("Hoàng Bí Mật"), "phone": Answer("0912345678")})
    with writing(database.sessions) as session:
        session.add(
            Conversation(
                id=name,
                channel=channel,
                account="oa",
                external_id=f"zalo-user-77-{name}",
                opened_at=now,
                last_inbound_at=now,
                last_seq=2,
            )
        )
        session.flush()
        message = Inbound(
            conversation_id=name, channel=channel, account="oa", event_id=f"e-{name}", seq=1, received_at=now,
            text=f"tôi là Hoàng Bí Mật, số ⟦citizen_id:t-{name}⟧", raw=b"Hoang", nlu={"intent": "ask_fee"}, outcome="answered",
            finished_at=now, circumstances={"late": True},
        )  # fmt: skip
        session.add(message)
        session.flush()
        answer = BotMessage("Chào Hoàng Bí Mật", procedure_code="1.001193", buttons=(Button("Phí", "show_facet"),))
        reply = Outbound(
            conversation_id=name, inbound_id=message.id, seq=2, author="bot", message=answer.to_json(), state="sent",
            idempotency_key=f"k-{name}", created_at=now, sent_at=now,
        )  # fmt: skip
        session.add(reply)
        session.flush()
        session.add_all(
            _around(name, now, message.id, reply.id, cipher.encrypt(json.dumps(draft.to_json()).encode()), handoff_reason)
        )
        session.flush()
        note = OfficerNote(conversation_id=name, account="an", name="An", text="ghi về Hoàng Bí Mật", at=now)
        handoff = session.scalars(select(Handoff).where(Handoff.conversation_id == name)).one()
        session.add_all(
            [
                note,
                HandoffEvent(handoff_id=handoff.id, conversation_id=name, kind="ended", at=now),
                Rating(handoff_id=handoff.id, conversation_id=name, asked_at=now),
                SeenUpTo(conversation_id=name, account="an", seq=1),
            ]
        )
        session.flush()
        session.add(NoteMention(note_id=note.id, account="an"))
        session.add(
            PaperToAttach(
                portal_draft_id=f"p-{name}", paper="x", title="paper-title", attachment_id=1, state="waiting", try_at=now
            )
        )
        session.add(
            DossierNotice(
                watch_id=f"w-{name}", occasion="1", kind="change", content={"what": "Hoàng Bí Mật"}, state="waiting", due_at=now,
                occurred_at=now, outbound_id=reply.id, created_at=now,
            )
        )  # fmt: skip
        session.add_all(_outreach(session, name, reply.id, now))
        link_person(session, name, "hash-of-person", now)
        record_consent(session, name, "improve", True, "button", now)
    return Citizen(name, now)


def _outreach(session: Session, name: str, outbound: int, now: datetime) -> list[Any]:
    """A campaign went to them, they came of its link, and they said where they live."""
    campaign = Campaign(
        title="Tin", short_text="Tin ngắn", long_text="", target="chat", nature="service", channels=["zalo"], wards=[],
        only_who_asked=False, templates={}, state="running", revision=1, author="an", created_at=now, changed_at=now,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    on = {"conversation_id": name, "campaign_id": campaign.id, "channel": "zalo", "place_id": "phuong-tu-son"}
    return [
        CampaignPerson(**on, person="hash-of-person", state="queued", due_at=now, outbound_id=outbound, finished_at=now),
        CampaignVisit(**on, at=now),
        OutreachSubscription(conversation_id=name, place_id="phuong-tu-son", changed_at=now),
    ]


def _around(name: str, now: datetime, inbound: int, outbound: int, draft: bytes, reason: str) -> list[Any]:
    later = now + timedelta(days=1)
    mine: dict[str, Any] = {"conversation_id": name}
    over = {"opened_at": now, "ended_at": now}
    held = {"name": "bi-mat.png", "sha256": "s", "source": b"x", "content": b"y", "expires_at": later}
    form = {"content": draft, "opened_at": now, "touched_at": now, "expires_at": now + timedelta(days=30)}
    watched = {"dossier_key": f"dk-{name}", "proofs": b"c", "shown": "…0001", "supplement_deadline": date(2026, 12, 1)}
    agreed = {"consent_at": now, "consent_text": "watch"}
    event = {"channel": "zalo", "account": "oa", "event_id": f"ev-{name}", "name": "follow", "received_at": now}
    return [
        ButtonToken(**mine, token=f"b-{name}", outbound_id=outbound, position=0, title="Hoàng Bí Mật", act={"intent": "x"}),
        Delivery(
            **mine, outbound_id=outbound, part=0, call={"to": "zalo-user-77"}, shown="Hoàng Bí Mật", state="sent", created_at=now
        ),
        PrivateValue(**mine, token=f"t-{name}", kind="citizen_id", masked="*********234", ciphertext=b"x", expires_at=later),
        Handoff(**mine, **over, inbound_id=inbound, reason=reason, summary={"last_message": "Hoàng Bí Mật"}, state="closed"),
        ChannelEvent(**mine, **event, outcome="applied"),
        Attachment(**mine, **held, inbound_id=inbound, position=0, kind="image"),
        EFormDraft(
            **mine, **form, id=f"d-{name}", procedure_code="1.001193", stage="filling", person="hash-of-person", revision=0
        ),
        Submission(
            **mine, portal_draft_id=f"p-{name}", draft_id=f"o-{name}", kind="submission", state="handed_over", handed_over_at=now
        ),
        DossierWatch(**mine, **watched, **agreed, id=f"w-{name}", state="active"),
        OfficerFile(
            **mine,
            account="an",
            token_hash=f"of-{name}",
            name="hẹn Hoàng Bí Mật 024099001234.pdf",
            media_type="application/pdf",
            size=9,
            sha256="s",
            content=b"bi-mat.png",
            created_at=now,
            expires_at=now + timedelta(days=3),
        ),
        KnownDossier(**mine, proofs_key="pk", content=b"x", told_at=now, expires_at=later),
        LabelItem(**mine, inbound_id=inbound, channel="zalo", at=now, text="tôi là Hoàng Bí Mật", words_key="k"),
        WrongProof(attempt_id="a", scope="conversation", key=name, at=now),
        RightsRequest(
            **mine, **over, kind="view", words="Hoàng Bí Mật", state="done", acknowledge_by=now.date(), answer_by=now.date()
        ),
        DataExportLink(**mine, token_sha256=f"h-{name}", created_at=now, expires_at=now + timedelta(hours=1)),
    ]


def everything_stored(database: Database) -> str:
    """All rows of all tables as one text."""
    metadata = MetaData()
    metadata.reflect(database.engine)
    with database.engine.connect() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table)).mappings()]
    return "\n".join(json.dumps(dict(row), ensure_ascii=False, default=str) for row in rows)


def count_of(database: Database, table: type[Any]) -> int:
    """How many rows a table has."""
    with database.sessions() as session:
        return len(session.scalars(select(table)).all())
