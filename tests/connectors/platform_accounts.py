"""Settings of made-up accounts on every platform, and at the portal."""

from typing import Any

PLATFORM_ACCOUNTS: dict[str, Any] = {
    "channels": "zalo,facebook,telegram",
    "zalo_app_id": "360846524940903967",
    "zalo_oa_id": "388613280878808645",
    "zalo_app_secret": "app-secret-of-zalo",
    "zalo_oa_secret_key": "oa-secret-of-zalo",
    "facebook_app_id": "111",
    "facebook_app_secret": "app-secret-of-facebook",
    "facebook_page_id": "222",
    "facebook_page_token": "page-token",
    "facebook_verify_token": "verify-token",
    "telegram_bot_token": "123456789:" + "x" * 35,
    "telegram_webhook_secret": "webhook-secret",
    "portal_webhook_secret": "webhook-secret-of-the-portal",
}
