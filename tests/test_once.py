"""What is asked once in a request, and each time outside of one."""

from itertools import count

from problems import once


def test_it_is_asked_once_in_a_request_unless_it_changed() -> None:
    numbers = count(1)

    def read() -> int:
        return once.read("number", lambda: next(numbers))

    with once.in_request():
        assert (read(), read(), once.read("other", lambda: 0)) == (1, 1, 0)
        once.forget("number")
        once.forget("unknown")
        assert (read(), read()) == (2, 2)
    with once.in_request():
        assert read() == 3
    once.forget("number")
    assert (read(), read()) == (4, 5)
