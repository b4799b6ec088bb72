"""The console's pages, one module each: its routes, what each declares, and what it shows."""

from fastapi import APIRouter

from console.pages import (
    accounts,
    approvals,
    audit,
    canned_replies,
    conversation,
    conversation_acts,
    conversation_files,
    home,
    inbox,
    my_account,
    outages,
    promotions,
    provider,
    reveal,
    rights,
    sign_in,
    switches,
    teams,
    training,
    training_cases,
    training_results,
    transcript_files,
    transcripts,
)


def page_routers() -> list[APIRouter]:
    """The routes of every page."""
    return [
        home.page_routes(),
        sign_in.page_routes(),
        provider.page_routes(),
        my_account.page_routes(),
        inbox.page_routes(),
        conversation.page_routes(),
        conversation_acts.page_routes(),
        conversation_files.page_routes(),
        switches.page_routes(),
        outages.page_routes(),
        rights.page_routes(),
        teams.page_routes(),
        canned_replies.page_routes(),
        accounts.page_routes(),
        audit.page_routes(),
        reveal.page_routes(),
        transcripts.page_routes(),
        transcript_files.page_routes(),
        approvals.page_routes(),
        training.page_routes(),
        training_results.page_routes(),
        training_cases.page_routes(),
        promotions.page_routes(),
    ]
