"""Draft, papers, fee, payment, hand-over, receipt: the way of a submission, and what a lost answer must not do to it."""

from typing import Any

import pytest

from bot.portal.errors import ContractChanged, Declined, DraftNotFound, FieldFault, OutcomeUnknown
from bot.portal.http_portal import HttpPortal
from bot.portal.oauth import ClientCredentials
from bot.portal.records import LookupFactor
from bot.portal.submission import Draft, DraftPaper, PaperFile

OWNER = "000000000001"
PAPERS = (DraftPaper("GT1", "Giấy đề nghị đăng ký hộ kinh doanh", "upload"), DraftPaper("GT2", "Hợp đồng thuê", "data_store"))
VALUES = {"ten_ho_kinh_doanh": "Quán Mây", "dia_chi": {"so_nha": "51", "duong": "Lý Thái Tổ"}}
PDF = PaperFile("GT1", "Giấy đề nghị.pdf", "application/pdf", b"%PDF-1.7 content")


def draft_of(client: HttpPortal, key: str, procedure: str = "1.001612", papers: Any = PAPERS) -> Draft:
    return client.create_draft(key, procedure, "thành lập mới", VALUES, papers)


def drafts_with(portal: Any, name: str) -> int:
    return sum(one["values"].get("ten_ho_kinh_doanh") == name for one in portal.control("drafts"))


def test_a_submission_from_draft_to_receipt(portal: Any) -> None:
    client = portal.client()
    draft = draft_of(client, "whole")
    assert (draft.kind, draft.status, draft.payment, draft.fee) == ("application", "open", "due", 50_000)
    assert draft.missing_papers == ("GT1",)
    taken = client.attach_file(draft.draft_id, "whole-file", PDF)
    assert (taken.paper_code, taken.size) == ("GT1", len(PDF.content))
    assert client.draft_state(draft.draft_id).missing_papers == ()
    payment = client.payment_link(draft.draft_id)
    assert payment.amount == 50_000
    assert "50.000 đồng" in portal.browse(payment.url).text
    link = client.hand_over_link(draft.draft_id)
    assert "Cần nộp phí trước" in portal.browse(link.url, person=OWNER).text
    assert "Đã thanh toán" in portal.browse(payment.url, pay="1").text
    assert client.draft_state(draft.draft_id).payment == "paid"
    assert "Quán Mây" in portal.browse(link.url, person=OWNER).text
    assert "Đã nộp hồ sơ" in portal.browse(link.url, person=OWNER, step="sign").text
    done = client.draft_state(draft.draft_id)
    assert done.status == "submitted"
    assert done.receipt is not None
    filed = client.lookup_dossier(done.receipt.dossier_code, LookupFactor(done.receipt.lookup_code or ""))
    assert (filed.status_code, filed.procedure_code) == ("1", "1.001612")


def test_a_free_procedure_needs_no_payment(portal: Any) -> None:
    client = portal.client()
    draft = draft_of(client, "free", "1.001193", ())
    assert (draft.payment, draft.fee) == ("not_required", 0)
    with pytest.raises(Declined) as declined:
        client.payment_link(draft.draft_id)
    assert declined.value.reason == "nothing-to-pay"


def test_the_same_key_makes_one_draft_and_another_use_of_it_is_refused(portal: Any) -> None:
    client = portal.client()
    first, again = draft_of(client, "same"), draft_of(client, "same")
    assert first == again
    with pytest.raises(Declined) as declined:
        client.create_draft("same", "1.001612", None, {"other": 1}, ())
    assert declined.value.reason == "idempotency-key-reused"


def test_an_answer_that_got_lost_makes_no_second_draft(portal: Any) -> None:
    name = {"ten_ho_kinh_doanh": "Quán Lạc"}
    portal.fault("accept_then_timeout", seconds=3, count=1)
    with pytest.raises(OutcomeUnknown):
        portal.client(total_seconds=1).create_draft("lost", "1.001193", None, name, ())
    draft = portal.client().create_draft("lost", "1.001193", None, name, ())
    assert portal.client().draft_state(draft.draft_id).status == "open"
    assert drafts_with(portal, "Quán Lạc") == 1


def test_a_retry_after_a_504_makes_no_second_draft(portal: Any) -> None:
    portal.fault("accept_then_timeout", seconds=0, count=1)
    portal.client().create_draft("again", "1.001193", None, {"ten_ho_kinh_doanh": "Quán Lại"}, ())
    assert drafts_with(portal, "Quán Lại") == 1


def test_a_portal_that_is_away_leaves_the_outcome_open(portal: Any) -> None:
    portal.fault("html_503")
    with pytest.raises(OutcomeUnknown):
        draft_of(portal.client(), "away")


def test_a_file_sent_twice_is_attached_once(portal: Any) -> None:
    client = portal.client()
    draft = draft_of(client, "twice")
    assert client.attach_file(draft.draft_id, "file-1", PDF) == client.attach_file(draft.draft_id, "file-1", PDF)
    kept = next(one for one in portal.control("drafts") if one["draft_id"] == draft.draft_id)
    assert [file["name"] for file in kept["files"]] == ["Giấy đề nghị.pdf"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (PaperFile("GT1", "x.pdf", "application/pdf", b"<html>"), "file-refused"),
        (PaperFile("GT1", "x.exe", "application/x-msdownload", b"MZ"), "file-refused"),
        (PaperFile("GT2", "x.pdf", "application/pdf", b"%PDF-"), "paper-unknown"),
        (PaperFile("GT9", "x.pdf", "application/pdf", b"%PDF-"), "paper-unknown"),
    ],
)
def test_a_file_that_does_not_belong_is_declined(portal: Any, file: PaperFile, reason: str) -> None:
    client = portal.client()
    draft = draft_of(client, f"files-{file.paper_code}-{reason}-{len(file.content)}")
    with pytest.raises(Declined) as declined:
        client.attach_file(draft.draft_id, "k", file)
    assert declined.value.reason == reason


def test_a_file_over_the_limit_is_declined(portal: Any) -> None:
    client = portal.client()
    draft = draft_of(client, "large")
    large = PaperFile("GT1", "x.pdf", "application/pdf", b"%PDF-" + bytes(10 * 1024 * 1024))
    with pytest.raises(Declined) as declined:
        client.attach_file(draft.draft_id, "k", large)
    assert declined.value.reason == "body-too-large"
    just = PaperFile("GT1", "x.pdf", "application/pdf", b"%PDF-" + bytes(10 * 1024 * 1024 - 5))
    assert client.attach_file(draft.draft_id, "k", just).size == 10 * 1024 * 1024


def test_hand_over_waits_for_the_papers(portal: Any) -> None:
    client = portal.client()
    with pytest.raises(Declined) as declined:
        client.hand_over_link(draft_of(client, "papers").draft_id)
    assert declined.value.reason == "draft-incomplete"


def test_what_was_sent_is_closed_and_its_link_used_up(portal: Any) -> None:
    client = portal.client()
    draft = draft_of(client, "closed", "1.001193", ())
    link = client.hand_over_link(draft.draft_id)
    portal.browse(link.url, person=OWNER, step="sign")
    assert portal.browse(link.url).status_code == 410
    assert portal.browse(link.url, person=OWNER, step="sign").status_code == 410
    for call in (client.hand_over_link, client.payment_link):
        with pytest.raises(Declined) as declined:
            call(draft.draft_id)
        assert declined.value.reason == "draft-closed"


def test_refused_values_are_told_field_by_field(portal: Any) -> None:
    portal.fault("refuse_values", count=1)
    with pytest.raises(Declined) as declined:
        draft_of(portal.client(), "values")
    assert declined.value.reason == "values-refused"
    assert declined.value.faults == (FieldFault("ten_ho_kinh_doanh", "format"),)
    assert draft_of(portal.client(), "values").status == "open", "a refusal does not use the key up"


@pytest.mark.parametrize(("code", "reason"), [("0.000000", "procedure-not-found"), ("9.999999", "procedure-not-online")])
def test_a_procedure_that_cannot_be_sent_is_declined(portal: Any, code: str, reason: str) -> None:
    with pytest.raises(Declined) as declined:
        draft_of(portal.client(), f"no-{reason}", code)
    assert declined.value.reason == reason


@pytest.mark.parametrize("draft_id", ["nothing", "../v1/changes", "a b", "ư", "x?y#z"])
def test_an_unknown_draft_is_named_so(portal: Any, draft_id: str) -> None:
    with pytest.raises((DraftNotFound, ContractChanged)):
        portal.client().draft_state(draft_id)


@pytest.mark.parametrize("key", ["", "a b", "x" * 65, "k\r\nX: y", "ư"])
def test_a_key_that_cannot_stand_in_a_header_is_the_callers_mistake(portal: Any, key: str) -> None:
    with pytest.raises(ValueError, match="idempotency"):
        draft_of(portal.client(), key)


@pytest.mark.parametrize("person", ["a b", "x" * 65, "k\r\nX: y", "ư"])
def test_a_person_that_cannot_stand_in_a_header_is_the_callers_mistake(portal: Any, person: str) -> None:
    with pytest.raises(ValueError, match="on_behalf_of"):
        portal.client().lookup_dossier("X", LookupFactor("7K2M"), on_behalf_of=person)


@pytest.mark.parametrize("values", [{"x": float("nan")}, {"x": object()}])
def test_values_that_are_no_json_are_the_callers_mistake(portal: Any, values: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        portal.client().create_draft("nan", "1.001193", None, values, ())


def test_a_link_that_leads_elsewhere_is_never_handed_on(portal: Any) -> None:
    client = HttpPortal(portal.url.replace("127.0.0.1", "localhost"), ClientCredentials("motcua", "a-client-secret-for-tests"))
    portal.clients.append(client)
    assert client.hand_over_link(draft_of(client, "links", "1.001193", ()).draft_id).url.startswith("http://localhost")
    client._link_hosts = frozenset({"dichvucong.gov.vn"})
    with pytest.raises(ContractChanged):
        client.hand_over_link(draft_of(client, "links", "1.001193", ()).draft_id)


def test_secrets_of_a_draft_stand_in_no_representation(portal: Any) -> None:
    client = portal.client()
    draft = draft_of(client, "repr", "1.001193", ())
    link = client.hand_over_link(draft.draft_id)
    portal.browse(link.url, person=OWNER, step="sign")
    done = client.draft_state(draft.draft_id)
    assert done.receipt is not None
    shown = repr(done) + repr(link) + repr(PDF)
    for word in (draft.draft_id, link.url, done.receipt.dossier_code, done.receipt.lookup_code, "đề nghị", "%PDF"):
        assert word not in shown
