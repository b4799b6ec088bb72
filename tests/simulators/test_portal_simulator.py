"""The portal simulator: refusals, limits, hostile bodies, faults, its page and its start."""

import json
import os
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from simulators.messaging.clock import SimClock
from simulators.portal.accounts import Accounts
from simulators.portal.app import create_app
from simulators.portal.demo_dossiers import demo_dossiers, weekday_from
from simulators.portal.exchange import VIETNAM_TIME, iso_moment
from simulators.portal.store import DossierStore
from tests.engine_process import free_port

PROJECT = Path(__file__).parents[2]
NOW = datetime(2026, 8, 5, 14, 30, tzinfo=VIETNAM_TIME)
LOOKUP = "/v1/dossiers/lookup"
CODE, RIGHT = "H05.12.3-260731-0001", "7K2M"
AUTHORISED = {"Authorization": "Bearer secret"}
ACCOUNTS = Accounts("motcua", "right", "webhook", "motcua", "password")


class Simulator:
    """The application in process, its store and its clock."""

    def __init__(self, store: DossierStore) -> None:
        self.seconds, self.store = 0.0, store
        clock = SimClock(lambda: NOW + timedelta(seconds=self.seconds))
        app = create_app(store, ACCOUNTS, clock, monotonic=lambda: self.seconds, new_token=lambda: "secret")
        self.http = TestClient(app, client=("127.0.0.1", 50000), raise_server_exceptions=False)
        self.from_outside = TestClient(app, client=("203.0.113.9", 50000), raise_server_exceptions=False)
        form = {"grant_type": "client_credentials"}
        assert self.http.post("/oauth/token", data=form, auth=("motcua", "right")).status_code == 200

    def look_up(self, code: str = CODE, value: str = RIGHT, person: str | None = None) -> Any:
        body = {"dossier_code": code, "factor": {"type": "lookup_code", "value": value}}
        return self.http.post(LOOKUP, json=body, headers=AUTHORISED | ({"Client-Reference": person} if person else {}))

    def send(self, body: bytes, **headers: str) -> Any:
        return self.http.post(LOOKUP, content=body, headers=AUTHORISED | {"Content-Type": "application/json"} | headers)


@contextmanager
def running_simulator() -> Iterator[Simulator]:
    with DossierStore(":memory:", demo_dossiers(NOW.date())) as store:
        simulator = Simulator(store)
        yield simulator
        simulator.http.close()
        simulator.from_outside.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running_simulator() as made:
        yield made


def is_problem(answer: Any, status: int) -> bool:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return bool(answer.json()["status"] == status)


def test_right_pair_gets_exactly_the_fields_of_the_contract(simulator: Simulator) -> None:
    answer = simulator.look_up()
    assert answer.status_code == 200
    assert answer.json()["status_code"] == "4"
    assert answer.json()["as_of"] == "2026-08-05T14:30:00+07:00"
    assert len(answer.json()) == 16


def test_no_answer_holds_a_name_a_paper_or_an_address(simulator: Simulator) -> None:
    for number, demo in enumerate(demo_dossiers(NOW.date())):
        answer = simulator.look_up(demo.code, demo.lookup_code, f"person-{number}")
        assert answer.status_code == 200
        text = unicodedata.normalize("NFC", answer.content.decode())
        assert "Mẫu Thử" not in text
        assert "000000000001" not in text
        assert "Giấy tờ 1" not in text


def test_refusal_is_the_same_byte_for_byte(simulator: Simulator) -> None:
    unknown, wrong = simulator.look_up("H05.12.3-260731-9999"), simulator.look_up(value="ZZZ9")
    assert is_problem(unknown, 404)
    assert unknown.content == wrong.content
    assert sorted(unknown.headers) == sorted(wrong.headers)


def test_refusals_cost_the_same_statements(simulator: Simulator) -> None:
    statements: list[str] = []
    simulator.store.trace(statements.append)
    simulator.look_up("H05.12.3-260731-9999")
    unknown = [statement.replace("9999", "0001") for statement in statements]
    statements.clear()
    simulator.look_up(value="ZZZ9")
    assert unknown == statements
    assert len(statements) == 1


@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer wrong", "bearer secret", "Basic secret", "Bearer secrets", "Bearer sécret"]
)
def test_missing_or_wrong_token_is_401(simulator: Simulator, token: str) -> None:
    answer = simulator.http.post(LOOKUP, content=b"{}", headers={"Authorization": token.encode()})
    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"[" * 16_000,
        b'{"a":' * 3_000,
        b"\xff\xfe\x00",
        b'{"dossier_code": "\\ud800", "factor": {"type": "lookup_code", "value": "7K2M"}}',
        b'{"dossier_code": "x", "factor": {"type": "lookup_code", "value": "\\udfff"}}',
        b'{"dossier_code": "", "factor": {"type": "lookup_code", "value": "7K2M"}}',
        b'{"dossier_code": "x", "factor": {"type": "otp", "value": "7K2M"}}',
        b'{"dossier_code": "x", "factor": {"type": "lookup_code", "value": 7}}',
        b'{"dossier_code": 5, "factor": {"type": "lookup_code", "value": "7K2M"}}',
        b'{"dossier_code": "x", "factor": null}',
        b'{"dossier_code": "x", "factor": {"type": "lookup_code", "value": "7K2M"}, "admin": true}',
        b'{"dossier_code": NaN, "factor": Infinity}',
        b'{"dossier_code": ' + b"9" * 5_000 + b"}",
    ],
)
def test_hostile_body_is_422_and_not_repeated(simulator: Simulator, body: bytes) -> None:
    answer = simulator.send(body)
    assert is_problem(answer, 422)
    assert "7K2M" not in answer.text


def test_huge_body_is_413(simulator: Simulator) -> None:
    assert is_problem(simulator.send(b" " * (16 * 1024 + 1)), 413)


def test_form_instead_of_json_is_422(simulator: Simulator) -> None:
    assert is_problem(simulator.send(b"dossier_code=x", **{"Content-Type": "application/x-www-form-urlencoded"}), 422)


def test_overlong_reference_is_422(simulator: Simulator) -> None:
    assert is_problem(simulator.look_up(person="x" * 65), 422)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: json.dumps({"dossier_code": text}).encode()))
def test_no_body_makes_a_500(body: bytes) -> None:
    with running_simulator() as simulator:
        assert is_problem(simulator.send(body), 422)


@settings(deadline=None, max_examples=50)
@given(code=st.text(min_size=1, max_size=64), value=st.text(min_size=1, max_size=32))
def test_any_unknown_pair_is_the_one_404(code: str, value: str) -> None:
    with running_simulator() as simulator:
        assert is_problem(simulator.look_up(code, value), 404)


@pytest.mark.parametrize("wrong", ["' OR 1=1 --", "%", "7K2M\x00", "7k2m", " 7K2M"])
def test_only_the_exact_lookup_code_fits(simulator: Simulator, wrong: str) -> None:
    assert is_problem(simulator.look_up(value=wrong), 404)


def test_address_that_is_not_served_is_not_the_404_of_a_look_up(simulator: Simulator) -> None:
    answer = simulator.http.get("/v2/dossiers", headers=AUTHORISED)
    assert is_problem(answer, 404)
    assert answer.json()["type"] == "about:blank"
    assert is_problem(simulator.http.get(LOOKUP, headers=AUTHORISED), 405)


@pytest.mark.parametrize("code", [CODE, "H05.12.3-260731-9999"])
def test_five_wrong_factors_lock_a_code_whether_it_exists_or_not(simulator: Simulator, code: str) -> None:
    for person in range(5):
        assert is_problem(simulator.look_up(code, "ZZZ9", str(person)), 404)
    locked = simulator.look_up(code, RIGHT, "6")
    assert is_problem(locked, 429)
    assert locked.headers["Retry-After"] == "900"
    simulator.seconds = 900
    assert simulator.look_up(code, RIGHT, "6").status_code != 429


def test_twenty_look_ups_a_minute_for_each_person(simulator: Simulator) -> None:
    assert [simulator.look_up().status_code for _ in range(21)] == [200] * 20 + [429]
    assert simulator.look_up(person="somebody else").status_code == 200
    simulator.seconds = 60
    assert simulator.look_up().status_code == 200


def test_pages_for_people_and_control_answer_loopback_only(simulator: Simulator) -> None:
    for path in ("/", "/_control/examples", "/_control/faults", "/openapi.json"):
        assert simulator.http.get(path).status_code == 200
        assert is_problem(simulator.from_outside.get(path), 403)
    assert is_problem(simulator.from_outside.post("/_control/faults", json={"mode": "http_500"}), 403)
    assert simulator.from_outside.get("/health").json() == {"status": "ok", "dossiers": 20}


def test_page_lists_the_demo_dossiers(simulator: Simulator) -> None:
    page = simulator.http.get("/").text
    assert page.count("<tr><td>") == 20
    assert CODE in page
    assert 'lang="vi"' in page
    assert "không phải hồ sơ thật" in page


def test_first_example_opens_with_its_lookup_code(simulator: Simulator) -> None:
    first = simulator.http.get("/_control/examples").json()[0]
    assert (first["dossier_code"], first["lookup_code"]) == (CODE, "7K2M")
    assert simulator.look_up(first["dossier_code"], first["lookup_code"]).status_code == 200


def test_fault_lasts_for_its_count_then_ends(simulator: Simulator) -> None:
    simulator.http.post("/_control/faults", json={"mode": "http_500", "count": 2})
    assert [simulator.look_up().status_code for _ in range(3)] == [500, 500, 200]


def test_fault_lasts_until_reset_and_spares_the_health_page(simulator: Simulator) -> None:
    simulator.http.post("/_control/faults", json={"mode": "html_503"})
    answer = simulator.look_up()
    assert answer.status_code == 503
    assert answer.headers["Content-Type"].startswith("text/html")
    assert simulator.http.get("/health").status_code == 200
    simulator.http.post("/_control/reset")
    assert simulator.look_up().status_code == 200


def test_wrong_json_is_no_dossier(simulator: Simulator) -> None:
    simulator.http.post("/_control/faults", json={"mode": "wrong_json"})
    answer = simulator.look_up()
    assert answer.status_code == 200
    assert "dossier_code" not in answer.json()


@pytest.mark.parametrize("order", [{"mode": "explode"}, {"mode": "slow", "seconds": -1}, {"mode": "slow", "seconds": 9e9}, {}])
def test_unknown_fault_is_refused(simulator: Simulator, order: dict[str, Any]) -> None:
    assert is_problem(simulator.http.post("/_control/faults", json=order), 422)


def test_dossiers_are_the_same_for_the_same_day_and_differ_in_code() -> None:
    once, again = (list(demo_dossiers(NOW.date())) for _ in range(2))
    assert once == again
    assert len({demo.code for demo in once}) == len({demo.lookup_code for demo in once}) == 20


@pytest.mark.parametrize("today", [date(2026, 8, 1), date(2026, 8, 2), date(2027, 1, 1), date(2028, 2, 29)])
def test_dossiers_are_sound_on_any_day(today: date) -> None:
    dossiers = list(demo_dossiers(today))
    assert {demo.record["TrangThaiHoSo"] for demo in dossiers} == set(range(1, 12))
    for demo in dossiers:
        received, due = demo.record["NgayTiepNhan"], demo.record["NgayHenTra"]
        assert received is None or received[:8] <= f"{today:%Y%m%d}"
        assert received is None or due is None or received[:8] < due[:8]


def test_weekdays_are_counted_both_ways() -> None:
    assert weekday_from(date(2026, 8, 5), 3) == date(2026, 8, 10)
    assert weekday_from(date(2026, 8, 3), -1) == date(2026, 7, 31)


def test_exchange_dates_keep_what_they_know() -> None:
    assert iso_moment("20260805143000") == "2026-08-05T14:30:00+07:00"
    assert iso_moment("20260805") == "2026-08-05"
    assert iso_moment("") is iso_moment(None) is None
    with pytest.raises(ValueError, match="does not match"):
        iso_moment("05/08/2026")


def start(tmp_path: Path, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return subprocess.Popen(
        [sys.executable, "-m", "simulators.portal"],
        cwd=PROJECT,
        env=kept | {"PORTAL_DATABASE": str(tmp_path / "new" / "portal.sqlite3")} | environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_a_secret_it_does_not_start_and_names_it(tmp_path: Path) -> None:
    process = start(tmp_path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "PORTAL_CLIENT_SECRET is not set" in said


def test_it_starts_on_loopback_with_its_own_database(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "secret").write_text("from-a-file\n")
    others = {"PORTAL_WEBHOOK_SECRET": "w", "PORTAL_LGSP_PASSWORD": "p"}
    process = start(tmp_path, PORTAL_PORT=str(port), PORTAL_CLIENT_SECRET_FILE=str(tmp_path / "secret"), **others)
    try:
        example = _example_when_up(f"http://127.0.0.1:{port}", process)
        body = {
            "dossier_code": example["dossier_code"],
            "factor": {"type": "lookup_code", "value": example["lookup_code"]},
        }
        base, form = f"http://127.0.0.1:{port}", {"grant_type": "client_credentials"}
        granted = requests.post(f"{base}/oauth/token", data=form, auth=("motcua", "from-a-file"), timeout=10).json()
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        answer = requests.post(base + LOOKUP, json=body, headers=headers, timeout=10)
        assert answer.status_code == 200
        assert (tmp_path / "new" / "portal.sqlite3").is_file()
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _example_when_up(url: str, process: subprocess.Popen[str]) -> dict[str, str]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            found: list[dict[str, str]] = requests.get(f"{url}/_control/examples", timeout=5).json()
            return found[0]
        except requests.ConnectionError:
            threading.Event().wait(0.05)
    raise AssertionError("the simulator did not start")
