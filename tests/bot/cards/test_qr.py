"""A printed code leads to the card: compared, module by module, with one that another library made."""

import re
from contextlib import suppress
from itertools import product

import pytest
from reportlab.graphics.barcode import qrencoder

from bot.cards.qr import qr_matrix, qr_svg

ADDRESSES = ["https://motcua.bacninh.gov.vn/thu-tuc/1.001193", "https://motcua.bacninh.gov.vn/thu-tuc/2.000635", "https://a.vn/x"]


def by_another_library(address: str, size: int) -> list[list[list[bool]]]:
    """The codes of this size: under each of the eight masks, at our level of errors borne or a higher one; all read the same."""
    made = []
    levels = qrencoder.QRErrorCorrectLevel
    for level, mask in product((levels.M, levels.Q, levels.H), range(8)):
        code = qrencoder.QRCode((size - 17) // 4, level)
        code.addData(qrencoder.QR8bitByte(address))
        with suppress(Exception):  # it does not fit: the library raises nothing more exact
            code.makeImpl(False, mask)
            made.append([[bool(code.isDark(y, x)) for x in range(size)] for y in range(size)])
    return made


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_code_is_the_address(address: str) -> None:
    matrix = [list(row) for row in qr_matrix(address)]
    assert matrix in by_another_library(address, len(matrix))
    assert matrix not in by_another_library(address[:-1] + "?", len(matrix))


def test_the_picture_says_what_it_is_and_holds_nothing_that_runs() -> None:
    picture = qr_svg(ADDRESSES[0], 'Mã QR <của> "phiếu"').decode()
    assert "<title>Mã QR &lt;của&gt;" in picture
    assert "<script" not in picture
    assert re.search(r'viewBox="0 0 \d+ \d+"', picture)
