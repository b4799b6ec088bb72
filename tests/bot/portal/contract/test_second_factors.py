"""One-time codes, identity on the portal's page, and what each proof opens."""

from typing import Any

import pytest

from bot.portal.errors import CodeRefused, Declined, NotFound, ProofTooWeak, TooManyAttempts
from bot.portal.http_portal import HttpPortal
from bot.portal.records import LookupFactor
from bot.portal.submission import DraftPaper, PaperFile

OWNER, REPRESENTATIVE, STRANGER = "000000000001", "000000000002", "000000000003"


def last_digits(portal: Any, name: str) -> str:
    return str(portal.by_counter[name].record["SoDienThoai"][-4:])


def phone_proof(portal: Any, client: HttpPortal, name: str) -> LookupFactor:
    code = portal.by_counter[name].code
    challenge = client.request_one_time_code(code, last_digits(portal, name), on_behalf_of=name)
    sms = [one for one in portal.control("sms") if one["dossier_code"] == code]
    return client.confirm_one_time_code(challenge.challenge, sms[-1]["code"], on_behalf_of=name)


def identity_proof(portal: Any, client: HttpPortal, person: str, key: str) -> LookupFactor:
    check = client.identity_link(key)
    assert client.identity_proof(check.check_id) is None
    assert "Chọn người đăng nhập" in portal.browse(check.url).text
    assert "Đã xác nhận" in portal.browse(check.url, person=person).text
    proof = client.identity_proof(check.check_id)
    assert proof is not None
    assert proof.person is not None
    assert proof.person.citizen_id == person
    return proof.factor


def test_a_code_sent_to_the_phone_on_file_opens_that_dossier_only(portal: Any) -> None:
    client = portal.client()
    proof = phone_proof(portal, client, "H05.0001")
    assert proof.type == "phone_proof"
    assert client.lookup_dossier(portal.by_counter["H05.0001"].code, proof).status_code == "4"
    with pytest.raises(NotFound):
        client.lookup_dossier(portal.by_counter["H05.0002"].code, proof)


def test_nobody_learns_whether_code_or_digits_fit(portal: Any) -> None:
    client, code = portal.client(), portal.by_counter["H05.0003"].code
    before = len(portal.control("sms"))
    wrong = [client.request_one_time_code(code, "0000"), client.request_one_time_code("H05.12.3-260101-9999", "1234")]
    right = client.request_one_time_code(code, last_digits(portal, "H05.0003"))
    assert {len(one.challenge) for one in (*wrong, right)} == {len(right.challenge)}
    assert len(portal.control("sms")) == before + 1
    said = set()
    for challenge in (*wrong, right):
        with pytest.raises(CodeRefused) as refused:
            client.confirm_one_time_code(challenge.challenge, "not-it")
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_code_works_once_and_not_after_five_wrong_tries(portal: Any) -> None:
    client, demo = portal.client(), portal.by_counter["H05.0004"]
    challenge = client.request_one_time_code(demo.code, last_digits(portal, "H05.0004"))
    code = portal.control("sms")[-1]["code"]
    client.confirm_one_time_code(challenge.challenge, code)
    with pytest.raises(CodeRefused):
        client.confirm_one_time_code(challenge.challenge, code)
    challenge = client.request_one_time_code(demo.code, last_digits(portal, "H05.0004"))
    code = portal.control("sms")[-1]["code"]
    for _ in range(5):
        with pytest.raises(CodeRefused):
            client.confirm_one_time_code(challenge.challenge, "000000x")
    with pytest.raises(CodeRefused):
        client.confirm_one_time_code(challenge.challenge, code)


@pytest.mark.parametrize("code", ["H05.12.3-260101-9998", None])
def test_codes_are_limited_whether_the_dossier_exists_or_not(portal: Any, code: str | None) -> None:
    client = portal.client()
    asked = code or portal.by_counter["H05.0005"].code
    for number in range(5):
        client.request_one_time_code(asked, "0000", on_behalf_of=f"p{number}")
    with pytest.raises(TooManyAttempts):
        client.request_one_time_code(asked, "0000", on_behalf_of="p6")


def test_identity_opens_what_one_owns_or_represents(portal: Any) -> None:
    client, code = portal.client(), portal.by_counter["H05.0005"].code
    for person in (OWNER, REPRESENTATIVE):
        proof = identity_proof(portal, client, person, f"who-{person}")
        assert client.lookup_dossier(code, proof).status_code == "5"
    with pytest.raises(NotFound):
        client.lookup_dossier(code, identity_proof(portal, client, STRANGER, "who-stranger"))


def test_an_identity_page_is_used_up(portal: Any) -> None:
    check = portal.client().identity_link("page-once")
    portal.browse(check.url, person=OWNER)
    assert portal.browse(check.url).status_code == 410
    assert portal.browse(check.url, person=STRANGER).status_code == 410


def test_supplement_papers_need_an_identified_person(portal: Any) -> None:
    client, demo = portal.client(), portal.by_counter["H05.0013"]
    for factor in (LookupFactor(demo.lookup_code), phone_proof(portal, client, "H05.0013"), LookupFactor("guessed")):
        with pytest.raises(ProofTooWeak) as weak:
            client.supplement_details(demo.code, factor)
        assert weak.value.accepted == ("identity_proof",)
    details = client.supplement_details(demo.code, identity_proof(portal, client, OWNER, "details"))
    assert (details.request_id, details.round_number) == ("BS2", 2)
    assert [paper.name for paper in details.papers] == ["Giấy tờ 1"]
    assert details.deadline is not None


def test_a_supplement_is_answered_through_the_signed_in_page(portal: Any) -> None:
    client, code = portal.client(), portal.by_counter["H05.0005"].code
    proof = identity_proof(portal, client, OWNER, "answer")
    details = client.supplement_details(code, proof)
    papers = [DraftPaper(paper.paper_code, paper.name, "upload") for paper in details.papers[:1]]
    draft = client.answer_supplement(code, proof, details.request_id, "answer-1", papers, note="Đã bổ sung")
    assert draft == client.answer_supplement(code, proof, details.request_id, "answer-1", papers, note="Đã bổ sung")
    assert (draft.kind, draft.payment) == ("supplement", "not_required")
    file = PaperFile(papers[0].paper_code, "x.png", "image/png", b"\x89PNG\r\n\x1a\n")
    client.attach_file(draft.draft_id, "answer-file", file)
    portal.browse(client.hand_over_link(draft.draft_id).url, person=OWNER, step="sign")
    assert client.draft_state(draft.draft_id).status == "submitted"
    dossier = client.lookup_dossier(code, proof)
    assert dossier.status_code == "4"
    assert dossier.supplement_requests[-1].answered_at is not None
    with pytest.raises(Declined) as declined:
        client.supplement_details(code, proof)
    assert declined.value.reason == "no-open-supplement"


def test_withdrawal_needs_more_than_the_slip_and_is_done_once(portal: Any) -> None:
    client, demo = portal.client(), portal.by_counter["H05.0002"]
    with pytest.raises(ProofTooWeak) as weak:
        client.withdraw(demo.code, LookupFactor(demo.lookup_code), "Không cần nữa", "withdraw-1")
    assert weak.value.accepted == ("phone_proof", "identity_proof")
    proof = phone_proof(portal, client, "H05.0002")
    asked = client.withdraw(demo.code, proof, "Không cần nữa", "withdraw-1")
    assert client.withdraw(demo.code, proof, "Không cần nữa", "withdraw-1") == asked
    assert client.lookup_dossier(demo.code, proof).status_code == "7"
    with pytest.raises(Declined) as declined:
        client.withdraw(demo.code, proof, "Không cần nữa", "withdraw-2")
    assert declined.value.reason == "not-withdrawable"
