"""Promotes a model and takes it back while citizens write: ``python -m benchmarks.promotion [--rate 4] [--seconds 60]``.

Starts the whole product on a ledger and a folder of models of its own (nothing of the installation is touched). The "new" model
is the installed one packed anew, so that only the change of processes is measured. In the middle of the traffic it goes live,
is taken back, and a second one is tried on 20 percent. Then the ledger is asked: was every accepted message answered, by whom,
and after how long?
"""

import argparse
import gzip
import hashlib
import shutil
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from bot.accounts.audit import Actor
from bot.settings import Settings
from bot.storage.database import Database, open_database, writing
from bot.storage.deployment_models import Promotion
from bot.storage.models import Inbound, Outbound
from bot.storage.training_models import CandidateModel, TrainingJob
from bot.training.promotions import Ending, Promotions
from bot.training.rules import shipped_rules
from bot.training.slots import LiveModel, live_model
from motcua import stack
from motcua.processes import local_url

TEXTS = (
    "xin chào",
    "đăng ký khai sinh cần giấy tờ gì",
    "phí bao nhiêu",
    "nộp ở đâu",
    "làm mất bao lâu",
    "đăng ký tạm trú",
    "giấy tờ gì",
    "cảm ơn",
)
SECONDS_PER_CITIZEN = 4.0
"""A citizen writes so often: within the web chat's limits."""
_GOOD = {
    "regression": {"total": 100, "right": 95, "live_right": 94},
    "protected": {"total": 10, "right": 10},
    "reliability": {"error": 0.02, "wrong_and_sure": 0.02},
}


@dataclass
class Traffic:
    """Citizens of the web chat, each at an address of its own, together ``rate`` messages a second."""

    base: str
    rate: float
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """All citizens begin, one after the other."""
        citizens = max(1, round(self.rate * SECONDS_PER_CITIZEN))
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(citizens)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """All stop."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        address = httpx.HTTPTransport(local_address=f"127.0.{1 + number // 200}.{1 + number % 200}")
        with httpx.Client(base_url=self.base, timeout=30, trust_env=False, transport=address) as http:
            token = http.post("/webchat/session").raise_for_status().json()["token"]
            self._over.wait(number / self.rate)
            while not self._over.is_set():
                began = time.monotonic()
                body = {"client_id": str(uuid.uuid4()), "text": TEXTS[number % len(TEXTS)]}
                answer = http.post("/webchat/messages", json=body, headers={"Authorization": f"Bearer {token}"})
                with self._lock:
                    self.accepted += answer.status_code == httpx.codes.ACCEPTED
                    if answer.status_code != httpx.codes.ACCEPTED:
                        self.refused[str(answer.status_code)] += 1
                number += 1
                self._over.wait(max(0.0, SECONDS_PER_CITIZEN - (time.monotonic() - began)))


def own_models(installed: Path, folder: Path) -> Path:
    """A folder with the installed models, in which candidates may be made."""
    folder.mkdir()
    for one in installed.resolve().iterdir():
        if one.suffix in (".gz", ".json"):
            shutil.copy2(one, folder / one.name)
        elif one.is_dir() and one.name not in ("candidates", "promoted", "slots"):
            (folder / one.name).symlink_to(one)
    return folder


def add_candidate(database: Database, models_dir: Path, live: LiveModel, number: int) -> int:
    """The live model packed anew, as a candidate that was measured well; its number."""
    file = models_dir / "candidates" / str(number) / f"motcua-candidate-{number}.tar.gz"
    file.parent.mkdir(parents=True)
    content = gzip.decompress((models_dir / live.name).read_bytes())
    with file.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=1, mtime=number) as packed:
        packed.write(content)
    now, commit = datetime.now(UTC), "0" * 40
    known: dict[str, Any] = {
        "commit_sha": commit,
        "fingerprint": "0" * 64,
        "trained_at": now,
        "measured_at": now,
        "results": _GOOD,
    }
    known |= {"live_name": live.name, "live_sha256": live.sha256, "size": file.stat().st_size}
    known |= {
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "path": str(file.relative_to(models_dir)),
        "name": file.name,
    }
    with writing(database.sessions) as session:
        job = TrainingJob(state="done", commit_sha=commit, options={}, asked_by="bench", asked_name="bench", asked_at=now)
        session.add(job)
        session.flush()
        candidate = CandidateModel(job_id=job.id, **known)
        session.add(candidate)
        session.flush()
        return candidate.id


def until(condition: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """The condition's first true value. Raises ``TimeoutError``."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)
    return value


@dataclass
class Changes:
    """The changes in the middle of the traffic. ``marks``: what happened, and when (seconds of the system's clock)."""

    settings: Settings
    database: Database
    marks: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._acts = Promotions(self.database.sessions, self.settings.models_dir, shipped_rules())

    def mark(self, what: str) -> None:
        """Something happened now."""
        self.marks.append((what, time.time()))
        print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)

    def live(self) -> LiveModel | None:
        """The live model."""
        with self.database.sessions() as session:
            return live_model(session)

    def promote(self, number: int, share: int, state: str) -> int:
        """Proposes and approves a candidate and waits until it is in ``state``."""
        live = until(self.live, "the live model")
        candidate = add_candidate(self.database, self.settings.models_dir, live, number)
        promotion = self._acts.propose(Actor(None, "an"), candidate, "benchmark")
        self._acts.approve(Actor(None, "binh"), promotion, share, "benchmark")
        self.mark(f"approved for {share} %")

        def reached() -> bool:
            with self.database.sessions() as session:
                return session.get_one(Promotion, promotion, populate_existing=True).state == state

        until(reached, f"promotion {promotion} {state}")
        self.mark(state)
        return promotion

    def back(self, promotion: int) -> None:
        """Takes it back."""
        self._acts.back(promotion, Ending(Actor(None, "binh"), "benchmark"))
        self.mark("taken back")


def report(database: Database, traffic: Traffic, marks: Sequence[tuple[str, float]]) -> bool:
    """Prints what the ledger says; whether nothing was lost."""
    open_rows = select(func.count()).select_from(Inbound).where(Inbound.outcome.is_(None))

    def all_concluded() -> bool:
        with database.sessions() as session:
            return session.scalar(open_rows) == 0

    until(all_concluded, "the last outcome", 300)
    with database.sessions() as session:
        rows = session.scalars(select(Inbound).order_by(Inbound.id)).all()
        answered = set(session.scalars(select(Outbound.inbound_id)))
    silent = sum(row.id not in answered for row in rows)
    by = Counter((row.nlu or {}).get("slot") for row in rows)
    print(f"accepted {traffic.accepted}, refused {dict(traffic.refused)}, in the ledger {len(rows)}, without an answer {silent}")
    print(f"outcomes {dict(Counter(row.outcome for row in rows))}, by slot {dict(by)}")
    print(f"{'since':<22}{'messages':>9}{'p50 s':>8}{'p95 s':>8}{'max s':>8}")
    for (what, begin), end in zip(marks, [*(at for _, at in marks[1:]), time.time()], strict=True):
        waits = sorted(_wait(row) for row in rows if begin <= row.received_at.timestamp() < end)
        if waits:
            middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.95)]
            print(f"{what:<22}{len(waits):>9}{middle:>8.2f}{late:>8.2f}{waits[-1]:>8.2f}")
    return silent == 0 and len(rows) == traffic.accepted


def _wait(row: Inbound) -> float:
    return (row.finished_at - row.received_at).total_seconds() if row.finished_at else float("inf")


def run(rate: float, seconds: float) -> bool:
    """The whole run; whether nothing was lost."""
    with tempfile.TemporaryDirectory(prefix="motcua-promotion-") as folder:
        installed = stack.load_settings().model_copy(update={"channels": "", "platform_simulators": False})
        models = own_models(installed.models_dir, Path(folder, "models"))
        own = stack.private_settings(installed.model_copy(update={"models_dir": models}), Path(folder))
        stack.prepare(own, print)
        supervisor = stack.make_supervisor(own, print)
        supervisor.start()
        database = open_database(own.database_url)
        try:
            supervisor.wait_healthy()
            traffic, changes = Traffic(local_url(own.gateway_port), rate), Changes(own, database)
            until(changes.live, "the live model")
            began = time.monotonic()
            changes.mark("before")
            traffic.begin()
            _sleep_until(began + 0.2 * seconds)
            promotion = changes.promote(1, 100, "live")
            _sleep_until(max(time.monotonic() + 0.15 * seconds, began + 0.5 * seconds))
            changes.back(promotion)
            _sleep_until(time.monotonic() + 0.2 * seconds)
            changes.promote(2, 20, "canary")
            _sleep_until(max(time.monotonic() + 0.1 * seconds, began + seconds))
            traffic.end()
            return report(database, traffic, changes.marks)
        finally:
            supervisor.stop()
            database.engine.dispose()


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def main() -> None:
    """Ends with 1 where a message was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=4.0, help="messages a second, of all citizens together")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they write, at least")
    options = parser.parse_args()
    raise SystemExit(0 if run(options.rate, options.seconds) else 1)


if __name__ == "__main__":
    main()
