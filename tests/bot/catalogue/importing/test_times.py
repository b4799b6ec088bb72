"""A number needs its unit, and a number beside a way to file may belong to a case."""

from bot.catalogue.importing.raw import RawMethod
from bot.catalogue.importing.times import judge_time, judge_times


def test_a_number_with_its_unit_is_parsed_and_kept_raw() -> None:
    time, doubt = judge_time(RawMethod("direct", quantity=3, unit="Ngày làm việc", time_text="3 Ngày làm việc"))
    assert (time.text, time.amount, time.unit, time.raw, doubt) == ("3 ngày làm việc", 3, "working_day", "3 Ngày làm việc", None)


def test_months_keep_their_word_and_no_unit_is_invented() -> None:
    time, _ = judge_time(RawMethod("direct", quantity=2, unit="Tháng", time_text="2 Tháng"))
    assert (time.text, time.amount, time.unit) == ("2 tháng", None, None)


def test_a_number_without_unit_is_not_spoken() -> None:
    time, doubt = judge_time(RawMethod("direct", quantity=1, time_text="1"))
    assert time.text is None
    assert time.raw == "1"
    assert doubt is not None
    assert doubt.hazard == "time_without_unit"


def test_the_unit_is_taken_from_the_description_beside_the_same_number() -> None:
    time, _ = judge_time(RawMethod("direct", quantity=10, time_text="10", description="10 (mười) ngày làm việc kể từ ngày nhận."))
    assert (time.text, time.unit) == ("10 ngày làm việc", "working_day")
    assert "mô tả" in (time.note or "")


def test_a_unit_beside_another_number_is_not_taken() -> None:
    time, _ = judge_time(RawMethod("direct", quantity=10, time_text="10", description="Trong 05 ngày cán bộ báo lại."))
    assert time.text is None


def test_words_are_spoken_as_words() -> None:
    time, doubt = judge_time(RawMethod("direct", time_text="Theo kế hoạch tuyển sinh hằng năm"))
    assert time.text == "Theo kế hoạch tuyển sinh hằng năm"
    assert doubt is not None
    assert doubt.hazard == "time_is_text"


def test_zero_and_abbreviations_are_no_time() -> None:
    assert judge_time(RawMethod("direct", quantity=0, unit="Giờ", time_text="0 Giờ"))[0].text is None
    assert judge_time(RawMethod("direct", time_text="TH"))[0].text is None
    assert judge_time(RawMethod("direct", time_text="Không quy định"))[0].text is None


def test_a_missing_time_takes_the_descriptions_sentence_and_says_so() -> None:
    description = "- Hồ sơ không hợp lệ: trả trong 05 ngày.\n- Trong thời hạn 12 ngày kể từ ngày nhận đủ hồ sơ."
    time, doubt = judge_time(RawMethod("direct", description=description))
    assert time.text == "Trong thời hạn 12 ngày kể từ ngày nhận đủ hồ sơ"
    assert "trống" in (time.note or "")
    assert doubt is not None
    assert doubt.hazard == "time_missing"


def test_numbers_that_encode_the_case_lose_their_way_to_file() -> None:
    ways = [
        RawMethod("direct", quantity=15, unit="Ngày", time_text="15 Ngày"),
        RawMethod("online", quantity=20, unit="Ngày", time_text="20 Ngày"),
    ]
    steps = "Cơ quan xem hồ sơ trong 15 ngày đối với nhà ở riêng lẻ. Hoặc 20 ngày đối với công trình khác."
    judged = judge_times(ways, steps)
    assert {time.channel for time in judged.times} == {"any"}
    assert {time.text for time in judged.times} == {
        "15 ngày đối với nhà ở riêng lẻ",
        "20 ngày đối với công trình khác",
    }
    assert all("trường hợp" in (time.note or "") for time in judged.times)
    assert [doubt.hazard for doubt in judged.doubts] == ["time_by_case"]


def test_numbers_that_differ_without_a_reason_are_told_with_the_row_they_stand_in() -> None:
    ways = [RawMethod("direct", quantity=30, unit="Ngày"), RawMethod("online", quantity=40, unit="Ngày")]
    assert {time.text for time in judge_times(ways).times} == {
        "30 ngày (nguồn xếp ở hàng nộp trực tiếp)",
        "40 ngày (nguồn xếp ở hàng nộp trực tuyến)",
    }


def test_times_that_the_description_ties_to_the_way_keep_it() -> None:
    ways = [
        RawMethod("direct", quantity=8, unit="Giờ", description="khi nộp trực tiếp tại trụ sở"),
        RawMethod("postal", quantity=24, unit="Giờ", description="khi gửi qua bưu điện"),
    ]
    assert {time.channel for time in judge_times(ways).times} == {"direct", "postal"}


def test_several_rows_of_one_way_are_told_apart_by_their_description() -> None:
    ways = [
        RawMethod("direct", quantity=7, unit="Ngày", description="Đối với công ty"),
        RawMethod("direct", quantity=5, unit="Ngày", description="Đối với văn phòng"),
    ]
    judged = judge_times(ways)
    assert [time.text for time in judged.times] == ["7 ngày – Đối với công ty", "5 ngày – Đối với văn phòng"]
    assert judged.doubts[-1].hazard == "time_rows_differ"


def test_a_description_that_begins_with_the_time_says_it_once() -> None:
    ways = [
        RawMethod("direct", quantity=7, unit="Ngày", description="07 ngày kể từ khi nhận đơn"),
        RawMethod("direct", quantity=5, unit="Ngày", description="Đối với văn phòng"),
    ]
    assert judge_times(ways).times[0].text == "07 ngày kể từ khi nhận đơn"


def test_equal_times_of_all_ways_are_one() -> None:
    ways = [RawMethod("direct", quantity=3, unit="Ngày"), RawMethod("online", quantity=3, unit="Ngày")]
    assert [(time.channel, time.text) for time in judge_times(ways).times] == [("any", "3 ngày")]
