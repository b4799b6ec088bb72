"""What the portal's owner gave its client: the simulator's side of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Accounts:
    """Credentials of the one client, and the secret that signs webhooks."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    lgsp_user: str
    lgsp_password: str = field(repr=False)
