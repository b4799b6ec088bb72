"""The figures promised for the catalogue that ships, by words alone (the encoder only adds to them)."""

from collections import Counter

import pytest

from bot.catalogue.search import ProcedureSearch
from tests.bot.catalogue.search.small_catalogue import queries, real_catalogue

SEARCH = ProcedureSearch(real_catalogue())


def outcomes(name: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for query, gold, _style in queries(name):
        result = SEARCH.search(query)
        found = [hit.code for hit in result.hits]
        if gold[0] in ("-", "none"):
            counted[f"{gold[0]} {result.verdict}"] += 1
            continue
        counted["asked"] += 1
        counted["first"] += bool(found) and found[0] in gold
        counted["within three"] += any(code in gold for code in found[:3])
        counted[result.verdict] += 1
        counted["sure but wrong"] += result.verdict == "sure" and found[0] not in gold
    return counted


@pytest.mark.parametrize("name", ["search_dev.tsv", "search_test.tsv"])
def test_the_search_keeps_its_promise(name: str) -> None:
    counted = outcomes(name)
    assert counted["first"] / counted["asked"] >= 0.88
    assert counted["within three"] / counted["asked"] >= 0.94
    assert counted["sure"] / counted["asked"] >= 0.60
    assert counted["sure but wrong"] / counted["sure"] <= 0.02
    assert counted["- sure"] <= 2
    assert counted["none sure"] == counted["none choose"] == 0


@pytest.mark.parametrize("name", ["search_dev.tsv", "search_test.tsv"])
def test_the_evaluation_files_are_sound(name: str) -> None:
    known = real_catalogue().procedures.keys()
    rows = queries(name)
    assert len({query for query, _, _ in rows}) == len(rows)
    assert {code for _, gold, _ in rows for code in gold} <= known | {"-", "none"}


def test_no_query_stands_in_both_files() -> None:
    assert not {q for q, _, _ in queries("search_dev.tsv")} & {q for q, _, _ in queries("search_test.tsv")}


def test_the_development_file_asks_for_every_procedure() -> None:
    asked = {code for _, gold, _ in queries("search_dev.tsv") for code in gold}
    assert asked >= real_catalogue().procedures.keys()
