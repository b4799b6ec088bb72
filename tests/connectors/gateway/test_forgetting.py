"""What the worker's rounds delete of look-ups once it is past its time."""

from datetime import timedelta

from sqlalchemy import func, select

from bot.conversations.clock import utc_now
from bot.storage.database import Database, writing
from bot.storage.dossier_models import IdentityLink, KnownDossier, WrongProof
from bot.storage.models import Conversation
from connectors.gateway.forgetting import forget_dossiers


def test_old_tries_states_and_links_go_and_present_ones_stay(database: Database) -> None:
    now = utc_now()
    with writing(database.sessions) as session:
        for name, ends, at in (("old", -1, -16), ("new", 1, -1)):
            moment = now + timedelta(minutes=ends)
            session.add(Conversation(id=name, channel="webchat", account="web", external_id=name, opened_at=now))
            session.flush()
            session.add(WrongProof(attempt_id=name, scope="conversation", key=name, at=now + timedelta(minutes=at)))
            session.add(IdentityLink(conversation_id=name, person="p", confirmed_at=now, expires_at=moment))
            session.add(KnownDossier(conversation_id=name, proofs_key="k", content=b"x", told_at=now, expires_at=moment))
    assert forget_dossiers(database.sessions)() == 3
    with database.sessions() as session:
        for table in (WrongProof, IdentityLink, KnownDossier):
            assert session.scalar(select(func.count()).select_from(table)) == 1
    assert forget_dossiers(database.sessions)() == 0
