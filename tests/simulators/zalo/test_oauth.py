"""OAuth v4: single-use codes and refresh tokens, strings where numbers are expected, errors that look like successes."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from simulators.zalo.tokens import pkce_challenge
from tests.simulators.zalo.harness import CREDENTIALS, Zalo

BACK = "http://127.0.0.1:8080/zalo/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def consent(zalo: Zalo, **changes: str) -> Any:
    query = {"app_id": CREDENTIALS.app_id, "redirect_uri": BACK, "state": "s 1&x"} | changes
    return zalo.api.get("/v4/oa/permission", params=query)


def code_of(zalo: Zalo, **changes: str) -> str:
    answer = consent(zalo, **changes)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def exchange(zalo: Zalo, secret: str = CREDENTIALS.app_secret, **form: str) -> dict[str, Any]:
    form = {"app_id": CREDENTIALS.app_id} | form
    answer = zalo.api.post("/v4/oa/access_token", data=form, headers={"secret_key": secret})
    assert answer.status_code == 200
    return answer.json()


def by_code(zalo: Zalo, code: str, **form: str) -> dict[str, Any]:
    return exchange(zalo, grant_type="authorization_code", code=code, **form)


def refresh(zalo: Zalo, token: str) -> dict[str, Any]:
    return exchange(zalo, grant_type="refresh_token", refresh_token=token)


def opens(zalo: Zalo, token: str) -> bool:
    return bool(zalo.api.get("/v2.0/oa/getoa", headers={"access_token": token}).json()["error"] == 0)


def test_pkce_vector_of_the_rfc() -> None:
    assert pkce_challenge(VERIFIER) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_consent_comes_back_with_code_account_and_state(zalo: Zalo) -> None:
    answer = consent(zalo)
    assert answer.headers["location"].startswith(f"{BACK}?")
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["oa_id"] == [CREDENTIALS.oa_id]
    assert query["state"] == ["s 1&x"]


def test_consent_refuses_another_application_and_an_unsaved_address(zalo: Zalo) -> None:
    assert consent(zalo, app_id="1").json()["error"] == -14002
    zalo.order("/console", {"redirect_uri": f"{BACK}/saved"})
    assert consent(zalo).json()["error"] == -14003
    assert consent(zalo, redirect_uri="javascript:alert(1)").json()["error"] == -14003
    assert consent(zalo, redirect_uri=f"{BACK}/saved").status_code == 302


def test_code_gives_a_pair_once(zalo: Zalo) -> None:
    code = code_of(zalo)
    pair = by_code(zalo, code)
    assert pair["expires_in"] == "90000"
    assert set(pair) == {"access_token", "refresh_token", "expires_in"}
    assert opens(zalo, pair["access_token"])
    assert by_code(zalo, code)["error"] == -118


def test_code_ends_after_ten_minutes(zalo: Zalo) -> None:
    code = code_of(zalo)
    zalo.advance(minutes=10, seconds=1)
    assert "access_token" not in by_code(zalo, code)


def test_saved_challenge_makes_the_verifier_necessary(zalo: Zalo) -> None:
    zalo.order("/console", {"code_challenge": pkce_challenge(VERIFIER)})
    assert by_code(zalo, code_of(zalo))["error"] == -118
    assert by_code(zalo, code_of(zalo), code_verifier="x" * 43)["error"] == -118
    assert by_code(zalo, code_of(zalo), code_verifier=VERIFIER)["access_token"]


def test_refresh_rotates_both_and_burns_the_old_one(zalo: Zalo) -> None:
    first = zalo.grant()
    second = refresh(zalo, first["refresh_token"])
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    refused = refresh(zalo, first["refresh_token"])
    assert (refused["error"], refused["error_name"]) == (-14014, "Invalid refresh token")
    assert refresh(zalo, second["refresh_token"])["access_token"]


def test_knob_error_without_a_number(zalo: Zalo) -> None:
    zalo.knobs(oauth_error_number=False)
    refused = refresh(zalo, "never given")
    assert "error" not in refused
    assert refused["error_name"] == "Invalid refresh token"


def test_refresh_token_lives_ninety_days(zalo: Zalo) -> None:
    early, late = zalo.grant(), zalo.grant()
    zalo.advance(days=89)
    assert refresh(zalo, early["refresh_token"])["access_token"]
    zalo.advance(days=1)
    assert refresh(zalo, late["refresh_token"])["error"] == -14014


@pytest.mark.parametrize("seconds", [90_000, 3600])
def test_access_token_ends_when_it_says(zalo: Zalo, seconds: int) -> None:
    zalo.knobs(access_token_seconds=seconds)
    pair = zalo.grant()
    assert pair["expires_in"] == str(seconds)
    zalo.advance(seconds=seconds - 30)
    assert opens(zalo, pair["access_token"])
    zalo.advance(seconds=31)
    assert zalo.get("/v2.0/oa/getoa")["error"] == -216
    assert zalo.get("/message/quota")["error"] == -124


def test_application_that_the_account_removed_is_shut_out(zalo: Zalo) -> None:
    pair = zalo.grant()
    zalo.order("/tokens", method="DELETE")
    assert not opens(zalo, pair["access_token"])
    assert refresh(zalo, pair["refresh_token"])["error"] == -14014


def test_wrong_secret_application_grant_and_form(zalo: Zalo) -> None:
    pair = zalo.grant()
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    assert exchange(zalo, secret="wrong", **form)["error"] == -14004
    assert exchange(zalo, app_id="1", **form)["error"] == -14002
    assert exchange(zalo, grant_type="password")["error"] == -14005
    headers = {"secret_key": CREDENTIALS.app_secret}
    as_json = zalo.api.post("/v4/oa/access_token", json=form | {"app_id": CREDENTIALS.app_id}, headers=headers)
    assert "access_token" not in as_json.json()
    assert refresh(zalo, pair["refresh_token"])["access_token"], "refused requests must not burn the token"


def test_secret_of_the_application_can_be_rotated(zalo: Zalo) -> None:
    zalo.order("/rotate_secret", {"value": "next", "extra": {"which": "app"}})
    assert refresh(zalo, zalo.grant()["refresh_token"])["error"] == -14004


def test_appsecret_proof_is_checked_where_it_is_sent(zalo: Zalo) -> None:
    right = hmac.new(CREDENTIALS.app_secret.encode(), zalo.access_token.encode(), hashlib.sha256).hexdigest()
    headers = {"access_token": zalo.access_token, "appsecret_proof": right}
    assert zalo.api.get("/v2.0/oa/getoa", headers=headers).json()["error"] == 0
    assert zalo.api.get("/v2.0/oa/getoa", headers=headers | {"appsecret_proof": "0" * 64}).json()["error"] == -242


def test_bearer_token_is_no_access_token(zalo: Zalo) -> None:
    answer = zalo.api.get("/v2.0/oa/getoa", headers={"Authorization": f"Bearer {zalo.access_token}"})
    assert (answer.status_code, answer.json()["error"]) == (200, -216)


def test_crash_between_refresh_and_answer_burns_the_token(zalo: Zalo) -> None:
    pair = zalo.grant()
    zalo.order("/faults", {"method": "v4/oa/access_token", "mode": "accept_then_reset"})
    with pytest.raises(httpx.TransportError):
        refresh(zalo, pair["refresh_token"])
    assert refresh(zalo, pair["refresh_token"])["error"] == -14014


def test_of_two_refreshes_at_the_same_instant_one_wins(zalo: Zalo) -> None:
    token = zalo.grant()["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(zalo, token), range(8)))
    assert sum("access_token" in answer for answer in answers) == 1
