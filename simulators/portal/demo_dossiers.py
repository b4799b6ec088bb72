"""The made-up dossiers: every status, and the traps that real sources hold. Deterministic for a given day."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_CENTRE = "Trung tâm Phục vụ hành chính công phường Kinh Bắc"
_CITY_CENTRE = "Trung tâm Phục vụ hành chính công thành phố Bắc Ninh"
_BIRTH = ("1.001193", "Thủ tục đăng ký khai sinh")
_MARRIAGE = ("1.000894", "Thủ tục đăng ký kết hôn")
_RESIDENCE = ("1.004222", "Đăng ký thường trú")
_BUSINESS = ("1.001612", "Đăng ký thành lập hộ kinh doanh")
_SINGLE = ("1.004873", "Thủ tục cấp Giấy xác nhận tình trạng hôn nhân")
_VETERAN = ("1.010833", "Cấp giấy xác nhận thân nhân của người có công")


@dataclass(frozen=True)
class DemoDossier:
    """One demo dossier: its record as the exchange writes it, the lookup code on its slip, and what it shows."""

    record: dict[str, Any]
    lookup_code: str
    shows: str

    @property
    def code(self) -> str:
        """The dossier code, unique over all prefixes."""
        return str(self.record["MaHoSo"])


@dataclass(frozen=True)
class _Sketch:
    """A demo dossier relative to a day. ``received``, ``due`` and ``ended`` count weekdays from it (negative = before)."""

    counter: str
    lookup_code: str
    status: int
    shows: str
    procedure: tuple[str, str] = _BIRTH
    prefix: str = "H05.12.3"
    received: int | None = -3
    due: int | None = 5
    ended: int | None = None
    step: str | None = None
    must_act: str | None = "agency"
    received_without_time: bool = False
    system: str = "provincial"
    synced: int | None = None
    unit: str = _CENTRE
    method: int = 0
    supplements: tuple[tuple[int, int | None, int, int | None], ...] = ()


_SKETCHES = (
    _Sketch("0001", "7K2M", 4, "đang xử lý, còn hạn", step="Thẩm định hồ sơ"),
    _Sketch("0002", "Q4XN", 1, "mới đăng ký, chưa tiếp nhận", _MARRIAGE, received=None, due=None),
    _Sketch("0003", "W9TD", 2, "được tiếp nhận", _RESIDENCE, received=-1, due=6, step="Tiếp nhận hồ sơ"),
    _Sketch("0004", "E3HV", 3, "không được tiếp nhận", _BUSINESS, received=None, due=None, ended=-1, must_act="citizen"),
    _Sketch(
        "0005",
        "R8CP",
        5,
        "yêu cầu bổ sung giấy tờ",
        _RESIDENCE,
        received=-5,
        due=4,
        must_act="citizen",
        supplements=((-1, 7, 2, None),),
    ),
    _Sketch("0006", "T5KM", 6, "yêu cầu thực hiện nghĩa vụ tài chính", _BUSINESS, received=-4, due=3, must_act="citizen"),
    _Sketch("0007", "Y2WQ", 7, "công dân yêu cầu rút hồ sơ", _SINGLE, received=-6, due=2, ended=-2),
    _Sketch("0008", "U6DN", 8, "dừng xử lý", _VETERAN, received=-10, due=1, ended=-1, must_act=None),
    _Sketch("0009", "P3VX", 9, "đã xử lý xong, chờ nhận kết quả", _SINGLE, received=-6, due=1, ended=-1, must_act="citizen"),
    _Sketch("0010", "A7TC", 10, "đã trả kết quả", _BIRTH, received=-8, due=-2, ended=-3, must_act="nobody"),
    _Sketch("0011", "S4MK", 4, "quá ngày hẹn trả", _RESIDENCE, received=-15, due=-4, step="Thẩm định hồ sơ"),
    _Sketch("0012", "D9QW", 4, "không có ngày hẹn trả", _VETERAN, received=-4, due=None, step="Thẩm định hồ sơ"),
    _Sketch(
        "0013",
        "F2NH",
        5,
        "yêu cầu bổ sung lần thứ hai",
        _VETERAN,
        received=-20,
        due=3,
        must_act="citizen",
        supplements=((-14, -8, 3, -10), (-2, 5, 1, None)),
    ),
    _Sketch(
        "0014",
        "G6XP",
        4,
        "ngày tiếp nhận không có giờ, tên đơn vị dạng NFD",
        _MARRIAGE,
        step="Xác minh",
        received_without_time=True,
    ),
    _Sketch("0015", "H8DT", 11, "mã trạng thái lạ (11)", _BIRTH, must_act=None),
    _Sketch(
        "0016",
        "J3CV",
        9,
        "nguồn quốc gia, mã 9 gộp nhiều trạng thái",
        _BUSINESS,
        ended=-1,
        must_act=None,
        system="national",
        synced=0,
    ),
    _Sketch(
        "0017", "K5WM", 4, "nguồn quốc gia, đồng bộ từ nhiều ngày trước", _RESIDENCE, received=-8, system="national", synced=-4
    ),
    _Sketch(
        "0018",
        "M9QK",
        10,
        "đã trả kết quả, sau ngày hẹn",
        _SINGLE,
        received=-12,
        due=-5,
        ended=-2,
        must_act="nobody",
        method=1,
    ),
    _Sketch("0001", "X6PH", 2, "trùng ngày và số với hồ sơ đầu, khác tiền tố", _SINGLE, "H02.12.3", step="Tiếp nhận hồ sơ"),
    _Sketch("00021", "N2TW", 4, "mã kiểu cũ ba dấu chấm", _BUSINESS, "000.00.00.H05", step="Thẩm định hồ sơ", unit=_CITY_CENTRE),
)


def demo_dossiers(today: date) -> Iterator[DemoDossier]:
    """All demo dossiers as they stand on ``today``."""
    for sketch in _SKETCHES:
        yield DemoDossier(_record(sketch, today), sketch.lookup_code, sketch.shows)


def weekday_from(day: date, count: int) -> date:
    """The weekday that lies ``count`` weekdays after ``day`` (before it where negative); 0 is ``day`` itself."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= day.weekday() < 5
    return day


def _moment(today: date, count: int | None, time: str) -> str | None:
    return None if count is None else f"{weekday_from(today, count):%Y%m%d}{time}"


def _record(sketch: _Sketch, today: date) -> dict[str, Any]:
    code_day = weekday_from(today, sketch.received if sketch.received is not None else -1)
    unit = unicodedata.normalize("NFD", sketch.unit) if sketch.received_without_time else sketch.unit
    return {
        "MaHoSo": f"{sketch.prefix}-{code_day:%y%m%d}-{sketch.counter}",
        "HeThong": sketch.system,
        "ThoiDiemDongBo": _moment(today, sketch.synced, "000500"),
        "MaTTHC": sketch.procedure[0],
        "TenTTHC": sketch.procedure[1],
        "TenDonVi": unit,
        # What must never leave: made up, so that a test can look for it.
        "ChuHoSo": unicodedata.normalize("NFD", "Nguyễn Thị Mẫu Thử"),
        "DinhDanhCHS": [{"LoaiDinhDanh": 1, "SoDinhDanh": "000000000001"}],
        "SoDienThoai": f"000012{1000 + 37 * int(sketch.counter):04d}",
        "TrichYeuHoSo": "Nguyễn Thị Mẫu Thử đề nghị giải quyết",
        "NgayTiepNhan": _moment(today, sketch.received, "" if sketch.received_without_time else "081500"),
        "NgayHenTra": _moment(today, sketch.due, "163000"),
        "NgayKetThucXuLy": _moment(today, sketch.ended, "101000"),
        "TrangThaiHoSo": sketch.status,
        "HinhThuc": sketch.method,
        "ThongTinTra": "12 Đường Mẫu Thử" if sketch.method == 1 else unit,
        "DonViXuLy": unit,
        "TienDo": {"NoiDungXuLy": sketch.step, "PhongBanXuLy": unit, "NguoiXuLy": "Trần Văn Mẫu Thử"} if sketch.step else None,
        "BenPhaiThucHien": sketch.must_act,
        "DanhSachHoSoBoSung": [
            {
                "HoSoBoSungId": f"BS{number}",
                "NgayBoSung": _moment(today, asked, "140000"),
                "ThoiHanBoSung": _moment(today, deadline, ""),
                "NoiDungBoSung": "Nguyễn Thị Mẫu Thử bổ sung giấy tờ",
                "DanhSachGiayToBoSung": [f"Giấy tờ {n + 1}" for n in range(items)],
                "NgayTiepNhanBoSung": _moment(today, answered, "093000"),
            }
            for number, (asked, deadline, items, answered) in enumerate(sketch.supplements, 1)
        ],
    }
