"""What the checks find, each with its file, line and what to do; hostile files end there."""

from datetime import date
from pathlib import Path

import pytest

from bot.authoring.checks import own_faults
from bot.authoring.example_checks import holds_private, marks_in
from bot.authoring.faults import Fault, fault_from
from bot.authoring.rasa_check import RasaCheck, findings
from bot.authoring.safe_yaml import decoded, yaml_faults
from bot.settings import PROJECT_ROOT
from bot.texts import say
from tests.bot.authoring.conftest import DOMAIN, FEE, RULES, Project

TODAY = date(2026, 8, 5)
WITHOUT_FEE = DOMAIN.replace("- ask_fee: {use_entities: []}\n", "").replace("/ask_fee", "/greet")
FEE_PATH = "data/nlu/ask_fee.yml"


def found(project: Project, path: str, text: str | None) -> list[tuple[str, str, int]]:
    """(severity, code, line) of everything that the checks find in a change of one file."""
    before = {name: content for name, content in project.files.items() if name.endswith(".yml")}
    faults = own_faults(before, {path: text}, project.root / "data", TODAY)
    assert all(fault.message and fault_from(fault.to_json()).message == fault.message for fault in faults)
    return [(fault.severity, fault.code, fault.line) for fault in faults]


def with_line(line: str) -> str:
    return FEE + f"    - {line}\n"


@pytest.mark.parametrize(
    ("line", "code", "severity"),
    [
        ("xin chào", "contradiction", "error"),
        ("Xin CHÀO!", "contradiction", "error"),
        ("lệ phí bao nhiêu", "duplicate", "error"),
        ("le phi bao nhieu", "near_duplicate", "warning"),
        ("Chứng thực mất mấy đồng?", "test_sentence", "error"),
        ("gọi tôi số 0912 345 678", "private_number", "error"),
        ("số không chín một hai ba bốn năm sáu bảy tám", "private_number", "error"),
        ("/ask_fee", None, ""),
        ("/greet", "slash_example", "error"),
        ("phí ở [xã](place)", None, ""),
        ("phí ở [xã](noi)", "unknown_entity", "error"),
        ("phí ở [xã] (place)", "broken_mark", "error"),
        ('phí ở [xã]{"entity": "place"}', None, ""),
        ("phí ⟦dossier_code:x1⟧ bao nhiêu", None, ""),
    ],
)
def test_an_example_is_judged_by_itself_and_beside_the_others(
    project: Project, line: str, code: str | None, severity: str
) -> None:
    expected = [] if code is None else [(severity, code)]
    assert [(how, what) for how, what, _ in found(project, FEE_PATH, with_line(line))] == expected


def test_a_fault_names_its_line_and_never_repeats_a_private_number(project: Project) -> None:
    before = {name: content for name, content in project.files.items() if name.endswith(".yml")}
    (fault,) = own_faults(before, {FEE_PATH: with_line("gọi 0912345678")}, project.root / "data", TODAY)
    assert fault.line == len(FEE.splitlines()) + 1
    assert "0912345678" not in fault.message
    assert "⟦phone:x1⟧" in fault.message


def test_what_stood_there_before_is_no_news(project: Project) -> None:
    project.files[FEE_PATH] = with_line("gọi 0912345678")
    assert found(project, FEE_PATH, with_line("gọi 0912345678") + "    - phí ra sao\n") == []


@pytest.mark.parametrize(
    ("path", "text", "code", "line"),
    [
        (FEE_PATH, FEE.replace("ask_fee", "ask_phi"), "unknown_intent", 4),
        (FEE_PATH, FEE.replace("intent", "intend"), "odd_block", 4),
        (FEE_PATH, 'version: "3.1"\nnlu:\n- intent: ask_fee\n  examples: |\n', "no_examples", 3),
        (FEE_PATH, "nlu: x\n", "no_list", 1),
        ("data/rules/rules.yml", RULES.replace("action_fee", "action_phi"), "unknown_action", 10),
        ("data/rules/rules.yml", RULES.replace("intent: greet", "intent: chao"), "unknown_intent", 5),
        ("domain/domain.yml", DOMAIN.replace("/ask_fee", "/hoi_phi"), "button_intent", 12),
        ("domain/domain.yml", DOMAIN.replace("/ask_fee", "http://x"), "button_payload", 12),
        ("domain/domain.yml", DOMAIN.replace("title: Lệ phí", "title: Lệ phí của thủ tục này"), "button_title", 12),
        (
            "domain/domain.yml",
            WITHOUT_FEE,
            "unknown_intent",
            4,
        ),
        ("domain/domain.yml", DOMAIN.replace("Kính chào Ông/Bà.", "Chào bạn."), "no_address", 12),
    ],
)
def test_the_project_s_shape_is_checked(project: Project, path: str, text: str, code: str, line: int) -> None:
    faults = found(project, path, text)
    assert code in [what for _, what, _ in faults]
    assert line in [where for _, what, where in faults if what == code] or code in ("button_intent", "unknown_intent")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x [lol]\nb: [*x, *x]\n", "anchor"),
        ("a: {b: 1}\n<<: c\n", "anchor"),
        ("a: !!python/object/apply:os.system [ls]\n", "tag"),
        ("a: !include /etc/passwd\n", "tag"),
        ("a: " + "[" * 100_000, "too_deep"),
        ("- " * 100_000, "too_deep"),
        ("a: 1\na: 2\n", "double_key"),
        ("? [a, b]\n: c\n", "odd_key"),
        ("a: 1\n---\nb: 2\n", "several_documents"),
        ("a: [1\n", "not_yaml"),
        ("a: x\x00y\n", "odd_letters"),
        ("a: \u202ex\n", None),
        ("a: e\u0302\n", "decomposed"),
        ("x: y\n" * 1_000_000, "too_large"),
        ("- x\n" * 400_000, "too_many_nodes"),
    ],
    ids=lambda value: str(value)[:12] if value and str(value).isidentifier() else None,
)
def test_yaml_that_could_hurt_a_reader_is_refused_before_it_is_built(text: str, code: str | None) -> None:
    faults = yaml_faults("f.yml", text)
    assert ([faults[0].code] if faults else []) == ([code] if code else [])


def test_other_encodings_are_named_and_a_mark_at_the_beginning_is_dropped() -> None:
    fault = decoded("f", "a: 1\nb: Lệ phí".encode("utf-16"))
    assert isinstance(fault, Fault)
    assert fault.code == "not_utf8"
    assert decoded("f", b"\xef\xbb\xbfa: 1\r\n") == "a: 1\n"


def test_the_shipped_project_passes_but_for_numbers_that_were_there(project: Project) -> None:
    del project
    names = ("domain/intents.yml", "domain/entities.yml", "domain/actions.yml", "domain/responses.yml")
    rest = [
        path.relative_to(PROJECT_ROOT).as_posix()
        for folder in ("rules", "stories")
        for path in (PROJECT_ROOT / "data" / folder).iterdir()
    ]
    texts = {name: (PROJECT_ROOT / name).read_text(encoding="utf-8") for name in (*names, *rest)}
    assert own_faults({}, texts, PROJECT_ROOT / "data", TODAY) == []


def test_marks_of_entities_are_read_in_both_forms() -> None:
    text = 'ở [xã](place) và [bìa đỏ]{"entity": "paper", "value": "sổ"} và [x]{"role": 1}'
    assert list(marks_in(text)) == [("xã", "place"), ("bìa đỏ", "paper"), ("x", "")]


def test_sentences_without_figures_are_looked_at_where_figures_are_told() -> None:
    assert holds_private("số của em là không chín một hai ba bốn năm sáu bảy tám")
    assert not holds_private("một hai hôm nữa em nộp")


def test_what_rasa_prints_becomes_vietnamese_and_its_own_words_are_kept_else() -> None:
    printed = (
        "/x/io.py:1: UserWarning: The intent 'moi' is listed in the domain file, but is not found in the NLU training data.\n"
        "/x/io.py:1: UserWarning: The utterance 'utter_thank' is not used in any story or rule.\n"
        "\x1b[31mrasa.shared.exceptions.YamlSyntaxException: Failed to read file.\n"
        "engine: buttons that cannot be shown: x\n"
    )
    codes = [(fault.code, dict(fault.values)) for fault in findings(printed)]
    assert codes == [
        ("rasa_no_examples", {"name": "moi"}),
        ("rasa", {"problem": "Failed to read file."}),
        ("rasa", {"problem": "buttons that cannot be shown: x"}),
    ]


def test_rasa_that_cannot_be_started_is_said_and_a_broken_project_is_found(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'engine: nothing here'; exit 1\n")
    script.chmod(0o755)
    (fault,) = RasaCheck(script).faults({"config.yml": "x"})
    assert fault.message == say("authoring_fault_rasa", problem="nothing here")
    with pytest.raises(OSError, match="none"):
        RasaCheck(tmp_path / "none").faults({})
