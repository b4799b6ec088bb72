"""QR codes of addresses."""

import io

import segno

_ERROR_LEVEL = "m"
"""15 % of a printed code may be dirty or torn."""


def qr_matrix(address: str) -> tuple[tuple[bool, ...], ...]:
    """The code's modules by row, dark ones true, without the quiet zone (four modules on each side)."""
    return tuple(tuple(bool(module) for module in row) for row in segno.make_qr(address, error=_ERROR_LEVEL).matrix)


def qr_svg(address: str, title: str) -> bytes:
    """The code as a picture that grows with its place; dark on light in every colour scheme, since readers need it so."""
    written = io.BytesIO()
    code = segno.make_qr(address, error=_ERROR_LEVEL)
    code.save(written, kind="svg", border=4, dark="#000", light="#fff", title=title, omitsize=True, nl=False)
    return written.getvalue()
