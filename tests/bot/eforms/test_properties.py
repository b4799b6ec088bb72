"""Whatever is said in whatever order: nothing breaks, no answer is lost without a correction, and the progress stays within."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.eforms.asking import progress
from bot.eforms.commands import command_in
from bot.eforms.corrections import correction_in
from bot.eforms.draft import Draft
from bot.eforms.engine import begin, instance_of, new_draft, step
from bot.eforms.turns import Said, Upload
from tests.bot.eforms.citizen import Talk, sensible_answer, tools_of_today
from tests.shipped import shipped_forms

FORMS = shipped_forms()
PHRASES = [
    "Nguyễn Văn An",
    "12/3/1990",
    "001090234567",
    "027190001234",
    "0912345678",
    "an@example.vn",
    "phường Kinh Bắc",
    "Yên Phong",
    "15 Lý Thái Tổ",
    "50 triệu",
    "2",
    "1",
    "có",
    "không",
    "tên quán Mây, 15 Lý Thái Tổ phường Kinh Bắc",
    "bán cà phê, bán bánh",
    "bỏ qua",
    "quay lại",
    "vì sao hỏi",
    "xem lại",
    "dừng, mai làm tiếp",
    "làm tiếp",
    "giữ nguyên",
    "huỷ",
    "nhầm, số 51 chứ không phải 15",
    "nhầm",
    "sửa ngày sinh thành 13/3/1990",
    "sửa mục 2",
    "sửa",
    "phí bao nhiêu?",
    "cảm ơn",
    "tôi có rồi trong kho dữ liệu",
    "bổ sung sau",
    "đúng rồi",
    "31/2/1990",
    "còn vợ tôi Trần Thị B",
    "hết rồi",
    "tất cả",
    "⟦phone:gone⟧",
    "⟦citizen_id:x⟧ và 12/3",
    "",
    "   ",
    "?!",
    "\u200b",
    "a" * 3000,
]
ACTS = st.fixed_dictionaries(
    {"do": st.sampled_from(["answer", "skip", "keep", "edit", "confirm", "pause", "paper", "cancel_not", "resume", "x"])},
    optional={
        "field": st.sampled_from(["case", "ward", "owner.full_name", "members[0].citizen_id", "nope"]),
        "value": st.sampled_from(["true", "1", "ca-nhan", "phuong-kinh-bac", "in_store", "later"]),
        "paper": st.sampled_from(["uy-quyen-thanh-vien", "hop-dong", "x"]),
    },
)
TURNS = st.one_of(
    st.sampled_from(PHRASES).map(Said),
    st.text(max_size=60).map(Said),
    st.just(None),
    ACTS.map(lambda act: Said(act=act)),
    st.just(Said(uploads=(Upload("1", "image/jpeg"), Upload("2", refused="eform_upload_broken")))),
)


def corrects(said: Said) -> bool:
    """Whether a turn may rightly change an answer: it corrects, goes back, gives up, names a field, or is a button."""
    text = said.text.lower()
    named = re.search(r"tên|sửa|mục|họ|số|sinh|quán|sđt|cccd|chủ|địa chỉ", text)
    return said.act is not None or bool(correction_in(said.text)) or command_in(said.text) in ("back", "cancel") or bool(named)


def confirmed(draft: Draft) -> dict[str, Any]:
    return draft.plain


@settings(max_examples=120)
@given(code=st.sampled_from(sorted(FORMS)), turns=st.lists(TURNS, max_size=25))
def test_any_sequence_of_messages(code: str, turns: list[Said | None]) -> None:
    form, tools = FORMS[code], tools_of_today()
    draft, reply = begin(form, new_draft(form, "d"), tools)
    editing = False
    for turn in turns:
        asked = form.asked(draft.plain, draft.skipped).by_path.get(draft.asked or "")
        # None: a sensible answer to what is asked, so that the talk gets somewhere.
        said = turn if turn is not None else Said(sensible_answer(asked) if asked is not None else "có")
        editing = editing or corrects(said)
        was_open, answered_before = draft.open, asked is not None and asked.path in draft.values
        after, reply = step(form, draft, said, tools)
        assert reply.messages or reply.again or not was_open
        assert all(message.text.strip() for message in (*reply.messages, *reply.again))
        assert after.revision in (draft.revision, draft.revision + 1)
        assert (after.revision == draft.revision) == (after == draft)
        place, total = progress(form.asked(after.plain, after.skipped), after)
        assert 1 <= place <= total
        lost = [path for path, value in confirmed(draft).items() if path not in after.plain or after.plain[path] != value]
        if not (editing or answered_before or draft.pending is not None or after.stage == "cancelled"):
            assert lost == [], (said, lost)
        assert Draft.from_json(after.to_json()) == after
        said_aloud = "\n".join(message.text for message in (*reply.messages, *reply.again))
        for number in ("001090234567", "027190001234", "0912345678", "an@example.vn", "⟦"):
            assert number not in said_aloud
        instance_of(form, after)
        editing = (editing and after.pending is not None) or (after.asked in after.values if after.asked else False)
        draft = after


@settings(max_examples=15)
@given(
    code=st.sampled_from(sorted(FORMS)),
    noise=st.lists(
        st.sampled_from(["phí bao nhiêu?", "vì sao hỏi", "xem lại", "dừng", "cần giấy tờ gì", "làm tiếp", "cảm ơn"]),
        min_size=1,
        max_size=4,
    ),
)
def test_interruptions_change_nothing(code: str, noise: list[str]) -> None:
    """A form filled in with interruptions before every answer is the same as one filled in without."""
    plain = Talk(FORMS[code]).fill()
    talk = Talk(FORMS[code])
    while talk.draft.stage != "confirmed":
        talk.say(*noise)
        if talk.draft.stage == "paused":
            talk.say("làm tiếp")
        answers = {"papers": "bổ sung sau", "review": "đúng rồi"}
        talk.say(answers.get(talk.draft.stage) or sensible_answer(talk.asked))
    assert talk.instance == plain.instance
