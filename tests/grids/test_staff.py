"""Reading a list of staff: headers in two languages, commas or tabs, every fault with line, value and reason."""

import pytest

from grids.staff import HEADERS, MOST_ROWS, Person, read_staff

HEAD = "username,name,phone,language,desk\n"


def faults(text: str) -> list[tuple[int, str, str]]:
    return [problem[:3] for problem in read_staff(text).problems]


def test_a_list() -> None:
    staff = read_staff(HEAD + "wangfang,王芳,138 0000 1234,en,yes\n\n li , 李 \n")
    assert not staff.problems
    assert staff.people == [
        Person(2, "wangfang", "王芳", "13800001234", "en", True),
        Person(4, "li", "李"),
    ]


def test_as_pasted_from_a_spreadsheet() -> None:
    staff = read_staff("姓名\t登录名\t备注\t后台\n王芳\twang\t新来的, 三楼\t是\n")
    assert not staff.problems
    assert staff.people == [Person(2, "wang", "王芳", is_staff=True)]


@pytest.mark.parametrize("column,word", [(column, word) for column in HEADERS for word in HEADERS[column]])
def test_every_header_is_known(column: str, word: str) -> None:
    values = {
        "username": "wang",
        "display_name": "王芳",
        "phone": "13800001234",
        "language": "en",
        "is_staff": "是",
    }
    names = {name: HEADERS[name][0] for name in HEADERS} | {column: word.upper()}
    staff = read_staff(f"{','.join(names.values())}\n{','.join(values[name] for name in names)}\n")
    assert staff.people == [Person(2, "wang", "王芳", "13800001234", "en", True)], staff.problems


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("two words,王", [(2, "username", "two words")]),
        (",王", [(2, "username", "")]),
        (f"{'x' * 61},王", [(2, "username", "x" * 60)]),
        ("a,", [(2, "display_name", "")]),
        (f"a,{'名' * 61}", [(2, "display_name", "名" * 60)]),
        ("a,王,call me", [(2, "phone", "call me")]),
        ("a,王,,fr", [(2, "language", "fr")]),
        ("a,王,,,perhaps", [(2, "desk", "perhaps")]),
        ("a,王,,,no,more", [(2, "—", "more")]),
        (
            "a b,,x,fr",
            [(2, "username", "a b"), (2, "display_name", ""), (2, "phone", "x"), (2, "language", "fr")],
        ),
        ("a,王\nｂ,李\na,赵\nb,钱", [(4, "username", "a"), (5, "username", "b")]),
    ],
)
def test_what_is_wrong_with_a_line(line: str, expected: list[tuple[int, str, str]]) -> None:
    assert faults(HEAD + line + "\n") == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("username,phone\na,1\n", 1),
        (HEAD, 1),
        (HEAD + 'a,王\n"b,李\n', 3),
        (HEAD + f"a,王\nb,{'名' * 140_000}\n", 3),
    ],
    ids=["nothing", "a column is missing", "no rows", "a quote that does not end", "a cell without end"],
)
def test_what_is_no_list(text: str, line: int) -> None:
    staff = read_staff(text)
    assert [problem.line for problem in staff.problems] == [line]
    assert not staff.people


def test_a_list_that_is_too_long_names_the_line() -> None:
    lines = [f"u{number},王\n" for number in range(MOST_ROWS + 1)]
    assert faults(HEAD + "".join(lines[:-1])) == []
    assert faults(HEAD + "".join(lines)) == [(MOST_ROWS + 2, "—", str(MOST_ROWS + 1))]


def test_every_fault_says_what_to_do() -> None:
    for problem in read_staff(HEAD + "two words,,x,fr,perhaps,more\n").problems:
        assert str(problem.reason).endswith((".", "。")) and str(problem.line) in str(problem)
