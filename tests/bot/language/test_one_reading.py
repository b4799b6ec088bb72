"""While a message is read, each question about it is answered once, and nothing of it stays behind."""

import asyncio

from bot.language import one_reading as module
from bot.language.masking import find_private
from bot.language.one_reading import once, one_reading
from bot.language.shorthand import expand
from bot.language.written import written_out


def counting() -> tuple[list[str], object]:
    asked: list[str] = []

    @once
    def length(text: str, *, more: int = 0) -> int:
        asked.append(text)
        return len(text) + more

    return asked, length


def test_inside_a_reading_a_question_is_answered_once_and_outside_each_time() -> None:
    asked, length = counting()
    assert callable(length)
    with one_reading():
        assert [length("abc"), length("abc"), length("ab"), length("abc", more=1)] == [3, 3, 2, 4]
        with one_reading():
            assert length("ab") == 2
    assert asked == ["abc", "ab", "abc"]
    length("abc")
    length("abc")
    assert asked == ["abc", "ab", "abc", "abc", "abc"]


def test_readings_at_the_same_time_share_nothing() -> None:
    asked, length = counting()
    assert callable(length)

    async def reading() -> None:
        with one_reading():
            length("abc")
            await asyncio.sleep(0)
            length("abc")

    async def both() -> None:
        await asyncio.gather(reading(), reading())

    asyncio.run(both())
    assert asked == ["abc", "abc"]


def test_what_is_found_is_the_same_inside_and_outside_and_belongs_to_who_asked() -> None:
    texts = ["lm khai sinh cho con, sdt 0912345678", "mã hồ sơ H05.12.3-260818-0001 7K2M", "ks 👍", "", "a\u200bb  c"]
    outside = [(find_private(text), find_private(text, "phone"), expand(text), written_out(text)) for text in texts]
    with one_reading():
        for _ in range(2):
            inside = [(find_private(text), find_private(text, "phone"), expand(text), written_out(text)) for text in texts]
            assert inside == outside
            for found, *_ in inside:
                found.clear()


def test_a_citizens_words_are_forgotten_when_the_reading_ends() -> None:
    with one_reading():
        find_private("số của tôi 0912345678")
        assert module._answers.get()
    assert module._answers.get() is None
