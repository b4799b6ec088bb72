"""ZBS template messages: by phone (business interface) and by user id; their status, quota and administration."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from simulators.zalo import errors
from simulators.zalo.account import Account
from simulators.zalo.errors import ZaloError
from simulators.zalo.people import Person
from simulators.zalo.templates import CHANGES_PER_DAY, Template
from simulators.zalo.windows import day_of, is_night

_PHONE = re.compile(r"84[1-9][0-9]{8}")
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_PHONE_FIELDS = {"phone", "template_id", "template_data", "tracking_id"}
_PHONE_OPTIONS = {"sending_mode", "mode"}
_UID_FIELDS = {"user_id", "template_id", "template_data"}


async def send_by_phone(account: Account, body: object) -> dict[str, Any]:
    """``/message/template``: the ``data`` of the answer. Raises ``ZaloError``."""
    return await _send_to_phone(account, body, _PHONE, account.people.by_phone)


async def send_by_hashed_phone(account: Account, body: object) -> dict[str, Any]:
    """``/message/template/hashphone``: ``phone`` is the SHA-256 of the number. Raises ``ZaloError``."""
    return await _send_to_phone(account, body, _HASH, account.people.by_hashed_phone)


async def _send_to_phone(
    account: Account, body: object, form: re.Pattern[str], find: Callable[[str], Person | None]
) -> dict[str, Any]:
    order = _order(body, _PHONE_FIELDS, _PHONE_OPTIONS, errors.ZBS_BAD_DATA)
    phone, tracking_id = order["phone"], order["tracking_id"]
    if not isinstance(phone, str) or not form.fullmatch(phone):
        raise ZaloError(errors.ZBS_BAD_PHONE)
    if not isinstance(tracking_id, str) or not 1 <= len(tracking_id) <= 48:
        raise ZaloError(errors.ZBS_BAD_DATA, "tracking_id")
    mode = order.get("sending_mode", "1")
    development = order.get("mode") == "development"
    if mode not in ("1", "3") or order.get("mode", "development") != "development":
        raise ZaloError(errors.ZBS_BAD_DATA, "mode")
    person = find(phone)
    template, data = _checked(account, order, development=development)
    if development and (person is None or not person.template_admin):
        raise ZaloError(errors.ZBS_ADMINS_ONLY)
    if person is None:
        raise ZaloError(errors.ZBS_NO_ACCOUNT)
    if person.blocked or person.refuses_templates:
        raise ZaloError(errors.ZBS_USER_REFUSES)
    if not development:
        _count(account)
    message_id = _show(account, person, template, data)
    sent_ms = account.clock.now_ms()
    if account.knobs.receipts:
        receipt = {"msg_id": message_id, "tracking_id": tracking_id, "delivery_time": str(sent_ms)}
        await account.emit(person.user_id, account.events().template_received(phone, receipt))
    return {"msg_id": message_id, "sent_time": str(sent_ms), "sending_mode": mode, "quota": quota(account)}


async def send_by_user_id(account: Account, body: object) -> dict[str, Any]:
    """``/v3.0/oa/message/template``: the ``data`` of the answer. Raises ``ZaloError``."""
    order = _order(body, _UID_FIELDS, set(), errors.INVALID_PARAMETER)
    user_id = order["user_id"]
    person = account.people.get(user_id) if isinstance(user_id, str) else None
    if person is None:
        raise ZaloError(errors.NOT_REACHABLE)
    template = account.templates.get(order["template_id"])
    if not template.by_uid:
        raise ZaloError(errors.NOT_FOR_UID)
    template, data = _checked(account, order, development=False)
    if person.blocked or person.refuses_templates:
        raise ZaloError(account.knobs.blocked_error if person.blocked else errors.USER_RESTRICTS)
    _count(account)
    message_id = _show(account, person, template, data)
    content = {"msg_id": message_id, "text": template.shown(data)}
    await account.emit(person.user_id, account.events().from_oa(person, "oa_send_template", content))
    await account.received(person, message_id)
    return {"message_id": message_id, "user_id": person.user_id, "quota": quota(account)}


def _order(body: object, fields: set[str], options: set[str], code: int) -> Mapping[str, Any]:
    if not isinstance(body, dict) or not fields <= set(body) or set(body) - fields - options:
        raise ZaloError(code, "fields")
    return body


def _checked(account: Account, order: Mapping[str, Any], *, development: bool) -> tuple[Template, dict[str, str]]:
    template = account.templates.get(order["template_id"])
    if template.status == "DISABLE":
        raise ZaloError(errors.ZBS_DISABLED)
    if template.status != "ENABLE" and not (development and template.status == "PENDING_REVIEW"):
        raise ZaloError(errors.ZBS_NOT_APPROVED)
    data = template.check(order["template_data"])
    blocks = template.tag == 3 or account.knobs.night_blocks == "all"
    if blocks and is_night(account.clock.now_ms()):
        raise ZaloError(errors.ZBS_NIGHT)
    if not development and not account.templates_left_today():
        raise ZaloError(errors.ZBS_DAILY_QUOTA)
    return template, data


def _count(account: Account) -> None:
    day = day_of(account.clock.now_ms())
    account.template_sends[day] = account.template_sends.get(day, 0) + 1


def _show(account: Account, person: Person, template: Template, data: dict[str, str]) -> str:
    message_id = account.new_id()
    account.show(person, message_id, "bot", template.shown(data), kind="template", note=f"ZBS {template.template_id}")
    account.template_receipts[message_id] = account.knobs.receipts
    return message_id


def quota(account: Account) -> dict[str, str]:
    """``/message/quota``: strings, as in the answers to a send."""
    return {"dailyQuota": str(account.knobs.template_daily_quota), "remainingQuota": str(account.templates_left_today())}


def status(account: Account, message_id: str | None) -> dict[str, Any]:
    """``/message/status``: 1 delivered, 0 on its way, -1 unknown."""
    delivered = account.template_receipts.get(message_id or "")
    return {"message_id": message_id, "status": -1 if delivered is None else int(delivered)}


def put_template(account: Account, body: object, *, edit: bool) -> dict[str, Any]:
    """``/template/create`` and ``/template/edit``: the template waits for a review. Raises ``ZaloError``.

    The real body is a layout of components; this one is the ``Template`` of this stand-in.
    """
    day = day_of(account.clock.now_ms())
    if account.template_changes.get(day, 0) >= CHANGES_PER_DAY:
        raise ZaloError(errors.RATE_LIMIT)
    if not isinstance(body, dict) or {"status", "reason"} & set(body):
        raise ZaloError(errors.ZBS_BAD_DATA)
    try:
        template = Template.model_validate(body)
    except ValidationError as error:
        raise ZaloError(errors.ZBS_BAD_DATA) from error
    if edit:
        account.templates.get(template.template_id)
    elif template.template_id:
        raise ZaloError(errors.ZBS_BAD_DATA, "template_id")
    account.template_changes[day] = account.template_changes.get(day, 0) + 1
    stored = account.templates.put(template)
    return {"template_id": stored.template_id, "template_status": stored.status}
