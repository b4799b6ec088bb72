"""What a run tells of PostgreSQL's statements."""

from benchmarks.load.statements import Statement, shortened, table


def test_a_statement_stands_on_one_line_without_the_columns_that_a_mapper_names() -> None:
    columns = ", ".join(f"conversation.column_{n}" for n in range(20))
    words = f"SELECT {columns}\nFROM conversation\nWHERE conversation.id = $1"
    assert shortened(words) == "SELECT … FROM conversation WHERE conversation.id = $1"
    assert shortened("SELECT a\n FROM b") == "SELECT a FROM b"


def test_the_table_tells_what_a_message_costs_and_the_dearest_first() -> None:
    found = [Statement("UPDATE inbound SET outcome = $1", 20, 30.0, 10.0, 200), Statement("COMMIT", 40, 2.0, 0.0, 0)]
    lines = table(found, messages=10)
    assert lines[0] == "  statements per message 6.0, run 3.20 ms, planned 1.00 ms"
    assert lines[2].split()[:5] == ["2.00", "3.000", "1.000", "1.500", "10.0"]
    assert lines[3].endswith("COMMIT")
