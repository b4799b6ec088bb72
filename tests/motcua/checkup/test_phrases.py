"""The doctor says the same in both languages."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.texts import __file__ as texts_file
from bot.texts import load_texts, wording
from motcua import cli
from motcua.checkup.finding import Finding
from motcua.checkup.phrases import Named, Phrase, Several

MARKED = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def keys(language: str) -> set[str]:
    return {key for key in load_texts(Path(texts_file).parent, language) if key.startswith("doctor_")}


def test_every_text_stands_in_both_languages_with_the_same_values() -> None:
    assert keys("vi") == keys("en")
    for key in keys("vi"):
        names = [set(re.findall(r"{(\w+)}", wording(key, language) or "")) for language in ("vi", "en")]
        assert names[0] == names[1], key
        assert not MARKED.search(wording(key, "en") or ""), key


def test_a_phrase_is_its_vietnamese_text_and_knows_the_english_one_also_of_phrases_within() -> None:
    inner = Phrase("slot_waits", slot="a", model=Phrase("own_model"))
    assert inner == "ngăn a chưa chạy được mô hình của bản cài đặt"
    assert inner.spoken("en") == "slot a does not serve the installation's own model yet"
    name = Named("cổng tin nhắn", "gateway")
    assert (name, name.spoken("vi"), name.spoken("en")) == ("cổng tin nhắn", "cổng tin nhắn", "gateway")
    row = Several(
        [Phrase("release_names", release="1.0.0", names="worker w1"), Phrase("release_names", release="1.1.0", names="x")]
    )
    assert (row, row.spoken("en")) == ("bản 1.0.0: worker w1; bản 1.1.0: x", "1.0.0: worker w1; 1.1.0: x")


def test_what_libraries_say_stays_as_it_is() -> None:
    found = Finding(Phrase("ledger"), "error", "OperationalError", Phrase("migrate")).in_language("en")
    assert (found.check, found.level, found.seen, found.remedy) == ("ledger", "error", "OperationalError", "Run: motcua migrate")


@pytest.mark.parametrize(("language", "said"), [("vi", "Việc cần làm"), ("en", "What to do")])
def test_the_command_speaks_the_language_that_is_asked_for(language: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "diagnose", lambda _settings: [Finding(Phrase("backup"), "error", Phrase("backup_no_file"))])
    shown = CliRunner().invoke(cli.app, ["doctor", "--lang", language])
    assert (shown.exit_code, said in shown.output) == (2, True)
    (told,) = json.loads(CliRunner().invoke(cli.app, ["doctor", "--lang", language, "--json"]).output)
    assert (told["level"], told["check"] == "backup") == ("fault", language == "en")
