"""The stand-in as the control plane sees it."""

import re
import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from simulators.messaging.orders import ActOrder, NewUser, OfficerOrder, RawPost, SecretOrder, SentFile, SimUser
from simulators.messaging.platform import ActRefused, UnknownUser
from simulators.zalo.account import Account
from simulators.zalo.acts import ACTS, international_phone
from simulators.zalo.people import Person, long_id
from simulators.zalo.webhook import WebhookRefused

_USER_ID = re.compile(r"[0-9]{1,20}")


class ZaloPlatform:
    """``simulators.messaging.platform.SimulatedPlatform`` over an ``Account``."""

    name = "zalo"
    title = "Zalo OA"
    colour = "#0068ff"

    def __init__(self, account: Account) -> None:
        self.account = account
        self.acts: Collection[str] = ACTS.keys()
        self.clock, self.faults, self.transcripts = account.clock, account.faults, account.transcripts
        self.deliveries = account.webhook.deliveries

    def users(self) -> Sequence[SimUser]:
        """All people."""
        return [_as_user(person) for person in self.account.people]

    def make_user(self, order: NewUser) -> SimUser:
        """Adds a person; ``extra`` may hold ``following``, ``template_admin`` and ``refuses_templates``."""
        extra = dict(order.extra)
        following, admin, refuses = (
            extra.pop(key, False) is True for key in ("following", "template_admin", "refuses_templates")
        )
        if extra:
            raise ActRefused(f"unknown extra: {', '.join(sorted(extra))}")
        user_id = order.id or long_id(self.account.credentials.oa_id, secrets.token_hex(8))
        if not _USER_ID.fullmatch(user_id):
            raise ActRefused("a Zalo user id is 1 to 20 digits")
        if self.account.people.get(user_id) is not None:
            raise ActRefused(f"user {user_id} is there already")
        phone = international_phone(order.phone) if order.phone else None
        if phone is not None and self.account.people.by_phone(phone) is not None:
            raise ActRefused("somebody has this phone already")
        person = self.account.people.ensure(user_id, order.name, phone)
        person.template_admin, person.refuses_templates = admin, refuses
        if following:
            person.follows = True
            person.interacts(self.clock.now_ms())
        return _as_user(person)

    async def act(self, user: str, act: str, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
        """Does what a person does."""
        return await ACTS[act](self.account, self._person(user), order, file)

    async def officer_says(self, order: OfficerOrder) -> dict[str, Any]:
        """An officer writes in the account's own chat tool: the echo carries ``admin_id`` (``extra.admin_id``, or made up)."""
        person = self._person(order.user)
        message_id = self.account.new_id()
        self.account.show(person, message_id, "officer", order.text, note=order.officer)
        admin_id = str(order.extra.get("admin_id", long_id("admin", order.officer)))
        content = {"msg_id": message_id, "text": order.text}
        event = self.account.events().from_oa(person, "oa_send_text", content, admin_id)
        deliveries = await self.account.emit(person.user_id, event, order.delivery)
        return {"deliveries": [delivery.id for delivery in deliveries], "message_id": message_id, "admin_id": admin_id}

    async def post_raw(self, order: RawPost) -> dict[str, Any]:
        """Posts any bytes once."""
        body, headers = order.content(), {"X-Simulated": "zalo"}
        if order.content_type is not None:
            headers["Content-Type"] = order.content_type
        if order.signature != "none":
            headers |= self.account.webhook.signature_headers(body)
        if order.signature == "wrong":
            headers["X-ZEvent-Signature"] = f"mac={secrets.token_hex(32)}"
        try:
            answer = await self.account.webhook.post_once(body, headers | order.headers)
        except WebhookRefused as error:
            raise ActRefused(str(error)) from error
        return {"status": answer.status_code, "body": answer.text}

    async def rotate_secret(self, order: SecretOrder) -> dict[str, Any]:
        """Changes the secret of the webhook, or with ``extra.which`` = ``app`` that of the application."""
        value = order.value or secrets.token_hex(16)
        which = order.extra.get("which", "oa")
        match which:
            case "oa":
                self.account.webhook.oa_secret = value
            case "app":
                self.account.tokens.app_secret = value
            case _:
                raise ActRefused("which is oa or app")
        return {"which": which, "value": value}

    async def reset(self) -> None:
        """As just started; the console's settings (secrets, tokens, webhook address) stay."""
        await self.account.reset()

    def facts(self) -> dict[str, Any]:
        """Webhook, quotas and knobs."""
        account = self.account
        now_ms = account.clock.now_ms()
        return {
            "app_id": account.credentials.app_id,
            "oa_id": account.credentials.oa_id,
            "webhook": {"url": account.webhook.url, "disabled": account.webhook.disabled},
            "granted": account.tokens.granted,
            "paid_quota_left": account.quota.paid_left(now_ms, account.knobs),
            "templates_left_today": account.templates_left_today(),
            "knobs": account.knobs.model_dump(),
        }

    def _person(self, user: str) -> Person:
        person = self.account.people.get(user)
        if person is None:
            raise UnknownUser(f"no simulated user {user!r}")
        return person


def _as_user(person: Person) -> SimUser:
    last = person.last_interaction_ms
    return SimUser(
        id=person.user_id,
        name=person.name,
        phone=person.phone,
        blocked=person.blocked,
        following=person.follows,
        last_act=datetime.fromtimestamp(last / 1000, UTC) if last is not None else None,
        extra={"user_id_by_app": person.user_id_by_app, "template_admin": person.template_admin},
    )
