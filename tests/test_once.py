"""What is asked once in a request that reads, and each time elsewhere."""

from itertools import count

from problems import once


def test_it_is_asked_once_while_one_reads() -> None:
    numbers = count(1)

    def read() -> int:
        return once.read("number", lambda: next(numbers))

    with once.reading("GET"):
        assert (read(), read(), once.read("other", lambda: 0)) == (1, 1, 0)
    with once.reading("HEAD"):
        assert read() == 2
        with once.reading("POST"):
            assert (read(), read()) == (3, 4)
        assert read() == 2
    assert (read(), read()) == (5, 6)
