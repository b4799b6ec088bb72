"""What the page's application proves itself with, and what the platform signs with."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Self

from simulators.messenger.graph_errors import GraphError, bad_parameter
from simulators.messenger.graph_parameters import missing_token
from simulators.messenger.signatures import appsecret_proof

_VARIABLES = (
    "FACEBOOK_PAGE_ID",
    "FACEBOOK_APP_ID",
    "FACEBOOK_APP_SECRET",
    "FACEBOOK_PAGE_TOKEN",
    "FACEBOOK_VERIFY_TOKEN",
)


class MissingCredential(ValueError):
    """An environment variable that the simulator needs is not set, or does not fit."""


@dataclass
class Credentials:
    """Ids, tokens and secrets of one page and one application; they can be changed while the simulator runs."""

    page_id: str
    app_id: str
    app_secret: str
    page_token: str
    verify_token: str
    token_expired: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises ``MissingCredential``, by name, for what is not set, and for ids that are not digits."""
        missing = [variable for variable in _VARIABLES if not environment.get(variable)]
        if missing:
            raise MissingCredential(f"not set: {', '.join(missing)}")
        for variable in ("FACEBOOK_PAGE_ID", "FACEBOOK_APP_ID"):
            if not (environment[variable].isascii() and environment[variable].isdigit()):
                raise MissingCredential(f"{variable} must be digits")
        page_id, app_id, app_secret, page_token, verify_token = (environment[variable] for variable in _VARIABLES)
        return cls(page_id, app_id, app_secret, page_token, verify_token)

    def check(self, token: str | None, proof: str | None, *, asked_for_me: bool, proof_required: bool) -> None:
        """Raises error 104 or 2500 without a token, 190 for a wrong or expired one, 100 for a missing or wrong proof."""
        if not token:
            raise missing_token(asked_for_me)
        if not compare_digest(token.encode(), self.page_token.encode()):
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if self.token_expired:
            raise GraphError(190, "Error validating access token: Session has expired.", 463)
        if proof is None and proof_required:
            raise bad_parameter("API calls from the server require an appsecret_proof argument")
        if proof is not None and not compare_digest(proof.encode(), appsecret_proof(self.app_secret, token).encode()):
            raise bad_parameter("Invalid appsecret_proof provided in the API argument")

    def rotate(self, what: str, value: str | None) -> str:
        """Changes ``app_secret``, ``page_token`` or ``verify_token`` and gives the new value. Raises ``ValueError``."""
        if what not in ("app_secret", "page_token", "verify_token"):
            raise ValueError(f"no such secret: {what!r}")
        changed = value or secrets.token_hex(16)
        setattr(self, what, changed)
        if what == "page_token":
            self.token_expired = False
        return changed
