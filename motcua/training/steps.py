"""The steps of a job, each of which can be done again: what a step has made lies in the job's folder, and a job that was cut off
goes on with the first step whose work is not there."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.authoring.git import GitError
from bot.conversations.clock import Clock
from bot.storage.database import SessionFactory, writing
from bot.storage.training_models import CandidateModel, ReplayedAnswer
from bot.training.candidates import FOLDER, model_file
from bot.training.cases import CasesFileError, FixedCase, all_cases
from bot.training.jobs import ClaimedJob
from bot.training.live import MODEL_SUFFIX, LiveModel, sha256_of
from bot.training.pace import steps_of
from bot.training.replay import days_to_replay, read_traffic
from bot.training.results import ConversationTests, CrossValidation, Replay, results_from
from bot.training.taught import taught_by
from bot.training.texts import text_key
from motcua.evaluation.intents import as_the_engine_receives
from motcua.training import measures
from motcua.training.commands import Command, CommandFailedError, run_command
from motcua.training.measures import Reading
from motcua.training.progress import Progress
from motcua.training.workshop import Workshop, described

FOLDS = 5
NOT_ASKED_FOR = "Người yêu cầu huấn luyện đã bỏ phần này."
NO_LIVE_MODEL = "Chưa có mô hình nào đang dùng để so."


class StepFailedError(Exception):
    """The job cannot go on; the text says why, for a trainer."""


@dataclass
class JobRun:
    """One job being carried out."""

    job: ClaimedJob
    workshop: Workshop
    sessions: SessionFactory
    clock: Clock
    progress: Progress

    @property
    def folder(self) -> Path:
        """The job's folder."""
        return self.workshop.job_folder(self.job.id)

    @property
    def project(self) -> Path:
        """The exported project."""
        return self.folder / "project"

    def is_done(self, step: str) -> bool:
        """Whether an earlier runner has done this step and its work is still there."""
        if step in ("prepare", "check") and not self.project.is_dir():
            return False
        if step == "train" and self.candidate() is None:
            return False
        return (self.folder / "done" / step).is_file()

    def mark_done(self, step: str) -> None:
        """The step need not be done again."""
        (self.folder / "done").mkdir(parents=True, exist_ok=True)
        (self.folder / "done" / step).touch()

    def candidate(self) -> CandidateModel | None:
        """The job's candidate, where its model file is there."""
        with self.sessions() as session:
            found = session.scalar(select(CandidateModel).where(CandidateModel.job_id == self.job.id))
        return found if found is not None and model_file(self.workshop.models_dir, found).is_file() else None

    def model(self) -> Path:
        """The candidate's file. Raises ``StepFailedError``."""
        candidate = self.candidate()
        if candidate is None:
            raise StepFailedError("Tệp mô hình vừa huấn luyện không còn nữa.")
        return model_file(self.workshop.models_dir, candidate)

    def keep(self, part: str, found: Mapping[str, Any]) -> None:
        """Keeps figures in the job's folder until the job ends."""
        path = self.folder / "measured" / f"{part}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        unfinished.replace(path)

    def kept(self) -> Mapping[str, Mapping[str, Any]]:
        """All figures kept so far, by part."""
        return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((self.folder / "measured").glob("*.json"))}

    def engine(
        self,
        arguments: Sequence[str],
        *,
        models_dir: Path | None = None,
        given: Path | None = None,
        told: Path | None = None,
        on_output: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Runs an engine command on the exported project. Raises ``CommandFailedError``."""
        environment = {**self.workshop.environment, "MODELS_DIR": str(models_dir or self.workshop.models_dir)}
        command = Command(
            self.workshop.command(self.project, arguments), environment, self.project, self.folder / "log", given, told
        )
        run_command(command, self.workshop.limits, self.progress.watch, self.progress.log, on_output)


def prepare(run: JobRun) -> None:
    """The project of the commit lies in the job's folder."""
    if missing := run.workshop.room_missing():
        raise StepFailedError(missing)
    unfinished = run.folder / "project.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.rmtree(run.project, ignore_errors=True)
    try:
        run.workshop.source.export(run.job.commit_sha, unfinished)
    except (OSError, ValueError, GitError) as error:
        raise StepFailedError(f"Không lấy được dữ liệu của phiên bản {run.job.commit_sha[:8]}: {error}") from error
    if not (unfinished / "config.yml").is_file():
        raise StepFailedError(f"Phiên bản {run.job.commit_sha[:8]} không có config.yml.")
    unfinished.rename(run.project)
    run.progress.log(f"dữ liệu của phiên bản {run.job.commit_sha[:8]} đã sẵn sàng")


def check(run: JobRun) -> None:
    """The data fit together, before minutes are spent on them."""
    try:
        run.engine(["validate"])
    except CommandFailedError as error:
        raise StepFailedError(f"Dữ liệu huấn luyện có lỗi: {error}") from error


def train(run: JobRun) -> None:
    """The model is trained and stands among the candidates."""
    unfinished = run.workshop.unfinished_models(run.job.id)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    name = f"motcua-{run.clock():%Y%m%d-%H%M%S}-{run.job.commit_sha[:8]}"
    try:
        run.engine(["train", "--name", name], models_dir=unfinished)
        made = unfinished / (name + MODEL_SUFFIX)
        told = described(made)
        trained_at = datetime.fromisoformat(told["trained_at"])
        digest, size = sha256_of(made), made.stat().st_size
    except (CommandFailedError, OSError, ValueError) as error:
        raise StepFailedError(f"Huấn luyện không thành công: {error}") from error
    with writing(run.sessions) as session:
        for earlier in session.scalars(select(CandidateModel).where(CandidateModel.job_id == run.job.id)):
            session.delete(earlier)  # its file is gone: this is why the step is done again
        session.flush()
        candidate = CandidateModel(
            job_id=run.job.id,
            name=name,
            path="",
            sha256=digest,
            size=size,
            fingerprint=told["fingerprint"],
            commit_sha=run.job.commit_sha,
            trained_at=trained_at,
        )
        session.add(candidate)
        session.flush()
        candidate.path = f"{FOLDER}/{candidate.id}/{made.name}"
        folder = run.workshop.models_dir / FOLDER / str(candidate.id)
        shutil.rmtree(folder, ignore_errors=True)  # left by a transaction that did not end
        unfinished.rename(folder)
    run.progress.log(f"đã có mô hình {name} ({size / 1e6:.1f} MB)")


def understand(run: JobRun) -> None:
    """The fixed set is asked of the candidate and of the live model."""
    cases = fair_cases(run)
    texts = [as_the_engine_receives(case.text) for case in cases]
    try:
        candidate = readings(run, run.model(), texts, lambda share: run.progress.share(share / 2))
    except CommandFailedError as error:
        raise StepFailedError(f"Mô hình mới không hiểu được bộ câu cố định: {error}") from error
    live, why = live_readings(run, texts, lambda share: run.progress.share(0.5 + share / 2))
    run.keep("understanding", understanding(cases, candidate, live))
    if why:
        run.keep("not_measured_live", {"not_measured": {"live": why}})


def fair_cases(run: JobRun) -> list[FixedCase]:
    """The fixed set without what this project trains on: that would measure memory. Protected cases stay, since they must be
    right whatever the reason. Raises ``StepFailedError``."""
    try:
        with run.sessions() as session:
            cases = all_cases(session, run.workshop.regression)
    except CasesFileError as error:
        raise StepFailedError(str(error)) from error
    paths = sorted((run.project / "data" / "nlu").rglob("*.yml"))
    texts = {path.relative_to(run.project).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    _, taught = taught_by(texts)
    fair = [case for case in cases if case.protected or text_key(case.text) not in taught]
    if len(fair) < len(cases):
        run.progress.log(f"bỏ {len(cases) - len(fair)} câu cố định vì đã có trong dữ liệu huấn luyện")
    return fair


def understanding(cases: Sequence[FixedCase], candidate: Sequence[Reading], live: Sequence[Reading] | None) -> dict[str, Any]:
    """The parts of the results that come from the fixed set."""
    kinds = {}
    for name, protected in (("regression", False), ("protected", True)):
        places = [place for place, case in enumerate(cases) if case.protected == protected]
        before = None if live is None else [live[place] for place in places]
        kinds[name] = ([cases[place] for place in places], [candidate[place] for place in places], before)
    plain, answers, before = kinds["regression"]
    return {
        **{
            name: measures.fixed_set(*asked, protected=name == "protected").model_dump(mode="json")
            for name, asked in kinds.items()
        },
        "intents": [one.model_dump(mode="json") for one in measures.intent_figures(plain, answers, before)],
        "confusions": [one.model_dump(mode="json") for one in measures.confusions(plain, answers)],
        "reliability": measures.reliability(plain, answers, before).model_dump(mode="json"),
    }


def live_readings(
    run: JobRun, texts: Sequence[str], share: Callable[[float], None]
) -> tuple[Sequence[Reading] | None, str | None]:
    """What the live model makes of the texts; None with the reason where it cannot be asked."""
    with run.sessions() as session:
        live = run.workshop.live_model(session)
    if live is None:
        return None, NO_LIVE_MODEL
    _note_live(run, live)
    try:
        return readings(run, live.path, texts, share), None
    except CommandFailedError as error:
        return None, f"Mô hình đang dùng không trả lời được: {error}"


def _note_live(run: JobRun, live: LiveModel) -> None:
    with writing(run.sessions) as session:
        candidate = session.scalars(select(CandidateModel).where(CandidateModel.job_id == run.job.id)).one()
        candidate.live_name, candidate.live_sha256 = live.name, live.sha256


def readings(run: JobRun, model: Path, texts: Sequence[str], share: Callable[[float], None]) -> list[Reading]:
    """What a model makes of the texts, in order. Raises ``CommandFailedError``."""
    asked, told = run.folder / "asked.jsonl", run.folder / "told.jsonl"
    lines = (json.dumps({"id": number, "text": text}) for number, text in enumerate(texts))
    asked.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    count = 0

    def one_more(_line: str) -> None:
        nonlocal count
        count += 1
        share(count / (len(texts) + 1))

    try:
        run.engine(["parse", "--model", str(model.resolve())], given=asked, told=told, on_output=one_more)
        answers = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()[1:]]
    except ValueError as error:
        raise CommandFailedError("câu trả lời không đọc được") from error
    finally:
        # Masked words of citizens lie no longer than they are needed.
        asked.unlink(missing_ok=True)
        told.unlink(missing_ok=True)
    if len(answers) != len(texts):
        raise CommandFailedError(f"chỉ trả lời {len(answers)} trong {len(texts)} câu")
    return [Reading.from_json(answer) for answer in answers]


def replay(run: JobRun) -> None:
    """Real messages of the chosen days are asked of both models; whatever changes is kept."""
    options = run.job.options
    since, until = days_to_replay(options.replay_since, options.replay_until, run.clock())
    with run.sessions() as session:
        traffic = read_traffic(session, since, until)
    texts = [one.text for one in traffic.tried]
    live, why = live_readings(run, texts, lambda share: run.progress.share(share / 2)) if texts else ([], None)
    if live is None:
        raise StepFailedError(why or NO_LIVE_MODEL)
    try:
        candidate = readings(run, run.model(), texts, lambda share: run.progress.share(0.5 + share / 2)) if texts else []
    except CommandFailedError as error:
        raise StepFailedError(str(error)) from error
    found = measures.changes(traffic.tried, live, candidate)
    with writing(run.sessions) as session:
        _keep_changes(session, run.job.id, found)
    told = Replay(
        since=since.isoformat(),
        until=until.isoformat(),
        messages=traffic.messages,
        texts=traffic.texts,
        tried=len(texts),
        texts_changed=len(found),
        messages_changed=sum(change.written.times for change in found),
    )
    run.keep("replay", {"replay": told.model_dump(mode="json", exclude={"changed"})})


def _keep_changes(session: Session, job_id: int, found: Sequence[measures.Change]) -> None:
    candidate = session.scalars(select(CandidateModel.id).where(CandidateModel.job_id == job_id)).one()
    session.execute(delete(ReplayedAnswer).where(ReplayedAnswer.candidate_id == candidate))
    session.add_all(
        ReplayedAnswer(
            candidate_id=candidate,
            text_key=change.written.key,
            text=change.written.text,
            times=change.written.times,
            last_written_at=change.written.last_at,
            live=measures.shown_reading(change.live),
            candidate=measures.shown_reading(change.candidate),
        )
        for change in found
    )


def cross_validation(run: JobRun) -> None:
    """The training data are measured on themselves."""
    out = run.folder / "cross-validation.json"
    try:
        run.engine(["cross-validate", "--folds", str(FOLDS), "--json", str(out.resolve())])
        found = CrossValidation.model_validate_json(out.read_text(encoding="utf-8"))
    except (CommandFailedError, OSError, ValueError) as error:
        raise StepFailedError(str(error)) from error
    run.keep("cross_validation", {"cross_validation": found.model_dump(mode="json")})


def conversations(run: JobRun) -> None:
    """Whole conversations are held with the candidate."""
    out = run.folder / "conversations.json"
    model, cases = run.model().resolve(), (run.workshop.regression / "conversations.yml").resolve()
    arguments = run.workshop.conversations(model, cases, out.resolve())
    command = Command(arguments, run.workshop.environment, run.project, run.folder / "log")
    limits = type(run.workshop.limits)(run.workshop.limits.seconds)  # a whole product maps more memory than it uses
    try:
        run_command(command, limits, run.progress.watch, run.progress.log)
        found = ConversationTests.model_validate_json(out.read_text(encoding="utf-8"))
    except (CommandFailedError, OSError, ValueError) as error:
        raise StepFailedError(str(error)) from error
    run.keep("conversations", {"conversations": found.model_dump(mode="json")})


def conclude(run: JobRun, session: Session) -> None:
    """Everything that was measured is written beside the candidate, in the caller's transaction."""
    results: dict[str, Any] = {}
    wanted = steps_of(cross_validation=run.job.options.cross_validation, conversations=run.job.options.conversations)
    missing = {step: NOT_ASKED_FOR for step in DO if step not in wanted}
    for part in run.kept().values():
        missing |= part.get("not_measured", {})
        results |= {name: value for name, value in part.items() if name != "not_measured"}
    whole = results_from({**results, "not_measured": missing})
    candidate = session.scalars(select(CandidateModel).where(CandidateModel.job_id == run.job.id)).one()
    candidate.results, candidate.measured_at = whole.model_dump(mode="json"), run.clock()


NEEDED = ("prepare", "check", "train", "understand")
"""Without these there is nothing to show; a measuring step that fails is named in the results."""

DO: Mapping[str, Callable[[JobRun], None]] = {
    "prepare": prepare,
    "check": check,
    "train": train,
    "understand": understand,
    "replay": replay,
    "cross_validation": cross_validation,
    "conversations": conversations,
}
