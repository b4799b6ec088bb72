"""What every column of the ledger holds, as data: a new column fails the tests until somebody has decided.

``public``: no word of a citizen and no number of theirs (ids of ours, states, moments, counts, catalogue, officers' acts).
``identifier``: what platforms or the portal call somebody or something by, and officers' own names. ``masked``: words of or to
citizens, private numbers only as placeholders or masked. ``hashed``: keyed hashes. ``encrypted``: Fernet under LEDGER_KEY;
``motcua keys rotate`` renews these.
"""

from collections.abc import Iterator
from typing import Literal, get_args

from sqlalchemy import MetaData

ColumnClass = Literal["public", "identifier", "masked", "hashed", "encrypted"]
CLASSES: tuple[ColumnClass, ...] = get_args(ColumnClass)

COLUMNS: dict[str, dict[ColumnClass, str]] = {
    "account": {
        "public": "id must_change_password totp_confirmed_at totp_last_step oidc_issuer roles all_agencies agencies state "
        "setup_expires_at created_at updated_at",
        "identifier": "login display_name email oidc_subject",
        "hashed": "password_hash setup_token_hash",
        "encrypted": "totp_secret",
    },
    "account_session": {
        "public": "id account_id created_at seen_at expires_at second_factor_at user_agent revoked_at",
        "hashed": "token_hash address_hash",
    },
    "attachment": {
        "public": "id inbound_id conversation_id position kind media_type size sha256 state detail expires_at",
        "masked": "name",
        "encrypted": "source content",
    },
    "audit_entry": {
        "public": "number at actor_id act subject details previous_hash hash",
        "identifier": "actor_login",
    },
    "audit_head": {"public": "name number hash"},
    "button": {"public": "token conversation_id outbound_id position", "masked": "title act"},
    "campaign": {
        "public": "id title short_text long_text procedure_code target nature channels wards only_who_asked agency templates "
        "state revision start_at banner_until author decided_by decided_at reason test_code test_until created_at changed_at "
        "started_at finished_at",
    },
    "campaign_count": {"public": "campaign_id day channel place_id step n"},
    "campaign_link": {"public": "code campaign_id channel place_id"},
    "campaign_person": {
        "public": "id campaign_id conversation_id channel place_id state reason due_at outbound_id finished_at",
        "hashed": "person",
    },
    "campaign_visit": {"public": "conversation_id campaign_id channel place_id at started_at finished_at"},
    "canned_reply": {"public": "id team title text changed_at changed_by"},
    "catalogue_member": {"public": "version_id code sha256"},
    "catalogue_pointer": {"public": "name version_id switches"},
    "catalogue_record": {"public": "code sha256 listing payload first_seen_at"},
    "change_proposal": {
        "public": "id kind author_account base_commit state needs_second revision checks source created_at updated_at "
        "submitted_at decided_at decided_by commit_sha",
        "identifier": "author_name decided_name",
        "masked": "title note reason",
    },
    "proposed_file": {"public": "id proposal_id path", "masked": "text"},
    "workspace_turn": {"public": "name head moved_at"},
    "consent": {
        "public": "id conversation_id purpose given text_key text_version how at",
        "hashed": "person",
    },
    "content_archive": {"public": "sha256 packed made_at"},
    "content_pointer": {"public": "name release_id changes compared_version compared_content"},
    "content_release": {
        "public": "id kind commit_sha archive_sha256 base_files published_by published_at reason previous_id",
    },
    "guide_count": {"public": "day kind item channel n"},
    "daily_count": {"public": "day channel intent procedure_code outcome messages"},
    "data_export_link": {
        "public": "conversation_id created_at expires_at page_fetched_at json_fetched_at",
        "hashed": "token_sha256",
    },
    "deletion_record": {
        "public": "reference source channel conversation_id rasa_sessions state asked_at ledger_cleared_at done_at counts",
        "hashed": "seal",
    },
    "retention_run": {"public": "id started_at finished_at complete counts"},
    "rights_request": {
        "public": "id conversation_id kind state opened_at acknowledge_by answer_by acknowledged_at ended_at reason",
        "masked": "words",
    },
    "transcript_index": {
        "public": "id conversation_id seq at speaks intent confidence procedure_code outcome outbound_id",
        "masked": "words",
    },
    "transcript_indexed": {"public": "conversation_id seq"},
    "answer_judgement": {
        "public": "id conversation_id outbound_id account verdict fault at replaced_at",
        "identifier": "name",
        "masked": "note right_answer",
    },
    "practice_attempt": {
        "public": "id exercise team seconds points said missed warnings at remark_at",
        "identifier": "account name remark_name",
        "masked": "answer remark",
    },
    "practice_exercise": {
        "public": "id conversation_id question_seq team shared made_at withdrawn_at",
        "identifier": "made_by made_name",
        "masked": "content",
    },
    "reply_approval": {
        "public": "id conversation_id team author_account own_key act file_id state created_at told_at decided_at decided_by "
        "edited outbound_id",
        "identifier": "author_name decided_name",
        "masked": "message reason",
    },
    "catalogue_version": {
        "public": "id imported_at source_name source_sha256 source_format counts report previous_id live_from live_until"
    },
    "channel_account": {"public": "channel account state reason since paused_until next_slot_at quota_left last_sent_at"},
    "channel_event": {
        "public": "id channel account name conversation_id outcome detail received_at platform_at",
        "identifier": "event_id",
    },
    "channel_token": {
        "public": "channel account version access_expires_at obtained_at refresh_issued_at consent_needed failures pending_since "
        "lease_owner lease_until",
        "hashed": "pending_hash",
        "encrypted": "access refresh",
    },
    "conversation": {
        "public": "id channel account speaker lease_owner lease_until fence not_before expects last_seq rasa_session opened_at "
        "last_inbound_at acted_at unavailable_reason unavailable_at officer_until verified_phone_at send_owner send_lease_until "
        "send_fence send_not_before owner_account owner_since owner_until",
        "identifier": "external_id owner_name",
        "encrypted": "verified_phone",
    },
    "delivery": {
        "public": "id outbound_id conversation_id part state attempts error created_at sent_at delivered_at read_at",
        "identifier": "platform_message_id",
        "masked": "call shown",
    },
    "dossier_notice": {
        "public": "id watch_id occasion kind state due_at reason outbound_id created_at finished_at occurred_at",
        "masked": "content",
    },
    "dossier_watch": {
        "public": "id conversation_id state consent_at consent_text status_code supplement_deadline changed_at ended_at "
        "end_reason portal_ended",
        "masked": "shown",
        "hashed": "dossier_key",
        "encrypted": "proofs",
    },
    "eform_draft": {
        "public": "id conversation_id procedure_code stage revision opened_at touched_at expires_at",
        "hashed": "person",
        "encrypted": "content",
    },
    "form_progress": {
        "public": "procedure_code channel place_id opened_at touched_at step answered outcome ended_at",
        "hashed": "draft_hash",
    },
    "handoff": {
        "public": "id conversation_id inbound_id reason state opened_at told_waiting_at ended_at answer_due_at first_answer_at "
        "follows_id number outcome place_id procedure_code routed_by taken_at taken_by team ticket told_long_wait_at "
        "waiting_since",
        "masked": "summary",
    },
    "handoff_event": {"public": "id handoff_id conversation_id kind at account detail"},
    "heartbeat": {"public": "name kind beat_at version"},
    "identity_link": {"public": "conversation_id confirmed_at expires_at", "hashed": "person"},
    "import_difference": {
        "public": "id kind code part name old_words new_words new_sha256 kept_sha256 source_name source_as_of version_id "
        "found_at state decided_by decided_at reason proposal_id",
    },
    "filing_decision": {"public": "proposal_id outcome words decided_by decided_at order_number evidence"},
    "filing_proposal": {
        "public": "id procedure_code state reason_code words_vi words_en legal_basis from_at until_at review_on warnings "
        "evidence proposed_by proposed_at",
    },
    "inbound": {
        "public": "id conversation_id channel account seq received_at order_at due_at attempts outcome "
        "outcome_detail finished_at",
        "identifier": "event_id",
        "masked": "text act circumstances nlu",
        "encrypted": "raw",
    },
    "kill_switch": {
        "public": "id action scope subject facet reason text_vi text_en ordered_by ordered_at from_at until_at",
    },
    "known_dossier": {"public": "conversation_id told_at expires_at", "hashed": "proofs_key", "encrypted": "content"},
    "label": {
        "public": "id item_id rank batch account intent procedure_code entities part_start part_end at counts undone_at "
        "taken_in_at proposal_id",
        "identifier": "name",
        "masked": "note",
    },
    "label_cluster": {"public": "id first_at last_at", "masked": "words_key vector"},
    "label_import": {
        "public": "id account state bytes_total bytes_done rows added duplicates refused faults reason started_at beat_at "
        "finished_at",
        "identifier": "name source_name",
    },
    "label_item": {
        "public": "id conversation_id inbound_id import_id cluster_id channel at intent confidence ranking procedure_code state "
        "apart held_by held_until asked_by asked_to asked_at",
        "identifier": "asked_name",
        "masked": "text words_key asked_note",
    },
    "label_reason": {"public": "item_id reason"},
    "label_skip": {"public": "item_id account at"},
    "labelling_cursor": {"public": "name position"},
    "labelling_setting": {"public": "name value changed_by changed_at"},
    "link_check": {"public": "id procedure_code url checked_at outcome detail final_host checked_by"},
    "note_mention": {"public": "note_id account seen_at"},
    "officer_file": {
        "public": "id conversation_id account media_type size sha256 created_at expires_at fetched_at",
        "masked": "name",
        "hashed": "token_hash",
        "encrypted": "content",
    },
    "officer_note": {"public": "id conversation_id account at", "identifier": "name", "masked": "text"},
    "outage": {
        "public": "id scope channel starts_at ends_at text_vi text_en announced_by announced_at withdrawn_by withdrawn_at",
    },
    "outbound": {
        "public": "id conversation_id inbound_id seq author state detail idempotency_key created_at sent_at author_account",
        "identifier": "author_name",
        "masked": "message",
    },
    "outreach_subscription": {"public": "conversation_id place_id changed_at"},
    "paper_to_attach": {
        "public": "id paper title attachment_id state attempts try_at detail",
        "identifier": "portal_draft_id",
    },
    "partial_reason": {
        "public": "id procedure_code reason_code legal_basis still_in_person_vi still_in_person_en published_where published_on "
        "noted_by noted_at",
    },
    "portal_cursor": {"public": "name cursor polled_at"},
    "portal_event": {"public": "type received_at", "identifier": "event_id"},
    "private_value": {
        "public": "conversation_id token kind expires_at",
        "masked": "masked",
        "encrypted": "ciphertext",
    },
    "register_run": {"public": "id kind started_at finished_at complete read written refused detail"},
    "registered_dossier": {
        "public": "source_system procedure_code unit_code unit_name place_id agency channel status_code received_at due_at "
        "ended_at supplements fee_due paid_online electronic_result digitised disliked as_of first_seen_at seen_at missing_since",
        "identifier": "record_id",
    },
    "service_review": {
        "public": "id year procedure_code name agency published_online counts suggested rules_version rules_sha256 made_at",
    },
    "service_review_comment": {"public": "id review_id account stance words at", "identifier": "name"},
    "service_review_decision": {
        "public": "id review_id decision reason assisted_route seen account at seal",
        "identifier": "name",
    },
    "report": {
        "public": "id kind first_day last_day revision made_at figures alerts changes sha256",
        "identifier": "made_by",
    },
    "report_delivery": {"public": "id report_id destination state attempts created_at next_try_at sent_at error"},
    "scheduled_turn": {"public": "name taken_at done_at"},
    "usage_month": {"public": "month counted_at"},
    "service_card": {
        "public": "id code version origin name field words content sha256 agencies missing doubtful as_of "
        "made_from looks_again_on made_at live_from live_until"
    },
    "service_hour": {"public": "part hour up down unknown office_up office_down office_unknown"},
    "service_probe": {"public": "part at state detail"},
    "sync_check": {"public": "id at finished_at kind complete compared counts by_unit detail", "identifier": "asked_by examples"},
    "sync_difference": {
        "public": "id kind unit_code unit_name agency theirs ours check_id found_at resolved_at",
        "identifier": "record_id",
    },
    "usage_count": {"public": "month measure procedure_code agency place_id channel detail n"},
    "rating": {"public": "handoff_id conversation_id asked_at score reason rated_at"},
    "recovery_code": {"public": "id account_id used_at", "hashed": "code_hash"},
    "seen_up_to": {"public": "conversation_id account seq"},
    "sign_in_attempt": {"public": "id at step succeeded", "hashed": "login_hash address_hash"},
    "submission": {
        "public": "draft_id conversation_id procedure_code kind state handed_over_at sent_at told_at",
        "identifier": "portal_draft_id",
        "encrypted": "receipt",
    },
    "survey_wave": {
        "public": "id title period_from period_to wanted expected_response spared_months seed questions_version frame_hash "
        "frame_size strata state created_by created_at began_at closes_on closed_at"
    },
    "survey_sampled": {"public": "wave_id stratum state reason", "identifier": "record_id"},
    "survey_link": {"public": "wave_id stratum", "hashed": "token_sha256"},
    "survey_answer": {"public": "id wave_id stratum day answers", "masked": "comment"},
    "survey_export": {
        "public": "id wave_id recipient certificate fingerprint asked_by asked_at state decided_by decided_at file_sha256"
    },
    "conversation_rating": {"public": "id conversation_id occasion channel intent procedure_code asked_at score reason rated_at"},
    "switch_pointer": {"public": "name changes"},
    "team_member": {"public": "team account role since"},
    "promotion": {
        "public": "id candidate_id model_name model_sha256 state proposed_at reason overridden_at override_reason decided_at "
        "decision_reason slot share finishes_itself replaces_id canary_at share_at live_at ended_at end_reason measured",
        "identifier": "proposed_by overridden_by decided_by ended_by",
        "masked": "verdict",
    },
    "engine_slot": {
        "public": "slot model_name model_sha256 assigned_at loaded_name loaded_sha256 ready_at seen_at smoke_sha256 fault"
    },
    "engine_route": {"public": "name live_slot canary_slot previous_slot share promotion_id live_promotion_id fence changed_at"},
    "training_job": {
        "public": "id state commit_sha options asked_by asked_at started_at finished_at step progress step_seconds log "
        "cancel_asked_at cancel_asked_by runner lease_until attempts failure",
        "identifier": "asked_name",
    },
    "candidate_model": {
        "public": "id job_id name path sha256 size fingerprint commit_sha trained_at results measured_at live_name live_sha256"
    },
    "replayed_answer": {
        "public": "id candidate_id times last_written_at live candidate mark marked_by marked_at",
        "masked": "text text_key",
    },
    "regression_case": {
        "public": "id intent protected added_by added_at withdrawn_at withdrawn_by",
        "masked": "text text_key",
    },
    "officer_shift": {"public": "team account weekday begins ends"},
    "wrong_proof": {"public": "id attempt_id scope at", "hashed": "key"},
}


def class_of(table: str, column: str) -> ColumnClass | None:
    """The class of a column, or None where nobody has decided."""
    declared = COLUMNS.get(table, {})
    return next((kind for kind, names in declared.items() if column in names.split()), None)


def columns_of(kind: ColumnClass) -> Iterator[tuple[str, str]]:
    """The (table, column) pairs of a class."""
    for table, declared in COLUMNS.items():
        yield from ((table, column) for column in declared.get(kind, "").split())


def undecided(metadata: MetaData) -> list[str]:
    """``table.column`` of every column without a class, and of every declaration without a column."""
    real = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    told = {f"{table}.{column}" for kind in CLASSES for table, column in columns_of(kind)}
    return sorted(real ^ told)
