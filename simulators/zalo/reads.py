"""What the application reads: people, conversations, quotas, the account itself."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from simulators.zalo import errors
from simulators.zalo.account import Account
from simulators.zalo.errors import ZaloError
from simulators.zalo.people import Person
from simulators.zalo.windows import VIETNAM_TIME

MAX_ROWS: Final = 10
MAX_PEOPLE: Final = 50
MAX_OFFSET: Final = 9951


def data_of(query: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object in the query parameter ``data``. Raises ``ZaloError`` -201."""
    try:
        data = json.loads(query.get("data", ""))
    except (ValueError, RecursionError) as error:
        raise ZaloError(errors.INVALID_PARAMETER, "data") from error
    if not isinstance(data, dict):
        raise ZaloError(errors.INVALID_PARAMETER, "data")
    return data


def user_detail(account: Account, data: Mapping[str, Any]) -> dict[str, Any]:
    """``/v3.0/oa/user/detail`` and its old name ``/v2.0/oa/getprofile``."""
    person = _person(account, data)
    last = person.last_interaction_ms
    day = f"{datetime.fromtimestamp(last / 1000, UTC).astimezone(VIETNAM_TIME):%d/%m/%Y}" if last is not None else ""
    return {
        "user_id": person.user_id,
        "user_id_by_app": person.user_id_by_app,
        "user_external_id": "",
        "display_name": person.name,
        "user_alias": person.name,
        "is_sensitive": False,
        "user_last_interaction_date": day,
        "user_is_follower": person.follows,
        "avatar": "",
        "avatars": {"120": "", "240": ""},
        "tags_and_notes_info": {"notes": [], "tag_names": []},
        "shared_info": person.shared_info,
    }


def user_list(account: Account, data: Mapping[str, Any]) -> dict[str, Any]:
    """``/v3.0/oa/user/getlist``."""
    offset, count = _page(data, MAX_OFFSET, MAX_PEOPLE)
    known = [person for person in account.people if person.follows or person.last_interaction_ms is not None]
    users = [{"user_id": person.user_id} for person in known[offset : offset + count]]
    return {"total": len(known), "count": len(users), "offset": offset, "users": users}


def own_account(account: Account) -> dict[str, Any]:
    """``/v2.0/oa/getoa``."""
    return {
        "oa_id": account.credentials.oa_id,
        "name": account.credentials.oa_name,
        "description": "Tài khoản mô phỏng",
        "oa_alias": "",
        "is_verified": True,
        "oa_type": 4,
        "cate_name": "Cơ quan nhà nước",
        "num_follower": sum(person.follows for person in account.people),
        "avatar": "",
        "cover": "",
        "package_name": "Nâng cao",
        "package_valid_through_date": "31/12/2099",
        "linked_ZCA": "1",
    }


def conversation(account: Account, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``/v2.0/oa/conversation``: messages with one person, newest first."""
    person = _person(account, data)
    return account.chat.conversation(person.user_id, *_page(data, None, MAX_ROWS))


def recent_chats(account: Account, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``/v2.0/oa/listrecentchat``: the last message of each conversation, newest first."""
    return account.chat.recent(*_page(data, None, MAX_ROWS))


def message_quota(account: Account, body: object) -> Any:
    """``/v3.0/oa/quota/message``: what is left for one person, or for the account. Raises ``ZaloError``."""
    if not isinstance(body, dict):
        raise ZaloError(errors.INVALID_PARAMETER)
    now_ms = account.clock.now_ms()
    if "user_id" in body:
        person = _person(account, body)
        free = account.quota.free_left(person, now_ms, account.knobs)
        total = account.knobs.free_replies
        reply = {} if free is None or total == "unlimited" else {"remain": free, "total": total}
        return {"last_interaction": person.last_interaction_ms, "cs_reply": reply, "promotion": {"remain": 0, "total": 0}}
    if body.get("quota_owner") not in ("OA", "App"):
        raise ZaloError(errors.INVALID_PARAMETER, "quota_owner")
    left = account.quota.paid_left(now_ms, account.knobs)
    return [
        {
            "quota_owner": body["quota_owner"],
            "owner_id": account.credentials.oa_id,
            "product_type": body.get("product_type", "cs"),
            "quota_type": body.get("quota_type", "sub_quota"),
            "remain": left,
            "total": account.knobs.paid_quota,
        }
    ]


def _person(account: Account, data: Mapping[str, Any]) -> Person:
    user_id = data.get("user_id")
    if not isinstance(user_id, str):
        raise ZaloError(errors.INVALID_PARAMETER, "user_id")
    person = account.people.get(user_id)
    if person is None or (person.last_interaction_ms is None and not person.follows):
        raise ZaloError(errors.NOT_REACHABLE)
    return person


def _page(data: Mapping[str, Any], max_offset: int | None, max_count: int) -> tuple[int, int]:
    offset, count = data.get("offset", 0), data.get("count", max_count)
    if type(offset) is not int or type(count) is not int or offset < 0 or count < 1:
        raise ZaloError(errors.INVALID_PARAMETER, "offset, count")
    if count > max_count or (max_offset is not None and offset > max_offset):
        raise ZaloError(errors.TOO_BIG, "offset, count")
    return offset, count
