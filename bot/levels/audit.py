"""The level audit: reads the three facts of every procedure and judges them."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from bot.accounts.scope import ALL_AGENCIES, AgencyScope
from bot.catalogue.importing.record import UnreadableRecordError
from bot.catalogue.load import Catalogue
from bot.catalogue.schema import Procedure
from bot.levels.link_book import last_looks
from bot.levels.partial_reasons import PublishedReason, reasons_in_force
from bot.levels.verdicts import CODES, WINDOW, DossierFigures, LevelFacts, LinkLook, Verdict, judge
from bot.storage.evidence_models import RegisteredDossier, RegisterRun

logger = logging.getLogger(__name__)

_FIGURES = ("filed", "online", "electronic", "on_paper", "untold")


@dataclass(frozen=True)
class AuditedProcedure:
    """One row of the audit."""

    code: str
    name: str
    origin: str
    url: str
    facts: LevelFacts
    verdict: Verdict

    @property
    def look(self) -> LinkLook | None:
        """The look at the link that counts."""
        return self.facts.look

    def evidence(self, now: datetime) -> dict[str, Any]:
        """The figures of this moment as JSON, to be kept beside a decision."""
        facts, look = self.facts, self.facts.look
        return {
            "at": now.isoformat(timespec="seconds"),
            "name": self.name,
            "level": facts.level,
            "verdict": list(self.verdict.codes),
            "link": {
                "url": self.url,
                "outcome": look.outcome if look else None,
                "checked_at": look.checked_at.isoformat(timespec="seconds") if look else None,
                "detail": look.detail if look else "",
            },
            "dossiers": {
                "days": WINDOW.days,
                **({name: getattr(facts.figures, name) for name in _FIGURES} if facts.figures else dict.fromkeys(_FIGURES)),
            },
            "partial_reason": facts.has_partial_reason,
        }


@dataclass(frozen=True)
class Audit:
    """The whole audit. ``register_read_at``: when the portal's list of dossiers was last read whole or brought up to date, None
    where never; ``elsewhere``: dossiers in the window whose procedure is in no catalogue of ours."""

    at: datetime
    procedures: tuple[AuditedProcedure, ...]
    reasons: Mapping[str, PublishedReason]
    register_read_at: datetime | None
    elsewhere: int = 0

    def counts(self) -> dict[str, int]:
        """How many procedures have each code; ``ok``, ``mismatch`` and ``all`` beside them."""
        found = Counter(code for one in self.procedures for code in one.verdict.codes)
        return {
            "all": len(self.procedures),
            "ok": sum(one.verdict.ok for one in self.procedures),
            "mismatch": sum(one.verdict.mismatch for one in self.procedures),
        } | {code: found[code] for code in CODES}

    def of(self, code: str) -> AuditedProcedure | None:
        """The row of one procedure."""
        return next((one for one in self.procedures if one.code == code), None)


def audit_levels(
    session: Session, catalogue: Catalogue, now: datetime, scope: AgencyScope = ALL_AGENCIES, *, only: str | None = None
) -> Audit:
    """Audits each reviewed procedure, and each imported one that has dossiers; or ``only`` one, whatever it is. ``scope``: whose
    dossiers are counted; levels and links are everybody's."""
    read_at = session.scalar(select(func.max(RegisterRun.finished_at)).where(RegisterRun.complete))
    by_code = _under_present_codes(count_dossiers(session, now, scope), catalogue)
    wanted = [one.code for one in catalogue.listings if one.origin == "reviewed" or one.code in by_code]
    procedures = list(_readable(catalogue, wanted if only is None else [only]))
    looks = last_looks(session, {one.code: one.official_link.url for one in procedures})
    reasons = reasons_in_force(session)
    known = read_at is not None
    rows = tuple(
        _audited(one, looks.get(one.code), by_code.get(one.code, DossierFigures()) if known else None, one.code in reasons, now)
        for one in procedures
    )
    elsewhere = sum(figures.filed for code, figures in by_code.items() if code not in catalogue.procedures)
    return Audit(now, rows, reasons, read_at, elsewhere)


def _readable(catalogue: Catalogue, codes: Iterable[str]) -> Iterator[Procedure]:
    for code in codes:
        try:
            yield catalogue.procedures[code]
        except (KeyError, UnreadableRecordError):
            logger.warning("levels.procedure_unreadable", extra={"procedure": code})


def _audited(
    procedure: Procedure, look: LinkLook | None, figures: DossierFigures | None, has_reason: bool, now: datetime
) -> AuditedProcedure:
    facts = LevelFacts(
        procedure.online.level,
        procedure.online.available,
        look,
        procedure.official_link.verified_on,
        figures,
        has_reason,
    )
    return AuditedProcedure(
        procedure.code, procedure.name, procedure.origin, procedure.official_link.url, facts, judge(facts, now)
    )


def count_dossiers(session: Session, now: datetime, scope: AgencyScope = ALL_AGENCIES) -> dict[str, DossierFigures]:
    """The figures by the procedure's code as the portal names it. Dossiers that a whole reading does not find any more are left
    out: the portal took them back."""
    row = RegisteredDossier
    online, ended = row.channel == "online", row.ended_at.is_not(None)

    def count(*conditions: Any) -> Any:
        met = conditions[0]
        for condition in conditions[1:]:
            met &= condition
        return func.coalesce(func.sum(case((met, 1), else_=0)), 0)

    wanted = (
        select(
            row.procedure_code,
            func.count(),
            count(online),
            count(online, ended, row.electronic_result.is_(True)),
            count(online, ended, row.electronic_result.is_(False)),
            count(online, ended, row.electronic_result.is_(None)),
        )
        .where(row.received_at > now - WINDOW, row.received_at <= now, row.missing_since.is_(None))
        .where(scope.condition(row.agency))
        .group_by(row.procedure_code)
    )
    return {code: DossierFigures(*map(int, figures)) for code, *figures in session.execute(wanted)}


def _under_present_codes(counted: Mapping[str, DossierFigures], catalogue: Catalogue) -> dict[str, DossierFigures]:
    """Dossiers filed under a procedure's former code count for the present one."""
    reviewed = (catalogue.procedures[one.code] for one in catalogue.listings if one.origin == "reviewed")
    former = {old: procedure.code for procedure in reviewed for old in procedure.old_codes}
    found: dict[str, DossierFigures] = {}
    for code, figures in counted.items():
        present = former.get(code, code) if code not in catalogue.procedures else code
        before = found.get(present, DossierFigures())
        found[present] = DossierFigures(*(getattr(before, name) + getattr(figures, name) for name in _FIGURES))
    return found
