"""The YAML editor, the history, import and export."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, File, Request, Response, UploadFile

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.authoring import archives, importing
from bot.authoring.archives import project_zip
from bot.authoring.desk import NotKeptError
from bot.authoring.faults import Fault
from bot.authoring.importing import ImportRefusedError, read_rows
from bot.authoring.kinds import Kind, needs_second_person
from bot.authoring.proposals import LONGEST_NOTE, LONGEST_TITLE, ProposalRefusedError
from bot.authoring.safe_yaml import yaml_faults
from bot.authoring.workspace import WorkspaceError
from bot.storage.database import writing
from bot.texts import say
from console.access import Session, allow
from console.authoring_views import commit_diffs, desk_of, person_of, to_proposal, words_of_refusal
from console.forms import Form, clean_line
from console.problems import Problem
from console.services import Services, With
from console.texts import label

MOST_CHARACTERS = 400_000
_FOLDERS = ("data/rules/", "data/stories/", "data/nlu/", "domain/", "data/catalogue/")
_SINGLE = ("data/sensitive_words.yml", "config.yml")
GLOSSARY = (
    "data/catalogue/ambiguous.yml",
    "data/catalogue/agency_names.yml",
    "data/catalogue/life_events.yml",
    "data/sensitive_words.yml",
)


def editable(path: str) -> bool:
    """Whether a person may edit this file as text. Facts of procedures and their forms have pages of their own."""
    if path.startswith(("data/catalogue/procedures/", "data/catalogue/eforms/")):
        return False
    return path.startswith(_FOLDERS) or path in _SINGLE


def show_files(request: Request, services: With, session: Session) -> Response:
    """The files that may be edited as text."""
    desk = desk_of(services, session.account)
    paths = [path for path in sorted(desk.texts) if editable(path)]
    groups = {
        "glossary": [path for path in GLOSSARY if path in desk.texts],
        "rules": [path for path in paths if path.startswith(("data/rules/", "data/stories/"))],
        "domain": [path for path in paths if path.startswith("domain/") or path == "config.yml"],
        "nlu": [path for path in paths if path.startswith("data/nlu/")],
        "catalogue": [path for path in paths if path.startswith("data/catalogue/") and path not in GLOSSARY],
    }
    return services.pages.show(
        request, "authoring_files.html", groups=groups, desk=desk, alone=lambda path: not needs_second_person([path])
    )


def show_file(request: Request, services: With, session: Session) -> Response:
    """One file as text."""
    desk = desk_of(services, session.account)
    path = clean_line(request.query_params.get("path", ""))
    if not editable(path) or path not in desk.texts:
        raise Problem(404, "no_file")
    return _editor(request, services, path, desk.texts[path], "", ())


def change_file(request: Request, services: With, session: Session, form: Form) -> Response:
    """Another text for a file: checked at once, kept as a draft where nothing in it could hurt a reader."""
    path, text = form.text("path", 200), form.raw("text", MOST_CHARACTERS)
    title = form.text("title", LONGEST_TITLE)
    desk = desk_of(services, session.account)
    if not editable(path) or path not in desk.texts:
        raise Problem(404, "no_file")
    if len(text) > MOST_CHARACTERS:
        raise Problem(413, "too_large")
    text = text if text.endswith("\n") else text + "\n"
    faults = [] if desk.texts[path] == text else services.authoring.checker.faults_of(desk.base, {path: text})
    if desk.texts[path] == text or request.query_params.get("check") == "1" or yaml_faults(path, text):
        nothing = label("authoring_nothing_changed") if desk.texts[path] == text else None
        return _editor(
            request,
            services,
            path,
            text,
            title,
            faults,
            fault=nothing,
            checked=nothing is None,
            status=200 if nothing is None else 422,
        )
    try:
        number = services.authoring.edit(
            person_of(session.account), _kind_of(path), title or label("authoring_title_file", path=path), lambda _: {path: text}
        )
    except (NotKeptError, ProposalRefusedError, WorkspaceError) as error:
        return _editor(request, services, path, text, title, faults, fault=words_of_refusal(error), status=409)
    return to_proposal(number, "kept")


def _kind_of(path: str) -> Kind:
    if path in GLOSSARY:
        return Kind.GLOSSARY
    folders = {"data/nlu/": Kind.EXAMPLES, "data/catalogue/": Kind.ALIASES, "domain/": Kind.ANSWERS}
    return next((kind for folder, kind in folders.items() if path.startswith(folder)), Kind.RULES)


def _editor(
    request: Request,
    services: Services,
    path: str,
    text: str,
    title: str,
    faults: list[Fault] | tuple[()],
    *,
    fault: str | None = None,
    checked: bool = False,
    status: int = 200,
) -> Response:
    return services.pages.show(
        request,
        "authoring_file.html",
        status=status,
        file=path,
        text=text,
        title=title,
        faults=faults,
        fault=fault,
        checked=checked,
        second=needs_second_person([path]),
        most=MOST_CHARACTERS,
    )


def show_history(request: Request, services: With, session: Session) -> Response:
    """Who changed what, newest first."""
    del session
    services.authoring.open()
    path = clean_line(request.query_params.get("path", "")) or None
    if path is not None and path not in services.authoring.workspace.files():
        raise Problem(404, "no_file")
    commits = services.authoring.workspace.log(path, 100)
    return services.pages.show(request, "authoring_history.html", commits=commits, path_shown=path)


def show_commit(request: Request, services: With, commit: str) -> Response:
    """One change of the history, with its difference."""
    return _commit_page(request, services, commit)


def revert(request: Request, services: With, session: Session, form: Form, commit: str) -> Response:
    """A new change that takes an old one back."""
    services.authoring.open()
    try:
        title = label("authoring_title_revert", title=services.authoring.workspace.commit_of(commit).title)
        note = form.lines("note", LONGEST_NOTE)
        number = services.authoring.revert(person_of(session.account), commit, title[:LONGEST_TITLE], note)
    except (WorkspaceError, ProposalRefusedError, NotKeptError) as error:
        return _commit_page(request, services, commit, fault=words_of_refusal(error), status=409)
    return to_proposal(number, "kept")


def _commit_page(request: Request, services: Services, sha: str, *, fault: str | None = None, status: int = 200) -> Response:
    services.authoring.open()
    workspace = services.authoring.workspace
    try:
        commit = workspace.commit_of(clean_line(sha, 41))
    except WorkspaceError as error:
        raise Problem(404, "no_commit") from error
    before = workspace.parent_of(commit.sha)
    diffs = commit_diffs(services.authoring, before, commit.sha) if before is not None else []
    return services.pages.show(
        request, "authoring_commit.html", status=status, fault=fault, commit=commit, diffs=diffs, first=before is None
    )


def show_import(request: Request, services: With, session: Session) -> Response:
    """The form for a file of examples or a whole project."""
    del session
    return _import_page(request, services)


def take_file(request: Request, services: With, session: Session, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Examples or a project from a file become a change."""
    name = clean_line(file.filename or "", 120) if file is not None else ""
    raw = file.file.read(archives.MOST_BYTES + 1) if file is not None else b""
    if not raw:
        return _import_page(request, services, fault=label("authoring_import_file_needed"), status=422)
    title, person = label("authoring_title_import", name=name)[:LONGEST_TITLE], person_of(session.account)
    try:
        if name.lower().endswith(".zip"):
            number = services.authoring.import_project(person, title, raw)
        else:
            number = services.authoring.import_rows(person, title, read_rows(name, raw))
    except ImportRefusedError as error:
        return _import_page(request, services, fault=say(f"authoring_import_{error.reason}", **error.values), status=422)
    except (NotKeptError, ProposalRefusedError, WorkspaceError) as error:
        return _import_page(request, services, fault=words_of_refusal(error), status=422)
    return to_proposal(number, "imported")


def take_labels(request: Request, services: With, session: Session) -> Response:
    """The settled labels become a change."""
    waiting = services.authoring.waiting_labels()
    try:
        number = services.authoring.take_in_labels(person_of(session.account), label("authoring_title_labels", count=waiting))
    except ImportRefusedError as error:
        return _import_page(request, services, fault=say(f"authoring_import_{error.reason}", **error.values), status=409)
    except (NotKeptError, ProposalRefusedError, WorkspaceError) as error:
        return _import_page(request, services, fault=words_of_refusal(error), status=409)
    return to_proposal(number, "imported")


def _import_page(request: Request, services: Services, *, fault: str | None = None, status: int = 200) -> Response:
    return services.pages.show(
        request,
        "authoring_import.html",
        status=status,
        fault=fault,
        waiting=services.authoring.waiting_labels(),
        most_rows=importing.MOST_ROWS,
        most_mb=importing.MOST_BYTES // 1_000_000,
        most_zip_mb=archives.MOST_BYTES // 1_000_000,
    )


def export(services: With, session: Session) -> Response:
    """The whole project as a zip file; that it was taken is recorded."""
    head = services.authoring.open()
    content = project_zip(head, services.authoring.workspace.texts(head))
    with writing(services.database.sessions) as ledger:
        record_audit(ledger, session.account.actor, "training_data.exported", f"commit:{head}", {}, now=services.clock())
    headers = {"Content-Disposition": f'attachment; filename="motcua-{head[:12]}.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.TRAINING_DATA_EDIT)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/training-data/files", show_files),
        ("GET", "/training-data/file", show_file),
        ("POST", "/training-data/file", change_file),
        ("GET", "/training-data/history", show_history),
        ("GET", "/training-data/history/{commit}", show_commit),
        ("POST", "/training-data/history/{commit}/revert", revert),
        ("GET", "/training-data/import", show_import),
        ("POST", "/training-data/import", take_file),
        ("POST", "/training-data/labels", take_labels),
        ("GET", "/training-data/export.zip", export),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
