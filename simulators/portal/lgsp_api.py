"""The exchange services as a province's LGSP passes them on: everything it knows of a dossier, personal data included."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from simulators.portal.distortions import distorted
from simulators.portal.guard import LGSP_PATH
from simulators.portal.world import PortalWorld

_OF_THE_SIMULATOR = frozenset({"HeThong", "ThoiDiemDongBo", "TenDonVi", "BenPhaiThucHien"})


def lgsp_routes(world: PortalWorld) -> APIRouter:
    """``/lgsp/login`` and ``/lgsp``. Success is ``"0"`` in one service and ``"00"`` in another, as systems differ."""
    router = APIRouter()

    @router.post(LGSP_PATH + "/login")
    async def login(request: Request) -> Response:
        sent = await _object(request)
        given = f"{sent.get('user')}\0{sent.get('password')}".encode("utf-8", "replace")
        right = f"{world.accounts.lgsp_user}\0{world.accounts.lgsp_password}".encode()
        if not secrets.compare_digest(given, right):
            return _failure("1", "Sai tên đăng nhập hoặc mật khẩu")
        return JSONResponse({"error_code": "0", "message": "", "session": world.sessions.issue(world.accounts.lgsp_user)[0]})

    @router.post(LGSP_PATH)
    async def service(request: Request) -> Response:
        sent = await _object(request)
        if not request.headers.get("dstcode") or not sent.get("madonvi"):
            return _failure("2", "Thiếu dstcode hoặc madonvi")
        session = sent.get("session")
        if not isinstance(session, str) or world.sessions.find(session) is None:
            return _failure("401", "Phiên làm việc đã hết hạn")
        match sent.get("service"):
            case "TraCuuHoSo":
                return _dossier(world, _text(sent.get("MaHoSo")), request.scope["portal_fault"])
            case "LayThuTuc":
                return _procedure(world, _text(sent.get("maTTHC")))
            case "LayDanhSachTTHC":
                listed = [{"MATTHC": code, "TRANGTHAI": "1"} for code in world.procedures.codes()]
                return JSONResponse({"error_code": "00", "message": "", "result": listed})
            case _:
                return _failure("3", "Dịch vụ không được hỗ trợ")

    return router


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()


async def _object(request: Request) -> Mapping[str, Any]:
    try:
        sent = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


def _failure(code: str, message: str) -> JSONResponse:
    return JSONResponse({"error_code": code, "message": message})


def _dossier(world: PortalWorld, code: str, fault: str) -> Response:
    records = [world.store.record(code)]
    if fault == "duplicate_codes":
        records = list(reversed(world.store.same_number(code)))
    found = [_exchanged(world, record, fault) for record in records if record is not None]
    if not found:
        return _failure("1", "Không tìm thấy hồ sơ")
    return JSONResponse({"error_code": "0", "message": "Thành công", "result": found})


def _exchanged(world: PortalWorld, record: dict[str, Any], fault: str) -> dict[str, Any]:
    """The record with the exchange's own fields; a missing date is an empty text, progress is a list."""
    shown: dict[str, Any] = {name: "" if value is None else value for name, value in distorted(record, fault).items()}
    step = shown["TienDo"]
    shown["TienDo"] = [{**step, "ThoiDiemXuLy": shown["NgayTiepNhan"]}] if step else []
    shown["SoBienNhan"] = world.store.lookup_code(record["MaHoSo"])
    return {name: value for name, value in shown.items() if name not in _OF_THE_SIMULATOR}


def _procedure(world: PortalWorld, code: str) -> Response:
    record = world.procedures.record(code)
    if record is None:
        return _failure("1", "Không tìm thấy thủ tục")
    return JSONResponse({"error_code": "00", "message": "", "result": [record]})
