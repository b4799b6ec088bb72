"""Records of a submission: drafts, papers, links, fees; and the strict reading of their JSON."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.portal.errors import ContractChanged
from bot.portal.reading import (
    as_object,
    read_choice,
    read_instant,
    read_list,
    read_matching,
    read_optional_text,
    read_optional_whole_number,
    read_text,
    read_value,
    read_whole_number,
)

Channel = Literal["counter", "online", "post"]
TimeUnit = Literal["working_day", "day", "working_hour"]
PaperSource = Literal["upload", "data_store", "counter"]
DraftKind = Literal["application", "supplement"]
DraftStatus = Literal["open", "handed_over", "submitted", "expired"]
PaymentStatus = Literal["not_required", "due", "paid"]

MAX_VND = 10**12
MAX_FILE_BYTES = 10 * 1024 * 1024
_CHANNELS: Mapping[str, Channel] = {"counter": "counter", "online": "online", "post": "post"}
_UNITS: Mapping[str, TimeUnit] = {"working_day": "working_day", "day": "day", "working_hour": "working_hour"}
_KINDS: Mapping[str, DraftKind] = {"application": "application", "supplement": "supplement"}
_STATUSES: Mapping[str, DraftStatus] = {
    "open": "open",
    "handed_over": "handed_over",
    "submitted": "submitted",
    "expired": "expired",
}
_PAYMENTS: Mapping[str, PaymentStatus] = {"not_required": "not_required", "due": "due", "paid": "paid"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_MAX_URL = 2000


@dataclass(frozen=True)
class Fee:
    """One fee in đồng; ``amount`` is None where the source names a fee without a sum."""

    amount: int | None
    name: str | None = None
    fee_code: str | None = None


@dataclass(frozen=True)
class ProcessingTime:
    """One way of being processed: how long (None: not stated) and what it costs."""

    length: int | None
    unit: TimeUnit | None
    fees: tuple[Fee, ...]
    note: str | None = None


@dataclass(frozen=True)
class ChannelTerms:
    """Times and fees of one channel. Several ``times`` depend on something that ``note`` tells: never add or choose silently."""

    channel: Channel
    times: tuple[ProcessingTime, ...]

    @property
    def total_fee(self) -> int | None:
        """What the channel costs in đồng, where that is certain: one way, all of its fees with a sum. None = not certain."""
        if len(self.times) != 1:
            return None
        amounts = [fee.amount for fee in self.times[0].fees]
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if known and len(known) == len(amounts) else None


@dataclass(frozen=True)
class ProcedureFees:
    """A procedure's times and fees by channel, as the portal states them at ``as_of``."""

    procedure_code: str
    channels: tuple[ChannelTerms, ...]
    as_of: datetime

    def terms(self, channel: Channel) -> ChannelTerms | None:
        """The terms of one channel, or None where the portal names none."""
        return next((terms for terms in self.channels if terms.channel == channel), None)


@dataclass(frozen=True)
class DraftPaper:
    """A paper of the checklist and where it comes from: uploaded here, the citizen's data store, brought to the counter."""

    paper_code: str
    name: str
    source: PaperSource


@dataclass(frozen=True)
class PaperFile:
    """A file for a paper of a draft. ``media_type``: ``application/pdf``, ``image/jpeg`` or ``image/png``."""

    paper_code: str
    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class AttachedFile:
    """A file that the portal has taken."""

    file_id: str
    paper_code: str
    size: int


@dataclass(frozen=True)
class Receipt:
    """The proof of a submission: what a slip shows."""

    dossier_code: str = field(repr=False)
    lookup_code: str | None = field(repr=False)
    received_at: datetime


@dataclass(frozen=True)
class Draft:
    """A draft at the portal. ``draft_id`` opens it for us: keep it like a secret. ``fee`` is in đồng, None while the portal
    has not computed it. ``missing_papers`` are codes still to be uploaded."""

    draft_id: str = field(repr=False)
    kind: DraftKind
    status: DraftStatus
    payment: PaymentStatus
    fee: int | None
    expires_at: datetime
    missing_papers: tuple[str, ...] = ()
    receipt: Receipt | None = None


@dataclass(frozen=True)
class PortalLink:
    """A short-lived link to a page of the portal. It opens the page for whoever has it: never log it."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class PaymentLink:
    """The official page where ``amount`` đồng are paid."""

    url: str = field(repr=False)
    amount: int
    expires_at: datetime


def parse_fees(data: object, asked_code: str) -> ProcedureFees:
    """Reads the fees of ``asked_code``."""
    fields = as_object(data, "fees")
    if read_text(fields, "procedure_code", 40) != asked_code:
        raise ContractChanged("procedure_code: another procedure than the one asked for")
    channels = tuple(_terms(as_object(entry, "channels")) for entry in read_list(fields, "channels", 3))
    if len({terms.channel for terms in channels}) != len(channels):
        raise ContractChanged("channels: one channel twice")
    return ProcedureFees(asked_code, channels, read_instant(fields, "as_of"))


def _terms(fields: Mapping[str, Any]) -> ChannelTerms:
    times = tuple(_time(as_object(entry, "times")) for entry in read_list(fields, "times", 50))
    return ChannelTerms(read_choice(fields, "channel", _CHANNELS), times)


def _time(fields: Mapping[str, Any]) -> ProcessingTime:
    length = read_optional_whole_number(fields, "length", 10_000)
    return ProcessingTime(
        length=length,
        unit=None if length is None else read_choice(fields, "unit", _UNITS),
        fees=tuple(_fee(as_object(entry, "fees")) for entry in read_list(fields, "fees", 50)),
        note=read_optional_text(fields, "note", 500),
    )


def _fee(fields: Mapping[str, Any]) -> Fee:
    return Fee(
        amount=read_optional_whole_number(fields, "amount", MAX_VND),
        name=read_optional_text(fields, "name", 300),
        fee_code=read_optional_text(fields, "fee_code", 60),
    )


def parse_draft(data: object, asked_id: str | None = None) -> Draft:
    """Reads a draft; ``asked_id`` is the one asked for, None for a new one."""
    fields = as_object(data, "draft")
    draft_id = read_matching(fields, "draft_id", _ID)
    if asked_id is not None and draft_id != asked_id:
        raise ContractChanged("draft_id: another draft than the one asked for")
    status = read_choice(fields, "status", _STATUSES)
    receipt = read_value(fields, "receipt")
    if (status == "submitted") != (receipt is not None):
        raise ContractChanged("receipt: neither without submission nor submission without it")
    return Draft(
        draft_id=draft_id,
        kind=read_choice(fields, "kind", _KINDS),
        status=status,
        payment=read_choice(fields, "payment", _PAYMENTS),
        fee=read_optional_whole_number(fields, "fee", MAX_VND),
        expires_at=read_instant(fields, "expires_at"),
        missing_papers=tuple(read_text({"paper": entry}, "paper", 60) for entry in read_list(fields, "missing_papers", 100)),
        receipt=None if receipt is None else _receipt(as_object(receipt, "receipt")),
    )


def _receipt(fields: Mapping[str, Any]) -> Receipt:
    return Receipt(
        dossier_code=read_text(fields, "dossier_code", 64),
        lookup_code=read_optional_text(fields, "lookup_code", 32),
        received_at=read_instant(fields, "received_at"),
    )


def parse_attached_file(data: object) -> AttachedFile:
    """Reads the answer to an attached file."""
    fields = as_object(data, "file")
    return AttachedFile(
        read_matching(fields, "file_id", _ID), read_text(fields, "paper_code", 60), read_whole_number(fields, "size", 2**31)
    )


def parse_link(data: object, hosts: Collection[str]) -> PortalLink:
    """Reads a link; it must lead to one of ``hosts`` by https (loopback may be http): no other is ever shown to a citizen."""
    fields = as_object(data, "link")
    return PortalLink(_official_url(fields, hosts), read_instant(fields, "expires_at"))


def parse_payment_link(data: object, hosts: Collection[str]) -> PaymentLink:
    """Reads a payment link, as ``parse_link``."""
    fields = as_object(data, "link")
    amount = read_whole_number(fields, "amount", MAX_VND, least=1)
    return PaymentLink(_official_url(fields, hosts), amount, read_instant(fields, "expires_at"))


def _official_url(fields: Mapping[str, Any], hosts: Collection[str]) -> str:
    value = read_value(fields, "url")
    if not isinstance(value, str) or len(value) > _MAX_URL or not value.isascii() or not value.isprintable() or " " in value:
        raise ContractChanged("url: not a web address")
    try:
        parts = urlsplit(value)
        host, odd = parts.hostname, parts.username is not None or parts.password is not None or "\\" in value
    except ValueError as error:
        raise ContractChanged("url: not a web address") from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if host not in hosts or not secure or odd:
        raise ContractChanged("url: not an address of the portal")
    return value
