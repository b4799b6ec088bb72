"""From an answer that is no success to the error that it means (problem details, RFC 9457)."""

import re
from collections.abc import Mapping
from typing import Any

from bot.portal.errors import (
    CodeRefused,
    ContractChanged,
    CredentialsRefused,
    CursorExpired,
    Declined,
    DraftNotFound,
    FieldFault,
    NotFound,
    OutcomeUnknown,
    PortalError,
    ProofTooWeak,
    TooManyAttempts,
    Unavailable,
)
from bot.portal.http_exchange import Answer

_PREFIX = "urn:problem:"
_DECLINED = frozenset(
    {
        "procedure-not-found",
        "procedure-not-online",
        "values-refused",
        "file-refused",
        "body-too-large",
        "paper-unknown",
        "draft-closed",
        "draft-incomplete",
        "nothing-to-pay",
        "not-withdrawable",
        "no-open-supplement",
        "idempotency-key-reused",
    }
)
_FACTORS = ("lookup_code", "phone_proof", "identity_proof")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_FIELD = re.compile(r"[A-Za-z0-9_./-]{1,200}", re.ASCII)
_MOST_FAULTS = 200


def refusal(answer: Answer) -> PortalError:
    """Names the error. Only the contract's own problem types have a meaning: a proxy's 404 is not "no such dossier"."""
    if answer.status == 429:
        return TooManyAttempts(answer.wait_seconds)
    if answer.status >= 500:
        return Unavailable(f"HTTP {answer.status}")
    if answer.status == 401:
        return CredentialsRefused("HTTP 401: the portal refuses our token")
    problem = _problem(answer)
    named = None if problem is None else _named(problem)
    if named is not None:
        return named
    if answer.status == 403:
        return CredentialsRefused("HTTP 403: our client lacks a right")
    return ContractChanged(f"HTTP {answer.status} is not in the contract")


def _problem(answer: Answer) -> Mapping[str, Any] | None:
    if answer.media_type != "application/problem+json":
        return None
    problem = answer.json("application/problem+json")
    return problem if isinstance(problem, dict) else None


def _named(problem: Mapping[str, Any]) -> PortalError | None:
    kind = problem.get("type")
    word = kind.removeprefix(_PREFIX) if isinstance(kind, str) and kind.startswith(_PREFIX) else ""
    match word:
        case "dossier-not-found":
            return NotFound("no dossier fits this pair")
        case "code-refused":
            return CodeRefused("the one-time code does not fit")
        case "draft-not-found":
            return DraftNotFound("no such draft")
        case "cursor-expired":
            return CursorExpired("the cursor is too old")
        case "request-in-progress":
            return OutcomeUnknown("the portal still works on the first request")
        case "proof-too-weak":
            sent = problem.get("accepted")
            return ProofTooWeak(tuple(factor for factor in _FACTORS if isinstance(sent, list) and factor in sent))
    return Declined(word, _faults(problem.get("faults"))) if word in _DECLINED else None


def _faults(sent: object) -> tuple[FieldFault, ...]:
    """The faults that are well written; the others are left out, since the refusal itself stands."""
    entries = sent[:_MOST_FAULTS] if isinstance(sent, list) else []
    pairs = ((entry.get("field"), entry.get("reason")) for entry in entries if isinstance(entry, dict))
    return tuple(
        FieldFault(field, reason)
        for field, reason in pairs
        if isinstance(field, str) and _FIELD.fullmatch(field) and isinstance(reason, str) and _WORD.fullmatch(reason)
    )
