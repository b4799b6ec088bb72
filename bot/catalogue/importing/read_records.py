"""Reads JSON records of procedures: the exchange shape (``code``), the new portal's API (``proc_id``), the new portal's page text
(``ma_thu_tuc``). Each record tells its shape by itself, so that one file may mix them."""

import re
from collections.abc import Mapping
from typing import Any

from bot.catalogue.importing.json_values import BadValueError, count_of, flag_of, number_of, objects_of, text_of, texts_of
from bot.catalogue.importing.names import code_in, is_code
from bot.catalogue.importing.raw import (
    Completeness,
    EarlierVersion,
    RawChannel,
    RawFee,
    RawGroup,
    RawMethod,
    RawPaper,
    RawRecord,
)
from bot.catalogue.importing.texts import states_absence
from bot.language.normalise import fold

_CHANNELS: tuple[tuple[str, RawChannel], ...] = (
    ("truc tuyen", "online"),
    ("online", "online"),
    ("buu chinh", "postal"),
    ("postal", "postal"),
    ("truc tiep", "direct"),
    ("direct", "direct"),
)
_LAW_NUMBER = re.compile(r"\d{1,4}/\d{4}/[A-ZĐ][A-ZĐ0-9\-]+")
_PORTAL = "Cổng Dịch vụ công quốc gia"


def record_of(item: Mapping[str, Any]) -> RawRecord:
    """The record in whichever of the three shapes it is. Raises ``BadValueError``, naming the key that is wrong."""
    if "proc_id" in item:
        return _portal_api(item)
    if "ma_thu_tuc" in item:
        return _portal_page(item)
    if "code" in item:
        return _exchange(item)
    raise BadValueError("không có mã thủ tục («code», «proc_id» hoặc «ma_thu_tuc»)")


def channel_of(label: str | None) -> RawChannel:
    """The way to file that a label names; ``any`` where it names none."""
    folded = fold(label or "")
    return next((channel for word, channel in _CHANNELS if word in folded), "any")


def checked_code(text: str | None) -> str:
    """The code. Raises ``BadValueError`` where the text is none."""
    if text is not None and is_code(text):
        return text
    found = code_in(text or "") if text is not None and len(text) < 40 else None
    if found is None:
        raise BadValueError(f"mã thủ tục «{(text or '')[:40]}» không đúng dạng 1.001234")
    return found


def checked_name(text: str | None) -> str:
    """The name. Raises ``BadValueError`` where it is missing."""
    if text is None or not any(char.isalpha() for char in text):
        raise BadValueError("thiếu tên thủ tục")
    return text


def _exchange(item: Mapping[str, Any]) -> RawRecord:
    source = {} if item.get("source") is None else item["source"]
    if not isinstance(source, dict):
        raise BadValueError("«source» phải là một bản ghi")
    completeness: Completeness = "partial" if item.get("completeness") == "partial" else "full"
    return RawRecord(
        code=checked_code(text_of(item, "code")),
        name=checked_name(text_of(item, "name")),
        completeness=completeness,
        field=text_of(item, "field"),
        levels=texts_of(item, "level"),
        targets=texts_of(item, "target"),
        kind=text_of(item, "kind"),
        decision=text_of(item, "decision"),
        agency_executing=text_of(item, "agency_exec"),
        agency_deciding=text_of(item, "agency_competent"),
        receiving_address=text_of(item, "receiving_address") or text_of(item, "address"),
        steps=text_of(item, "steps"),
        methods=tuple(_method(method) for method in objects_of(item, "methods")),
        groups=tuple(_group(group) for group in objects_of(item, "document_groups")),
        conditions=text_of(item, "conditions"),
        result=text_of(item, "result"),
        legal_basis=tuple(
            text
            for law in objects_of(item, "legal_basis")
            if (text := text_of(law, "number") or text_of(law, "title")) is not None
        ),
        keywords=text_of(item, "keywords"),
        portal_url=text_of(item, "portal_url") or text_of(item, "url"),
        online_offered=flag_of(item, "online_submit_button"),
        source_name=_portal_name(text_of(source, "portal")),
        as_of=text_of(source, "crawl_date"),
        earlier=tuple(_earlier(version) for version in objects_of(item, "other_versions")),
    )


def _portal_name(portal: str | None) -> str:
    """How the source is named to citizens: by the portal, not by who collected it."""
    if portal and portal.startswith("old"):
        return f"{_PORTAL} (trang cũ)"
    return f"{_PORTAL} (trang mới)" if portal and portal.startswith("new") else _PORTAL


def _method(method: Mapping[str, Any]) -> RawMethod:
    label = text_of(method, "channel_label") or text_of(method, "channel")
    channel = channel_of(text_of(method, "channel"))
    return RawMethod(
        channel=channel if channel != "any" else channel_of(label),
        label=label,
        quantity=number_of(method, "time_qty"),
        unit=text_of(method, "time_unit"),
        time_text=text_of(method, "time_text"),
        description=text_of(method, "description"),
        fees=tuple(_fee(fee) for fee in objects_of(method, "fees")),
    )


def _fee(fee: Mapping[str, Any]) -> RawFee:
    return RawFee(
        text_of(fee, "type"),
        number_of(fee, "amount"),
        text_of(fee, "currency"),
        text_of(fee, "amount_text"),
        text_of(fee, "note"),
    )


def _group(group: Mapping[str, Any]) -> RawGroup:
    return RawGroup(
        text_of(group, "case"),
        tuple(
            RawPaper(name, texts_of(paper, "form_files"), count_of(paper, "originals"), count_of(paper, "copies"))
            for paper in objects_of(group, "documents")
            if (name := text_of(paper, "name")) is not None
        ),
    )


def _earlier(version: Mapping[str, Any]) -> EarlierVersion:
    return EarlierVersion(
        text_of(version, "crawl_date"), text_of(version, "decision"), texts_of(version, "level"), text_of(version, "name")
    )


def _portal_api(item: Mapping[str, Any]) -> RawRecord:
    methods = objects_of(item, "methods")
    absent = {
        name for name, key in (("fees", "status_fees"), ("papers", "status_checklist")) if item.get(key) == "absent_confirmed"
    }
    state = text_of(item, "state") or ""
    return RawRecord(
        code=checked_code(text_of(item, "proc_id")),
        name=checked_name(text_of(item, "name")),
        completeness="full" if methods and item.get("checklist") and item.get("steps") else "partial",
        field=text_of(item, "domain"),
        levels=tuple(part for part in re.split(r"[,;]", text_of(item, "agency_levels") or "") if part.strip()),
        targets=tuple(name for s in objects_of(item, "subjects") if (name := text_of(s, "subject_name")) is not None),
        decision=text_of(item, "decision_number"),
        agency_issuing=text_of(item, "issuing_agency") or text_of(item, "department_promulgate"),
        agency_executing=text_of(item, "executing_agency"),
        steps=_api_steps(item),
        methods=_api_methods(item),
        groups=_api_groups(item),
        conditions=text_of(item, "conditions"),
        result=text_of(item, "result"),
        legal_basis=tuple(
            t for law in objects_of(item, "legal_basis") if (t := text_of(law, "doc_code") or text_of(law, "doc_name"))
        ),
        portal_url=text_of(item, "portal_url"),
        online_offered=flag_of(item, "has_online_submission"),
        source_name=f"{_PORTAL} (trang mới)",
        as_of=text_of(item, "source_updated_at") or text_of(item, "publication_date"),
        valid_from=text_of(item, "decision_date"),
        valid_to=text_of(item, "end_date")
        if "EXPIRED" not in state
        else text_of(item, "end_date") or text_of(item, "source_updated_at"),
        absent=frozenset(absent),
    )


def _api_steps(item: Mapping[str, Any]) -> str | None:
    steps = sorted(objects_of(item, "steps"), key=lambda step: number_of(step, "ordinal") or 0)
    texts = (" ".join(t for t in (text_of(step, "name"), text_of(step, "description")) if t) for step in steps)
    return "\n".join(text for text in texts if text) or None


def _api_methods(item: Mapping[str, Any]) -> tuple[RawMethod, ...]:
    """The ways to file with the fees that the other list holds for them. A zero there without words is no free fee."""
    fees: dict[RawChannel, list[RawFee]] = {}
    for fee in objects_of(item, "fees"):
        raw = RawFee(
            text_of(fee, "fee_type"),
            number_of(fee, "amount_value"),
            text_of(fee, "currency_id"),
            text_of(fee, "amount_text"),
            text_of(fee, "description") or text_of(fee, "note"),
        )
        fees.setdefault(channel_of(text_of(fee, "submission_method")), []).append(raw)
    methods = []
    for method in objects_of(item, "methods"):
        channel = channel_of(text_of(method, "submission_method"))
        methods.append(
            RawMethod(
                channel,
                text_of(method, "submission_method"),
                number_of(method, "processing_time_qty"),
                text_of(method, "processing_time_unit"),
                text_of(method, "processing_time_text"),
                text_of(method, "description"),
                tuple(fees.pop(channel, ())),
            )
        )
    return (*methods, *(RawMethod(channel, fees=tuple(found)) for channel, found in fees.items()))


def _api_groups(item: Mapping[str, Any]) -> tuple[RawGroup, ...]:
    titles = {number_of(case, "ordinal"): text_of(case, "case_name") for case in objects_of(item, "cases")}
    papers: dict[float | None, list[RawPaper]] = {}
    for row in objects_of(item, "checklist"):
        name = text_of(row, "name")
        if name is None or flag_of(row, "is_processing_result"):
            continue
        ordinal = number_of(row, "case_ordinal")
        titles[ordinal] = titles.get(ordinal) or text_of(row, "case_name")
        forms = ("?",) if flag_of(row, "has_electronic_form") else ()
        papers.setdefault(ordinal, []).append(RawPaper(name, forms, count_of(row, "original_qty"), count_of(row, "copy_qty")))
    return tuple(
        RawGroup(titles.get(ordinal), tuple(found)) for ordinal, found in sorted(papers.items(), key=lambda pair: pair[0] or 0)
    )


def _portal_page(item: Mapping[str, Any]) -> RawRecord:
    """The page's text: its tables are flattened beyond parsing, so ways, fees and papers stay unknown instead of guessed."""
    levels = text_of(item, "cap_thuc_hien") or ""
    conditions = text_of(item, "yeu_cau_dieu_kien")
    return RawRecord(
        code=checked_code(text_of(item, "ma_thu_tuc")),
        name=checked_name(text_of(item, "ten_thu_tuc")),
        completeness="partial",
        field=text_of(item, "linh_vuc"),
        levels=tuple(part for part in levels.split(",") if part.strip()),
        targets=tuple(
            part.strip() for part in re.split(r",\s*(?=[A-ZĐ])", text_of(item, "doi_tuong_thuc_hien") or "") if part.strip()
        ),
        kind=text_of(item, "loai_thu_tuc"),
        decision=text_of(item, "so_quyet_dinh"),
        agency_executing=text_of(item, "co_quan_thuc_hien"),
        agency_deciding=text_of(item, "co_quan_co_tham_quyen"),
        receiving_address=text_of(item, "dia_chi_tiep_nhan"),
        steps=text_of(item, "trinh_tu_thuc_hien"),
        conditions=conditions,
        result=_page_result(text_of(item, "ket_qua_xu_ly")),
        legal_basis=tuple(dict.fromkeys(_LAW_NUMBER.findall(text_of(item, "can_cu_phap_ly") or ""))),
        portal_url=text_of(item, "detail_url"),
        source_name=f"{_PORTAL} (trang mới)",
        absent=frozenset({"conditions"} if states_absence(conditions) else ()),
    )


def _page_result(text: str | None) -> str | None:
    if text is None:
        return None
    shown = re.split(r"Từ khóa|Từ khoá|Mô tảKhông|Chọn cơ quan", text)[0]
    return re.sub(r"Mã:\s*KQ\.[\w.]+?(?=[A-ZĐ][a-zà-ỹ]|\s|$)", "; ", shown).strip(" ;") or None
