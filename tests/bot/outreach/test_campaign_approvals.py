"""A campaign is written by one and approved by another; what was approved is what goes out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.accounts.scope import ALL_AGENCIES, AgencyScope
from bot.outreach.campaigns import desk
from tests.bot.outreach.campaigns import CONTENT, PROCEDURES, Town, nothing


def test_nobody_approves_their_own_campaign(town: Town) -> None:
    number = town.desk.create(desk.Draft(CONTENT), "anna", None, town.clock(), nothing)
    town.desk.submit(number, PROCEDURES, ALL_AGENCIES, town.clock(), nothing)
    with pytest.raises(desk.CampaignRefusedError, match="campaign_refused_own"):
        town.desk.approve(number, 1, "anna", PROCEDURES, ALL_AGENCIES, town.clock(), nothing)


def test_what_changed_since_it_was_read_is_not_approved(town: Town) -> None:
    number = town.desk.create(desk.Draft(CONTENT), "anna", None, town.clock(), nothing)
    town.desk.submit(number, PROCEDURES, ALL_AGENCIES, town.clock(), nothing)
    town.desk.change(number, desk.Draft(replace(CONTENT, title="Khác")), "anna", ALL_AGENCIES, town.clock(), nothing)
    for revision in (1, 2):
        with pytest.raises(desk.CampaignRefusedError, match="campaign_refused_changed"):
            town.desk.approve(number, revision, "binh", PROCEDURES, ALL_AGENCIES, town.clock(), nothing)


def test_a_change_takes_the_approval_away(town: Town) -> None:
    town.citizen("one")
    number = town.campaign(start=False, start_at=town.clock())
    town.desk.change(number, desk.Draft(CONTENT), "carl", ALL_AGENCIES, town.clock(), nothing)
    assert town.round().started == 0
    assert town.state(number) == "draft"


def test_a_running_campaign_is_not_changed(town: Town) -> None:
    number = town.campaign(banner_until=town.clock() + timedelta(days=1))
    town.round()
    with pytest.raises(desk.CampaignRefusedError, match="campaign_refused_not_editable"):
        town.desk.change(number, desk.Draft(CONTENT), "anna", ALL_AGENCIES, town.clock(), nothing)


def test_a_text_with_faults_is_not_submitted(town: Town) -> None:
    bad = replace(CONTENT, short_text="<b>x</b>" + "a" * 10_000)
    number = town.desk.create(desk.Draft(bad), "anna", None, town.clock(), nothing)
    with pytest.raises(desk.CampaignRefusedError) as refused:
        town.desk.submit(number, PROCEDURES, ALL_AGENCIES, town.clock(), nothing)
    assert {fault.key for fault in refused.value.faults} == {"campaign_fault_long", "campaign_fault_markup"}


def test_an_account_of_one_agency_touches_only_its_own(town: Town) -> None:
    number = town.desk.create(desk.Draft(CONTENT), "anna", "ubnd-phuong-tu-son", town.clock(), nothing)
    with pytest.raises(desk.CampaignRefusedError, match="campaign_refused_unknown"):
        town.desk.submit(number, PROCEDURES, AgencyScope.of(["another"]), town.clock(), nothing)
