"""Records around a filed dossier: one-time codes, identity checks, withdrawal, supplements, watches and their changes."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.conversations.identity_links import PersonProof
from bot.portal.errors import ContractChanged
from bot.portal.moments import Moment
from bot.portal.reading import (
    as_object,
    read_choice,
    read_flag,
    read_instant,
    read_list,
    read_matching,
    read_moment,
    read_optional_moment,
    read_optional_text,
    read_optional_whole_number,
    read_text,
    read_value,
    read_whole_number,
)
from bot.portal.records import Dossier, FactorType, LookupFactor, parse_dossier
from bot.portal.submission import MAX_VND, parse_link

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{1,512}", re.ASCII)
_CURSOR = re.compile(r"[A-Za-z0-9_.~=-]{1,200}", re.ASCII)
_CITIZEN_ID = re.compile(r"[0-9]{12}", re.ASCII)
_PHONE = re.compile(r"0[0-9]{9,10}", re.ASCII)
_STATES: Mapping[str, str] = {"pending": "pending", "confirmed": "confirmed", "expired": "expired"}
_FACTORS: Mapping[str, FactorType] = {"phone_proof": "phone_proof", "identity_proof": "identity_proof"}
MAX_CHANGES = 200


@dataclass(frozen=True)
class OneTimeChallenge:
    """What a one-time code is confirmed against. It is given whether or not a code was sent, and says nothing of that."""

    challenge: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class IdentityCheck:
    """A login on the portal's own page that waits for the citizen at ``url``; ask with ``check_id`` how it went."""

    check_id: str = field(repr=False)
    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class IdentityProof:
    """What a login gave: a proof for dossiers, and who logged in (None where the portal does not share that)."""

    factor: LookupFactor
    person: PersonProof | None


@dataclass(frozen=True)
class WithdrawalRequest:
    """A request to withdraw that the agency has to confirm; the dossier's status tells when it did."""

    request_id: str
    requested_at: datetime


@dataclass(frozen=True)
class SupplementPaper:
    """A paper that the agency asks for."""

    paper_code: str
    name: str
    note: str | None = None


@dataclass(frozen=True)
class SupplementDetails:
    """The open supplement request, whole. ``round_number`` counts from 1: the law knows no more than two. ``fee`` in đồng."""

    request_id: str
    round_number: int
    requested_at: Moment
    deadline: Moment | None
    request_text: str | None
    papers: tuple[SupplementPaper, ...]
    fee: int | None = None


@dataclass(frozen=True)
class Watch:
    """A dossier whose changes are told under ``our_reference``."""

    our_reference: str
    since: datetime


@dataclass(frozen=True)
class DossierChange:
    """One change of a watched dossier; webhook and polling carry the same ``change_id``. ``ended``: nothing more will come."""

    change_id: str
    our_reference: str
    occurred_at: datetime
    dossier: Dossier
    ended: bool


@dataclass(frozen=True)
class ChangePage:
    """Changes, oldest first. ``next_cursor`` goes on after them; ``more``: there are further ones now."""

    changes: tuple[DossierChange, ...]
    next_cursor: str
    more: bool


def parse_challenge(data: object) -> OneTimeChallenge:
    """Reads the answer to a request for a one-time code."""
    fields = as_object(data, "challenge")
    return OneTimeChallenge(read_matching(fields, "challenge", _TOKEN), read_instant(fields, "expires_at"))


def parse_factor(data: object) -> LookupFactor:
    """Reads a proof."""
    fields = as_object(data, "factor")
    return LookupFactor(read_matching(fields, "value", _TOKEN), read_choice(fields, "type", _FACTORS))


def parse_identity_check(data: object, hosts: Collection[str]) -> IdentityCheck:
    """Reads a new identity check; its link must be the portal's own."""
    link = parse_link(data, hosts)
    return IdentityCheck(read_matching(as_object(data, "check"), "check_id", _ID), link.url, link.expires_at)


def parse_identity_state(data: object) -> IdentityProof | None:
    """What a confirmed check gives; None while it waits."""
    fields = as_object(data, "check")
    state, factor, person = read_choice(fields, "state", _STATES), read_value(fields, "factor"), read_value(fields, "person")
    if (state == "confirmed") != (factor is not None):
        raise ContractChanged("factor: a proof exactly where the check is confirmed")
    if factor is None and person is not None:
        raise ContractChanged("person: only where the check is confirmed")
    return None if factor is None else IdentityProof(parse_factor(factor), None if person is None else _person(person))


def _person(data: object) -> PersonProof:
    fields = as_object(data, "person")
    return PersonProof(read_matching(fields, "citizen_id", _CITIZEN_ID), read_matching(fields, "phone", _PHONE))


def parse_withdrawal(data: object) -> WithdrawalRequest:
    """Reads the answer to a withdrawal."""
    fields = as_object(data, "withdrawal")
    return WithdrawalRequest(read_matching(fields, "request_id", _ID), read_instant(fields, "requested_at"))


def parse_supplement_details(data: object) -> SupplementDetails:
    """Reads an open supplement request."""
    fields = as_object(data, "supplement")
    return SupplementDetails(
        request_id=read_matching(fields, "request_id", _ID),
        round_number=read_whole_number(fields, "round_number", 100, least=1),
        requested_at=read_moment(fields, "requested_at"),
        deadline=read_optional_moment(fields, "deadline"),
        request_text=read_optional_text(fields, "request_text", 2000),
        papers=tuple(_paper(as_object(entry, "papers")) for entry in read_list(fields, "papers", 100)),
        fee=read_optional_whole_number(fields, "fee", MAX_VND),
    )


def _paper(fields: Mapping[str, Any]) -> SupplementPaper:
    return SupplementPaper(
        read_text(fields, "paper_code", 60), read_text(fields, "name", 500), read_optional_text(fields, "note", 1000)
    )


def parse_watch(data: object, our_reference: str) -> Watch:
    """Reads the answer to a watch."""
    fields = as_object(data, "watch")
    if read_matching(fields, "reference", _ID) != our_reference:
        raise ContractChanged("reference: another watch than the one asked for")
    return Watch(our_reference, read_instant(fields, "since"))


def parse_change(data: object) -> DossierChange:
    """Reads one change, from a page or from a webhook."""
    fields = as_object(data, "change")
    return DossierChange(
        change_id=read_matching(fields, "change_id", _ID),
        our_reference=read_matching(fields, "reference", _ID),
        occurred_at=read_instant(fields, "occurred_at"),
        dossier=parse_dossier(read_value(fields, "dossier"), None),
        ended=read_flag(fields, "ended"),
    )


def parse_change_page(data: object) -> ChangePage:
    """Reads a page of changes."""
    fields = as_object(data, "changes")
    changes = tuple(parse_change(entry) for entry in read_list(fields, "changes", MAX_CHANGES))
    return ChangePage(changes, read_matching(fields, "next_cursor", _CURSOR), read_flag(fields, "more"))
