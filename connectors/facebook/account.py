"""What we prove ourselves with to Facebook, and Facebook to us."""

from dataclasses import dataclass, field

from bot.settings import Settings

CHANNEL = "facebook"


@dataclass(frozen=True)
class FacebookAccount:
    """One page and the app that speaks for it. ``human_agent``: App Review granted the app the feature Human Agent."""

    page_id: str
    app_id: str
    app_secret: str = field(repr=False)
    page_token: str = field(repr=False)
    verify_token: str = field(repr=False)
    graph_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    human_agent: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> "FacebookAccount":
        """The account that the settings name. Raises ``MissingSettingError`` for what is not set, by name."""

        def needed(name: str) -> str:
            return settings.required(name, "the channel facebook is on")

        return cls(
            page_id=needed("facebook_page_id"),
            app_id=needed("facebook_app_id"),
            app_secret=needed("facebook_app_secret"),
            page_token=needed("facebook_page_token"),
            verify_token=needed("facebook_verify_token"),
            graph_url=settings.facebook_graph_url.rstrip("/"),
            graph_version=settings.facebook_graph_version,
            human_agent=settings.facebook_human_agent,
        )

    @property
    def app_token(self) -> str:
        """The app's own access token, in the form that needs no call (Graph API, "App Access Tokens")."""
        return f"{self.app_id}|{self.app_secret}"
