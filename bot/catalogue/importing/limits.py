"""How large an import may be. Each limit is several times the largest honest value seen, and far below what hurts a server."""

MAX_FILE_BYTES = 512 * 1024 * 1024
"""The file as it lies on the disk: the whole national catalogue is 4 MB packed and 50 MB unpacked."""

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""All that comes out of a packed file. More is a bomb, whatever its name."""

MAX_UNPACK_RATIO = 200
"""Unpacked to packed. Text of procedures packs to about a tenth; a bomb to a thousandth."""

MAX_LINE_BYTES = 4 * 1024 * 1024
"""One line of a list of JSON records: the longest record has 190 kB."""

MAX_ROWS = 100_000
"""Rows of one file: a province has 2,000 procedures, the country 7,000."""

MAX_NESTING = 40
"""Depth of a JSON value: records have a depth of 6, and the parser's own limit ends in an error without a row."""

MAX_TEXT = 60_000
"""Letters of one text. The longest step description has 8,200."""

MAX_ITEMS = 2_000
"""Papers, ways, fees or legal texts of one procedure, each list by itself; the longest honest list has a few hundred."""

MAX_ARCHIVE_MEMBERS = 2_000
"""Parts of a .docx or .xlsx file; an honest one has a few dozen."""

MAX_MEMBER_BYTES = 64 * 1024 * 1024
"""One unpacked part of a .docx or .xlsx file: a list of 100,000 rows has 40 MB."""

MAX_DETAIL_BYTES = 20 * 1024 * 1024
"""One detail page (HTML, or the text of a .docx): honest ones stay under a megabyte, and they are read whole."""

MAX_COLUMNS = 64
"""Columns of a list; the exports have five."""

MAX_FINDINGS = 20_000
"""Rows kept in a report. Those beyond it are counted, not kept, so that a hostile file cannot fill the database."""
