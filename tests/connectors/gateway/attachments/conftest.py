"""A host of files, and a message in the ledger."""

from collections.abc import Iterator

import pytest

from bot.storage.database import Database
from tests.connectors.gateway.attachments.announced import Message, first_message
from tests.connectors.gateway.attachments.file_host import FileHost, running_file_host


@pytest.fixture
def host() -> Iterator[FileHost]:
    with running_file_host() as running:
        yield running


@pytest.fixture
def message(database: Database, host: FileHost) -> Message:
    return first_message(database, host)
