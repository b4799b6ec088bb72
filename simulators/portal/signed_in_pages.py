"""The portal's own pages, made up: login (in place of VNeID), hand-over with signature, payment. Links open them for minutes."""

from collections.abc import Iterable
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from simulators.portal.drafts import SimDraft
from simulators.portal.people import PEOPLE, Person
from simulators.portal.world import PortalWorld

_PAGE = """<!doctype html>
<html lang="vi">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem; color: #1b1b1b }}
button {{ font: inherit; padding: .6rem 1rem; min-height: 44px }}
dt {{ font-weight: 600 }} .mock {{ background: #fff3cd; padding: .5rem 1rem }}
</style></head>
<body><main><p class="mock">MÔ PHỎNG – không phải Cổng dịch vụ công thật, không cần mật khẩu.</p>
<h1>{title}</h1>
{content}
</main></body></html>
"""
_ENDED = "Liên kết không còn dùng được. Xin quay lại cuộc trò chuyện để lấy liên kết mới."


def page_routes(world: PortalWorld) -> APIRouter:
    """``/dvc/…``: what the citizen sees in the browser."""
    router = APIRouter(prefix="/dvc", include_in_schema=False)
    _serve_identity(router, world)
    _serve_hand_over(router, world)
    _serve_payment(router, world)
    return router


def _serve_identity(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/identity/{token}")
    async def identity_page(token: str) -> HTMLResponse:
        if world.identity.pages.find(token) is None:
            return _ended()
        return _page("Đăng nhập bằng định danh điện tử", _people_form("Xác nhận"))

    @router.post("/identity/{token}")
    async def confirm_identity(token: str, person: Annotated[str, Form()]) -> HTMLResponse:
        known, check = PEOPLE.get(person), world.identity.pages.take(token)
        if check is None or known is None:
            return _ended()
        check.person_id = known.id
        return _page("Đã xác nhận", "<p>Xin quay lại cuộc trò chuyện.</p>")


def _serve_hand_over(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/handover/{token}")
    async def hand_over_page(token: str) -> HTMLResponse:
        if _open(world, token) is None:
            return _ended()
        return _page("Đăng nhập bằng định danh điện tử", _people_form("Đăng nhập", "login"))

    @router.post("/handover/{token}")
    async def hand_over(
        request: Request, token: str, person: Annotated[str, Form()], step: Annotated[str, Form()] = "login"
    ) -> HTMLResponse:
        draft, known = _open(world, token), PEOPLE.get(person)
        if draft is None or known is None:
            return _ended()
        if draft.payment == "due":
            payment, _ = world.drafts.payment_links.issue(draft)
            url = str(request.url_for("payment_page", token=payment))
            return _page("Cần nộp phí trước", f"<p>Số tiền: {_money(draft.fee)}</p><p><a href='{escape(url)}'>Thanh toán</a></p>")
        if step != "sign":
            return _page("Kiểm tra và ký số", _summary(draft) + _sign_form(known))
        world.drafts.hand_over_links.take(token)
        await world.submit(draft, known)
        return _page("Đã nộp hồ sơ", _receipt(draft))


def _serve_payment(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/pay/{token}")
    async def payment_page(token: str) -> HTMLResponse:
        draft = world.drafts.payment_links.find(token)
        if draft is None or draft.payment != "due":
            return _ended()
        form = "<form method='post'><button>Thanh toán</button></form>"
        return _page("Thanh toán phí, lệ phí", f"<p>Số tiền: {_money(draft.fee)}</p>{form}")

    @router.post("/pay/{token}")
    async def pay(token: str) -> HTMLResponse:
        draft = world.drafts.payment_links.take(token)
        if draft is None or draft.payment != "due":
            return _ended()
        await world.paid(draft)
        return _page("Đã thanh toán", "<p>Xin quay lại cuộc trò chuyện.</p>")


def _open(world: PortalWorld, token: str) -> SimDraft | None:
    draft = world.drafts.hand_over_links.find(token)
    return draft if draft is not None and draft.status == "handed_over" else None


def _page(title: str, content: str, status: int = 200) -> HTMLResponse:
    text = _PAGE.format(title=escape(title), content=content)
    return HTMLResponse(text.encode("utf-8", "replace"), status, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _ended() -> HTMLResponse:
    return _page("Liên kết đã hết hạn", f"<p>{_ENDED}</p>", 410)


def _people_form(button: str, step: str = "") -> str:
    people = "".join(
        f"<p><label><input type='radio' name='person' value='{escape(one.id)}' required> {escape(one.name)}</label></p>"
        for one in PEOPLE.values()
    )
    hidden = f"<input type='hidden' name='step' value='{step}'>" if step else ""
    choice = f"<fieldset><legend>Chọn người đăng nhập</legend>{people}</fieldset>"
    return f"<form method='post'>{choice}{hidden}<button>{button}</button></form>"


def _sign_form(person: Person) -> str:
    return (
        f"<form method='post'><input type='hidden' name='person' value='{escape(person.id)}'>"
        f"<input type='hidden' name='step' value='sign'><button>Ký số và nộp ({escape(person.name)})</button></form>"
    )


def _summary(draft: SimDraft) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _flat(draft.values))
    papers = "".join(f"<li>{escape(paper['name'])}</li>" for paper in draft.papers)
    return f"<dl>{rows}</dl><h2>Giấy tờ</h2><ul>{papers}</ul>"


def _flat(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, f"{name}/{key}" if name else str(key))
    else:
        yield name, "" if value is None else str(value)


def _receipt(draft: SimDraft) -> str:
    if draft.kind == "supplement":
        return "<p>Đã gửi bổ sung hồ sơ.</p>"
    shown = (("Mã hồ sơ", draft.dossier_code), ("Mã tra cứu", draft.lookup_code))
    return "".join(f"<p>{name}: <strong>{escape(code or '')}</strong></p>" for name, code in shown)


def _money(amount: int) -> str:
    return f"{amount:,} đồng".replace(",", ".")
