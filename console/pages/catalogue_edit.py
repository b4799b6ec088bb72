"""``/catalogue/procedures/<code>/parts/<part>``: one part of a reviewed procedure as a form, checked at once."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.authoring.proposals import ProposalRefusedError
from bot.authoring.workspace import ConflictError, WorkspaceError
from bot.catalogue.editing.checking import Checked, procedure_file, read_procedure
from bot.catalogue.editing.desk import UNDER, FaultyChangeError
from bot.catalogue.editing.documents import UnreadableDocumentError, changed_text, load_document, plain
from bot.catalogue.editing.forms import Row, SectionForm, apply, choices_of, new_row, same_part, shown
from bot.catalogue.editing.preview import compared
from bot.catalogue.editing.sections import MOST_ROWS, SECTIONS, Section
from bot.catalogue.editing.typed import Choices
from console.access import Session, allow
from console.catalogue_words import check_words, choice_names, diff_lines, fault_words, field_name, form_lines, person_of
from console.forms import Form, clean_line
from console.problems import Problem
from console.services import Services, With
from console.texts import label

_EMPTY_ROWS, _MORE_ROWS = 1, 5
_LONGEST_REASON = 400
SHORTEST_REASON = 5
_HINTS = {"money": "catalogue_hint_money", "day": "catalogue_hint_day", "month": "catalogue_hint_month"}
_FOLDED = ("raw", "valid_from", "valid_to")
_AWAY = (GitError, OSError)


@dataclass
class Sheet:
    """One form and all that its page shows beside it."""

    code: str
    section: Section
    base: str
    form: SectionForm
    choices: Choices
    name: str
    reason: str = ""
    faults: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    conflict: dict[str, list[str]] | None = None
    rebased: bool = False
    checked: Checked | None = None
    answers: list[Any] = field(default_factory=list)
    diff: list[dict[str, Any]] = field(default_factory=list)


def show_part(request: Request, services: With, code: str, part: str) -> Response:
    """The form with what stands now."""
    code, section = _known(code, part)
    try:
        head = services.catalogue.head()
        data = plain(_text(services, code, head))
    except UnreadableDocumentError as error:
        raise Problem(409, "unreadable_procedure") from error
    except _AWAY as error:
        raise Problem(503, "workspace_away") from error
    form = shown(section, data)
    form.rows += [new_row(section) for _ in range(_EMPTY_ROWS)] if section.rows_at else []
    return _page(request, services, Sheet(code, section, head, form, _choices(services, data), data["name"]))


def send_part(request: Request, services: With, session: Session, form: Form, code: str, part: str) -> Response:
    """What was typed: looked at, given more rows, or proposed. Whatever is refused, nothing typed is lost."""
    code, section = _known(code, part)
    act, base = form.text("act", 20), form.text("base", 40)
    try:
        head = services.catalogue.head()
        now = _text(services, code, head)
        sheet = Sheet(code, section, base, _typed(section, form), _choices(services, plain(now)), plain(now)["name"])
        sheet.reason = form.lines("reason", _LONGEST_REASON)
        if act == "more":
            sheet.form.rows += [new_row(section) for _ in range(_MORE_ROWS)]
            return _page(request, services, sheet)
        changed = _changed(services, sheet, head, now)
        if changed is None:
            return _page(request, services, sheet, status=409 if sheet.conflict else 422)
        _look(services, sheet, now, changed)
        if act == "propose" and _may_go(sheet):
            return _proposed(request, services, session, sheet, changed)
    except UnreadableDocumentError as error:
        raise Problem(409, "unreadable_procedure") from error
    except _AWAY as error:
        raise Problem(503, "workspace_away") from error
    refused = sheet.faults or (sheet.checked is not None and sheet.checked.errors)
    return _page(request, services, sheet, status=422 if refused else 200)


def _changed(services: Services, sheet: Sheet, head: str, now: str) -> str | None:
    """The text with what was typed, on top of what stands now; None where it cannot be made, and the sheet says why."""
    section = sheet.section
    try:
        before = _text(services, sheet.code, sheet.base)
    except WorkspaceError as error:
        raise Problem(400, "broken_request") from error
    if before != now:
        if not same_part(section, plain(before), plain(now)):
            sheet.conflict = _sides(sheet, plain(before), plain(now))
            sheet.base = head
            _keep_rows(sheet, plain(now))
            return None
        sheet.rebased, sheet.base = True, head
    document = load_document(now)
    found = apply(section, document, sheet.form, sheet.choices)
    sheet.wrong = {fault.where for fault in found}
    sheet.faults = [fault_words(section, fault) for fault in found]
    if found:
        return None
    changed = changed_text(now, document)
    if changed == now:
        sheet.faults = [label("catalogue_nothing_changed")]
        return None
    return changed


def _keep_rows(sheet: Sheet, now: Mapping[str, Any]) -> None:
    """After a conflict the rows of the form belong to the present text where it has them, else they are new ones."""
    known = {row.at for row in shown(sheet.section, now).rows}
    for row in sheet.form.rows:
        if row.at and row.at not in known:
            row.at = ""


def _sides(sheet: Sheet, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[str]]:
    cases, agencies = sheet.choices.cases, sheet.choices.agencies
    sides = {
        "base": form_lines(sheet.section, shown(sheet.section, before), cases, agencies),
        "now": form_lines(sheet.section, shown(sheet.section, now), cases, agencies),
        "mine": form_lines(sheet.section, sheet.form, cases, agencies),
    }
    same = set(sides["base"]) & set(sides["now"]) & set(sides["mine"])
    return {side: [line for line in lines if line not in same] for side, lines in sides.items()}


def _look(services: Services, sheet: Sheet, now: str, changed: str) -> None:
    """Checks, difference and answers of the changed text."""
    file = procedure_file(sheet.code)
    sheet.checked = services.catalogue.check({file: changed})
    lines = difflib.unified_diff(now.splitlines(), changed.splitlines(), file, file, lineterm="", n=2)
    sheet.diff = diff_lines("\n".join(lines))
    agencies = services.reviewed.catalogue().agencies
    sheet.answers = compared(read_procedure(now), sheet.checked.procedure, agencies, services.catalogue.today())


def _may_go(sheet: Sheet) -> bool:
    if sheet.checked is None or sheet.checked.errors:
        return False
    if not SHORTEST_REASON <= len(sheet.reason) <= _LONGEST_REASON:
        sheet.faults = [label("catalogue_reason_needed")]
        return False
    return True


def _proposed(request: Request, services: Services, session: Session, sheet: Sheet, changed: str) -> Response:
    title = f"{label(f'catalogue_part_{sheet.section.name}')}: {sheet.name} ({sheet.code})"
    try:
        services.catalogue.propose(
            person_of(session.account), sheet.base, {procedure_file(sheet.code): changed}, title, sheet.reason
        )
    except (ConflictError, FaultyChangeError, ProposalRefusedError, WorkspaceError):
        # Somebody was faster between our look and the act: the next one shows what stands then.
        sheet.faults = [label("catalogue_refused_changed_meanwhile")]
        return _page(request, services, sheet, status=409)
    return RedirectResponse(f"/catalogue/procedures/{sheet.code}?done=proposed", 303)


def _known(code: str, part: str) -> tuple[str, Section]:
    if part not in SECTIONS:
        raise Problem(404, "page_not_found")
    return clean_line(code, 20), SECTIONS[part]


def _text(services: Services, code: str, commit: str) -> str:
    try:
        texts = services.catalogue.workspace.texts(commit, UNDER)
    except WorkspaceError as error:
        raise Problem(400, "broken_request") from error
    if (path := UNDER + procedure_file(code)) not in texts:
        raise Problem(404, "no_procedure")
    return texts[path]


def _choices(services: Services, data: Mapping[str, Any]) -> Choices:
    agencies = services.reviewed.catalogue().agencies
    return choices_of(data, {agency.id: agency.name for agency in agencies.values()})


def _typed(section: Section, form: Form) -> SectionForm:
    fields = {spec.path: form.lines(f"f.{spec.path}", spec.longest) for spec in section.fields}
    sent = form.text("rows", 4)
    count = min(int(sent), MOST_ROWS + 1) if sent.isascii() and sent.isdigit() else 0
    rows = []
    for number in range(count):
        values = {spec.path: form.lines(f"r.{number}.{spec.path}", spec.longest) for spec in section.rows}
        rows.append(Row(values, form.text(f"r.{number}.at", 10), form.text(f"r.{number}.removed", 3) == "yes"))
    return SectionForm(fields, rows)


def _inputs(sheet: Sheet, prefix: str, values: Mapping[str, str], *, rows: bool) -> list[dict[str, Any]]:
    specs = sheet.section.rows if rows else sheet.section.fields
    made = []
    for spec in specs:
        where = f"{prefix}.{spec.path}"
        last = spec.path.split(".")[-1]
        made.append(
            {
                "id": where.replace(".", "-"),
                "name": where,
                "words": field_name(sheet.section, spec),
                "kind": spec.kind,
                "value": values.get(spec.path, ""),
                "choices": choice_names(spec, sheet.choices.cases, sheet.choices.agencies)
                if spec.choices or spec.kind in ("case", "agency", "truth")
                else None,
                "longest": spec.longest,
                "hint": label(_HINTS[spec.kind]) if spec.kind in _HINTS else "",
                "wrong": where in sheet.wrong,
                "opens": where in sheet.wrong or (last != "raw" and bool(values.get(spec.path))),
                "folded": last in _FOLDED or ("source." in spec.path and sheet.section.name != "general"),
            }
        )
    return made


def _page(request: Request, services: Services, sheet: Sheet, *, status: int = 200) -> Response:
    rows = [
        {"number": number, "row": row, "inputs": _inputs(sheet, f"r.{number}", row.values, rows=True)}
        for number, row in enumerate(sheet.form.rows)
    ]
    checked = sheet.checked
    told = {kind: [check_words(one, sheet.code) for one in checked.told if one.severity == kind] if checked else []
            for kind in ("error", "warning")}  # fmt: skip
    return services.pages.show(
        request,
        "catalogue_edit.html",
        status=status,
        sheet=sheet,
        once=_inputs(sheet, "f", sheet.form.fields, rows=False),
        rows=rows,
        told=told,
        facets=sheet.section.facets,
        longest_reason=_LONGEST_REASON,
    )


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    declared = [allow(Permission.CATALOGUE_EDIT)]
    path = "/catalogue/procedures/{code}/parts/{part}"
    router.add_api_route(path, show_part, methods=["GET"], dependencies=declared, response_model=None)
    router.add_api_route(path, send_part, methods=["POST"], dependencies=declared, response_model=None)
    return router
