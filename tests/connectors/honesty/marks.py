"""How the tests are multiplied."""

import pytest

from tests.connectors.honesty.stands import CHANNELS
from tests.databases import KINDS

on_both_databases = pytest.mark.parametrize("ledger_url", KINDS, indirect=True, scope="module")
on_each_channel = pytest.mark.parametrize("channel", CHANNELS)
on_zalo = pytest.mark.parametrize("channel", ["zalo"])
on_facebook = pytest.mark.parametrize("channel", ["facebook"])
on_telegram = pytest.mark.parametrize("channel", ["telegram"])
