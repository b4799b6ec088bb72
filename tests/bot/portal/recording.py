"""Records the simulator's answers as fixtures: ``python -m tests.bot.portal.recording``. Day and tokens are always the same."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from simulators.messaging.clock import SimClock
from simulators.portal.accounts import Accounts
from simulators.portal.app import create_app
from simulators.portal.demo_dossiers import DemoDossier, demo_dossiers
from simulators.portal.exchange import VIETNAM_TIME
from simulators.portal.store import DossierStore

FOLDER = Path(__file__).parent / "recorded"
NOW = datetime(2026, 8, 5, 14, 30, tzinfo=VIETNAM_TIME)
_ACCOUNTS = Accounts("motcua", "right", "webhook", "motcua", "password")
_RANDOM = re.compile(r'(?<=")[A-Za-z0-9_-]{32}(?=")|(?<=/)[A-Za-z0-9_-]{32}(?=")|(?<="chg_)[0-9a-f]{20}')


class Recorder:
    """Asks the simulator in process and writes its answers."""

    def __init__(self, http: TestClient, demos: dict[str, DemoDossier], folder: Path) -> None:
        self._http, self._demos, self._folder = http, demos, folder

    def log_in(self) -> None:
        form = {"grant_type": "client_credentials"}
        self.keep("http_token", self._http.post("/oauth/token", data=form, auth=("motcua", "right")).json())
        self._http.headers["Authorization"] = "Bearer token"

    def http(self, name: str, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body, headers={"Idempotency-Key": name}).json()
        self.keep(f"http_{name}", answer)
        return answer

    def identity_confirmed(self, check: dict[str, Any]) -> None:
        """The answer after the citizen has logged in on the page of this check."""
        self._http.post(check["url"], data={"person": "000000000001"})
        self.http("identity_confirmed", "GET", f"/v1/identity-checks/{check['check_id']}")

    def lgsp(self, name: str, **fields: Any) -> None:
        login = self._http.post("/lgsp/login", json={"user": "motcua", "password": "password"}).json()
        body = {"session": login["session"], "madonvi": "000.00.00.H05", **fields}
        self.keep(f"lgsp_{name}", self._http.post("/lgsp", json=body, headers={"dstcode": "dvcqg"}).json())

    def proofs(self, counter: str) -> dict[str, Any]:
        demo = self._demos[counter]
        return {"dossier_code": demo.code, "factor": {"type": "lookup_code", "value": demo.lookup_code}}

    def keep(self, name: str, answer: Any) -> None:
        text = _RANDOM.sub("made-up", json.dumps(answer, ensure_ascii=False, indent=1))
        (self._folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def record(recorder: Recorder) -> None:
    """One answer of each kind."""
    recorder.log_in()
    recorder.http("dossier", "POST", "/v1/dossiers/lookup", recorder.proofs("0013"))
    recorder.http("dossier_not_found", "POST", "/v1/dossiers/lookup", recorder.proofs("0013") | {"dossier_code": "X"})
    recorder.http("proof_too_weak", "POST", "/v1/dossiers/supplements", recorder.proofs("0013"))
    recorder.http("fees", "GET", "/v1/procedures/1.004222/fees")
    asked = {"procedure_code": "1.001612", "case": None, "values": {"ten": "Mây"}, "papers": []}
    draft = recorder.http("draft", "POST", "/v1/drafts", asked)
    recorder.http("payment_link", "POST", f"/v1/drafts/{draft['draft_id']}/payment-link")
    recorder.http("challenge", "POST", "/v1/one-time-codes", {"dossier_code": "X", "phone_last_digits": "1234"})
    check = recorder.http("identity_check", "POST", "/v1/identity-checks", {})
    recorder.http("identity_pending", "GET", f"/v1/identity-checks/{check['check_id']}")
    recorder.identity_confirmed(check)
    recorder.http("watch", "PUT", "/v1/watches/ref-1", recorder.proofs("0003"))
    recorder.lgsp("dossier", service="TraCuuHoSo", MaHoSo=recorder.proofs("0013")["dossier_code"])
    recorder.lgsp("dossier_not_found", service="TraCuuHoSo", MaHoSo="X")
    recorder.lgsp("procedure", service="LayThuTuc", maTTHC="1.004222")
    recorder.lgsp("session_ended", service="LayThuTuc", session="old")


def record_all(folder: Path) -> None:
    """Writes all answers into the folder."""
    folder.mkdir(exist_ok=True)
    demos = list(demo_dossiers(NOW.date()))
    with DossierStore(":memory:", demos) as store:
        app = create_app(store, _ACCOUNTS, SimClock(lambda: NOW), new_token=lambda: "token")
        with TestClient(app, base_url="http://127.0.0.1:8090", client=("127.0.0.1", 50000)) as http:
            record(Recorder(http, {demo.code[-4:]: demo for demo in demos}, folder))


if __name__ == "__main__":
    record_all(FOLDER)
