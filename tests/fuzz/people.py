"""What people type: messages in any Unicode, answers to forms, tokens and codes, times and settings."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from unittest import mock

from hypothesis import strategies as st
from pydantic import ValidationError

from actions.turns import turn_of
from bot.accounts.second_factor import accepted_step, recovery_code_hash
from bot.catalogue.editing.checking import read_procedure
from bot.catalogue.editing.documents import UnreadableDocumentError, load_document
from bot.catalogue.editing.month import read_month_name
from bot.catalogue.editing.typed import TypedError, read_day, read_money, read_month
from bot.conversations.citizen_text import EmptyTextError, TextTooLongError, accepted_text
from bot.conversations.encryption import LedgerKeyError, ledger_cipher
from bot.eforms.engine import step
from bot.eforms.forms import EFormError, form_of
from bot.eforms.turns import Said
from bot.language.clauses import split_clauses
from bot.language.entities import find_entities
from bot.language.masking import find_private, placeholders_in, replace_private, strip_forged_placeholders
from bot.language.money import find_money
from bot.language.normalise import clean, fold, fold_in_place, nfc
from bot.language.split_numbers import split_number
from bot.language.spoken import spoken
from bot.language.written import written_out
from bot.log_masking import masked_text
from bot.outreach.quiet_hours import QuietHours
from bot.outreach.rules import _days
from bot.reporting.period import PeriodError, read_period
from bot.review.words import parse_terms, snippet
from bot.settings import Settings
from bot.surveys.exports import read_certificate
from bot.surveys.links import clean_comment
from bot.surveys.waves import SurveyRefusedError
from bot.switches.reading import read_moment, read_outage_scope, read_target
from bot.switches.store import SwitchRefusedError
from connectors.start_links import meaning_of_start
from connectors.webchat.addresses import AddressHashes
from connectors.webchat.pages import EmbedOriginError, embed_origins
from connectors.webchat.session_tokens import InvalidSessionError, SessionTokens
from engine.turn_request import MalformedTurnError, parse_turn
from tests.bot.eforms.citizen import tools_of_today
from tests.bot.eforms.test_unseen_schemas import BY_HAND, Talk
from tests.bot.language.catalogue_names import AGENCIES, PLACES
from tests.fuzz.files import FORM, schema_file
from tests.fuzz.mutation import changed_bytes, changed_values, json_bodies, of_text, texts
from tests.fuzz.parsers import Parser
from tests.shipped import search_by_words

_NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
_SAID = (
    "Cho hỏi làm giấy khai sinh cho con ở phường Võ Cường hết bao nhiêu tiền?",
    "CCCD 027 086 001 234",
    "không chín một hai ba bốn năm sáu bảy tám",
    "ho so H05.12.3-260708-0013 den dau roi",
    "email a.b@c.vn sdt +84 912.345.678",
    "ngày 30/2/2027, mùng 5 tết",
    "2 triệu rưỡi",
    "bé 14 tháng tuổi",
    "tooi muoosn ddawng kys keets hoon",
    "dkkh o xa",
    "số thẻ 4111 1111 1111 1111",
    "hộ chiếu C1234567; BHYT GD4012345678901",
    "\N{COMBINING GRAVE ACCENT}" * 3,
)
_TOKENS = SessionTokens("a secret that is long enough")
_TOKEN = _TOKENS.issue("0123456789abcdef" * 2, _NOW)
_TURN = {"turn_id": "t", "conversation": "c", "text": "chào", "act": None, "metadata": {"conversation_id": "c"}}
_MESSAGE = {
    "text": "phí?",
    "intent": {"name": "ask_fee", "confidence": 0.9},
    "clauses": [{"text": "phí?", "intent": "ask_fee", "confidence": 1}],
    "entities": [{"entity": "place", "value": "vo-cuong"}],
    "intent_ranking": [{"name": "a", "confidence": 0.1}],
    "metadata": {"conversation_id": "c"},
}
_SECRETS = {"engine_secret": "e", "ledger_key": "l", "web_session_secret": "w"}
_NAMES = sorted(set(Settings.model_fields) - set(_SECRETS))


def _masked(text: str) -> str:
    """What the door does with every message: nothing that was found may be left in it, and no placeholder may be forged."""
    plain = strip_forged_placeholders(text)
    assert not placeholders_in(plain)
    found = find_private(plain)
    hidden, same = replace_private(plain, lambda _span: "0" * 6)
    assert same == found
    assert len(placeholders_in(hidden)) == len(found)
    return hidden


def _language(text: str) -> object:
    nfc(text), clean(text), fold(text), spoken(text), find_money(text), written_out(text)
    assert len(fold_in_place(text)) == len(text)
    clauses = split_clauses(text)
    find_entities(text, places=PLACES, agencies=AGENCIES, today=date(2026, 11, 26))
    return (clauses,)


def _settings(given: dict[str, str]) -> object:
    with mock.patch.dict(
        os.environ, {name.upper(): value.replace("\x00", "").encode("utf-8", "replace").decode() for name, value in given.items()}
    ):
        made = Settings(**_SECRETS)
    return made.enabled_channels or True


def _answers(given: tuple[str, list[str]]) -> object:
    import yaml

    talk = Talk(form_of(yaml.safe_load(BY_HAND[given[0]][0])))
    draft = talk.draft
    for said in given[1]:
        draft, _ = step(talk.form, draft, Said(said), tools_of_today())
    return draft


def _form(schema: Any) -> object:
    """A schema is used only where it passed the check of the catalogue."""
    if not isinstance(schema, dict) or any(problem.severity == "error" for problem in schema_file(_body(schema))):
        return None
    form = form_of(schema, "9.000001")
    talk = Talk(form)
    talk.say("1")
    return talk.draft


def _second_factor(code: str) -> object:
    recovery_code_hash("id", code)
    return accepted_step("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", code, _NOW, None)


def _search(text: str) -> object:
    return (search_by_words().search(text),)


def _review(text: str) -> object:
    terms = parse_terms(text)
    return (snippet(text, terms),)


def _typed(reader: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: (reader(text),)


def parsers() -> list[Parser]:
    """All of this page."""
    import yaml

    said = texts(_SAID)
    times = texts(
        ("21:00-07:00", "3,1", "2026-11", "2026-11-26", "26/11/2026 08:30", "08:30", "11/2026", "1.001193|fee", "channel:zalo")
    )
    forms = [yaml.safe_load(text) for text, _ in BY_HAND.values()] + [yaml.safe_load(FORM)]
    tokens = changed_bytes([_TOKEN.encode()])
    moment = _typed(lambda text: read_moment(text, _NOW))
    return [
        Parser("citizen's text", said, accepted_text, (EmptyTextError, TextTooLongError)),
        Parser("masking", said, _masked),
        Parser("masking of logs", said, _typed(masked_text)),
        Parser("numbers in pieces", st.tuples(st.lists(said, max_size=3), said), lambda given: (split_number(*given),)),
        Parser("language", said, _language),
        Parser("search", said, _search),
        Parser("words of a review", said, _review),
        Parser("comment of a survey", said, _typed(clean_comment)),
        Parser("start link", texts(("thu-tuc-1_004222", "tin-abc")), meaning_of_start),
        Parser("session token", tokens, of_text(lambda text: _TOKENS.check(text, _NOW)), (InvalidSessionError,)),
        Parser("network address", texts(("192.0.2.1", "2001:db8::1%eth0", "::ffff:10.0.0.1")), AddressHashes("s" * 20).of),
        Parser("second factor", texts(("123456", "abcde-fghij")), _second_factor),
        Parser(
            "engine's private channel",
            json_bodies([_body(_TURN), _body(_TURN | {"text": None, "act": {"intent": "a", "entities": {"b": "c"}}})]),
            parse_turn,
            (MalformedTurnError,),
        ),
        Parser("action server's turn", changed_values([_MESSAGE]), _turn),
        Parser("e-form schema", changed_values(forms), _form, (EFormError,)),
        Parser("answers to a form", st.tuples(st.sampled_from(sorted(BY_HAND)), st.lists(said, max_size=5)), _answers),
        Parser(
            "catalogue document",
            changed_bytes([b"code: '1.900001'\nname: a # b\nfees:\n- amount: 8000\n  note: x\n"]),
            of_text(load_document),
            (UnreadableDocumentError,),
        ),
        Parser(
            "procedure's file",
            changed_bytes([b"code: '1.900001'\nname: a\n"]),
            of_text(read_procedure),
            (UnreadableDocumentError,),
        ),
        Parser("quiet hours", times, QuietHours.parse, (ValueError,)),
        Parser("days of reminders", times, _typed(_days), (ValueError,)),
        Parser(
            "period of a report",
            st.tuples(st.sampled_from(("day", "month")), times),
            lambda given: read_period(*given),
            (PeriodError,),
        ),
        Parser("month", times, lambda text: read_month_name(text, _NOW), (ValueError,)),
        Parser("typed day", times, read_day, (TypedError,)),
        Parser("typed month", times, read_month, (TypedError,)),
        Parser("typed money", times, read_money, (TypedError,)),
        Parser("moment of an outage", times, moment, (SwitchRefusedError,)),
        Parser("target of a switch", times, read_target, (SwitchRefusedError,)),
        Parser("scope of an outage", times, read_outage_scope, (SwitchRefusedError,)),
        Parser(
            "embed origins",
            texts(("https://a.vn", "http://b:8080,", "https://*.vn", "'unsafe-inline'")),
            embed_origins,
            (EmbedOriginError,),
        ),
        Parser("ledger keys", texts(("A" * 43 + "=", ",")), ledger_cipher, (LedgerKeyError,)),
        Parser(
            "survey firm's certificate",
            changed_bytes([_certificate()]),
            of_text(lambda text: read_certificate(text, _NOW)),
            (SurveyRefusedError,),
        ),
        Parser(
            "settings",
            st.dictionaries(st.sampled_from(_NAMES), said | times | st.sampled_from(("1", "-1", "true", "1e9")), max_size=3),
            _settings,
            (ValidationError, ValueError),
        ),
    ]


def _body(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


def _turn(message: Any) -> object:
    return turn_of(message) if isinstance(message, dict) else None


def _certificate() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 3072)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Hãng")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    ).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)
