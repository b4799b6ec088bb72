"""The console's cookies: the session's token, and a visitor's random value before there is a session."""

from dataclasses import dataclass

from fastapi import Request, Response

from bot.accounts.keyed_hash import new_token

_LONGEST = 100


@dataclass(frozen=True)
class Cookies:
    """Sets and reads them. With ``secure`` the names begin with ``__Host-``: no other host and no plain http can set them."""

    secure: bool

    def session_token(self, request: Request) -> str | None:
        """The session's token, as the browser sent it."""
        return _sent(request, self._name("session"))

    def visit_token(self, request: Request) -> str | None:
        """The visitor's value; one that this request's answer will set counts too."""
        fresh: str | None = getattr(request.state, "fresh_visit", None)
        return fresh or _sent(request, self._name("visit"))

    def keep_session(self, response: Response, token: str) -> None:
        """The browser keeps the token until it is closed; how long it is in force is the ledger's matter."""
        self._keep(response, "session", token)

    def forget_session(self, response: Response) -> None:
        """Takes the token away."""
        response.delete_cookie(self._name("session"), path="/", secure=self.secure, httponly=True, samesite="lax")

    def new_visit(self, request: Request) -> str:
        """A fresh visitor's value, to be set by ``keep_visit``."""
        request.state.fresh_visit = new_token()
        return str(request.state.fresh_visit)

    def keep_visit(self, request: Request, response: Response) -> None:
        """Sets the visitor's value where this request made one."""
        fresh = getattr(request.state, "fresh_visit", None)
        if fresh is not None:
            self._keep(response, "visit", fresh)

    def keep_for(self, response: Response, name: str, value: str, seconds: int) -> None:
        """A short-lived value of ours, for example for the way to the provider of single sign-on and back."""
        self._keep(response, name, value, seconds)

    def read(self, request: Request, name: str) -> str | None:
        """The value of ``keep_for``."""
        return request.cookies.get(self._name(name))

    def forget(self, response: Response, name: str) -> None:
        """Takes the value of ``keep_for`` away."""
        response.delete_cookie(self._name(name), path="/", secure=self.secure, httponly=True, samesite="lax")

    def _keep(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        # Lax and not strict: the provider's answer is a link from another site, and it must find the session that it made.
        response.set_cookie(self._name(name), value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax")

    def _name(self, name: str) -> str:
        return f"__Host-motcua_{name}" if self.secure else f"motcua_{name}"


def _sent(request: Request, name: str) -> str | None:
    value = request.cookies.get(name)
    return value if value and len(value) <= _LONGEST else None
