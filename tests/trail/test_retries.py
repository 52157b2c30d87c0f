"""When to try again, and what may be written down about a failure."""

from datetime import timedelta

from trail.retries import LONGEST_WAIT, MOST_ATTEMPTS, back_off, blame


def test_waits_double_and_end() -> None:
    waits = [back_off(number) for number in range(1, MOST_ATTEMPTS)]
    assert waits[:4] == [timedelta(seconds=5 * 2**number) for number in range(4)]
    assert all(wait is not None and wait <= LONGEST_WAIT for wait in waits)
    assert back_off(MOST_ATTEMPTS) is None
    assert back_off(MOST_ATTEMPTS + 1) is None


def test_blame_names_kind_and_place_but_never_the_message() -> None:
    try:
        int("13812345678 张三")
    except ValueError as error:
        said = blame(error)
    assert said.startswith("ValueError in test_blame_names_kind_and_place")
    assert "138" not in said and "张三" not in said


def test_blame_of_an_error_that_was_never_raised() -> None:
    assert blame(KeyError("x")) == "KeyError"
