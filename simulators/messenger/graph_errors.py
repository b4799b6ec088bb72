"""Refusals of the Graph API: code, subcode, HTTP status and the body that carries them.

Codes and texts are those of the platform's page "Common Error Codes" (2026-06-25) and of field reports where it is silent.
"""

from typing import Any

OUTSIDE_WINDOW = 2018278
OUTSIDE_WINDOW_NEWS = 2018065
NO_MATCHING_USER = 2018001
MESSAGE_AND_STATE = 2018014
NEITHER_MESSAGE_NOR_STATE = 2018015
EMPTY_MESSAGE = 2018032
INVALID_MESSAGE = 2018034
EMPTY_POSTBACK_PAYLOAD = 2018040
EMPTY_BUTTON_URL = 2018041
EMPTY_BUTTON_TITLE = 2018053
FETCH_FAILED = 2018008
WRONG_MEDIA_TYPE = 2018047
UNKNOWN_ATTACHMENT = 2018074
TOO_LARGE = 2018109
UPLOAD_TIMED_OUT = 2018294
WRONG_APP_ID = 2018164
OTHER_APP_CONTROLS = 2018300
NOT_THREAD_OWNER = 2534037
RETIRED_TAG = 1893061
NOT_RECEIVING = 1545041
NOT_A_TESTER = 2018028
NO_PROFILE = 2018218
RATE_OF_SENDS = 2018022

_STATUS = {1: 500, 2: 500, 4: 403, 32: 403, 200: 403, 1200: 500}


class GraphError(Exception):
    """One refusal. ``status`` is derived from the code: 500 for temporary faults, 403 for permissions and rates, else 400."""

    def __init__(self, code: int, text: str, subcode: int | None = None, *, kind: str = "OAuthException") -> None:
        super().__init__(text)
        self.code = code
        self.subcode = subcode
        self.text = text if code in (2, 104, 190, 2500) else f"(#{code}) {text}"
        self.kind = kind
        self.status = _STATUS.get(code, 400)

    def body(self, trace_id: str) -> dict[str, Any]:
        """The JSON of the answer; ``trace_id`` becomes ``fbtrace_id``."""
        error: dict[str, Any] = {"message": self.text, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["fbtrace_id"] = trace_id
        return {"error": error}


def bad_parameter(text: str, subcode: int | None = None) -> GraphError:
    """Error 100, the platform's answer to anything malformed."""
    return GraphError(100, text, subcode)


def outside_window(subcode: int = OUTSIDE_WINDOW) -> GraphError:
    """Error 10: the person has not written within the time that the kind of message needs."""
    return GraphError(10, "This message is sent outside of allowed window.", subcode)


def no_such_person() -> GraphError:
    """Error 100/2018001: the PSID is unknown to this page, or the conversation was deleted."""
    return bad_parameter("No matching user found", NO_MATCHING_USER)
