"""Officers' files as Messenger wants them: uploaded once, then named by an attachment id.

An upload shows nothing to anybody, so one without an answer is simply made again; only the message that names the id is made at
most once without knowing its end.
"""

from typing import Final

import anyio

from connectors.channel import Ambiguous, FileContent, Permanent, Temporary
from connectors.facebook.graph import GraphApi

UPLOAD_SECONDS: Final = 25.0
"""With the message after it an upload stays within the sender's lease."""

_MOST_KEPT: Final = 500
_OF_THE_FILE: Final = ("media_", "refused")


class FileNotTakenError(Exception):
    """The platform does not take this file: its link may still go out."""


class AttachmentUploads:
    """Uploads to ``/me/message_attachments``. Ids live for 90 days there, an officer's file far shorter here."""

    def __init__(self, graph: GraphApi) -> None:
        self._graph = graph
        self._known: dict[int, str] = {}

    async def id_of(self, number: int, kind: str, file: FileContent) -> str:
        """The attachment id of an officer's file. Raises ``FileNotTakenError``, ``Temporary`` and ``Permanent``."""
        if number in self._known:
            return self._known[number]
        message = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
        try:
            with anyio.fail_after(UPLOAD_SECONDS):
                answer = await self._graph.write("me/message_attachments", {"message": message}, file=file)
        except TimeoutError as error:
            raise Temporary("upload_too_slow") from error
        except Ambiguous as error:
            raise Temporary(error.reason) from error
        except Permanent as error:
            if is_about_the_file(error):
                raise FileNotTakenError(error.reason) from error
            raise
        attachment_id = answer.get("attachment_id")
        if not isinstance(attachment_id, str) or not attachment_id:
            raise FileNotTakenError("unreadable_answer")
        if len(self._known) >= _MOST_KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[number] = attachment_id
        return attachment_id

    def forget(self, number: int) -> None:
        """The platform does not know the upload any more."""
        self._known.pop(number, None)


def is_about_the_file(error: Permanent) -> bool:
    """Whether a refusal concerns the attachment and not the citizen, the window or our account."""
    return error.effect == "none" and error.reason.startswith(_OF_THE_FILE)
