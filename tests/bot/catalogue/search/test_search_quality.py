"""The figures promised by words alone (the encoder only adds to them): for the catalogue that ships, and among all names."""

from collections import Counter
from dataclasses import replace

import pytest

from bot.catalogue.names_list import read_names, with_names
from bot.catalogue.search import ProcedureSearch
from tests.bot.catalogue.search.small_catalogue import EVAL_FOLDER, queries
from tests.shipped import search_by_words, shipped_catalogue

SEARCH = search_by_words()


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


@pytest.mark.parametrize("name", ["search_reviewed.tsv"])
def test_the_search_keeps_its_promise(name: str) -> None:
    counted = outcomes(name)
    assert counted["first"] / counted["asked"] >= 0.88
    assert counted["within three"] / counted["asked"] >= 0.94
    assert counted["sure"] / counted["asked"] >= 0.40
    assert counted["sure but wrong"] / counted["sure"] <= 0.01
    assert counted["- sure"] == 0
    assert counted["none sure"] == counted["none choose"] == 0


@pytest.mark.parametrize("name", ["search_reviewed.tsv"])
def test_the_evaluation_files_are_sound(name: str) -> None:
    known = shipped_catalogue().procedures.keys()
    rows = queries(name)
    assert len({query for query, _, _ in rows}) == len(rows)
    assert {code for _, gold, _ in rows for code in gold} <= known | {"-", "none"}


@pytest.fixture(scope="module")
def among_all_names() -> ProcedureSearch:
    names = read_names(EVAL_FOLDER / "procedure_names.tsv")
    catalogue = shipped_catalogue()
    return ProcedureSearch(replace(catalogue, listings=with_names(catalogue.listings, names)))


def test_thousands_of_procedures_are_found_by_words_alone(among_all_names: ProcedureSearch) -> None:
    meant = [(query, gold) for query, gold, _ in queries("search_dev.tsv") if gold != ["-"]]
    found = [[hit.code for hit in among_all_names.search(query, limit=5).hits] for query, _ in meant]
    first = [bool(codes) and codes[0] in gold for codes, (_, gold) in zip(found, meant, strict=True)]
    third = [bool(set(codes[:3]) & set(gold)) for codes, (_, gold) in zip(found, meant, strict=True)]
    assert sum(first) / len(meant) >= 0.74
    assert sum(third) / len(meant) >= 0.87


def test_a_code_is_offered_once(among_all_names: ProcedureSearch) -> None:
    hits = [hit.code for hit in among_all_names.search("mất căn cước", limit=5).hits]
    assert len(set(hits)) == len(hits)


def test_the_development_file_asks_for_every_procedure() -> None:
    asked = {code for _, gold, _ in queries("search_reviewed.tsv") for code in gold}
    assert asked >= shipped_catalogue().procedures.keys()
