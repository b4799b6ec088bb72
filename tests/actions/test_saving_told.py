"""What filing online saves is told with the link, unless the fee may not be told."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from actions.handing_over import HandOver
from bot.eforms.draft import Draft
from bot.switches.board import NOTHING, Active, Order, Target
from tests.shipped import shipped_catalogue

RESIDENCE = "1.004222"
AT = datetime(2026, 11, 23, tzinfo=UTC)
FEE_OFF = Active((Order(1, "off", Target("answer", RESIDENCE, "fee"), "rà soát", "An", AT, AT),))


@pytest.mark.parametrize(("active", "told"), [(NOTHING, True), (FEE_OFF, False)], ids=["on", "off"])
def test_the_saving_is_told_only_while_the_fee_may_be(active: Active, told: bool) -> None:
    nobody: Any = None
    end = HandOver(nobody, nobody, shipped_catalogue(), lambda: date(2026, 11, 23), lambda: active)
    message = end._ready(Draft("d1", RESIDENCE, "v1", {}), "https://cong.example/1", None)
    assert ("rẻ hơn 10.000 đồng" in message.text) is told
    assert "https://cong.example/1" in message.text
