"""The portal simulator's further services: tokens, LGSP, pages, limits of time, controls."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from simulators.messaging.clock import SimClock
from simulators.portal.accounts import Accounts
from simulators.portal.app import create_app
from simulators.portal.demo_dossiers import demo_dossiers
from simulators.portal.exchange import VIETNAM_TIME
from simulators.portal.store import DossierStore

NOW = datetime(2026, 8, 5, 14, 30, tzinfo=VIETNAM_TIME)
CODE, PHONE_END = "H05.12.3-260731-0001", "1037"
OWNER = "000000000001"
DRAFT = {"procedure_code": "1.001193", "case": None, "values": {}, "papers": []}


class Portal:
    """The application in process; its statements and its clock."""

    def __init__(self, store: DossierStore) -> None:
        self.store = store
        self.app = create_app(store, Accounts("motcua", "right", "webhook", "user", "password"), SimClock(lambda: NOW))
        self.http = TestClient(self.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000))
        self.authorise()

    def authorise(self) -> None:
        granted = self.token(auth=("motcua", "right"))
        self.http.headers["Authorization"] = f"Bearer {granted.json()['access_token']}"

    def token(self, grant: str = "client_credentials", **more: Any) -> Any:
        return self.http.post("/oauth/token", data={"grant_type": grant, **more.pop("form", {})}, **more)

    def post(self, path: str, body: Any = None, key: str = "k") -> Any:
        return self.http.post(path, json=body, headers={"Idempotency-Key": key})

    def advance(self, seconds: float) -> None:
        self.http.post("/_control/clock", json={"advance": seconds})

    def log_in(self) -> str:
        return str(self.http.post("/lgsp/login", json={"user": "user", "password": "password"}).json()["session"])

    def lgsp(self, **body: Any) -> Any:
        return self.http.post("/lgsp", json={"madonvi": "x", **body}, headers={"dstcode": "x"}).json()


@pytest.fixture
def portal() -> Iterator[Portal]:
    with DossierStore(":memory:", demo_dossiers(NOW.date())) as store:
        made = Portal(store)
        with made.http:
            yield made


def test_a_token_is_given_by_basic_and_by_form(portal: Portal) -> None:
    form = {"client_id": "motcua", "client_secret": "right"}
    assert portal.token(auth=("motcua", "right")).json()["token_type"] == "Bearer"
    del portal.http.headers["Authorization"]
    assert portal.token(form=form).status_code == 200


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        ({"auth": ("motcua", "wrong")}, 401, "invalid_client"),
        ({"auth": ("motcuaright", "")}, 401, "invalid_client"),
        ({"headers": {"Authorization": "Basic !!"}}, 401, "invalid_client"),
        ({"grant": "password", "auth": ("motcua", "right")}, 400, "unsupported_grant_type"),
    ],
)
def test_no_token_for_others(portal: Portal, sent: dict[str, Any], status: int, error: str) -> None:
    answer = portal.token(**sent)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_a_token_ends_after_an_hour(portal: Portal) -> None:
    assert portal.http.get("/v1/changes").status_code == 200
    portal.advance(3601)
    assert portal.http.get("/v1/changes").status_code == 401


def test_right_and_wrong_digits_cost_the_same_statements_and_look_the_same(portal: Portal) -> None:
    statements: list[str] = []
    portal.store.trace(statements.append)
    answers = []
    for code, digits in ((CODE, PHONE_END), (CODE, "0000"), ("H05.12.3-260731-9999", "0000")):
        answers.append(portal.post("/v1/one-time-codes", {"dossier_code": code, "phone_last_digits": digits}))
    portal.store.trace(None)
    assert len(statements) == 3
    assert len({statement.replace("9999", "0001") for statement in statements}) == 1
    assert {(a.status_code, len(a.content), *sorted(a.headers)) for a in answers} == {
        (202, len(answers[0].content), *sorted(answers[0].headers))
    }
    assert len(portal.http.get("/_control/sms").json()) == 1


def test_codes_links_and_drafts_end_with_time(portal: Portal) -> None:
    asked = portal.post("/v1/one-time-codes", {"dossier_code": CODE, "phone_last_digits": PHONE_END}).json()
    code = portal.http.get("/_control/sms").json()[-1]["code"]
    draft = portal.post("/v1/drafts", DRAFT).json()
    link = portal.post(f"/v1/drafts/{draft['draft_id']}/hand-over-link").json()["url"]
    assert portal.http.get(link).status_code == 200
    portal.advance(16 * 60)
    assert portal.http.get(link).status_code == 410
    late = portal.post("/v1/one-time-codes/confirm", {"challenge": asked["challenge"], "code": code})
    assert late.json()["type"] == "urn:problem:code-refused"
    portal.advance(31 * 86400)
    portal.authorise()
    assert portal.http.get(f"/v1/drafts/{draft['draft_id']}").json()["status"] == "expired"
    assert portal.post(f"/v1/drafts/{draft['draft_id']}/hand-over-link").json()["type"] == "urn:problem:draft-closed"


def test_values_are_shown_on_the_page_as_text(portal: Portal) -> None:
    body = json.dumps(DRAFT | {"values": {"<b>": "<script>alert(1)</script>", "x": ["\ud800"]}})
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    draft = portal.http.post("/v1/drafts", content=body, headers=headers).json()
    link = portal.post(f"/v1/drafts/{draft['draft_id']}/hand-over-link").json()["url"]
    page = portal.http.post(link, data={"person": OWNER})
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text


def test_a_file_over_ten_mebibytes_is_refused_before_it_is_read(portal: Portal) -> None:
    draft = portal.post("/v1/drafts", DRAFT).json()
    files = {"file": ("x.pdf", b"%PDF-" + bytes(11 * 1024 * 1024), "application/pdf")}
    path, headers = f"/v1/drafts/{draft['draft_id']}/files", {"Idempotency-Key": "k"}
    answer = portal.http.post(path, data={"paper_code": "GT1"}, files=files, headers=headers)
    assert answer.json()["type"] == "urn:problem:body-too-large"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"service": "TraCuuHoSo", "MaHoSo": "X"}, "1"),
        ({"service": "LayThuTuc", "maTTHC": "0.000000"}, "1"),
        ({"service": "XoaHoSo"}, "3"),
        ({"service": None}, "3"),
        ({"service": "LayDanhSachTTHC"}, "00"),
        ({"service": "TraCuuHoSo", "session": "old"}, "401"),
        ({"service": "TraCuuHoSo", "session": {"x": 1}}, "401"),
        ({"madonvi": ""}, "2"),
        ({"service": "TraCuuHoSo", "MaHoSo": ["x"]}, "1"),
    ],
)
def test_lgsp_answers_in_its_envelope(portal: Portal, body: dict[str, Any], code: str) -> None:
    assert portal.lgsp(**{"session": portal.log_in(), **body})["error_code"] == code


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 10_000, b"\xff", b'{"user": "\\ud800"}'])
def test_lgsp_survives_any_bytes(portal: Portal, body: bytes) -> None:
    for path in ("/lgsp", "/lgsp/login"):
        assert portal.http.post(path, content=body).json()["error_code"] in ("1", "2")


def test_lgsp_tells_all_it_knows_and_the_number_on_the_slip(portal: Portal) -> None:
    (record,) = portal.lgsp(service="TraCuuHoSo", session=portal.log_in(), MaHoSo=CODE)["result"]
    assert record["SoBienNhan"] == "7K2M"
    assert record["DinhDanhCHS"] == [{"LoaiDinhDanh": 1, "SoDinhDanh": OWNER}]
    assert not {"HeThong", "BenPhaiThucHien"} & record.keys()


def test_pages_and_controls_answer_this_machine_only(portal: Portal) -> None:
    outside = TestClient(portal.app, client=("203.0.113.9", 50000))
    for path in (
        "/_control/sms",
        "/_control/drafts",
        "/_control/deliveries",
        "/_control/people",
        "/dvc/pay/x",
        "/dvc/handover/x",
    ):
        assert outside.get(path).status_code == 403
    assert outside.post("/_control/start-over").status_code == 403


def test_fees_can_be_set(portal: Portal) -> None:
    ways = [{"channel": "counter", "length": 5, "fee": 30000}, {"channel": "online", "length": None, "fee": None}]
    portal.http.post("/_control/procedures/1.001193", json=ways)
    counter, online = portal.http.get("/v1/procedures/1.001193/fees").json()["channels"]
    assert (counter["times"][0]["length"], counter["times"][0]["fees"][0]["amount"]) == (5, 30000)
    assert (online["times"][0]["length"], online["times"][0]["fees"]) == (None, [])


def test_start_over_forgets_what_was_done(portal: Portal) -> None:
    portal.post("/v1/drafts", DRAFT)
    portal.http.post(f"/_control/dossiers/{CODE}/status", json={"status": 9})
    portal.http.post("/_control/start-over")
    assert portal.http.get("/_control/drafts").json() == []
    assert portal.http.get(f"/_control/dossiers/{CODE}").json()["TrangThaiHoSo"] == 4
    assert portal.http.get("/_control/dossiers/none").status_code == 404
