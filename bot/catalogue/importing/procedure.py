"""From a stored record to a ``Procedure`` that the answers can speak.

Nothing is spoken that the record does not hold: long texts are cut at sentences, parsed facts are ``check`` with the source's
words in ``raw``, silence stays ``unknown``.
"""

import re
from collections.abc import Sequence
from datetime import date

from bot.catalogue.importing.names import names_district
from bot.catalogue.importing.record import ImportedFee, ImportedPapers, ImportedRecord, ImportedTime, StatedText, effective_field
from bot.catalogue.importing.texts import cut, one_line, short
from bot.catalogue.schema import (
    Case,
    Documents,
    Fact,
    Fee,
    ImportedProcedure,
    OfficialLink,
    Online,
    Paper,
    PaperGroup,
    ProcessingTime,
    Provenance,
)

UNREVIEWED = "dữ liệu lấy nguyên từ nguồn công bố, chưa được rà soát"
"""The caution of every imported fact that has no other."""

PORTAL = OfficialLink(url="https://dichvucong.gov.vn", owner="Cổng Dịch vụ công quốc gia")
"""Where a citizen looks where the record has no page of its own that still answers."""

DISTRICT_NOTE = "các bước trong nguồn còn nhắc cấp huyện; cấp huyện không còn từ 01/7/2025, việc nay do cấp xã hoặc sở giải quyết"
"""The caution of steps that still send people to a district."""

UNKNOWN_AGENCY = "nhap-khong-ro"
UNKNOWN_AGENCY_NAME = "cơ quan nêu trong quyết định công bố (nguồn không ghi tên)"

MAX_STEPS = 14
MAX_STEP = 420
"""Letters of one step; steps of the source run to pages."""
MAX_FACT = 900
"""Letters of conditions or result in one answer."""

_STEP = re.compile(r"(?:^|(?<=[.;:\n ]))(?=[-–+*•]?\s*bước\s*\d{1,2}\b)", re.I)
_STEP_NAME = re.compile(r"^[-–+*•\s]*bước\s*\d{1,2}\s*[:.\-–)]*\s*", re.I)
_STEP_BULLET = re.compile(r"^(?:[-–+*•●·]\s*|\(?[a-zđ0-9]{1,2}[).]\s+)")
_TOP_BULLET = re.compile(r"^(?:-|–|•|●|\d{1,2}[).]|[a-zđ]\))")


def procedure_of(record: ImportedRecord, name: str | None = None, newer_code: str | None = None) -> ImportedProcedure:
    """The procedure. ``name``: the one that tells it apart in the list, where its own does not."""
    receiving = record.receiving or record.deciding
    deciding = record.deciding or record.receiving
    return ImportedProcedure(
        code=record.code,
        name=name or record.name,
        official_name=record.official_name,
        newer_code=newer_code,
        field=effective_field(record),
        levels=record.levels,
        targets=record.targets,
        receiving_agency=receiving.id if receiving else UNKNOWN_AGENCY,
        deciding_agency=deciding.id if deciding else UNKNOWN_AGENCY,
        handled_by=handled_by(record),
        online=_online(record),
        cases=tuple(Case(id=case.id, name=case.name) for case in record.papers.cases),
        documents=_documents(record.papers),
        times=_times(record.times),
        fees=_fees(record),
        steps=steps_of(record.steps.raw or "") if record.steps.state == "present" else (),
        steps_note=DISTRICT_NOTE if names_district(record.steps.raw or "") else UNREVIEWED,
        conditions=_fact(record.conditions, "nguồn ghi không có yêu cầu, điều kiện"),
        result=_fact(record.result, "nguồn ghi không có kết quả bằng giấy tờ"),
        legal_basis=tuple(short(number, 120) for number in record.legal_basis),
        official_link=OfficialLink(url=record.portal_url, owner=PORTAL.owner) if record.portal_url else PORTAL,
        source=Provenance(name=record.source_name, decision=record.decision, as_of=record.as_of),
        valid_from=date.fromisoformat(record.valid_from) if record.valid_from else None,
        valid_to=date.fromisoformat(record.valid_to) if record.valid_to else None,
    )


def steps_of(text: str) -> tuple[str, ...]:
    """The steps of a running text: by "Bước n", else by its list signs, else by its lines; each cut at a sentence."""
    pieces = [piece for piece in _STEP.split(text) if piece.strip(" -–+*•\n")]
    if len(pieces) < 2:
        pieces = _by_signs([line for line in text.split("\n") if line.strip()])
    steps = []
    for piece in pieces:
        shown = one_line(_STEP_BULLET.sub("", _STEP_NAME.sub("", piece.strip()), count=1)).strip(" -–;")
        if len(shown) > 3:
            steps.append(cut(shown[:1].upper() + shown[1:], MAX_STEP))
    return tuple(steps[:MAX_STEPS])


def _by_signs(lines: Sequence[str]) -> list[str]:
    """Lines joined so that each piece begins with a sign of the outer list; without signs each line is a piece."""
    if sum(bool(_TOP_BULLET.match(line)) for line in lines) < 2:
        return list(lines)
    pieces: list[str] = []
    for line in lines:
        if pieces and not _TOP_BULLET.match(line):
            pieces[-1] += "\n" + line
        else:
            pieces.append(line)
    return pieces


def handled_by(record: ImportedRecord) -> Fact:
    """The levels and the agencies in the source's words, with what is doubtful about them."""
    parts = []
    if record.levels:
        parts.append(", ".join(level[:1].lower() + level[1:] for level in record.levels))
    written = record.executing_raw or (record.listed.executing if record.listed else None)
    if written:
        parts.append(f"nguồn ghi cơ quan thực hiện: {short(written, 220)}")
    if record.receiving_address.state == "present" and record.receiving_address.raw:
        parts.append(f"địa chỉ tiếp nhận trong nguồn: {short(record.receiving_address.raw, 160)}")
    if not parts:
        return Fact(certainty="unknown")
    notes = [agency.note for agency in (record.receiving, record.deciding) if agency and agency.note]
    if record.receiving is None and record.deciding is None:
        notes.append("nguồn không ghi tên cơ quan")
    note = "; ".join(dict.fromkeys(notes)) or UNREVIEWED
    return Fact(text="; ".join(parts), certainty="check", note=short(note, 400), raw=written or ", ".join(record.levels))


def _online(record: ImportedRecord) -> Online:
    if record.online is None:
        return Online(available=None, certainty="unknown")
    # The level stays unknown: no imported source states it.
    return Online(available=record.online, certainty="check", note=record.online_note or UNREVIEWED)


def _documents(papers: ImportedPapers) -> Documents:
    if papers.state == "absent":
        return Documents(certainty="check", note="nguồn ghi không cần giấy tờ nào")
    groups = tuple(
        PaperGroup(
            case=group.case,
            title=group.title,
            items=tuple(
                Paper(name=paper.name, how=paper.how, originals=paper.originals, copies=paper.copies, form=paper.form)
                for paper in group.papers
            ),
        )
        for group in papers.groups
    )
    if not groups:
        return Documents(certainty="unknown")
    return Documents(certainty="check", note="; ".join(papers.doubts) or UNREVIEWED, groups=groups)


def _times(times: Sequence[ImportedTime]) -> tuple[ProcessingTime, ...]:
    return tuple(
        ProcessingTime(
            text=time.text,
            certainty="check" if time.text else "unknown",
            note=time.note or UNREVIEWED,
            raw=short(time.raw, 400) if time.raw else None,
            channel=time.channel,
            amount=time.amount,
            unit=time.unit,
        )
        for time in times
    )


def _fees(record: ImportedRecord) -> tuple[Fee, ...]:
    if record.fees_state == "absent":
        return (Fee(kind="stated", text="nguồn ghi không có phí, lệ phí", certainty="check", note=UNREVIEWED),)
    return tuple(_fee(fee) for fee in record.fees if fee.text)


def _fee(fee: ImportedFee) -> Fee:
    return Fee(
        kind=fee.kind,
        text=fee.text,
        certainty="check",
        note=fee.note or UNREVIEWED,
        raw=short(fee.raw, 600) if fee.raw else None,
        channel=fee.channel,
        amount_vnd=fee.amount_vnd,
        valid_to=date.fromisoformat(fee.valid_to) if fee.valid_to else None,
    )


def _fact(section: StatedText, when_absent: str) -> Fact:
    if section.state == "absent":
        return Fact(text=when_absent, certainty="check", note=UNREVIEWED, raw=section.raw)
    if section.state == "unknown" or not section.raw:
        return Fact(certainty="unknown")
    return Fact(text=cut(section.raw, MAX_FACT), certainty="check", note=UNREVIEWED)
