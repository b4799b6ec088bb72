# ruff: noqa: PT009, PT027 (no pytest here)
"""Run with the engine's Python: JSON of a turn."""

import json
import unittest

import numpy as np

from engine.json_text import dumps, loads, loads_strictly

ODD = [{"a": "\ud800"}, {"a": float("inf")}, [{"b": [None, True, 1.5, "Nguyễn 🙂 \x00 \u2028"]}], {}]


class JsonText(unittest.TestCase):
    def test_what_is_written_is_read_again(self) -> None:
        for value in (*ODD[:1], *ODD[2:]):
            self.assertEqual(loads(dumps(value)), value)
            self.assertEqual(json.loads(dumps(value)), value)

    def test_what_earlier_releases_wrote_is_read(self) -> None:
        for value in ODD:
            self.assertEqual(loads(json.dumps(value)), value)

    def test_numbers_of_numpy_are_numbers(self) -> None:
        self.assertEqual(dumps([np.float64(0.1), np.float32(0.5), np.int64(3)]), b"[0.1,0.5,3]")

    def test_keys_and_numbers_that_json_knows_otherwise_are_written_as_python_writes_them(self) -> None:
        self.assertEqual(json.loads(dumps({1: 2**80})), {"1": 2**80})

    def test_what_comes_from_outside_is_read_to_the_letter(self) -> None:
        deep = b"[" * 5000 + b"]" * 5000
        for text in (b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff", b"\xef\xbb\xbf{}", b"{'a': 1}", b"", b'{"a": 1e999}', deep):
            with self.subTest(text[:20]), self.assertRaises(ValueError):
                loads_strictly(text)


if __name__ == "__main__":
    unittest.main()
