"""Evaluation tables are read whole or refused with the line of every fault."""

from pathlib import Path

import pytest

from motcua.evaluation import labelled_files
from motcua.evaluation.labelled_files import NO_STYLE, EvaluationFileError, read_table


def table(folder: Path, content: str | bytes) -> Path:
    file = folder / "set.tsv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return file


def faults(file: Path, **options: bool) -> list[str]:
    with pytest.raises(EvaluationFileError) as refused:
        read_table(file, **options)
    return [fault.removeprefix(f"{file}:") for fault in refused.value.faults]


def test_header_is_optional_and_further_columns_are_ignored(tmp_path: Path) -> None:
    with_header = read_table(table(tmp_path, "message\tintent\tstyle\tnote\nphí bao nhiêu\task_fee\tmarked\tx\n"))
    without = read_table(table(tmp_path, "phí bao nhiêu\task_fee\tmarked\tx\n"))
    assert [(r.line, r.text, r.label, r.style) for r in with_header] == [(2, "phí bao nhiêu", "ask_fee", "marked")]
    assert [(r.line, r.text, r.label, r.style) for r in without] == [(1, "phí bao nhiêu", "ask_fee", "marked")]


def test_blank_lines_byte_order_mark_and_windows_line_ends_are_no_faults(tmp_path: Path) -> None:
    rows = read_table(table(tmp_path, "\ufeffquery\tcodes\r\n\r\nlàm hộ chiếu\t1.001456\r\n"))
    assert [(r.line, r.text, r.label, r.style) for r in rows] == [(3, "làm hộ chiếu", "1.001456", NO_STYLE)]


def test_texts_are_composed_as_the_gateway_stores_them(tmp_path: Path) -> None:
    decomposed = "phi\u0301"
    assert read_table(table(tmp_path, f"{decomposed}\task_fee\n"))[0].text == "phí"


@pytest.mark.parametrize(
    ("label", "codes", "in_catalogue"),
    [
        ("1.001193", ("1.001193",), True),
        ("1.1, 2.2", ("1.1", "2.2"), True),
        ("-", (), False),
        ("", (), False),
        ("-,1.1", ("1.1",), False),
    ],
)
def test_codes_of_a_label(tmp_path: Path, label: str, codes: tuple[str, ...], in_catalogue: bool) -> None:
    (row,) = read_table(table(tmp_path, f"làm giấy tờ\t{label}\tmarked\n"), label_may_be_empty=True)
    assert (row.codes, row.in_catalogue) == (codes, in_catalogue)


def test_all_faults_are_named_with_their_lines(tmp_path: Path) -> None:
    content = "message\tintent\nmột cột\nphí\task_fee\nphí\task_place\n\task_fee\nở đâu\t\n" + "a" * 2001 + "\task_fee\n"
    assert faults(table(tmp_path, content)) == [
        "2: thiếu cột nhãn (các cột cách nhau bằng dấu tab)",
        "4: trùng với dòng 3",
        "5: tin nhắn rỗng",
        "6: nhãn rỗng",
        "7: tin nhắn dài hơn mức nhận được",
    ]


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    assert faults(table(tmp_path, b"a\tb\nc\xff\td\n")) == ["2: không phải UTF-8"]


@pytest.mark.parametrize(
    ("content", "fault"), [("", "1: tệp rỗng"), (" \n\n", "1: tệp rỗng"), ("message\tintent\n", "1: chỉ có dòng tiêu đề")]
)
def test_nothing_to_measure_is_a_fault(tmp_path: Path, content: str, fault: str) -> None:
    assert faults(table(tmp_path, content)) == [fault]


def test_huge_files_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled_files, "MAX_BYTES", 10)
    assert "1: tệp lớn hơn" in faults(table(tmp_path, "phí bao nhiêu\task_fee\n"))[0]
    monkeypatch.undo()
    monkeypatch.setattr(labelled_files, "MAX_ROWS", 2)
    assert faults(table(tmp_path, "a\tb\nc\td\ne\tf\n")) == ["3: hơn 2 dòng"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationFileError, match="không đọc được"):
        read_table(tmp_path / "gone.tsv")


def test_many_faults_are_shortened_for_people(tmp_path: Path) -> None:
    with pytest.raises(EvaluationFileError) as refused:
        read_table(table(tmp_path, "x\n" * 50))
    assert str(refused.value).endswith("… và 30 lỗi nữa")
    assert len(refused.value.faults) == 50
