"""The page's profile, a citizen's own menu and profile, and what the page itself is."""

from typing import Any

import pytest

from tests.simulators.messenger.harness import LAN, PAGE, Messenger, error_of

PROFILE = f"/v25.0/{PAGE}/messenger_profile"
STARTED = {"get_started": {"payload": "GET_STARTED"}}


def menu(count: int = 1, title: str = "Tra cứu", locale: str = "default") -> list[dict[str, Any]]:
    item = {"type": "postback", "title": title, "payload": "a:1"}
    return [{"locale": locale, "call_to_actions": [item] * count}]


def breakers(count: int) -> list[dict[str, Any]]:
    return [{"locale": "default", "call_to_actions": [{"question": "Giờ làm việc?", "payload": "a:1"}] * count}]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"persistent_menu": menu()},
        STARTED | {"persistent_menu": menu(21)},
        STARTED | {"persistent_menu": menu(title="x" * 31)},
        STARTED | {"persistent_menu": menu(locale="vi_VN")},
        {"ice_breakers": breakers(5)},
        {"ice_breakers": [{"question": "Q", "payload": "p"}] * 5},
        {"get_started": {"payload": "x" * 1001}},
        {"get_started": "GO"},
        {"greeting": [{"locale": "default", "text": "x" * 161}]},
        {"whitelisted_domains": ["not a url"]},
        {"nonsense": 1},
    ],
)
def test_a_profile_over_its_limits_is_refused_whole(messenger: Messenger, changes: dict[str, Any]) -> None:
    assert error_of(messenger.graph(PROFILE, changes)) == (400, 100, None)
    fields = "get_started,persistent_menu,ice_breakers,greeting"
    assert messenger.graph(PROFILE, verb="GET", fields=fields).json() == {"data": []}


def test_a_profile_is_set_read_and_deleted(messenger: Messenger) -> None:
    changes = STARTED | {"persistent_menu": menu(20, "x" * 30), "ice_breakers": breakers(4)}
    assert messenger.graph(PROFILE, changes).json() == {"result": "success"}
    shown = messenger.graph(PROFILE, verb="GET", fields="get_started,ice_breakers").json()["data"][0]
    assert shown == {"get_started": {"payload": "GET_STARTED"}, "ice_breakers": breakers(4)}
    assert error_of(messenger.graph(PROFILE, {"fields": ["get_started"]}, "DELETE")) == (400, 100, None)
    both = messenger.graph(PROFILE, {"fields": ["get_started", "persistent_menu"]}, "DELETE")
    assert both.json() == {"result": "success"}


def test_ten_changes_in_ten_minutes(messenger: Messenger) -> None:
    for _ in range(10):
        messenger.graph(PROFILE, STARTED)
    assert error_of(messenger.graph(PROFILE, STARTED)) == (400, 613, None)
    messenger.advance(minutes=10)
    assert messenger.graph(PROFILE, STARTED).status_code == 200


def test_a_citizen_can_have_a_menu_of_their_own(messenger: Messenger) -> None:
    messenger.person()
    own = {"psid": LAN, "persistent_menu": menu(title="Của riêng tôi")}
    assert messenger.graph(f"/v25.0/{PAGE}/custom_user_settings", own).json() == {"result": "success"}
    messenger.does(LAN, "menu", title="Của riêng tôi")
    assert messenger.graph(f"/v25.0/{PAGE}/custom_user_settings", {"psid": LAN}, "DELETE").status_code == 200
    assert messenger.refused(f"/users/{LAN}/menu", {"title": "Của riêng tôi"}).status_code == 409


def test_a_citizens_profile_may_not_be_had(messenger: Messenger) -> None:
    messenger.person()
    told = messenger.graph(f"/v25.0/{LAN}", verb="GET", fields="first_name,last_name").json()
    assert told == {"first_name": "Lan", "last_name": "Nguyễn Thị", "id": LAN}
    assert error_of(messenger.graph(f"/v25.0/{LAN}", verb="GET", fields="birthday")) == (400, 100, None)
    messenger.knobs(profile_access=False)
    assert error_of(messenger.graph(f"/v25.0/{LAN}", verb="GET")) == (400, 100, 2018247)
    messenger.knobs(profile_access=True)
    by_phone = messenger.person("5550001112223", extra={"has_profile": False})
    assert error_of(messenger.graph(f"/v25.0/{by_phone}", verb="GET")) == (400, 100, 2018218)
    assert error_of(messenger.graph("/v25.0/404404404", verb="GET")) == (400, 100, 33)


def test_the_page_tells_whether_routing_is_configured(messenger: Messenger) -> None:
    told = messenger.graph("/v25.0/me", verb="GET", fields="messaging_feature_status").json()
    assert told == {"messaging_feature_status": {"hop_v2": True, "msgr_multi_app": True}, "id": PAGE}
