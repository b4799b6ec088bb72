"""The export of a closed wave for an independent firm: encrypted for the firm's certificate, so that nobody here can read it.

The file is a CMS enveloped message (RFC 5652, AES-256-CBC, RSA): ``openssl cms -decrypt -inform DER -in survey.cms -inkey
key.pem -out survey.zip`` opens it. One person asks, another one agrees; it is made at that moment and not kept.
"""

import csv
import hashlib
import io
import random
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.shares import LEAST_SHOWN
from bot.spreadsheets import spreadsheet_cell
from bot.storage.survey_models import SurveyAnswer, SurveyExport, SurveyWave
from bot.surveys.estimates import weight
from bot.surveys.questions import QuestionSet, questions_of
from bot.surveys.waves import SurveyRefusedError, find_wave

OTHERS = "other-groups"
"""Stands in the export for all groups with fewer than ``LEAST_SHOWN`` answers together."""
LONGEST_RECIPIENT = 200
LONGEST_CERTIFICATE = 20_000
LEAST_KEY_BITS = 2048
_SHUFFLE = random.SystemRandom()


@dataclass(frozen=True)
class MadeExport:
    """The encrypted file and its digest."""

    content: bytes
    sha256: str


def read_certificate(pem: str, now: datetime) -> x509.Certificate:
    """The firm's certificate. Raises ``SurveyRefusedError`` for what is none, is not valid now, or has a weak or other key than
    RSA."""
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        key = found.public_key()
    except (ValueError, TypeError) as error:
        raise SurveyRefusedError("certificate") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_KEY_BITS:
        raise SurveyRefusedError("certificate_key", bits=LEAST_KEY_BITS)
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise SurveyRefusedError("certificate_time")
    return found


def ask_for_export(session: Session, wave_id: int, recipient: str, pem: str, by: str, now: datetime) -> SurveyExport:
    """Notes the wish of one person. Raises ``SurveyRefusedError``, ``LookupError``."""
    wave = find_wave(session, wave_id)
    if wave.state != "closed":
        raise SurveyRefusedError("not_closed")
    if not recipient or len(recipient) > LONGEST_RECIPIENT or len(pem) > LONGEST_CERTIFICATE:
        raise SurveyRefusedError("recipient")
    certificate = read_certificate(pem, now)
    asked = SurveyExport(
        wave_id=wave_id,
        recipient=recipient,
        certificate=certificate.public_bytes(Encoding.PEM).decode(),
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        asked_by=by,
        asked_at=now,
    )
    session.add(asked)
    session.flush()
    return asked


def make_export(session: Session, export_id: int, by: str, now: datetime) -> MadeExport:
    """Makes the file, once, where another person than who asked agrees. Raises ``SurveyRefusedError``, ``LookupError``."""
    asked = _open_request(session, export_id, by)
    wave = find_wave(session, asked.wave_id)
    certificate = read_certificate(asked.certificate, now)
    made = sealed(archive_of(session, wave), certificate)
    asked.state, asked.decided_by, asked.decided_at, asked.file_sha256 = "made", by, now, made.sha256
    return made


def refuse_export(session: Session, export_id: int, by: str, now: datetime) -> SurveyExport:
    """Ends a wish; who asked may take it back so. Raises ``SurveyRefusedError``, ``LookupError``."""
    asked = _open_request(session, export_id, None)
    asked.state, asked.decided_by, asked.decided_at = "refused", by, now
    return asked


def exports_of(session: Session, wave_id: int) -> Sequence[SurveyExport]:
    """The newest first."""
    return session.scalars(select(SurveyExport).where(SurveyExport.wave_id == wave_id).order_by(SurveyExport.id.desc())).all()


def sealed(content: bytes, certificate: x509.Certificate) -> MadeExport:
    """The content for the holder of the certificate's key alone."""
    builder = PKCS7EnvelopeBuilder().set_data(content).set_content_encryption_algorithm(AES256).add_recipient(certificate)
    closed = builder.encrypt(Encoding.DER, [PKCS7Options.Binary])
    return MadeExport(closed, hashlib.sha256(closed).hexdigest())


def archive_of(session: Session, wave: SurveyWave) -> bytes:
    """The zip within: answers with their weights, comments by themselves, the codebook. Both lists are in an order of chance, and
    share nothing by which a comment could be laid beside its answers."""
    questions = questions_of(wave.questions_version)
    rows = list(session.scalars(select(SurveyAnswer).where(SurveyAnswer.wave_id == wave.id)))
    comments = [{"comment": spreadsheet_cell(one.comment)} for one in rows if one.comment]
    _SHUFFLE.shuffle(rows)
    _SHUFFLE.shuffle(comments)
    parts = {
        "answers.csv": _csv(["group", "weight", *(one.key for one in questions.questions)], _answer_rows(wave, questions, rows)),
        "comments.csv": _csv(["comment"], comments),
        "codebook.csv": _csv(["question", "choice", "counts_as", "vi", "en"], _codebook(questions)),
        "README.txt": _about(wave),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return packed.getvalue()


def _answer_rows(wave: SurveyWave, questions: QuestionSet, rows: Sequence[SurveyAnswer]) -> list[dict[str, Any]]:
    """Groups with a handful of answers stand together, under one weight."""
    populations = {one["group"]: one["population"] for one in wave.strata}
    answered = Counter(one.stratum for one in rows)
    few = _few_groups(answered)
    shown = {group: OTHERS if group in few else group for group in answered}
    people, given = Counter[str](), Counter[str]()
    for group, n in answered.items():
        people[shown[group]] += populations.get(group, 0)
        given[shown[group]] += n
    return [
        {"group": shown[one.stratum], "weight": f"{weight(people[shown[one.stratum]], given[shown[one.stratum]]):.6f}"}
        | {question.key: one.answers.get(question.key, "") for question in questions.questions}
        for one in rows
    ]


def _few_groups(answered: Mapping[str, int]) -> frozenset[str]:
    """Groups with a handful of answers, and where they are still a handful together the next smallest ones."""
    smallest = sorted(answered, key=lambda group: (answered[group], group))
    few = [group for group in smallest if answered[group] < LEAST_SHOWN]
    for group in smallest[len(few) :]:
        if not few or sum(answered[one] for one in few) >= LEAST_SHOWN:
            break
        few.append(group)
    return frozenset(few)


def _codebook(questions: QuestionSet) -> list[dict[str, Any]]:
    def meaning(question: Any, key: str) -> str:
        return "good" if key in question.good else "not_counted" if key in question.not_counted else "not_good"

    return [
        row
        for question in questions.questions
        for row in (
            {"question": question.key, "choice": "", "counts_as": "", "vi": question.vi, "en": question.en},
            *(
                {"question": question.key, "choice": one.key, "counts_as": meaning(question, one.key), "vi": one.vi, "en": one.en}
                for one in question.choices
            ),
        )
    ]


def _about(wave: SurveyWave) -> str:
    groups = "\n".join(f"{one['group']}\t{one['population']}\t{one['drawn']}" for one in wave.strata)
    return (
        f"Survey of dossiers closed from {wave.period_from:%Y-%m-%d} to {wave.period_to:%Y-%m-%d}\n"
        f"questions: {wave.questions_version}\nframe: {wave.frame_size} dossiers, sha256 {wave.frame_hash}\nseed: {wave.seed}\n\n"
        "answers.csv: one row per answer in an order of chance; weight = dossiers of the group / its answers;\n"
        "empty = not answered.\n"
        f"Groups with fewer than {LEAST_SHOWN} answers stand together as {OTHERS}.\n"
        "comments.csv: in another order of chance; private numbers were replaced on entry.\n\n"
        f"group\tpopulation\tdrawn\n{groups}\n"
    )


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + written.getvalue()


def _open_request(session: Session, export_id: int, by: str | None) -> SurveyExport:
    asked = session.scalars(select(SurveyExport).where(SurveyExport.id == export_id).with_for_update()).one_or_none()
    if asked is None:
        raise LookupError(export_id)
    if asked.state != "asked":
        raise SurveyRefusedError("export_state")
    if by is not None and by == asked.asked_by:
        raise SurveyRefusedError("own_export")
    return asked
