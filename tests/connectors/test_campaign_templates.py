"""Outside the window a campaign is what the platform approved: the stand-ins take what we render, and show it."""

from dataclasses import replace

import pytest

from bot.outreach.campaigns.content import Content, Template
from bot.outreach.campaigns.rendering import campaign_message, template_of
from connectors.channel import Outgoing, Permanent
from connectors.facebook.client import send_request
from connectors.facebook.render import render as render_for_messenger
from connectors.zalo.render import render as render_for_zalo
from tests.simulators.messenger import harness as messenger_harness
from tests.simulators.zalo import harness as zalo_harness

LINK = "https://motcua.example/c/AB22CD34"
CONTENT = Content(
    "Đăng ký thường trú",
    "Nộp hồ sơ qua mạng, không phải đi lại.",
    templates={
        "zalo": Template("310100", {"noi_dung": "{text}", "lien_ket": "{link}"}),
        "facebook": Template("tin_dich_vu", {"noi_dung": "{text}"}),
    },
)


def outgoing(channel: str, content: Content = CONTENT) -> Outgoing:
    template = template_of(content, channel, LINK, "phường Từ Sơn")
    return Outgoing(campaign_message(content, LINK, 1), "system", mode="template", template=template)


def test_zalo_takes_the_template_by_user_id_days_after_the_last_word() -> None:
    with zalo_harness.running_zalo() as zalo:
        user = zalo.person()
        zalo.does(user, "say", text="Chào")
        zalo.advance(days=30)
        zalo.grant()
        parameters = [{"name": "noi_dung", "maxLength": 100}, {"name": "lien_ket", "maxLength": 100}]
        made = {
            "template_id": "310100", "template_name": "Tin dịch vụ", "tag": 2, "text": "<noi_dung> Xem: <lien_ket>",
            "listParams": parameters, "status": "ENABLE",
        }  # fmt: skip
        zalo.order("/templates", made)
        (call,) = render_for_zalo(outgoing("zalo"))
        answer = zalo.post("/v3.0/oa/message/template", {"user_id": user, **call.body["template"]})
        assert answer["error"] == 0, answer
        assert zalo.screen(user)[-1]["text"] == f"{CONTENT.short_text} Xem: {LINK}"
        long = replace(CONTENT, short_text="rất dài " * 60)
        (call,) = render_for_zalo(outgoing("zalo", long))
        assert zalo.post("/v3.0/oa/message/template", {"user_id": user, **call.body["template"]})["error"] == 0


def test_messenger_takes_the_utility_template_days_after_the_last_word() -> None:
    with messenger_harness.running_messenger() as messenger:
        user = messenger.person()
        messenger.advance(days=30)
        components = [{"type": "BODY", "text": "Thông báo dịch vụ công: {{noi_dung}}. Xin cảm ơn ông bà.",
                       "example": {"body_text_named_params": [{"param_name": "noi_dung", "example": "x"}]}}]  # fmt: skip
        made = {"name": "tin_dich_vu", "language": "vi", "category": "UTILITY", "parameter_format": "NAMED"}
        answer = messenger.graph(f"/v25.0/{messenger_harness.PAGE}/message_templates", made | {"components": components})
        assert answer.status_code == 200, answer.text
        (call,) = render_for_messenger(outgoing("facebook"), {})
        body = send_request(call, user, delivery_id=7, mode="template", human_agent=False)
        assert body["messaging_type"] == "UTILITY"
        sent = messenger.graph(messenger_harness.MESSAGES, body)
        assert sent.status_code == 200, sent.text
        assert CONTENT.short_text.rstrip(".") in messenger.screen(user)[-1]["text"]


def test_an_ordinary_message_never_goes_out_as_a_utility_template() -> None:
    (call, *_) = render_for_messenger(Outgoing(campaign_message(CONTENT, LINK, 1), "system"), {})
    with pytest.raises(Permanent, match="no_such_mode"):
        send_request(call, "1", delivery_id=7, mode="template", human_agent=False)
