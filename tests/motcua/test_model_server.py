"""The model server keeps Rasa's contract: 200 with an ETag, 304, 204; and gives nothing to whoever may not ask."""

import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.storage.database import Database, open_database, writing
from bot.storage.deployment_models import EngineRoute
from bot.training.promoted_files import keep_model, promoted_file
from bot.training.routes import ROUTE
from bot.training.slots import LiveModel, assign
from motcua.model_server import ModelDesk, make_server
from tests.bot.training.candidates import sha256
from tests.databases import one_ledger
from tests.moving_clock import MovingClock

SECRET = "engine-secret"
OTHER_SECRET = "engine-secret-before"
MODEL = b"a trained model" * 100_000
CLOCK = MovingClock()


@dataclass
class Served:
    """A server over a ledger, and a raw client that sends what it is told."""

    database: Database
    models_dir: Path
    port: int
    away: bool = False

    def assign(self, slot: str = "b", content: bytes = MODEL, name: str = "motcua-new.tar.gz") -> str:
        (self.models_dir / "m.tar.gz").write_bytes(content)
        keep_model(self.models_dir, self.models_dir / "m.tar.gz", sha256(content))
        with writing(self.database.sessions) as session:
            assign(session, slot, LiveModel(name, sha256(content)), CLOCK())  # type: ignore[arg-type]
        return sha256(content)

    def ask(
        self, path: str = "/slots/b/model", etag: str | None = None, secret: str | None = SECRET, method: str = "GET"
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        link.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (("Authorization", f"Bearer {secret}" if secret else None), ("If-None-Match", etag)):
            if value is not None:
                link.putheader(name, value)
        link.endheaders()
        answer = link.getresponse()
        body = answer.read()
        link.close()
        return answer.status, answer.headers, body


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    database = open_database(one_ledger(tmp_path / "ledger.sqlite3"))
    models = tmp_path / "models"
    models.mkdir()
    found = Served(database, models, 0)

    def sessions() -> object:
        if found.away:
            raise OperationalError("", {}, Exception())
        return database.sessions()

    server = make_server(ModelDesk(sessions, models), f"{SECRET}, {OTHER_SECRET}", 0)  # type: ignore[arg-type]
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
    database.engine.dispose()


def test_the_assigned_model_is_handed_out_whole_with_its_hash_and_name(served: Served) -> None:
    wanted = served.assign()
    status, headers, body = served.ask()
    assert (status, headers["ETag"], headers["filename"]) == (200, f'"{wanted}"', "motcua-new.tar.gz")
    assert body == MODEL
    status, headers, body = served.ask(method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(MODEL)))


@pytest.mark.parametrize("spelled", ['"{}"', "{}", 'W/"{}"', '"x", "{}"'])
def test_who_has_it_already_hears_304(served: Served, spelled: str) -> None:
    wanted = served.assign()
    status, _headers, body = served.ask(etag=spelled.format(wanted))
    assert (status, body) == (304, b"")
    assert served.ask(etag='"another"')[0] == 200


def test_without_an_assignment_slot_a_serves_its_own_and_slot_b_waits(served: Served) -> None:
    assert [(served.ask(f"/slots/{slot}/model")[0], served.ask(f"/slots/{slot}/model")[1]["slot-duty"]) for slot in "ab"] == [
        (204, "local"),
        (204, "wait"),
    ]
    with writing(served.database.sessions) as session:
        session.add(EngineRoute(name=ROUTE, live_slot="b", share=0, fence=1, changed_at=CLOCK()))
    assert served.ask("/slots/a/model")[1]["slot-duty"] == "wait"


def test_a_secret_that_is_being_exchanged_is_accepted_beside_the_new_one(served: Served) -> None:
    served.assign()
    assert [served.ask(secret=secret)[0] for secret in (SECRET, OTHER_SECRET)] == [200, 200]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", f"{SECRET}, {OTHER_SECRET}", "ệ"])
def test_without_the_secret_nothing_is_told(served: Served, secret: str | None) -> None:
    served.assign()
    status, headers, body = served.ask(secret=secret.encode().decode("latin-1") if secret else secret)
    assert status == 401
    assert "ETag" not in headers
    assert MODEL[:10] not in body


@pytest.mark.parametrize(
    "path",
    [
        "/slots/../promoted/model",
        "/slots/b/../../../etc/passwd",
        "/slots/%2e%2e/model",
        "/slots/c/model",
        "/slots/b/model/",
        "/slots/b/model/../../m.tar.gz",
        "/promoted/x.tar.gz",
        "/slots//model",
        "/",
    ],
)
def test_no_path_leads_anywhere_else(served: Served, path: str) -> None:
    served.assign()
    assert served.ask(path)[0] == 404


def test_a_name_never_leads_out_of_the_folder_of_the_download(served: Served) -> None:
    served.assign(name="../../etc/evil")
    assert served.ask()[1]["filename"] == "evil.tar.gz"


def test_a_half_written_file_is_not_handed_out_and_a_mended_one_is(served: Served) -> None:
    wanted = served.assign()
    file = promoted_file(served.models_dir, wanted)
    assert served.ask()[0] == 200
    file.write_bytes(MODEL[:-1])
    assert served.ask()[0] == 503
    assert served.ask(etag=f'"{wanted}"')[0] == 304
    file.unlink()
    assert served.ask()[0] == 503
    file.write_bytes(MODEL)
    assert served.ask()[0] == 200


def test_a_ledger_that_is_away_is_no_reason_to_change_anything(served: Served) -> None:
    served.assign()
    served.away = True
    status, headers, _body = served.ask()
    assert status == 503
    assert "slot-duty" not in headers


def test_its_health_needs_no_secret_and_other_methods_are_not_understood(served: Served) -> None:
    assert served.ask("/health", secret=None)[0] == 200
    assert served.ask(method="DELETE")[0] == 501
