"""People's words for procedures: what ships is rich and without collisions, and what breaks a file is told with its line."""

from collections import Counter
from pathlib import Path

import pytest

from bot.catalogue.aliases import FEWEST_WORDINGS_MOST_USED, read_aliases
from bot.catalogue.names_list import read_names
from bot.catalogue.wording import wording_key
from bot.settings import PROJECT_ROOT
from tests.shipped import shipped_catalogue

DATA = PROJECT_ROOT / "data"
SHIPPED = shipped_catalogue()
KNOWN = {listing.code for listing in read_names(DATA / "eval" / "procedure_names.tsv")}

GOOD = """
field: Hộ tịch
matters:
  - codes: ['1.000001']
    name: Khai sinh
    aliases: [làm khai sinh, giấy khai sinh, gks]
  - codes: ['1.000002']
    name: Khai tử
    aliases: [báo tử, giấy chứng tử, làm khai tử]
shared:
  - phrase: làm giấy tờ
    codes: ['1.000001', '1.000002']
    question: Ông/Bà cần khai sinh hay khai tử?
"""


def problems(folder: Path, text: str) -> list[str]:
    (folder / "aliases").mkdir(exist_ok=True)
    (folder / "aliases" / "ho-tich.yml").write_text(text, encoding="utf-8")
    return [str(problem) for problem in read_aliases(folder)[1]]


def test_the_most_used_matters_are_named_in_many_ways() -> None:
    most_used = [matter for matter in SHIPPED.aliases.matters if matter.most_used]
    assert len(most_used) >= 300
    assert min(len(set(map(wording_key, matter.wordings))) for matter in most_used) >= FEWEST_WORDINGS_MOST_USED


def test_nine_hundred_matters_and_more_are_named() -> None:
    assert len(SHIPPED.aliases.matters) >= 900
    assert len(SHIPPED.aliases.shared) >= 300


def test_every_code_of_the_words_is_a_real_procedure() -> None:
    codes = {code for matter in SHIPPED.aliases.matters for code in matter.codes}
    codes |= {code for phrase in SHIPPED.aliases.shared for code in phrase.codes}
    assert codes - KNOWN - SHIPPED.procedures.keys() == set()


def test_no_frame_is_repeated_over_and_over() -> None:
    beginnings = Counter(
        tuple(wording.lower().split()[:4])
        for matter in SHIPPED.aliases.matters
        for wording in (*matter.questions, *matter.situations)
    )
    assert beginnings.most_common(1)[0][1] <= 0.01 * sum(beginnings.values())


def test_every_question_ends_as_a_question() -> None:
    assert [phrase.phrase for phrase in SHIPPED.aliases.shared if not phrase.question.endswith("?")] == []


def test_no_folder_means_no_words(tmp_path: Path) -> None:
    entries, found = read_aliases(tmp_path)
    assert (entries.aliases.matters, found) == ((), [])


def test_a_sound_file_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("báo tử", "GIẤY  khai sinh", "also names 'Khai sinh': what fits two belongs under 'shared'"),
        ("báo tử", "Làm giấy tờ", "is a shared phrase and cannot be won by one matter"),
        ("'1.000002']\n    name", "'1.000001']\n    name", "code 1.000001 is already in the matter 'Khai sinh'"),
        ("[báo tử, giấy chứng tử, làm khai tử]", "[báo tử, Báo Tử]", "is named in fewer than 3 different ways"),
        ("name: Khai tử\n", "name: Khai tử\n    most_used: true\n", "is named in fewer than 8 different ways"),
        ("codes: ['1.000001', '1.000002']", "codes: ['1.000001']", "at least 2 items"),
        ("gks]", "'']", "must be non-empty"),
        ("name: Khai tử", "nama: Khai tử", "nama"),
        ("field: Hộ tịch", "field: [", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(told in problem and problem.startswith("aliases/ho-tich.yml:") for problem in found), found


def test_a_shared_phrase_stands_once(tmp_path: Path) -> None:
    again = "  - phrase: Làm giấy tờ\n    codes: ['1.000001', '1.000002']\n    question: Ông/Bà cần gì?\n"
    assert any("written twice" in problem for problem in problems(tmp_path, GOOD + again))
