"""What the application can read."""

import pytest

from tests.simulators.zalo.harness import CREDENTIALS, Zalo


def test_person_as_the_account_knows_them(zalo: Zalo) -> None:
    user = zalo.person(extra={"following": True})
    for path in ("/v3.0/oa/user/detail", "/v2.0/oa/getprofile"):
        data = zalo.get(path, data={"user_id": user})["data"]
        assert (data["user_id"], data["display_name"]) == (user, "Nguyễn Thị Hoàng Anh")
        assert data["user_is_follower"] is True
        assert data["user_last_interaction_date"] == "23/11/2026"
        assert data["shared_info"] == {}, "nothing was shared yet"


def test_strangers_cannot_be_read(zalo: Zalo) -> None:
    for user in ("1", zalo.person()):
        assert zalo.get("/v3.0/oa/user/detail", data={"user_id": user})["error"] == -213


@pytest.mark.parametrize("query", ["", "{", "[]", "5", "[" * 10_000, '{"user_id": 5}', "{}"])
def test_broken_queries(zalo: Zalo, query: str) -> None:
    assert zalo.get("/v3.0/oa/user/detail", data=query)["error"] == -201


def test_conversation_is_newest_first_and_tells_both_sides(zalo: Zalo) -> None:
    user = zalo.person()
    zalo.does(user, "say", text="Hỏi")
    zalo.send(user, text="Đáp")
    answer, question = zalo.get("/v2.0/oa/conversation", data={"user_id": user, "offset": 0, "count": 10})["data"]
    assert (answer["message"], answer["from_id"], answer["to_id"]) == ("Đáp", CREDENTIALS.oa_id, user)
    assert (question["message"], question["from_id"], question["src"]) == ("Hỏi", user, 1)
    second = zalo.get("/v2.0/oa/conversation", data={"user_id": user, "offset": 1, "count": 1})["data"]
    assert second == [question]


def test_recent_chats_are_one_row_per_conversation(zalo: Zalo) -> None:
    for user in ("11", "22", "11"):
        if user not in {known["id"] for known in zalo.order("/users", method="GET")["users"]}:
            zalo.person(user)
        zalo.does(user, "say", text=f"từ {user}")
    rows = zalo.get("/v2.0/oa/listrecentchat", data={"offset": 0, "count": 10})["data"]
    assert [row["from_id"] for row in rows] == ["11", "22"]


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("/v2.0/oa/listrecentchat", {"offset": 0, "count": 11}, -210),
        ("/v2.0/oa/listrecentchat", {"offset": -1, "count": 1}, -201),
        ("/v2.0/oa/listrecentchat", {"offset": "0", "count": 1}, -201),
        ("/v3.0/oa/user/getlist", {"offset": 9952, "count": 1}, -210),
        ("/v3.0/oa/user/getlist", {"offset": 0, "count": 51}, -210),
    ],
)
def test_pages_have_limits(zalo: Zalo, path: str, data: dict[str, object], code: int) -> None:
    assert zalo.get(path, data=data)["error"] == code


def test_list_of_people_and_the_account_itself(zalo: Zalo) -> None:
    zalo.person("11")
    zalo.person("22", extra={"following": True})
    listed = zalo.get("/v3.0/oa/user/getlist", data={"offset": 0, "count": 50})["data"]
    assert (listed["total"], listed["users"]) == (1, [{"user_id": "22"}])
    account = zalo.get("/v2.0/oa/getoa")["data"]
    assert (account["oa_id"], account["num_follower"]) == (CREDENTIALS.oa_id, 1)


def test_quota_of_a_person_and_of_the_account(zalo: Zalo) -> None:
    user = zalo.person(extra={"following": True})
    assert zalo.post("/v3.0/oa/quota/message", {"user_id": user})["data"]["cs_reply"] == {}
    zalo.knobs(free_replies=8)
    zalo.send(user, text="a")
    quota = zalo.post("/v3.0/oa/quota/message", {"user_id": user})["data"]
    assert quota["cs_reply"] == {"remain": 7, "total": 8}
    assert quota["last_interaction"] > 1_700_000_000_000
    body = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
    assert zalo.post("/v3.0/oa/quota/message", body)["data"][0]["remain"] == 2000
    assert zalo.post("/v3.0/oa/quota/message", {"quota_owner": "me"})["error"] == -201
    assert zalo.post("/v3.0/oa/quota/message", [])["error"] == -201
