"""docs/portal-api.yaml is valid, and the simulator answers as it says, whatever it is sent."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import uvicorn
import yaml
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from simulators.portal import problems
from simulators.portal.accounts import Accounts
from simulators.portal.app import create_app, vietnam_now
from simulators.portal.demo_dossiers import demo_dossiers
from simulators.portal.exchange import public_view
from simulators.portal.store import DossierStore
from tests.waiting import wait_for

WRITTEN: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docs" / "portal-api.yaml").read_text(encoding="utf-8"))
API = schemathesis.openapi.from_dict(WRITTEN)
CHECKS = [schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MADE_UP = settings(max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)
ACCOUNTS = Accounts("motcua", "secret", "webhook", "motcua", "password")


@dataclass(frozen=True)
class Portal:
    """A running simulator and a token for it."""

    url: str
    token: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return requests.request(method, self.url + path, json=body, headers=sent, timeout=20)


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with (
        DossierStore(":memory:", demo_dossiers(vietnam_now().date())) as store,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        app = create_app(store, ACCOUNTS, monotonic=Ticking())
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_for(lambda: server.started, what="the simulator's start")
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        form = {"grant_type": "client_credentials"}
        granted = requests.post(f"{url}/oauth/token", data=form, auth=("motcua", "secret"), timeout=20).json()
        yield Portal(url, granted["access_token"])
        server.should_exit = True
        thread.join()


class Ticking:
    """A clock on which a minute passes between any two looks, so that no limit is met by many made-up calls."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 60
        return self._now


def test_the_file_is_valid_and_names_every_call() -> None:
    validate(WRITTEN)
    with DossierStore(":memory:", []) as store:
        served = create_app(store, ACCOUNTS).openapi()["paths"]
    assert {(path, method) for path, calls in served.items() for method in calls} == {
        (path, method) for path, calls in WRITTEN["paths"].items() for method in calls
    }


@API.parametrize()
@MADE_UP
def test_whatever_our_client_sends_gets_an_answer_of_the_file(case: schemathesis.Case, portal: Portal) -> None:
    headers = {"Authorization": f"Bearer {portal.token}"} if case.path.startswith("/v1/") else None
    case.call_and_validate(base_url=portal.url, headers=headers, checks=CHECKS, timeout=20)


@API.include(path_regex="^/v1/").parametrize()
@settings(max_examples=3, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)
def test_whatever_a_stranger_sends_is_refused(case: schemathesis.Case, portal: Portal) -> None:
    answer = case.call(base_url=portal.url, headers={"Authorization": "Bearer guessed"}, timeout=20)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:problem:token-refused"


def test_dossiers_are_what_the_file_says() -> None:
    now = vietnam_now()
    validator = validator_of("Dossier")
    for demo in demo_dossiers(now.date()):
        validator.validate(public_view(demo.record, now).model_dump())


def test_a_whole_submission_is_what_the_file_says(portal: Portal) -> None:
    key = {"Idempotency-Key": "whole-1"}
    paper = {"paper_code": "GT1", "name": "Tờ khai", "source": "upload"}
    asked = {"procedure_code": "1.001612", "case": None, "values": {"ten": "Mây"}, "papers": [paper]}
    draft = portal.call("POST", "/v1/drafts", asked, **key).json()
    validator_of("Draft").validate(draft)
    address = f"/v1/drafts/{draft['draft_id']}"
    parts: dict[str, Any] = {"data": {"paper_code": "GT1"}, "files": {"file": ("to.pdf", b"%PDF-1.7 x", "application/pdf")}}
    headers = {"Authorization": f"Bearer {portal.token}", **key}
    taken = requests.post(f"{portal.url}{address}/files", headers=headers, timeout=20, **parts)
    validator_of("AttachedFile").validate(taken.json())
    payment = portal.call("POST", f"{address}/payment-link").json()
    validator_of("PaymentLink").validate(payment)
    assert requests.post(payment["url"], timeout=20).status_code == 200
    link = portal.call("POST", f"{address}/hand-over-link").json()
    validator_of("Link").validate(link)
    signed = requests.post(link["url"], data={"person": "000000000001", "step": "sign"}, timeout=20)
    assert "Mã hồ sơ" in signed.text
    done = portal.call("GET", address).json()
    validator_of("Draft").validate(done)
    assert done["status"] == "submitted"


@pytest.mark.parametrize("name", sorted(problems._PROBLEMS))
def test_problems_are_what_the_file_says(name: str) -> None:
    answer = problems.problem(name)
    body = json.loads(bytes(answer.body))
    validator_of("Problem").validate(body)
    described = json.dumps(WRITTEN["components"]["responses"])
    assert f"`{name}`" in described or name == "unavailable"
    assert re.fullmatch(r"urn:problem:[a-z-]+", body["type"])


def validator_of(schema: str) -> Any:
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": WRITTEN["components"]})
