"""``/catalogue/differences``: what an import says otherwise, accepted or refused one by one or as a selected group."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.authoring.proposals import ProposalRefusedError
from bot.authoring.workspace import WorkspaceError
from bot.catalogue.editing import differences as store
from bot.catalogue.editing.checking import procedure_file
from bot.catalogue.editing.desk import FaultyChangeError
from bot.catalogue.editing.documents import UnreadableDocumentError
from bot.catalogue.editing.takeover import NotByItselfError, taken_over
from bot.catalogue.importing.parts import PARTS
from bot.catalogue.importing.record import ImportedRecord, UnreadableRecordError, from_json
from bot.officers.notes import without_numbers
from bot.storage.content_models import ImportDifference
from bot.storage.models import CatalogueRecord
from console.access import Session, allow
from console.catalogue_words import person_of
from console.forms import Form, clean_line
from console.pages.catalogue_approvals import refusal
from console.services import Services, With
from console.texts import label

DONE = ("accepted", "decided_refused", "reopened")
EDITED_IN = {
    "fee": "fees", "time": "times", "papers": "papers", "agency": "place", "level": "general", "legal_basis": "legal_basis",
    "name": "general", "validity": "general",
}  # fmt: skip
"""The form in which each part of a reviewed procedure is edited by hand."""
_LONGEST_REASON = 400
_SHORTEST_REASON = 5


def show_differences(request: Request, services: With) -> Response:
    """One page of differences; a new import is looked through first."""
    _compare(services)
    done = request.query_params.get("done", "")
    return _page(request, services, done=f"catalogue_done_{done}" if done in DONE else None)


def decide(request: Request, services: With, session: Session, form: Form) -> Response:
    """Differences were accepted, refused, or are to be asked again."""
    act, reason = form.text("act", 20), without_numbers(form.lines("reason", _LONGEST_REASON))[:_LONGEST_REASON]
    numbers = [int(sent) for sent in form.all("number", 12) if sent.isascii() and sent.isdigit()][: store.MOST_AT_ONCE]
    if not numbers or act not in ("accept", "refuse", "reopen"):
        return _page(request, services, status=422, fault=label("catalogue_difference_none_selected"))
    if act == "refuse" and len(reason) < _SHORTEST_REASON:
        fault = label("catalogue_difference_reason_needed")
        return _page(request, services, status=422, fault=fault, reason=reason, selected=numbers)
    try:
        if act == "accept":
            _accept(services, session, numbers, reason)
        elif act == "refuse":
            also = _audited(services, session, "refused", numbers, reason)
            store.decide(
                services.database.sessions, numbers, "refused", by=session.account.login, reason=reason,
                now=services.clock(), also=also,
            )  # fmt: skip
        else:
            state = form.text("state", 10)
            also = _audited(services, session, "reopened", numbers, reason)
            store.reopen(services.database.sessions, numbers, state if state in store.STATES else "refused", also=also)
    except store.DecidedMeanwhileError:
        return _page(request, services, status=409, fault=label("catalogue_difference_meanwhile"))
    except _CannotAccept as error:
        return _page(request, services, status=422, fault=str(error), reason=reason, selected=numbers)
    done = {"accept": "accepted", "refuse": "decided_refused", "reopen": "reopened"}[act]
    return RedirectResponse(f"/catalogue/differences?done={done}", 303)


class _CannotAccept(Exception):
    """Something chosen cannot be accepted; nothing was. The text says what and why."""


def _compare(services: Services) -> None:
    content = services.reviewed.content()
    store.compare_live(services.database.sessions, content.catalogue, store.content_name(content), services.clock())


def _accept(services: Services, session: Session, numbers: Sequence[int], reason: str) -> None:
    """Those of imported procedures are settled; those of reviewed ones become a proposal, one for all that were chosen."""
    with services.database.sessions() as ledger:
        rows = store.chosen(ledger, numbers)
        records = _records(ledger, rows)
    proposal = _propose(services, session, [row for row in rows if row.kind == "reviewed"], records, reason)
    also = _audited(services, session, "accepted", numbers, reason)
    try:
        store.decide(
            services.database.sessions, numbers, "accepted", by=session.account.login, reason=reason, now=services.clock(),
            proposal=proposal, also=also,
        )  # fmt: skip
    except store.DecidedMeanwhileError:
        if proposal is not None:
            services.catalogue.withdraw(person_of(session.account), proposal)
        raise


def _records(ledger: LedgerSession, rows: Sequence[ImportDifference]) -> dict[str, ImportedRecord]:
    """What the import says, by the hash of its record: its code may be one that the reviewed procedure had before."""
    wanted = {row.kept_sha256 for row in rows if row.kind == "reviewed" and row.kept_sha256}
    stored = select(CatalogueRecord.sha256, CatalogueRecord.code, CatalogueRecord.payload)
    found = {}
    for sha256, code, payload in ledger.execute(stored.where(CatalogueRecord.sha256.in_(wanted))):
        try:
            found[sha256] = from_json(payload, code)
        except UnreadableRecordError:
            continue
    return found


def _propose(
    services: Services,
    session: Session,
    rows: Sequence[ImportDifference],
    records: dict[str, ImportedRecord],
    reason: str,
) -> int | None:
    if not rows:
        return None
    desk, agencies = services.catalogue, services.reviewed.catalogue().agencies
    by_code: dict[str, list[ImportDifference]] = defaultdict(list)
    for row in rows:
        by_code[row.code].append(row)
    try:
        head = desk.head()
        texts, changed = desk.texts(head), {}
        for code, parts in by_code.items():
            text = texts[procedure_file(code)]
            for row in parts:
                text = _taken(text, row, records, agencies)
            changed[procedure_file(code)] = text
        first = rows[0]
        key = "catalogue_difference_title" if len(rows) == 1 else "catalogue_difference_title_several"
        title = label(key, part=label(f"catalogue_difference_part_{first.part}"), name=first.name, count=len(rows))
        source = {"differences": [row.id for row in rows], "version": first.version_id}
        return desk.propose(person_of(session.account), head, changed, title, reason, source=source)
    except KeyError as error:
        raise _CannotAccept(_by_hand(rows[0], "gone")) from error
    except (FaultyChangeError, ProposalRefusedError, WorkspaceError, GitError) as error:
        raise _CannotAccept(f"{_by_hand(rows[0], 'faulty')} {refusal(error)}") from error


def _taken(text: str, row: ImportDifference, records: dict[str, ImportedRecord], agencies: Any) -> str:
    record = records.get(row.kept_sha256 or "")
    if record is None:
        raise _CannotAccept(_by_hand(row, "gone"))
    try:
        return taken_over(text, record, row.part, agencies)
    except NotByItselfError as error:
        raise _CannotAccept(_by_hand(row, error.key)) from error
    except UnreadableDocumentError as error:
        raise _CannotAccept(_by_hand(row, "faulty")) from error


def _by_hand(row: ImportDifference, why: str) -> str:
    part = label(f"catalogue_difference_part_{row.part}").lower()
    return label("catalogue_difference_by_hand", name=row.name, part=part, why=label(f"catalogue_why_{why}"))


def _audited(services: Services, session: Session, what: str, numbers: Sequence[int], reason: str) -> store.Also:
    def record(ledger: LedgerSession) -> None:
        details = {"numbers": list(numbers), "reason": reason[:200]}
        act = f"catalogue.difference_{what}"
        record_audit(ledger, session.account.actor, act, "import_differences", details, now=services.clock())

    return record


def _page(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    asked = {name: clean_line(request.query_params.get(name, ""), 80) for name in ("state", "kind", "part", "words")}
    wanted = store.Wanted(
        asked["state"] if asked["state"] in store.STATES else "open",
        asked["kind"] if asked["kind"] in store.KINDS else "",
        asked["part"] if asked["part"] in PARTS else "",
        asked["words"],
    )
    sent = clean_line(request.query_params.get("page", "1"), 6)
    page = max(1, int(sent)) if sent.isascii() and sent.isdigit() else 1
    reviewed = services.reviewed.catalogue().procedures
    with services.database.sessions() as ledger:
        found, total = store.differences(ledger, wanted, page)
        counted = store.counts(ledger)
    rows = [
        {
            "row": row,
            "older": row.kind == "reviewed"
            and row.code in reviewed
            and row.source_as_of[:7] < reviewed[row.code].source.as_of[:7],
            "form": EDITED_IN.get(row.part) if row.kind == "reviewed" else None,
        }
        for row in found
    ]
    given = {"done": None, "fault": None, "reason": "", "selected": []} | values
    open_ = {kind: counted.get((kind, "open"), 0) for kind in store.KINDS}
    return services.pages.show(
        request, "catalogue_differences.html", status=status, rows=rows, total=total, page=page,
        pages=max(1, -(-total // store.PAGE)), wanted=wanted, parts=PARTS, kinds=store.KINDS, states=store.STATES,
        open=open_, longest=_LONGEST_REASON, **given,
    )  # fmt: skip


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    declared = [allow(Permission.CATALOGUE_EDIT)]
    router.add_api_route("/catalogue/differences", show_differences, methods=["GET"], dependencies=declared, response_model=None)
    router.add_api_route("/catalogue/differences", decide, methods=["POST"], dependencies=declared, response_model=None)
    return router
