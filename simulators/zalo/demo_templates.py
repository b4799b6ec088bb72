"""The templates that are there at the start: one per state that a caller must cope with."""

from typing import Final

from simulators.zalo.templates import Template, TemplateParameter

_CODE: Final = TemplateParameter(name="dossier_code", min_length=5, max_length=40)
_DATE: Final = TemplateParameter(name="date", type="DATE", max_length=20)

DEMO_TEMPLATES: Final = (
    Template(
        template_id="310001",
        template_name="Hồ sơ đã có kết quả",
        tag=1,
        text="Hồ sơ <dossier_code> của ông/bà <name> đã có kết quả ngày <date>.",
        parameters=[TemplateParameter(name="name", min_length=1, max_length=30), _CODE, _DATE],
        status="ENABLE",
    ),
    Template(
        template_id="310002",
        template_name="Yêu cầu bổ sung hồ sơ",
        tag=1,
        text="Hồ sơ <dossier_code> cần bổ sung giấy tờ trước ngày <date>.",
        parameters=[_CODE, _DATE],
        status="ENABLE",
        by_uid=False,
    ),
    Template(template_id="310003", template_name="Khảo sát hài lòng", tag=3, text="Mời ông/bà đánh giá.", status="ENABLE"),
    Template(
        template_id="310004",
        template_name="Mẫu chờ duyệt",
        text="Hồ sơ <dossier_code>.",
        parameters=[_CODE],
        status="PENDING_REVIEW",
    ),
    Template(template_id="310005", template_name="Mẫu bị từ chối", text="Tin.", status="REJECT", reason="Nội dung chưa rõ"),
    Template(template_id="310006", template_name="Mẫu bị khoá vì chất lượng thấp", text="Tin.", status="DISABLE"),
)
