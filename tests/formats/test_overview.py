"""docs/formats.md lists the formats that come with fewclicks."""

from overview import HEAD, PAGE, overview, rewritten


def test_the_table_in_the_docs_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == rewritten(page), "run: python tests/formats/overview.py"


def test_an_old_table_is_replaced_and_the_text_around_it_stays() -> None:
    assert rewritten(f"before\n\n{HEAD}| `old` | Old | nothing |\n\nafter\n") == f"before\n\n{overview()}\nafter\n"
