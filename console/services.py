"""What the pages work with, made once per process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from bot.accounts.attempts import SignInAttempts
from bot.accounts.directory import Accounts
from bot.accounts.keyed_hash import KeyedHash
from bot.accounts.provider_identity import ProviderAccounts
from bot.accounts.reveal import MayOpen, PrivateValueReveals
from bot.accounts.scope import agency_names
from bot.accounts.sessions import AccountSessions, Lifetimes
from bot.accounts.sign_in import SignIn
from bot.authoring.desk import Authoring, authoring_of
from bot.catalogue.editing.desk import CatalogueDesk
from bot.catalogue.in_force import CatalogueInForce
from bot.catalogue.names_in_force import ProcedureNames
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.conversations.clock import Clock
from bot.conversations.private_values import PrivateValues
from bot.eforms.virus_scan import scanner_for
from bot.officers.board import SharedBoard
from bot.service_reviews.making import YearlyReviews
from bot.settings import Settings
from bot.storage.database import Database
from bot.training.data_head import newest_data_commit
from bot.training.promotions import Promotions
from bot.training.rules import shipped_rules
from bot.training.source import workspace_of
from bot.usage.board import BoardReader
from console.address import ConsoleAddress, console_address
from console.administration import Administration
from console.cookies import Cookies
from console.labelling_desk import LabellingDesk, PeoplesWords
from console.office import Office
from console.operations_desk import OperationsDesk
from console.rendering import Pages
from console.report_desk import ConsoleReports, console_reports
from console.review_desk import ReviewDesk
from console.service_review_desk import ServiceReviewDesk
from console.single_sign_on import SingleSignOn, provider_of
from console.static_files import StaticFile
from console.training_desk import TrainingDesk


@dataclass(frozen=True)
class Services:
    """Everything that a page may need. ``agencies``: names by id."""

    database: Database
    clock: Clock
    address: ConsoleAddress
    cookies: Cookies
    pages: Pages
    accounts: Accounts
    opened: AccountSessions
    sign_in: SignIn
    reveals: PrivateValueReveals
    review: ReviewDesk
    training: TrainingDesk
    office: Office
    authoring: Authoring
    board: SharedBoard
    administration: Administration
    labelling: LabellingDesk
    agencies: Mapping[str, str]
    provider_accounts: ProviderAccounts
    provider_trusted: bool
    single_sign_on: SingleSignOn | None
    promotions: Promotions
    reviewed: ReviewedNow
    in_force: CatalogueInForce
    catalogue: CatalogueDesk
    service_reviews: ServiceReviewDesk
    usage: BoardReader
    reports: ConsoleReports
    operations: OperationsDesk


def make_services(
    settings: Settings, database: Database, clock: Clock, may_open: MayOpen, static: Mapping[str, StaticFile]
) -> Services:
    """The services of these settings. Raises ``ValueError`` (its kinds name the setting)."""
    key = settings.ledger_key.get_secret_value()
    keyed, sessions = KeyedHash(key), database.sessions
    lifetimes = Lifetimes(
        timedelta(minutes=settings.console_session_idle_minutes), timedelta(hours=settings.console_session_hours)
    )
    opened = AccountSessions(sessions, keyed, clock, lifetimes)
    address = console_address(settings)
    cookies = Cookies(address.secure_cookies)
    provider = provider_of(settings, address)
    agencies = agency_names(settings.data_dir)
    private = PrivateValues(sessions, key, clock)
    file_base = (settings.public_url or f"http://127.0.0.1:{settings.gateway_port}").rstrip("/")
    source, authoring = ReviewedSource.from_settings(settings), authoring_of(settings, sessions, clock)
    reviewed = ReviewedNow(source, sessions)
    names = ProcedureNames(reviewed, sessions, clock)
    office = Office(settings, private, scanner_for(settings.clamd_address), file_base, clock, names)
    return Services(
        database=database,
        clock=clock,
        address=address,
        cookies=cookies,
        pages=Pages(cookies, static),
        accounts=Accounts(sessions, agencies, clock),
        opened=opened,
        sign_in=SignIn(sessions, key, SignInAttempts(sessions, keyed, clock), opened, clock),
        reveals=PrivateValueReveals(sessions, private, may_open, clock),
        office=office,
        board=SharedBoard(sessions, clock, timedelta(seconds=settings.inbox_shared_seconds)),
        authoring=authoring,
        administration=Administration(office, key),
        labelling=LabellingDesk(settings.data_dir, names, PeoplesWords(reviewed)),
        review=ReviewDesk(office, agencies),
        training=TrainingDesk(workspace_of(settings), settings.models_dir, settings.data_dir / "regression"),
        agencies=agencies,
        provider_accounts=ProviderAccounts(sessions, clock, may_create=settings.console_oidc_create_accounts),
        provider_trusted=settings.console_oidc_trusts_second_factor,
        single_sign_on=SingleSignOn(provider, key, clock) if provider is not None else None,
        promotions=Promotions(
            sessions, settings.models_dir, shipped_rules(), clock, lambda: newest_data_commit(settings.training_folder)
        ),
        reviewed=reviewed,
        in_force=CatalogueInForce(reviewed, sessions),
        service_reviews=ServiceReviewDesk(YearlyReviews(settings.data_dir, reviewed, names, clock), key),
        catalogue=CatalogueDesk(sessions, authoring.workspace, source, clock, open_workspace=authoring.open),
        usage=BoardReader(sessions),
        reports=console_reports(settings, sessions),
        operations=OperationsDesk(database, settings, clock),
    )


def services_of(request: Request) -> Services:
    """Dependency: the services of the app that answers."""
    services: Services = request.app.state.services
    return services


With = Annotated[Services, Depends(services_of)]
