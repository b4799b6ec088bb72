"""Closed dossiers of a made-up year."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from bot.clock import VIETNAM_TIME
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier
from bot.storage.survey_models import SurveyWave
from bot.surveys.groups import CITY, Groups
from bot.surveys.waves import WaveOrder, begin_wave, draw_wave

GROUPS = Groups({"p1": "g1", "p2": "g2", "p3": "g3"}, {"g1": "Huyện Một", "g2": "Huyện Hai", "g3": "Huyện Ba", CITY: "Thành phố"})


def dossier(record: str, place: str | None, ended: datetime | None) -> RegisteredDossier:
    stated = ended or datetime(2026, 10, 1, tzinfo=VIETNAM_TIME)
    return RegisteredDossier(
        record_id=record, source_system="provincial", procedure_code="1.001193", unit_code="u", unit_name="Đơn vị",
        place_id=place,
        agency=None, channel="online", status_code="9", received_at=None, due_at=None, ended_at=ended, supplements=[],
        fee_due=False, paid_online=False, electronic_result=None, digitised=None, disliked=None, as_of=stated,
        first_seen_at=stated, seen_at=stated, missing_since=None,
    )  # fmt: skip


def close_dossiers(database: Database, sizes: dict[str | None, int], day: date) -> None:
    """So many for each place, all ended about noon of the day."""
    noon = datetime.combine(day, time(12), VIETNAM_TIME)
    rows: Iterable[RegisteredDossier] = (
        dossier(f"{place or 'city'}-{number:05}", place, noon + timedelta(seconds=number))
        for place, size in sizes.items()
        for number in range(size)
    )
    with writing(database.sessions) as session:
        session.add_all(list(rows))


def order_for(now: datetime, **changed: object) -> WaveOrder:
    today = now.astimezone(VIETNAM_TIME).date()
    values: dict[str, object] = {
        "title": "Thử", "period_from": today - timedelta(days=40), "period_to": today - timedelta(days=1),
        "closes_on": today + timedelta(days=30), "wanted": 60, "expected_response": 100,
    }  # fmt: skip
    return WaveOrder(**(values | changed))  # type: ignore[arg-type]


def started_wave(database: Database, now: datetime, sizes: dict[str | None, int], **changed: object) -> SurveyWave:
    """A wave whose invitations may go."""
    close_dossiers(database, sizes, (now.astimezone(VIETNAM_TIME) - timedelta(days=10)).date())
    with writing(database.sessions) as session:
        wave = draw_wave(session, GROUPS, order_for(now, **changed), "lan", now)
        return begin_wave(session, wave.id, now)
