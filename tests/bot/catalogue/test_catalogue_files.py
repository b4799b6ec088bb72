"""The shipped catalogue is usable, and every way to break a catalogue file is told with file and line."""

import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.catalogue.check import check_catalogue
from bot.catalogue.load import Catalogue, CatalogueError, load_catalogue
from bot.catalogue.schema import Fact, Procedure
from bot.catalogue.wording import wording_key
from bot.catalogue.yaml_files import MAX_BYTES
from bot.settings import PROJECT_ROOT

SHIPPED = PROJECT_ROOT / "data" / "catalogue"
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue(SHIPPED)


def procedure_data(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"Thủ tục thử {code}",
        "official_name": "Thủ tục thử",
        "aliases": [f"tên gọi {code} {number}" for number in range(8)],
        "questions": ["Làm thủ tục này ở đâu?"],
        "field": "Thử",
        "receiving_agency": "tthcc-xa",
        "deciding_agency": "ubnd-xa",
        "handled_by": {"text": "cấp xã", "certainty": "sure"},
        "online": {"available": True, "certainty": "sure"},
        "documents": {"certainty": "sure", "groups": [{"items": [{"name": "Tờ khai"}]}]},
        "times": [{"text": "03 ngày làm việc", "amount": 3, "unit": "working_day", "certainty": "sure"}],
        "fees": [{"kind": "amount", "text": "8.000 đồng", "amount_vnd": 8000, "certainty": "sure"}],
        "steps": ["Nộp hồ sơ.", "Nhận kết quả."],
        "conditions": {"certainty": "unknown"},
        "result": {"text": "Giấy chứng nhận", "certainty": "sure"},
        "official_link": {"url": "https://dichvucong.gov.vn", "owner": "Cổng", "verified_on": "2026-11-01"},
        "source": {"name": "Nguồn", "as_of": "2026-07"},
    } | changes


def dump(data: object) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small catalogue without a fault."""
    (tmp_path / "procedures").mkdir()
    for code in ("1.000001", "1.000002"):
        (tmp_path / "procedures" / f"{code}.yml").write_text(dump(procedure_data(code)), encoding="utf-8")
    agencies = [{"id": name, "name": name, "level": "commune"} for name in ("tthcc-xa", "ubnd-xa")]
    event = {"id": "sinh-con", "name": "Sinh con", "cues": ["đẻ", "sinh con", "em bé"], "procedures": ["1.000001"]}
    phrase = {"phrase": "sang tên", "codes": ["1.000001", "1.000002"], "question": "Nhà đất hay xe?"}
    calendar = {"hours": {"monday_to_friday": ["07:30-11:30"], "certainty": "check"}, "holidays": [], "source": "Nguồn"}
    for name, data in {
        "agencies": {"agencies": agencies},
        "places": {"places": [{"id": "phuong-thu", "name": "Thử", "kind": "phuong"}]},
        "life_events": {"life_events": [event]},
        "ambiguous": {"ambiguous": [phrase]},
        "calendar": calendar | {"covers_years": [2026, 2027]},
    }.items():
        (tmp_path / f"{name}.yml").write_text(dump(data), encoding="utf-8")
    return tmp_path


def change(folder: Path, code: str = "1.000001", **changes: Any) -> None:
    path = folder / "procedures" / f"{code}.yml"
    path.write_text(dump(procedure_data(code, **changes)), encoding="utf-8")


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as raised:
        load_catalogue(folder)
    assert str(raised.value) == "\n".join(str(problem) for problem in raised.value.problems)
    return [str(problem) for problem in raised.value.problems]


# --- what ships


def test_the_shipped_catalogue_loads_with_all_procedures(shipped: Catalogue) -> None:
    assert len(shipped.procedures) >= 80
    assert len(shipped.places) == 99


def test_the_check_finds_no_error_in_the_shipped_catalogue() -> None:
    assert [str(problem) for problem in check_catalogue(SHIPPED, TODAY) if problem.severity == "error"] == []


def spoken_facts(procedure: Procedure) -> list[Fact]:
    return [procedure.handled_by, procedure.conditions, procedure.result, *procedure.times, *procedure.fees]


def test_every_uncertain_part_says_what_is_uncertain(shipped: Catalogue) -> None:
    for procedure in shipped.procedures.values():
        for part in (*spoken_facts(procedure), procedure.documents, procedure.online):
            assert part.certainty != "check" or part.note, f"{procedure.code}: {part}"


def test_free_is_only_said_where_the_source_is_certain(shipped: Catalogue) -> None:
    fees = [fee for procedure in shipped.procedures.values() for fee in procedure.fees]
    assert all(fee.certainty == "sure" for fee in fees if fee.kind == "free")
    council = [fee for fee in fees if fee.kind == "local_council"]
    assert council
    assert not [fee.text for fee in council if fee.text and "miễn" in fee.text.casefold()]


def test_amounts_are_spoken_as_they_are_stored(shipped: Catalogue) -> None:
    for procedure in shipped.procedures.values():
        for fee in procedure.fees:
            if fee.amount_vnd is not None:
                assert f"{fee.amount_vnd:,}".replace(",", ".") in (fee.text or ""), f"{procedure.code}: {fee.text}"


def test_expired_reductions_are_dated_so_that_they_are_never_spoken(shipped: Catalogue) -> None:
    for code, amount in (("1.001456", 160_000), ("3.000347", 115_000), ("3.000348", 115_000)):
        reduced = [fee for fee in shipped.procedures[code].fees if fee.amount_vnd == amount]
        assert reduced
        assert all(fee.valid_to is not None and fee.valid_to < TODAY for fee in reduced)


def test_no_spoken_text_sends_anybody_to_the_abolished_district_level(shipped: Catalogue) -> None:
    for procedure in shipped.procedures.values():
        spoken = [*procedure.steps, *(fact.text or "" for fact in spoken_facts(procedure))]
        assert not [text for text in spoken if "huyện" in text.casefold()], procedure.code


def test_all_text_is_composed_and_every_procedure_can_be_found_by_daily_words(shipped: Catalogue) -> None:
    for procedure in shipped.procedures.values():
        assert len(procedure.aliases) >= 10, procedure.code
        assert len(procedure.questions) >= 4, procedure.code
        assert all(unicodedata.is_normalized("NFC", text) for text in (*procedure.aliases, *procedure.questions))
        assert all(case.cues for case in procedure.cases), procedure.code


def test_a_wording_that_fits_several_procedures_belongs_to_none(shipped: Catalogue) -> None:
    asked_back = {wording_key(entry.phrase) for entry in shipped.ambiguous}
    assert {"sang ten", "giay phep kinh doanh", "mat giay to", "trich luc", "giay do"} <= asked_back
    for procedure in shipped.procedures.values():
        assert asked_back.isdisjoint(wording_key(alias) for alias in procedure.aliases), procedure.code


# --- one broken file


def test_a_small_catalogue_without_a_fault_loads(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    assert list(catalogue.procedures) == ["1.000001", "1.000002"]
    assert catalogue.ambiguous[0].question == "Nhà đất hay xe?"
    assert catalogue.agencies["ubnd-xa"].level == "commune"


def test_the_loaded_catalogue_cannot_be_changed(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    with pytest.raises(TypeError):
        catalogue.procedures["9.000000"] = catalogue.procedures["1.000001"]  # type: ignore[index]


def test_a_wrong_value_is_told_with_its_own_line(folder: Path) -> None:
    change(
        folder,
        fees=[{"kind": "amount", "text": "a", "amount_vnd": 5, "certainty": "sure"}, {"kind": "cheap", "certainty": "sure"}],
    )
    path = folder / "procedures" / "1.000001.yml"
    line = next(n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "cheap" in text)
    assert any(found.startswith(f"procedures/1.000001.yml:{line}: fees.1.kind") for found in problems_of(folder))


def test_a_missing_field_is_told_at_the_record_that_lacks_it(folder: Path) -> None:
    change(folder, documents={"certainty": "sure", "groups": [{"items": [{"name": "a"}, {"how": "show"}]}]})
    path = folder / "procedures" / "1.000001.yml"
    line = next(n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "how: show" in text)
    assert problems_of(folder) == [f"procedures/1.000001.yml:{line}: documents.groups.0.items.1.name: Field required"]


BROKEN: dict[str, tuple[str | bytes, str, int]] = {
    "not yaml": ("code: 'x\n", "not valid YAML", 2),
    "tab": ("code: x\n\tname: y\n", "not valid YAML", 2),
    "empty": ("", "valid dictionary", 1),
    "a list": ("- a\n", "valid dictionary", 1),
    "two documents": ("a: 1\n---\nb: 2\n", "not valid YAML", 2),
    "key twice": ("name: a\nname: b\n", "key 'name' is written twice", 2),
    "key is a list": ("? [a]\n: b\n", "a key must be plain text", 1),
    "python tag": ('a: !!python/object/apply:os.system ["true"]\n', "not valid YAML", 1),
    "impossible date": ("valid_from: 2026-02-31\n", "not valid YAML", 1),
    "control character": ("name: \x07\n", "not valid YAML", 1),
    "not utf-8": (b"name: a\nfield: \xff\xfe\n", "is not UTF-8", 2),
    "decomposed letters": ("name: a\nfield: " + unicodedata.normalize("NFD", "Đất đai ở") + "\n", "decomposed form (NFD)", 2),
    "huge": ("a" * (MAX_BYTES + 1), "is larger than", 1),
    "deep brackets": ("[" * 50_000, "nested too deeply", 1),
    "deep dashes": ("- " * 50_000, "nested too deeply", 1),
    "contains itself": ("documents: &d\n  groups: [*d]\n", "documents", 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_by_name_and_line_and_never_ends_the_process(folder: Path, name: str) -> None:
    content, message, line = BROKEN[name]
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / "procedures" / "1.000001.yml").write_bytes(raw)
    found = [text for text in problems_of(folder) if message in text]
    assert found
    assert found[0].startswith(f"procedures/1.000001.yml:{line}: ")


@pytest.mark.parametrize("name", ["agencies", "places", "life_events", "ambiguous", "calendar"])
def test_a_missing_list_is_told_by_name(folder: Path, name: str) -> None:
    (folder / f"{name}.yml").unlink()
    assert problems_of(folder) == [f"{name}.yml:1: cannot be read: No such file or directory"]


def test_a_folder_that_does_not_exist_is_an_error_and_no_crash(tmp_path: Path) -> None:
    assert "procedures:1: cannot be read: No such file or directory" in problems_of(tmp_path / "nowhere")


def test_a_file_with_another_ending_is_told_instead_of_overlooked(folder: Path) -> None:
    (folder / "procedures" / "1.000003.yaml").write_text("", encoding="utf-8")
    assert problems_of(folder) == ["procedures/1.000003.yaml:1: is not a .yml file and would be overlooked"]


def test_all_broken_files_are_told_at_once(folder: Path) -> None:
    change(folder, "1.000001", steps=["chỉ một"])
    change(folder, "1.000002", name=" Tên ")
    (folder / "places.yml").write_text("places: {}\n", encoding="utf-8")
    files = [problem.split(":")[0] for problem in problems_of(folder)]
    assert files == ["procedures/1.000001.yml", "procedures/1.000002.yml", "places.yml"]


# --- files against each other

INCONSISTENT: dict[str, tuple[Callable[[Path], None], str]] = {
    "file name": (
        lambda folder: (folder / "procedures" / "1.000001.yml").rename(folder / "procedures" / "nhap.yml") and None,
        "procedures/nhap.yml:1: code 1.000001 belongs into a file named 1.000001.yml",
    ),
    "code twice": (
        lambda folder: (folder / "procedures" / "1.000009.yml").write_text(dump(procedure_data("1.000002"))) and None,
        "procedures/1.000009.yml:1: code 1.000002 is already in procedures/1.000002.yml",
    ),
    "unknown agency": (lambda folder: change(folder, deciding_agency="ubnd-huyen"), "agency ubnd-huyen is not in agencies.yml"),
    "unknown related": (
        lambda folder: change(folder, related=["1.999999"]),
        "related procedure 1.999999 is not in the catalogue",
    ),
    "related to itself": (lambda folder: change(folder, related=["1.000001"]), "a procedure is not related to itself"),
    "old code lives": (lambda folder: change(folder, old_codes=["1.000002"]), "old code 1.000002 is already in"),
    "alias of another": (
        lambda folder: change(folder, aliases=[f"bí danh {n}" for n in range(8)] + ["TEN GOI  1.000002 3"]),
        "is also in procedures/1.000001.yml; what fits several belongs into ambiguous.yml",
    ),
    "alias is another's name": (
        lambda folder: change(folder, aliases=[f"bí danh {n}" for n in range(8)] + ["thu tuc thu 1.000002"]),
        "is also in procedures/1.000001.yml",
    ),
    "alias is ambiguous": (
        lambda folder: change(folder, aliases=[f"bí danh {n}" for n in range(8)] + ["Sang Tên"]),
        "'Sang Tên' is also in ambiguous.yml",
    ),
}


@pytest.mark.parametrize("name", INCONSISTENT)
def test_files_that_contradict_each_other_are_told(folder: Path, name: str) -> None:
    make, message = INCONSISTENT[name]
    make(folder)
    assert any(message in problem for problem in problems_of(folder))


@pytest.mark.parametrize(
    ("file", "key", "field"), [("life_events", "life_events", "procedures"), ("ambiguous", "ambiguous", "codes")]
)
def test_a_code_that_nobody_knows_is_told_with_its_line(folder: Path, file: str, key: str, field: str) -> None:
    path = folder / f"{file}.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("1.000001", "1.777777"), encoding="utf-8")
    line = next(n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "1.777777" in text)
    assert problems_of(folder) == [f"{file}.yml:{line}: procedure 1.777777 is not in the catalogue"]
    assert yaml.safe_load(path.read_text(encoding="utf-8"))[key][0][field][0] == "1.777777"


def test_an_id_used_twice_is_told(folder: Path) -> None:
    path = folder / "agencies.yml"
    path.write_text(path.read_text(encoding="utf-8") + "- id: ubnd-xa\n  name: Hai\n  level: commune\n", encoding="utf-8")
    assert problems_of(folder) == ["agencies.yml:8: id ubnd-xa is used twice"]


def test_an_ambiguous_phrase_written_twice_is_told(folder: Path) -> None:
    phrase = {"phrase": "sang ten", "codes": ["1.000001", "1.000002"], "question": "Nào?"}
    first = yaml.safe_load((folder / "ambiguous.yml").read_text(encoding="utf-8"))["ambiguous"]
    (folder / "ambiguous.yml").write_text(dump({"ambiguous": [*first, phrase]}), encoding="utf-8")
    assert any("phrase 'sang ten' is written twice" in problem for problem in problems_of(folder))


# --- warnings


def warnings_of(folder: Path, today: date = TODAY) -> list[str]:
    found = check_catalogue(folder, today)
    assert all(problem.severity == "warning" for problem in found)
    return [problem.message for problem in found]


def test_a_catalogue_without_a_fault_has_nothing_to_warn_of(folder: Path) -> None:
    assert warnings_of(folder) == []


def test_what_ended_yesterday_is_warned_of_and_what_ends_today_is_not(folder: Path) -> None:
    fee = {"kind": "amount", "text": "5 đồng", "amount_vnd": 5, "certainty": "sure", "valid_to": "2026-11-22"}
    change(folder, fees=[fee, fee | {"valid_to": "2026-11-23"}], valid_to="2026-11-22")
    assert warnings_of(folder) == [
        "the procedure's validity ended on 2026-11-22: it is no longer spoken",
        "the fee's validity ended on 2026-11-22: it is no longer spoken",
    ]


def test_unverified_links_old_data_and_cautions_without_a_reason_are_warned_of(folder: Path) -> None:
    change(
        folder,
        official_link={"url": "https://dichvucong.gov.vn", "owner": "Cổng", "verified_on": None},
        source={"name": "Nguồn", "as_of": "2025-10"},
        online={"available": True, "certainty": "check"},
        documents={"certainty": "sure"},
        questions=[],
        newer_code="3.000001",
        cases=[{"id": "mot", "name": "Một"}],
    )
    assert warnings_of(folder) == [
        "a newer publication exists: 3.000001",
        "is to be checked, but no note says what is uncertain",
        "has a certainty but lists no paper",
        "has no typical question",
        "case mot has no cue, so no citizen's words lead to it",
        "nobody has looked at https://dichvucong.gov.vn yet",
        "the data are of 2025-10, more than 12 months old",
    ]


def test_a_link_not_looked_at_for_months_is_warned_of(folder: Path) -> None:
    found = warnings_of(folder, date(2027, 2, 20))
    assert found.count("https://dichvucong.gov.vn was last looked at on 2026-11-01") == 2


def test_next_years_days_off_are_asked_for_from_november_on(folder: Path) -> None:
    path = folder / "calendar.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("- 2027\n", ""), encoding="utf-8")
    assert warnings_of(folder, date(2026, 10, 31)) == []
    assert warnings_of(folder, date(2026, 11, 1)) == ["the days off of 2027 are missing"]


def test_the_check_lists_errors_first_and_marks_warnings(folder: Path) -> None:
    change(folder, "1.000001", steps=["một"])
    change(folder, "1.000002", questions=[])
    first, second = check_catalogue(folder, TODAY)
    assert (first.severity, second.severity) == ("error", "warning")
    assert str(second).startswith("procedures/1.000002.yml:1: warning: ")
