"""``/sign-in/provider``: to the provider of single sign-on and back."""

import logging

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.provider_identity import UnknownIdentityError
from bot.accounts.sign_in import open_identity_session
from console.access import Access, From, allow
from console.address import safe_next
from console.pages.sign_in import sign_in_page, with_next
from console.problems import Problem
from console.services import Services, With
from console.single_sign_on import CALLBACK, ON_THE_WAY, ProviderAwayError, ProviderRefusedError, SingleSignOn
from console.texts import label

logger = logging.getLogger(__name__)
_COOKIE = "provider"


def go_to_provider(request: Request, services: With) -> Response:
    """Leads to the provider."""
    try:
        address, kept = _single_sign_on(services).begin(safe_next(request.query_params.get("next")))
    except ProviderAwayError as error:
        logger.warning("provider.away", extra={"at": str(error)})
        return sign_in_page(request, services, status=503, next="/", fault=label("provider_away"))
    answer = RedirectResponse(address, 303)
    services.cookies.keep_for(answer, _COOKIE, kept, int(ON_THE_WAY.total_seconds()))
    return answer


def come_back(request: Request, services: With, browser: From) -> Response:
    """The provider sent someone back."""
    try:
        identity, onward = _single_sign_on(services).finish(request.query_params, services.cookies.read(request, _COOKIE))
        account = services.provider_accounts.account_for(identity)
    except ProviderAwayError as error:
        logger.warning("provider.away", extra={"at": str(error)})
        answer = sign_in_page(request, services, status=503, next="/", fault=label("provider_away"))
    except ProviderRefusedError as error:
        logger.warning("provider.refused", extra={"why": str(error)})
        answer = sign_in_page(request, services, status=401, next="/", fault=label("provider_refused"))
    except UnknownIdentityError:
        answer = sign_in_page(request, services, status=403, next="/", fault=label("provider_unknown"))
    else:
        token = open_identity_session(
            services.database.sessions,
            services.opened,
            account,
            browser,
            trusted=services.provider_trusted,
            clock=services.clock,
        )
        # That page sends on to whichever step is still to come, or straight on.
        answer = RedirectResponse(with_next("/sign-in/code", safe_next(onward)), 303)
        services.cookies.keep_session(answer, token)
    services.cookies.forget(answer, _COOKIE)
    return answer


def _single_sign_on(services: Services) -> SingleSignOn:
    if services.single_sign_on is None:
        raise Problem(404, "page_not_found")
    return services.single_sign_on


def page_routes() -> APIRouter:
    """The routes of single sign-on; without a provider they are not found."""
    router = APIRouter()
    for path, page in (("/sign-in/provider", go_to_provider), (CALLBACK, come_back)):
        router.add_api_route(path, page, methods=["GET"], dependencies=[allow(Access.PUBLIC)], response_model=None)
    return router
