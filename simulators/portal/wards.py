"""The units that receive dossiers: the centres of the 99 wards and communes, and two of the city. Codes are made up."""

_WARDS = (
    "Bắc Giang, Đa Mai, Bố Hạ, Lạng Giang, Kép, Lục Nam, Chũ, Phượng Sơn, Yên Dũng, Tân An, Tiền Phong, Tân Tiến, Cảnh Thụy, "
    "Tự Lạn, Việt Yên, Nếnh, Vân Hà, Hiệp Hoà, Vũ Ninh, Kinh Bắc, Võ Cường, Yên Phong, Quế Võ, Nhân Hòa, Phương Liễu, Nam Sơn, "
    "Phù Lãng, Bồng Lai, Đào Viên, Chi Lăng, Tiên Du, Hạp Lĩnh, Từ Sơn, Tam Sơn, Phù Khê, Đồng Nguyên, Thuận Thành, Mão Điền, "
    "Trí Quả, Trạm Lộ, Song Liễu, Ninh Xá, Gia Bình, Nhân Thắng, Lương Tài"
)
_COMMUNES = (
    "Xuân Lương, Tam Tiến, Đồng Kỳ, Yên Thế, Nhã Nam, Phúc Hòa, Quang Trung, Tân Yên, Ngọc Thiện, Tiên Lục, Mỹ Thái, Tân Dĩnh, "
    "Đông Phú, Bảo Đài, Nghĩa Phương, Trường Sơn, Lục Sơn, Bắc Lũng, Cẩm Lý, Tân Sơn, Sa Lý, Biên Sơn, Sơn Hải, Kiên Lao, "
    "Biển Động, Lục Ngạn, Đèo Gia, Nam Dương, Sơn Động, Tây Yên Tử, Vân Sơn, Đại Sơn, Yên Định, An Lạc, Tuấn Đạo, Dương Hưu, "
    "Đồng Việt, Hoàng Vân, Hợp Thịnh, Xuân Cẩm, Tam Giang, Yên Trung, Tam Đa, Văn Môn, Liên Bão, Đại Đồng, Tân Chi, Phật Tích, "
    "Cao Đức, Đại Lai, Đông Cứu, Trung Kênh, Trung Chính, Lâm Thao"
)
_CENTRE = "Trung tâm Phục vụ hành chính công"

WARD_UNITS: tuple[tuple[str, str], ...] = tuple(
    (f"H05.{number}.1", f"{_CENTRE} {kind} {name}")
    for number, (kind, name) in enumerate(
        [("phường", name) for name in _WARDS.split(", ")] + [("xã", name) for name in _COMMUNES.split(", ")], 101
    )
)
CITY_UNITS: tuple[tuple[str, str], ...] = (
    ("H05.1.1", f"{_CENTRE} thành phố Bắc Ninh"),
    ("H05.2.1", "Công an thành phố Bắc Ninh"),
)
