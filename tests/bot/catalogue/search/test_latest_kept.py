"""What was asked for last is kept, and what nobody asks for goes."""

from bot.catalogue.search.latest_kept import LatestKept


def test_the_one_that_nobody_asked_for_longest_goes_first() -> None:
    kept = LatestKept[str, int](2)
    kept.keep([("a", 1), ("b", 2)])
    assert kept.get("a") == 1
    kept.keep([("c", 3)])
    assert [kept.get(key) for key in ("a", "b", "c")] == [1, None, 3]
    kept.keep([("a", 4), ("d", 5)])
    assert [kept.get(key) for key in ("a", "c", "d")] == [4, None, 5]
