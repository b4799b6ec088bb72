"""From a record of the national exchange (field names and values as the one-stop systems write them) to our contract.

The record holds more than the contract shows: names, identity numbers and papers stay here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from simulators.portal.contract import Dossier, SupplementRequest

VIETNAM_TIME = timezone(timedelta(hours=7))
_RESULT_METHODS: Mapping[int, Literal["counter", "post"]] = {0: "counter", 1: "post"}


def iso_moment(exchange_date: str | None) -> str | None:
    """``yyyyMMddHHmmss`` → date-time with offset; ``yyyyMMdd`` → date, without inventing a time; empty → None.

    Raises ``ValueError`` for anything else."""
    if not exchange_date:
        return None
    if len(exchange_date) == len("yyyyMMdd"):
        return datetime.strptime(exchange_date, "%Y%m%d").replace(tzinfo=VIETNAM_TIME).date().isoformat()
    return datetime.strptime(exchange_date, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM_TIME).isoformat()


def public_view(record: Mapping[str, Any], now: datetime) -> Dossier:
    """What the holder of both proofs may see of an exchange record; ``now`` is the ``as_of`` of a source that is asked live."""
    method = _RESULT_METHODS.get(record["HinhThuc"])
    progress = record["TienDo"]
    return Dossier(
        dossier_code=record["MaHoSo"],
        source_system=record["HeThong"],
        status_code=str(record["TrangThaiHoSo"]),
        as_of=iso_moment(record["ThoiDiemDongBo"]) or now.astimezone(VIETNAM_TIME).isoformat(timespec="seconds"),
        procedure_code=record["MaTTHC"],
        procedure_name=record["TenTTHC"],
        receiving_unit=record["TenDonVi"],
        received_at=iso_moment(record["NgayTiepNhan"]),
        due_at=iso_moment(record["NgayHenTra"]),
        ended_at=iso_moment(record["NgayKetThucXuLy"]),
        current_step=progress["NoiDungXuLy"] if progress else None,
        current_unit=(progress["PhongBanXuLy"] if progress else None) or record["DonViXuLy"],
        must_act=record["BenPhaiThucHien"],
        supplement_requests=[_supplement(entry) for entry in record["DanhSachHoSoBoSung"]],
        result_method=method,
        result_place=record["ThongTinTra"] if method == "counter" else None,
    )


def _supplement(entry: Mapping[str, Any]) -> SupplementRequest:
    requested_at = iso_moment(entry["NgayBoSung"])
    if requested_at is None:
        raise ValueError("a supplement request without NgayBoSung")
    return SupplementRequest(
        requested_at=requested_at,
        deadline=iso_moment(entry["ThoiHanBoSung"]),
        item_count=len(entry["DanhSachGiayToBoSung"]),
        answered_at=iso_moment(entry["NgayTiepNhanBoSung"]),
    )
