"""Members of a repeated group as citizens speak of them: "bỏ người thứ 2", "xoá thành viên Trần Văn B", "thêm một người nữa",
"sửa người thứ nhất". Those behind a member that goes move up, with all of their answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.eforms.corrections import correction_in
from bot.eforms.draft import Answer, Draft
from bot.eforms.fields import Field
from bot.eforms.fixing import which_field
from bot.eforms.going_on import again, go_on
from bot.eforms.ordinals import ORDINAL, place_named
from bot.eforms.showing import shown
from bot.eforms.turns import Filling, FormReply, Step
from bot.eforms.word_table import alternatives
from bot.language.normalise import clean, fold
from bot.messages import BotMessage
from bot.texts import say

_LAST = -1
_WORDS_BESIDE = 2
"""A name with more words around it is no mere naming."""

_TAIL = r"(?:\W+(?:a|di|nhe|nha|ra|giup|toi|minh|em|cho|voi|khoi|danh sach|roi|luon|nua))*\W*"
_CALL = rf"^\W*(?:(?:{alternatives('calls')}|{alternatives('slips')})\W+)*"
_REMOVE = re.compile(rf"{_CALL}(?:bo|xoa|huy|loai|bot|go)(?: bo| di)?\s+(?P<what>.+?){_TAIL}$")
_ADD = re.compile(
    rf"{_CALL}(?:khai |ghi |dien )?them(?: (?:mot|1))?(?P<what>(?:\s+\w+){{0,4}}?)(?:\s+(?:nua|vao|khac|moi))*{_TAIL}$"
)
_EDIT = re.compile(rf"{_CALL}(?:{alternatives('change_verbs')})(?: lai| giup| cho)*\s+(?P<what>.+?){_TAIL}$")
_COUNTED = re.compile(rf"^(?P<noun>[a-z ]*?)\s*(?:(?:thu|so)\s*)?{ORDINAL}$")
_NO_MEMBER = frozenset({"muc", "cau", "dong", "phan", "y", "giay to", "ho so", "qua", "het"})
_ANYBODY = frozenset({"nguoi", "ban", "anh", "chi", "ong", "ba", "cai", "con", "dua", "chau", "em", "vi"})
"""What people call a member, whatever the form calls it."""


@dataclass(frozen=True)
class _Group:
    """A repeated group as it is filled in now. ``least``: members that the form demands; ``may_grow``: one more can be added."""

    path: str
    label: str
    members: int
    least: int
    gates: Mapping[int, Field]


def member_turn(filling: Filling, draft: Draft, text: str) -> Step | None:
    """What a message does with the members of a group; None where it speaks of none."""
    words = fold(clean(text)).replace("\n", " ").strip()
    groups = _groups(filling, draft)
    if not groups or len(words) > 120:
        return None
    if match := _REMOVE.match(words):
        found = _member(filling, draft, groups, match["what"])
        return _remove(filling, draft, *found) if found else None
    if match := _ADD.match(words):
        group = _group_called(groups, match["what"].strip())
        return _add(filling, draft, group) if group else None
    correction = correction_in(text)
    if (match := _EDIT.match(words)) and not (correction and correction.new):
        found = _member(filling, draft, groups, match["what"])
        return _edit(filling, draft, *found) if found else None
    return None


def _groups(filling: Filling, draft: Draft) -> list[_Group]:
    labels: dict[str, str] = {}
    gates: dict[str, dict[int, Field]] = {}
    members: dict[str, int] = {}
    for one in filling.asked(draft).fields:
        if one.gate:
            path, _, place = one.path.rpartition("#")
            labels[path] = one.label.vi
            gates.setdefault(path, {})[int(place)] = one
        elif one.member:
            found = re.match(r"(.*)\[(\d+)\]", one.path)
            if found:
                members[found[1]] = max(members.get(found[1], 0), int(found[2]) + 1)
                labels.setdefault(found[1], one.member.vi.rpartition(" ")[0])
    return [
        _Group(path, fold(label), members.get(path, 0), min(gates.get(path, {members.get(path, 0): None})), gates.get(path, {}))
        for path, label in labels.items()
    ]


def _group_called(groups: Sequence[_Group], noun: str) -> _Group | None:
    """The group that a noun means; a general one ("người") the only group there is."""
    named = [one for one in groups if noun and (noun == one.label or noun in one.label or one.label in noun)]
    if len(named) == 1:
        return named[0]
    general = noun == "" or set(noun.split()) <= _ANYBODY
    return groups[0] if general and len(groups) == 1 else None


def _member(filling: Filling, draft: Draft, groups: Sequence[_Group], what: str) -> tuple[_Group, int] | None:
    """The group and the place (from 0) of the member that words name, by its number or by a name among its answers."""
    counted = _COUNTED.match(what)
    if counted:
        noun = counted["noun"].strip()
        group = None if noun in _NO_MEMBER or not noun else _group_called(groups, noun)
        if group is None:
            return None
        place = place_named(counted["ordinal"])
        place = group.members if place == _LAST else place
        return (group, place - 1) if place is not None and 1 <= place <= group.members else None
    found: set[tuple[str, int]] = set()
    for one in filling.asked(draft).fields:
        answer, stands = draft.values.get(one.path), re.match(r"(.*)\[(\d+)\]", one.path)
        if answer is not None and stands is not None and one.kind == "person_name" and _names(what, fold(str(answer.value))):
            found.add((stands[1], int(stands[2])))
    if len(found) != 1:
        return None
    path, number = found.pop()
    return next(((group, number) for group in groups if group.path == path), None)


def _names(what: str, name: str) -> bool:
    """Whether words are a member's name: all of it with little around, or its end ("anh Dũng")."""
    told, called = len(what.split()), len(name.split())
    if name in what:
        return told <= called + _WORDS_BESIDE
    return told <= called and re.search(rf"(?:^|\s){re.escape(_bare(what))}$", name) is not None


def _bare(what: str) -> str:
    """A name without "anh", "bà" before it."""
    words = what.split()
    while len(words) > 1 and words[0] in _ANYBODY:
        words = words[1:]
    return " ".join(words)


def _remove(filling: Filling, draft: Draft, group: _Group, place: int) -> Step:
    language = filling.tools.language
    label = _label_of(filling, draft, group, place)
    if group.members - 1 < group.least:
        told = BotMessage(say("eform_member_needed", language, count=group.least, member=label), "answer")
        return Step(draft, FormReply((told, *again(filling, draft))))
    moved = replace(
        draft,
        values=_moved_values(draft.values, group, place),
        trail=tuple(path for old in draft.trail if (path := _moved(old, group.path, place)) is not None),
        skipped=tuple(path for old in draft.skipped if (path := _moved(old, group.path, place)) is not None),
        asked=None,
        pending=None,
    )
    return go_on(filling, moved, (say("eform_member_removed", language, member=label),))


def _label_of(filling: Filling, draft: Draft, group: _Group, place: int) -> str:
    """A member with its number, and its name where it has one."""
    fields = [one for one in filling.asked(draft).fields if one.path.startswith(f"{group.path}[{place}]")]
    called = next((one.member.of(filling.tools.language) for one in fields if one.member), str(place + 1))
    named = next((one for one in fields if one.kind == "person_name" and one.path in draft.values), None)
    return f"{called} ({shown(named, draft.values[named.path].value, filling.tools)})" if named else called


def _moved_values(values: Mapping[str, Answer], group: _Group, place: int) -> dict[str, Answer]:
    gate = f"{group.path}#"
    kept = {path: answer for old, answer in values.items() if (path := _moved(old, group.path, place)) is not None}
    for number in range(group.least, group.members - 1):
        kept[f"{gate}{number}"] = Answer(True)
    closed = values.get(f"{gate}{group.members}")
    if closed is not None and closed.value is False:
        kept[f"{gate}{group.members - 1}"] = Answer(False)
    return kept


def _moved(path: str, group: str, place: int) -> str | None:
    """Where an answer stands once the member at ``place`` is gone; None for its own answers and for the group's gates, which are
    written anew."""
    if path.startswith(f"{group}#"):
        return None
    found = re.match(rf"{re.escape(group)}\[(\d+)\]", path)
    if found is None:
        return path
    number = int(found[1])
    if number == place:
        return None
    return path if number < place else f"{group}[{number - 1}]{path[found.end() :]}"


def _add(filling: Filling, draft: Draft, group: _Group) -> Step | None:
    """One more member; its first field is asked for."""
    language = filling.tools.language
    last = max(group.gates, default=None)
    if last is None or (last < group.members):
        told = BotMessage(say("eform_member_most", language, count=group.members), "answer")
        return Step(draft, FormReply((told, *again(filling, draft))))
    gate = group.gates[last]
    return go_on(filling, replace(draft.with_answer(gate.path, True), asked=None, pending=None))


def _edit(filling: Filling, draft: Draft, group: _Group, place: int) -> Step | None:
    """Which of a member's answers is to be set right."""
    prefix = f"{group.path}[{place}]"
    fields = [one for one in filling.asked(draft).fields if one.path.startswith(prefix) and one.path in draft.values]
    return which_field(filling, draft, fields, "") if fields else None
