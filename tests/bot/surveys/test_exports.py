"""The export: for the firm's key alone, by two persons, with nothing that leads to anybody."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from bot.storage.database import Database, writing
from bot.storage.survey_models import SurveyAnswer, SurveyExport, SurveyWave
from bot.surveys.exports import OTHERS, ask_for_export, make_export, read_certificate, refuse_export
from bot.surveys.waves import SurveyRefusedError
from tests.bot.surveys.test_results import closed_wave, said
from tests.moving_clock import MovingClock

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
KEY = rsa.generate_private_key(65537, 2048)


def certificate(key: object = KEY, *, ends: datetime = NOW + timedelta(days=30)) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "firm.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())  # type: ignore[attr-defined]
    dated = builder.serial_number(1).not_valid_before(NOW - timedelta(days=60)).not_valid_after(ends)
    return dated.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()  # type: ignore[arg-type]


FIRM = certificate()


@pytest.fixture
def wave(database: Database, clock: MovingClock) -> SurveyWave:
    answers = {"g1": said(satisfied=30, neutral=10), "g2": said(neutral=3), "g3": said(satisfied=4)}
    made = closed_wave(database, clock, answers, {"g1": 400, "g2": 60, "g3": 80})
    with writing(database.sessions) as session:
        first = session.get_one(SurveyAnswer, f"answer-{made.id}-0")
        first.comment = "=HYPERLINK(1) chờ lâu"
    return made


def opened(content: bytes) -> dict[str, str]:
    plain = pkcs7.pkcs7_decrypt_der(content, x509.load_pem_x509_certificate(FIRM.encode()), KEY, [])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_firm_reads_answers_with_weights_and_nothing_that_leads_to_anybody(
    database: Database, clock: MovingClock, wave: SurveyWave
) -> None:
    with writing(database.sessions) as session:
        asked = ask_for_export(session, wave.id, "Viện Khảo sát", FIRM, "lan", clock())
    with writing(database.sessions) as session:
        made = make_export(session, asked.id, "binh", clock())
    assert b"satisfied" not in made.content
    files = opened(made.content)
    answers = rows(files["answers.csv"])
    assert list(answers[0]) == [
        "group", "weight", "satisfied", "attitude", "waiting", "on_time", "apology", "facilities", "extra_papers", "extra_money",
    ]  # fmt: skip
    assert len(answers) == 47
    weights = {one["group"]: float(one["weight"]) for one in answers}
    assert weights == {"g1": 10.0, OTHERS: 20.0}
    assert sum(float(one["weight"]) for one in answers) == pytest.approx(540)
    assert rows(files["comments.csv"]) == [{"comment": "'=HYPERLINK(1) chờ lâu"}]
    assert {one["question"] for one in rows(files["codebook.csv"])} == set(answers[0]) - {"group", "weight"}
    assert wave.seed in files["README.txt"]
    with database.sessions() as session:
        ids = [one.id for one in session.query(SurveyAnswer)]
        kept = session.get_one(SurveyExport, asked.id)
        assert (kept.state, kept.decided_by, kept.file_sha256) == ("made", "binh", made.sha256)
    assert not [one for one in ids if any(one in text for text in files.values())]


def test_the_order_is_of_chance(database: Database, clock: MovingClock, wave: SurveyWave) -> None:
    found = set()
    for _ in range(4):
        with writing(database.sessions) as session:
            asked = ask_for_export(session, wave.id, "Viện", FIRM, "lan", clock())
        with writing(database.sessions) as session:
            made = make_export(session, asked.id, "binh", clock())
        found.add(tuple(one["satisfied"] for one in rows(opened(made.content)["answers.csv"])))
    assert len(found) > 1


def test_one_person_alone_gets_nothing_and_a_wish_is_answered_once(
    database: Database, clock: MovingClock, wave: SurveyWave
) -> None:
    with writing(database.sessions) as session:
        asked = ask_for_export(session, wave.id, "Viện", FIRM, "lan", clock())
    with writing(database.sessions) as session, pytest.raises(SurveyRefusedError) as own:
        make_export(session, asked.id, "lan", clock())
    assert own.value.key == "own_export"
    with writing(database.sessions) as session:
        refuse_export(session, asked.id, "lan", clock())
    with writing(database.sessions) as session, pytest.raises(SurveyRefusedError) as ended:
        make_export(session, asked.id, "binh", clock())
    assert ended.value.key == "export_state"
    with writing(database.sessions) as session, pytest.raises(LookupError):
        make_export(session, 999, "binh", clock())


@pytest.mark.parametrize(
    ("pem", "key"),
    [
        ("", "certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate"),
        ("x" * 19_000, "certificate"),
        (certificate(ec.generate_private_key(ec.SECP256R1())), "certificate_key"),
        (certificate(rsa.generate_private_key(65537, 1024)), "certificate_key"),
        (certificate(ends=NOW - timedelta(days=1)), "certificate_time"),
    ],
    ids=["empty", "broken", "long", "elliptic", "short", "over"],
)
def test_a_certificate_that_does_not_serve_is_refused(pem: str, key: str) -> None:
    with pytest.raises(SurveyRefusedError) as refused:
        read_certificate(pem, NOW)
    assert refused.value.key == key


def test_nothing_is_given_out_while_answers_come_in(database: Database, clock: MovingClock, wave: SurveyWave) -> None:
    with writing(database.sessions) as session:
        session.get_one(SurveyWave, wave.id).state = "open"
    with writing(database.sessions) as session, pytest.raises(SurveyRefusedError) as refused:
        ask_for_export(session, wave.id, "Viện", FIRM, "lan", clock())
    assert refused.value.key == "not_closed"
