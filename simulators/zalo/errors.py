"""Error codes of the Official Account and ZBS interfaces. The platform answers HTTP 200 and puts the code in the body."""

from collections.abc import Mapping
from typing import Any, Final

ATTACHMENT_EXPIRED: Final = -100
INVALID_PARAMETER: Final = -201
TOO_BIG: Final = -210
OUT_OF_QUOTA: Final = -211
NOT_REACHABLE: Final = -213
INVALID_TOKEN: Final = -216
NOT_AUTHORISED: Final = -223
INACTIVE_USER: Final = -227
NO_INTERACTION: Final = -230
UNSUPPORTED_TYPE: Final = -233
DEAD_INTERFACE: Final = -240
BAD_PROOF: Final = -242
USER_RESTRICTS: Final = -244
NOT_FOR_UID: Final = -249
RATE_LIMIT: Final = -32

ZBS_BAD_PHONE: Final = -108
ZBS_BAD_TEMPLATE: Final = -109
ZBS_NO_DATA: Final = -111
ZBS_BAD_DATA: Final = -112
ZBS_PARAMETER_LENGTH: Final = -1121
ZBS_PARAMETER_MISSING: Final = -1122
ZBS_PARAMETER_FORMAT: Final = -1124
ZBS_NO_ACCOUNT: Final = -118
ZBS_INVALID_TOKEN: Final = -124
ZBS_ADMINS_ONLY: Final = -127
ZBS_NOT_APPROVED: Final = -131
ZBS_NIGHT: Final = -133
ZBS_USER_REFUSES: Final = -139
ZBS_DAILY_QUOTA: Final = -144
ZBS_DISABLED: Final = -146

_MESSAGES: Mapping[int, str] = {
    ATTACHMENT_EXPIRED: "Attachment is expired",
    INVALID_PARAMETER: "Params is invalid",
    TOO_BIG: "Params is over the limit",
    OUT_OF_QUOTA: "Out of quota",
    NOT_REACHABLE: "User has not followed the Official Account or cannot be reached",
    INVALID_TOKEN: "Access token is invalid",
    NOT_AUTHORISED: "The application is not authorised by the Official Account",
    INACTIVE_USER: "User is inactive or banned",
    NO_INTERACTION: "User has not interacted with the Official Account in the past 7 days",
    UNSUPPORTED_TYPE: "Message type is not supported",
    DEAD_INTERFACE: "This interface has been shut down, use v3.0",
    BAD_PROOF: "appsecret_proof is invalid",
    USER_RESTRICTS: "User does not receive this type of message",
    NOT_FOR_UID: "Template cannot be sent by user id",
    RATE_LIMIT: "Application has reached the request limit per minute",
    ZBS_BAD_PHONE: "Phone number invalid",
    ZBS_BAD_TEMPLATE: "Template ID invalid",
    ZBS_NO_DATA: "Template data empty",
    ZBS_BAD_DATA: "Template data invalid",
    ZBS_PARAMETER_LENGTH: "Template data parameter is over or under its length",
    ZBS_PARAMETER_MISSING: "Template data is missing a parameter",
    ZBS_PARAMETER_FORMAT: "Template data parameter has the wrong format",
    ZBS_NO_ACCOUNT: "Zalo account not existed",
    ZBS_INVALID_TOKEN: "Access token invalid",
    ZBS_ADMINS_ONLY: "Test template can only be sent to admins",
    ZBS_NOT_APPROVED: "Template is not approved",
    ZBS_NIGHT: "This message cannot be sent at night (22:00-06:00)",
    ZBS_USER_REFUSES: "User has refused to receive this type of message",
    ZBS_DAILY_QUOTA: "Daily quota exceeded",
    ZBS_DISABLED: "Template is disabled because of low quality",
}


class ZaloError(Exception):
    """A refusal in the platform's own terms: the numeric ``code`` and its message."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.message = f"{_MESSAGES.get(code, 'Error')}{f': {detail}' if detail else ''}"
        super().__init__(f"{code} {self.message}")

    def body(self) -> dict[str, Any]:
        """What goes over the wire."""
        return {"error": self.code, "message": self.message}
