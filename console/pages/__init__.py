"""The console's pages, one module each: its routes, what each declares, and what it shows."""

from functools import cache

from fastapi import APIRouter

from console.pages import (
    accounts,
    approvals,
    audit,
    authoring,
    authoring_files,
    authoring_proposals,
    authoring_words,
    canned_replies,
    conversation,
    conversation_acts,
    conversation_files,
    home,
    inbox,
    labelling,
    labelling_lists,
    my_account,
    outages,
    own_replies,
    practice,
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


@cache
def page_routers() -> tuple[APIRouter, ...]:
    """The routes of every page. They know no services, so all apps of a process share them."""
    return (
        home.page_routes(),
        sign_in.page_routes(),
        provider.page_routes(),
        my_account.page_routes(),
        inbox.page_routes(),
        conversation.page_routes(),
        conversation_acts.page_routes(),
        conversation_files.page_routes(),
        own_replies.page_routes(),
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
        practice.page_routes(),
        labelling_lists.page_routes(),
        labelling.page_routes(),
        authoring.page_routes(),
        authoring_words.page_routes(),
        authoring_files.page_routes(),
        authoring_proposals.page_routes(),
        training.page_routes(),
        training_results.page_routes(),
        training_cases.page_routes(),
        promotions.page_routes(),
    )
