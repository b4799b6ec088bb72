"""Reviews in the ledger: made from the figures of a year, spoken to, decided and signed."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.service_reviews.figures import NO_FIGURES, figures_of_year
from bot.service_reviews.rules import JudgedRule, ReviewRules, judge
from bot.storage.service_review_models import ServiceReview, ServiceReviewComment, ServiceReviewDecision

Decision = Literal["keep", "improve", "stop_online", "online_only"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
Stance = Literal["agrees", "dissents", "neutral"]
STANCES: tuple[Stance, ...] = get_args(Stance)
LONGEST_WORDS = 2_000
SHORTEST_REASON = 20


class ReviewRefusedError(ValueError):
    """The act is not allowed; ``reason`` is the key of the words that say why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ReviewedService:
    """A service that is to be reviewed. ``agency``: who receives it."""

    code: str
    name: str
    agency: str | None
    published_online: bool


@dataclass(frozen=True)
class Person:
    """Who comments or signs."""

    account: str
    name: str


def make_reviews(session: Session, year: int, services: Iterable[ReviewedService], rules: ReviewRules, now: datetime) -> int:
    """The reviews of a year: of every service named, whether or not anything was counted of it. What was decided on stays as it
    was; all others are made anew. Returns how many were made. The caller commits."""
    figures = figures_of_year(session, year)
    kept = {one.procedure_code: one for one in session.scalars(select(ServiceReview).where(ServiceReview.year == year))}
    decided = set(session.scalars(select(ServiceReviewDecision.review_id)))
    made = 0
    for service in services:
        row = kept.get(service.code)
        if row is not None and row.id in decided:
            continue
        found = figures.get(service.code, NO_FIGURES)
        judged = judge(rules.rules, found, published_online=service.published_online)
        values = {
            "name": service.name[:500],
            "agency": service.agency,
            "published_online": service.published_online,
            "counts": dict(found.counts),
            "suggested": _suggested(judged),
            "rules_version": rules.version,
            "rules_sha256": rules.sha256,
            "made_at": now,
        }
        if row is None:
            session.add(ServiceReview(year=year, procedure_code=service.code, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
        made += 1
    session.flush()
    return made


def comment(session: Session, review_id: int, who: Person, stance: str, words: str, now: datetime) -> None:
    """Adds somebody's words. Raises ``ReviewRefusedError``."""
    if stance not in STANCES or not words.strip() or len(words) > LONGEST_WORDS:
        raise ReviewRefusedError("service_review_refused_words")
    _review(session, review_id)
    session.add(
        ServiceReviewComment(review_id=review_id, account=who.account, name=who.name, stance=stance, words=words.strip(), at=now)
    )
    session.flush()


def decide(
    session: Session,
    review_id: int,
    who: Person,
    decision: str,
    reason: str,
    assisted_route: str,
    now: datetime,
    key: str,
    *,
    made_at: str,
) -> ServiceReviewDecision:
    """Signs a decision on the review as it stands. ``key``: the ledger's first Fernet key, which seals. ``made_at``: of the
    figures that the signer had before them; newer ones refuse it. Raises ``ReviewRefusedError``."""
    row = _review(session, review_id)
    if decision not in DECISIONS:
        raise ReviewRefusedError("service_review_refused_decision")
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_WORDS:
        raise ReviewRefusedError("service_review_refused_reason")
    if decision == "online_only" and not SHORTEST_REASON <= len(assisted_route.strip()) <= LONGEST_WORDS:
        raise ReviewRefusedError("service_review_refused_route")
    if made_at != row.made_at.isoformat():
        raise ReviewRefusedError("service_review_refused_stale")
    signed = ServiceReviewDecision(
        review_id=row.id,
        decision=decision,
        reason=reason.strip(),
        assisted_route=assisted_route.strip() if decision == "online_only" else None,
        seen=_seen(row, comments_of(session, row.id)),
        account=who.account,
        name=who.name,
        at=now,
    )
    signed.seal = seal(signed, key)
    session.add(signed)
    session.flush()
    return signed


def seal(signed: ServiceReviewDecision, key: str) -> str:
    """A keyed hash over all that the decision says and was made on: whoever has no key cannot make another of it."""
    said = {
        "decision": signed.decision,
        "reason": signed.reason,
        "assisted_route": signed.assisted_route,
        "seen": signed.seen,
        "account": signed.account,
        "name": signed.name,
        "at": signed.at.isoformat(),
    }
    own = hmac.new(key.strip().encode(), b"motcua service review", hashlib.sha256).digest()
    return hmac.new(own, json.dumps(said, sort_keys=True, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()


def seal_holds(signed: ServiceReviewDecision, keys: str) -> bool:
    """Whether a decision is as it was signed. ``keys``: the ledger's, comma separated."""
    return any(hmac.compare_digest(signed.seal, seal(signed, key)) for key in keys.split(",") if key.strip())


def reviews_of(session: Session, year: int) -> list[ServiceReview]:
    """All reviews of a year, by name."""
    return list(session.scalars(select(ServiceReview).where(ServiceReview.year == year).order_by(ServiceReview.name)))


def years(session: Session) -> list[int]:
    """The years that were reviewed, the newest first."""
    return list(session.scalars(select(ServiceReview.year).distinct().order_by(ServiceReview.year.desc())))


def comments_of(session: Session, review_id: int) -> list[ServiceReviewComment]:
    """What was said to a review, the oldest first."""
    wanted = select(ServiceReviewComment).where(ServiceReviewComment.review_id == review_id)
    return list(session.scalars(wanted.order_by(ServiceReviewComment.id)))


def decisions_of(session: Session, review_ids: Sequence[int]) -> dict[int, list[ServiceReviewDecision]]:
    """The decisions on these reviews, the newest first."""
    wanted = select(ServiceReviewDecision).where(ServiceReviewDecision.review_id.in_(review_ids))
    found: dict[int, list[ServiceReviewDecision]] = {}
    for one in session.scalars(wanted.order_by(ServiceReviewDecision.id.desc())):
        found.setdefault(one.review_id, []).append(one)
    return found


def _review(session: Session, review_id: int) -> ServiceReview:
    row = session.get(ServiceReview, review_id)
    if row is None:
        raise ReviewRefusedError("no_service_review")
    return row


def _suggested(judged: Sequence[JudgedRule]) -> dict[str, Any]:
    return {one.rule.id: {"outcome": one.outcome, "clear": one.clear, "verdict": one.rule.verdict} for one in judged}


def _seen(row: ServiceReview, comments: Sequence[ServiceReviewComment]) -> Mapping[str, Any]:
    return {
        "year": row.year,
        "procedure_code": row.procedure_code,
        "name": row.name,
        "counts": row.counts,
        "suggested": row.suggested,
        "rules_version": row.rules_version,
        "rules_sha256": row.rules_sha256,
        "made_at": row.made_at.isoformat(),
        "comments": [{"name": one.name, "stance": one.stance, "words": one.words} for one in comments],
    }
