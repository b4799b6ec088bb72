"""An e-form that nobody has seen, dropped into the catalogue's folder, is asked for and filled in: shapes written by hand, and
shapes made up by chance."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.eforms.check import check_eforms, load_forms
from bot.eforms.forms import form_of
from tests.bot.eforms.citizen import Talk

PET = """
$schema: https://json-schema.org/draft/2020-12/schema
title: Đăng ký nuôi chó
type: object
required: [owner, dogs, agree]
$defs:
  person:
    type: object
    required: [hoTen, soDienThoai]
    properties:
      hoTen: {type: string, title: Họ và tên}
      soDienThoai: {type: string, title: Số điện thoại, pattern: '^0[0-9]{9}$'}
      soCCCD: {type: string, title: Số CCCD, minLength: 12, maxLength: 12}
properties:
  owner: {$ref: '#/$defs/person'}
  dogs:
    type: array
    title: Con chó
    minItems: 1
    maxItems: 3
    items:
      type: object
      required: [name, weight]
      properties:
        name: {type: string, title: Tên, minLength: 1}
        weight: {type: number, title: Cân nặng (kg), exclusiveMinimum: 0, maximum: 120}
        vaccinated: {type: boolean, title: Đã tiêm phòng}
      if: {properties: {vaccinated: {const: true}}, required: [vaccinated]}
      then:
        required: [vaccinated_on]
        properties: {vaccinated_on: {type: string, format: date, title: Ngày tiêm, x-not-after: today}}
  agree: {type: boolean, title: Cam kết giữ vệ sinh, const: true}
"""

STALL = """
title: Thuê ki-ốt
type: object
required: [kind]
oneOf:
  - properties: {kind: {const: cho, title: Chợ}, market: {type: string, enum: [Nhớn, Giầu], title: Chợ nào}}
    required: [kind, market]
  - properties:
      kind: {const: pho, title: Phố}
      street: {type: string, title: Phố nào}
      metres: {type: [integer, 'null'], title: Số mét}
    required: [kind, street]
"""

JSON_FORM = json.dumps(
    {
        "title": "Xin cấp thẻ",
        "type": "object",
        "required": ["loai", "ngayHen"],
        "properties": {
            "loai": {"enum": [1, 2, 3], "title": "Loại thẻ", "description": "Ông/Bà cần thẻ loại mấy?"},
            "ngayHen": {"type": "string", "format": "date", "title": "Ngày hẹn"},
            "ghiChu": {"type": ["string", "null"], "title": "Ghi chú"},
            "donVi": {"type": "string", "const": "UBND"},
            "tienIch": {"type": "array", "items": {"enum": ["wifi", "xe"]}, "title": "Tiện ích", "uniqueItems": True},
        },
        "dependentRequired": {"ghiChu": ["nguoiGhi"]},
        "dependentSchemas": {"ghiChu": {"properties": {"nguoiGhi": {"type": "string", "title": "Người ghi"}}}},
        "if": {"properties": {"loai": {"const": 3}}},
        "then": {"properties": {"lyDo": {"type": "string", "title": "Lý do"}}, "required": ["lyDo"]},
        "else": {"properties": {"soTien": {"type": "integer", "title": "Số tiền", "multipleOf": 1000}}, "required": ["soTien"]},
    }
)

BY_HAND = {
    "pet": (PET, {}),
    "stall, market": (STALL, {"kind": "1"}),
    "stall, street": (STALL, {"kind": "2"}),
    "card 1": (JSON_FORM, {"loai": "1"}),
    "card 3": (JSON_FORM, {"loai": "3"}),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_form_dropped_into_the_folder_works(name: str, tmp_path: Path) -> None:
    text, told = BY_HAND[name]
    (tmp_path / "eforms").mkdir()
    suffix = "json" if text.startswith("{") else "yml"
    (tmp_path / "eforms" / f"9.000001.{suffix}").write_text(text, encoding="utf-8")
    assert [str(problem) for problem in check_eforms(tmp_path, [])] == []
    form = load_forms(tmp_path)["9.000001"]
    talk = Talk(form).fill(told)
    Draft202012Validator(yaml.safe_load(text)).validate(talk.instance)


def test_what_the_names_tell_is_understood() -> None:
    talk = Talk(form_of(yaml.safe_load(PET)))
    assert talk.asked.kind == "person_name"
    talk.say("Nguyễn Văn An")
    assert talk.asked.kind == "phone"
    assert talk.reply.messages[-1].expects == "phone"
    talk.say("0912 345 678")
    assert talk.values["owner.soDienThoai"] == "0912345678"
    assert talk.asked.kind == "citizen_id"


def test_only_the_branch_that_was_chosen_is_asked() -> None:
    form = form_of(yaml.safe_load(STALL))
    assert [field.path for field in form.asked({}).fields] == ["kind"]
    assert [field.path for field in form.asked({"kind": "pho"}).fields] == ["kind", "street", "metres"]


def test_a_commitment_is_the_citizen_s_to_give() -> None:
    form = form_of(
        {"type": "object", "required": ["agree"], "properties": {"agree": {"const": True, "title": "Cam kết khai đúng"}}}
    )
    talk = Talk(form)
    assert talk.instance == {}
    assert "cam kết bắt buộc" in talk.say("không")
    talk.say("có")
    assert talk.instance == {"agree": True}


TITLES = st.sampled_from(["Tên", "Số nhà", "Ngày cấp", "Ghi chú thêm", "Loại", "Mức", "Người ký", "Địa chỉ", "Nội dung xin"])
SCALARS = st.one_of(
    st.builds(dict, type=st.just("string"), title=TITLES),
    st.builds(
        dict,
        type=st.just("string"),
        format=st.sampled_from(["date", "phone", "email", "ward", "person-name", "address"]),
        title=TITLES,
    ),
    st.builds(dict, type=st.just("integer"), title=TITLES, minimum=st.integers(-3, 3), maximum=st.integers(4, 99)),
    st.builds(dict, type=st.just("number"), title=TITLES, exclusiveMinimum=st.integers(-2, 2)),
    st.builds(dict, type=st.just("boolean"), title=TITLES),
    st.builds(dict, enum=st.lists(st.sampled_from(["đỏ", "xanh", "vàng", "tím"]), min_size=1, unique=True), title=TITLES),
    st.builds(dict, type=st.just("array"), items=st.just({"type": "string"}), minItems=st.integers(0, 2), title=TITLES),
    st.builds(dict, type=st.just("array"), items=st.just({"enum": ["đỏ", "xanh"]}), minItems=st.integers(0, 1), title=TITLES),
)


@st.composite
def objects(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True))
    deeper = (
        [SCALARS]
        if depth == 0
        else [
            SCALARS,
            objects(depth - 1),
            st.builds(
                dict, type=st.just("array"), items=objects(0), minItems=st.integers(0, 2), maxItems=st.just(3), title=TITLES
            ),
        ]
    )
    properties = {name: draw(st.one_of(*deeper)) for name in names}
    made: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": draw(st.lists(st.sampled_from(names), unique=True)),
    }
    for name in names:
        if draw(st.booleans()):
            properties[name]["x-order"] = draw(st.integers(0, 9))
    plain = [name for name in names if properties[name].get("type") == "boolean"]
    if plain and draw(st.booleans()):
        made["if"] = {"properties": {plain[0]: {"const": True}}, "required": [plain[0]]}
        made["then"] = {"properties": {"y": draw(SCALARS)}, "required": ["y"]}
        made["else"] = {"properties": {"z": draw(SCALARS)}, "required": draw(st.sampled_from([[], ["z"]]))}
    return made


@settings(max_examples=120)
@given(schema=objects(), members=st.integers(0, 2))
def test_shapes_made_up_by_chance_are_filled_in(schema: dict[str, Any], members: int) -> None:
    talk = Talk(form_of(schema, "9.000001")).fill(members=members)
    Draft202012Validator(schema).validate(talk.instance)
