"""What only this platform's control plane has: knobs, console, tokens, webhook, templates."""

from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field

from simulators.messaging.control import control_app, simulated
from simulators.messaging.guard import refuse_real_platform
from simulators.messaging.platform import ActRefused
from simulators.zalo.errors import ZaloError
from simulators.zalo.knobs import Knobs
from simulators.zalo.platform import ZaloPlatform
from simulators.zalo.templates import Template, TemplateStatus
from simulators.zalo.webhook import WebhookRefused


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WebhookOrder(_Order):
    """The address to save in the console."""

    url: str = Field(min_length=1, max_length=2048)


class ConsoleOrder(_Order):
    """OAuth settings of the console; what is left out stays, null removes."""

    redirect_uri: str | None = None
    code_challenge: str | None = None


class ReviewOrder(_Order):
    """The outcome of a template's review."""

    status: TemplateStatus
    reason: str = ""


def zalo_control_app(platform: ZaloPlatform) -> FastAPI:
    """The application of the control port."""
    app = control_app(platform)
    router = APIRouter(prefix="/_sim")
    _serve_knobs(router, platform)
    _serve_webhook(router, platform)
    _serve_oauth(router, platform)
    _serve_templates(router, platform)
    app.include_router(router)
    return app


def _serve_knobs(router: APIRouter, platform: ZaloPlatform) -> None:
    account = platform.account

    @router.get("/knobs")
    def show_knobs() -> dict[str, Any]:
        return simulated({"knobs": account.knobs.model_dump()})

    @router.post("/knobs")
    async def turn_knobs(changes: dict[str, Any]) -> dict[str, Any]:
        """Only what is named changes."""
        before = account.knobs.template_daily_quota
        account.knobs = Knobs.model_validate(account.knobs.model_dump() | changes)
        after = account.knobs.template_daily_quota
        if before != after:
            await account.emit("", account.events().daily_quota(before, after))
        return simulated({"knobs": account.knobs.model_dump()})


def _serve_webhook(router: APIRouter, platform: ZaloPlatform) -> None:
    webhook = platform.account.webhook

    def shown() -> dict[str, Any]:
        return simulated({"url": webhook.url, "disabled": webhook.disabled})

    @router.get("/webhook")
    def show_webhook() -> dict[str, Any]:
        return shown()

    @router.post("/webhook")
    async def register_webhook(order: WebhookOrder) -> dict[str, Any]:
        """Posts an unsigned ``{}`` first; this also switches a disabled webhook on again."""
        try:
            await webhook.register(order.url)
        except (WebhookRefused, ValueError) as error:
            raise ActRefused(str(error)) from error
        return shown()

    @router.delete("/webhook")
    async def remove_webhook() -> dict[str, Any]:
        webhook.remove()
        return shown()


def _serve_oauth(router: APIRouter, platform: ZaloPlatform) -> None:
    tokens = platform.account.tokens

    @router.post("/console")
    async def save_console(order: ConsoleOrder) -> dict[str, Any]:
        if "redirect_uri" in order.model_fields_set:
            try:
                tokens.redirect_uri = None if order.redirect_uri is None else refuse_real_platform(order.redirect_uri)
            except ValueError as error:
                raise ActRefused(str(error)) from error
        if "code_challenge" in order.model_fields_set:
            tokens.code_challenge = order.code_challenge
        return simulated({"redirect_uri": tokens.redirect_uri, "code_challenge": tokens.code_challenge})

    @router.post("/tokens")
    async def grant_tokens() -> dict[str, Any]:
        """A new pair, as if an administrator had agreed and the code had been exchanged."""
        return simulated(tokens.grant())

    @router.post("/tokens/expire")
    async def expire_tokens() -> dict[str, Any]:
        """All access tokens end; refresh tokens stay."""
        tokens.expire_access()
        return simulated({"expired": True})

    @router.delete("/tokens")
    async def revoke_tokens() -> dict[str, Any]:
        """The account removes the application."""
        tokens.revoke()
        return simulated({"revoked": True})


def _serve_templates(router: APIRouter, platform: ZaloPlatform) -> None:
    account = platform.account

    @router.get("/templates")
    def show_templates() -> dict[str, Any]:
        return simulated({"templates": [template.model_dump(by_alias=True) for template in account.templates]})

    @router.post("/templates", status_code=201)
    async def put_template(body: dict[str, Any]) -> dict[str, Any]:
        """Any template in any standing, without a review."""
        return simulated(account.templates.put(Template.model_validate(body)).model_dump(by_alias=True))

    @router.post("/templates/{template_id}/review")
    async def review_template(template_id: str, order: ReviewOrder) -> dict[str, Any]:
        """The review ends: ``change_template_status`` is sent."""
        try:
            before = account.templates.get(template_id)
        except ZaloError as error:
            raise ActRefused(str(error)) from error
        after = account.templates.put(before.model_copy(update={"status": order.status, "reason": order.reason}))
        event = account.events().template_status(template_id, before.status, after.status, order.reason)
        deliveries = await account.emit("", event)
        return simulated({"deliveries": [delivery.id for delivery in deliveries], "status": after.status})
