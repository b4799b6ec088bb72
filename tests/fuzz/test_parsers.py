"""Every parser that faces the outside answers or refuses by name, whatever it is given. A few inputs each; ``make fuzz`` goes on
for as long as it is told."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import all_parsers
from tests.fuzz.parsers import Parser, judge

FEW = settings(max_examples=15, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("parser", all_parsers(), ids=lambda parser: parser.name)
def test_a_parser_answers_or_refuses_by_name(parser: Parser) -> None:
    @FEW
    @given(st.data())
    def holds(data: Any) -> None:
        judge(parser, data.draw(parser.inputs))

    holds()


def test_every_parser_has_a_name_of_its_own() -> None:
    names = [parser.name for parser in all_parsers()]
    assert len(set(names)) == len(names)
