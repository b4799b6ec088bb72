"""The console's pages, one module each: its routes, what each declares, and what it shows."""

from fastapi import APIRouter

from console.pages import (
    accounts,
    approvals,
    audit,
    canned_replies,
    catalogue,
    catalogue_ageing,
    catalogue_approvals,
    catalogue_differences,
    catalogue_edit,
    catalogue_releases,
    conversation,
    conversation_acts,
    conversation_files,
    home,
    inbox,
    my_account,
    outages,
    provider,
    reveal,
    rights,
    sign_in,
    switches,
    teams,
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
        catalogue.page_routes(),
        catalogue_edit.page_routes(),
        catalogue_releases.page_routes(),
        catalogue_approvals.page_routes(),
        catalogue_differences.page_routes(),
        catalogue_ageing.page_routes(),
    ]
