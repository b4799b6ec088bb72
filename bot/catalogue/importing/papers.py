"""Hazards of the list of papers: titles that are cases, titles that only say "phải nộp" or "lưu ý", rows that are notes, order
that was lost, bullets and file names run into the names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.catalogue.importing.findings import Doubt
from bot.catalogue.importing.raw import RawGroup, RawPaper
from bot.catalogue.importing.record import ImportedCase, ImportedGroup, ImportedPaper, ImportedPapers
from bot.catalogue.importing.texts import cut, one_line, says_nothing, short

MAX_PAPER_NAME = 240
"""Letters of one spoken paper; the whole name stays in the record."""

MAX_CASE_NAME = 70
"""Letters of a case on a button; the whole title stays in the record."""

TitleKind = Literal["common", "submit", "show", "note", "case", "section"]

_ORDER_MARK = re.compile(
    r"^\s*[\(\[]?(?P<mark>\d{1,2}(?:\.\d{1,2})*|[a-zđ](?:\.?\d{1,2})*|[ivx]{1,5})[\)\].:\-]+(?:\s+|(?=[A-ZĐÀ-Ỹ]))", re.I
)
_BULLETS = re.compile(r"^(?:[\s\-–—+*•·●○▪❖\uf0b7;,:.]+)")
_COMMON = re.compile(
    r"^\W*(?:(?:các )?(?:thành phần )?hồ sơ(?: bao)?(?: gồm)?(?: có)?|bao gồm|gồm|thành phần(?: hồ sơ)?(?:,? bao gồm| gồm)?"
    r"|(?:số lượng(?: bộ)? hồ sơ\s*:?\s*)?\d* ?(?:\([^)]*\) )?bộ(?: hồ sơ)?|giấy tờ(?: gồm)?|tên giấy tờ"
    r"|thành phần, số lượng hồ sơ)\W*$",
    re.I,
)
_SHOW = re.compile(r"xuất trình", re.I)
_SUBMIT = re.compile(r"(?:phải|cần) nộp|nộp 0?1|giấy tờ nộp", re.I)
_NOTE = re.compile(r"^\W*(?:lưu ý|ghi chú|chú ý|lưu ý thêm|một số lưu ý|yêu cầu (?:chung|về hồ sơ))", re.I)
_CASE = re.compile(
    r"^\W*(?:trường hợp|đối với|dành cho|áp dụng (?:cho|đối với)|khi |nếu |cấp (?:mới|lại|đổi|lần đầu|sửa đổi|gia hạn|điều chỉnh)"
    r"|gia hạn|đăng ký|sửa đổi|điều chỉnh|đổi |hồ sơ (?:đề nghị )?(?:cấp|gia hạn|đổi|sửa|điều chỉnh|đối với)|đề nghị cấp)",
    re.I,
)
_ADDED = re.compile(r"ủy quyền|uỷ quyền|bổ sung thêm|kèm theo hồ sơ", re.I)
_NOTE_ROW = re.compile(
    r"^\W*(?:lưu ý|ghi chú|chú ý|trường hợp|người (?:yêu cầu|đề nghị|nộp)|việc |khi |nếu |ngoài ra"
    r"|số lượng hồ sơ|số bộ hồ sơ|các trường hợp"
    r"|\d* ?(?:\([^)]*\) )?bộ\W*$|hoặc )",
    re.I,
)
_HEADING = re.compile(r"\bgồm(?: có)?(?: một trong)?(?: các)?(?: giấy tờ| tài liệu)?(?: sau)?(?: đây)?\s*:\s*$", re.I)
_HEADING_ROW = re.compile(r":\s*$")
_FILE_TAIL = re.compile(r"\.(?:docx?|pdf|xlsx?|rar|zip|jpe?g|png|odt)\s*$", re.I)
_FILE_INSIDE = re.compile(r"(?<=[a-zà-ỹ.;)])[A-ZĐ][^.;/]{0,80}\.(?:docx?|pdf|xlsx?)(?=\W|[A-ZĐ]|$)")
_GLUED = re.compile(r"(?<=[a-zà-ỹ.;)\d])(?=[A-ZĐMÀ-Ỹ]|mau|mẫu|phu |phụ |to khai|tờ khai|bm|tk)", re.S)
_FORM = re.compile(r"\b[Mm]ẫu(?:\s+(?:số|tờ khai|đơn|biểu))?\s+(?:số\s+)?(?P<mark>[0-9A-ZĐ][0-9A-Za-zĐ]*(?:[./-][0-9A-Za-zĐ]+)*)")
_TEXT_NUMBER = re.compile(r"\d{1,4}/\d{4}/[A-ZĐ]+(?:\s?-\s?[A-ZĐ]+)*")


@dataclass(frozen=True, slots=True)
class JudgedPapers:
    """The papers as they may be listed, and the doubts."""

    papers: ImportedPapers
    doubts: tuple[Doubt, ...]


def judge_papers(groups: Sequence[RawGroup], *, absent: bool = False) -> JudgedPapers:
    """All papers under cases, sections or nothing. ``absent``: the source says that no papers are needed."""
    doubts: list[Doubt] = []
    notes: list[str] = []
    kinds = _title_kinds(groups)
    cases, made = _cases(groups, kinds), []
    for index, (group, kind) in enumerate(zip(groups, kinds, strict=True)):
        if kind == "note":
            notes += [one_line(paper.name) for paper in group.papers]
            continue
        kept, dropped = _split_notes(group.papers)
        notes += dropped
        ordered, moved = in_order(kept)
        if moved:
            doubts.append(Doubt("papers_reordered", "giấy tờ được xếp lại theo số thứ tự đầu dòng", group.title or ""))
        papers = tuple(_paper(paper, "show" if kind == "show" else "submit") for paper in ordered)
        if papers:
            made.append(ImportedGroup(papers, cases[index].id if index in cases else None, _section_title(group, kind)))
    if notes:
        doubts.append(Doubt("paper_is_a_note", f"{len(notes)} dòng chỉ là ghi chú, không tính là giấy tờ", notes[0][:200]))
    if len(groups) > 1:
        doubts.append(Doubt("papers_grouped", f"{len(groups)} nhóm giấy tờ, {len(cases)} là trường hợp"))
    if not made:
        doubts.append(Doubt("papers_missing", "nguồn không ghi giấy tờ nào"))
    state: Literal["present", "absent", "unknown"] = "present" if made else "absent" if absent else "unknown"
    merged = tuple(_merged(made))
    papers_doubts = tuple(_spoken_doubts(notes, cases))
    return JudgedPapers(ImportedPapers(state, tuple(cases.values()), merged, tuple(notes), papers_doubts), tuple(doubts))


def title_kind(title: str | None) -> TitleKind:
    """What a group's title says: nothing of its own, how its papers are handed in, a note, a case, or a part that all need."""
    if title is None or says_nothing(title):
        return "common"
    bare = _without_mark(one_line(title))
    if _COMMON.match(bare) or not bare:
        return "common"
    if _NOTE.match(bare):
        return "note"
    if _CASE.match(bare):
        return "section" if _ADDED.search(bare) else "case"
    if _SHOW.search(bare):
        return "show"
    if _SUBMIT.search(bare):
        return "submit"
    return "section"


def _title_kinds(groups: Sequence[RawGroup]) -> list[TitleKind]:
    kinds = [title_kind(group.title) for group in groups]
    # One case alone tells nothing apart: everybody who reads the list must see when its papers are needed.
    return ["section" if kind == "case" else kind for kind in kinds] if kinds.count("case") < 2 else kinds


def _cases(groups: Sequence[RawGroup], kinds: Sequence[TitleKind]) -> dict[int, ImportedCase]:
    """A case for each group whose title names one; names stay apart when they are cut short."""
    made: dict[int, ImportedCase] = {}
    taken: set[str] = set()
    for index, (group, kind) in enumerate(zip(groups, kinds, strict=True)):
        if kind != "case":
            continue
        whole = one_line(group.title or "")
        name = _case_name(whole)
        if name.casefold() in taken:
            name = f"{short(name, MAX_CASE_NAME - 5)} ({index + 1})"
        taken.add(name.casefold())
        made[index] = ImportedCase(f"th-{index + 1}", name, whole)
    return made


def _case_name(title: str) -> str:
    bare = re.sub(r"^(?:trường hợp|đối với trường hợp|đối với|dành cho)[\s:]+", "", _without_mark(title), flags=re.I).strip(
        " :;,."
    )
    bare = re.sub(r"[,;:]?\s*(?:hồ sơ )?(?:bao )?gồm(?: có)?\W*$", "", bare, flags=re.I) or title
    name = short(bare, MAX_CASE_NAME)
    return name[:1].upper() + name[1:]


def _section_title(group: RawGroup, kind: TitleKind) -> str | None:
    return short(_without_mark(one_line(group.title)).rstrip(" :;."), 140) if kind == "section" and group.title else None


def _without_mark(text: str) -> str:
    previous = None
    while previous != text:
        previous, text = text, _ORDER_MARK.sub("", _BULLETS.sub("", text), count=1)
    return text.strip()


def is_note(paper: RawPaper) -> bool:
    """Whether a row of the list is no paper: a heading, a remark, a piece of a sentence that the source's table cut."""
    name = one_line(paper.name)
    bare = _without_mark(name)
    if not bare or says_nothing(bare) or _COMMON.match(bare):
        return True
    if re.match(r"^\W*(?:lưu ý|ghi chú|chú ý)\b", name, re.I) or _HEADING.search(name):
        return True
    counted = bool(paper.originals or paper.copies or paper.form_files)
    if counted:
        return False
    return bool(_HEADING_ROW.search(name) or _NOTE_ROW.match(bare) or name.startswith(";") or len(name) > 500)


def _split_notes(papers: Iterable[RawPaper]) -> tuple[list[RawPaper], list[str]]:
    kept: list[RawPaper] = []
    dropped: list[str] = []
    for paper in papers:
        if is_note(paper):
            dropped.append(one_line(paper.name))
        else:
            kept.append(paper)
    return kept, [text for text in dropped if text]


def _order_key(name: str) -> tuple[int, ...] | None:
    match = _ORDER_MARK.match(_BULLETS.sub("", name))
    if match is None:
        return None
    mark = match["mark"].casefold()
    if mark[0].isdigit():
        return (0, *(int(part) for part in mark.split(".")))
    # The letters of Vietnamese lists: a b c d đ e g h i …
    letters = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    return (1, letters.index(mark[0])) if len(mark) == 1 and mark[0] in letters else None


def in_order(papers: Sequence[RawPaper]) -> tuple[list[RawPaper], bool]:
    """The papers by the numbers or letters that begin their names, where all carry different ones of one kind; else as they
    stand. Whether anything moved is told."""
    keys = [_order_key(paper.name) for paper in papers]
    known = [key for key in keys if key is not None]
    if len(known) < 2 or len(known) != len(papers) or len(set(known)) != len(known) or len({key[0] for key in known}) > 1:
        return list(papers), False
    ordered = [papers[index] for index in sorted(range(len(papers)), key=lambda index: known[index])]
    return ordered, ordered != list(papers)


def _paper(paper: RawPaper, how: Literal["submit", "show"]) -> ImportedPaper:
    whole = one_line(paper.name)
    name = _without_mark(without_file_names(whole, paper.form_files)).strip(" ;,.-") or whole
    name = name[:1].upper() + name[1:]
    shown = cut(name, MAX_PAPER_NAME)
    form = form_of(name) or (short(shown, 110) if paper.form_files else None)
    return ImportedPaper(shown, how, paper.originals or None, paper.copies or None, form, whole if whole != shown else None)


def without_file_names(name: str, files: Sequence[str]) -> str:
    """The name without the names of attached files that the source ran into it."""
    for file in sorted((f for f in files if len(f) > 4), key=len, reverse=True):
        if name.endswith(file):
            name = name[: -len(file)].rstrip()
    for _ in range(4):
        tail = _FILE_TAIL.search(name)
        if tail is None:
            break
        window = max(0, len(name) - 110)
        seams = [match.start() for match in _GLUED.finditer(name, window, tail.start())]
        if not seams or not name[: seams[-1]].strip(" .-"):
            break
        name = name[: _first_seam(name, seams)].rstrip()
    return _FILE_INSIDE.sub("", name).strip()


def _first_seam(name: str, seams: Sequence[int]) -> int:
    """Where the file name begins: at a word for "form" if one of the seams stands before such a word, else at the last seam."""
    forms = [seam for seam in seams if re.match(r"m[ẫa]u|mus?\d|ph[ụu] ?l[ụu]c|t[ờo] ?khai|bm|bi[ểe]u", name[seam:], re.I)]
    return forms[-1] if forms else seams[-1]


def form_of(name: str) -> str | None:
    """The official form that a paper's name states: "Mẫu số 03 (26/2025/TT-BNNMT)"."""
    match = _FORM.search(name)
    if match is None or not any(char.isdigit() for char in match["mark"]):
        return None
    number = _TEXT_NUMBER.search(name, match.end(), match.end() + 200)
    label = "M" + one_line(match.group())[1:]
    return f"{label} ({number.group().replace(' ', '')})" if number else label


def _merged(groups: Sequence[ImportedGroup]) -> Iterable[ImportedGroup]:
    """Groups under no case and no title stand as one, first."""
    common = [paper for group in groups if group.case is None and group.title is None for paper in group.papers]
    if common:
        yield ImportedGroup(tuple(dict.fromkeys(common)))
    for group in groups:
        if group.case is not None or group.title is not None:
            yield ImportedGroup(tuple(dict.fromkeys(group.papers)), group.case, group.title)


def _spoken_doubts(notes: Sequence[str], cases: dict[int, ImportedCase]) -> Iterable[str]:
    if notes:
        yield f"nguồn còn {len(notes)} dòng ghi chú không kể ở đây"
    if cases:
        yield "các trường hợp lấy từ tên nhóm giấy tờ của nguồn"
