"""Results come in order whatever the schedule; what nobody gets is undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from repat_pipeline.work_ahead import results_in_order


def nothing_to_drop(_: object) -> None:
    """For works whose results need no undoing."""


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_the_order_of_the_things_not_in_that_of_their_ends(workers: int) -> None:
    second_ended = threading.Event()

    def work(number: int) -> int:
        if number == 0 and workers > 1:
            assert second_ended.wait(10)
        if number == 1:
            second_ended.set()
        return number * number

    assert list(results_in_order(work, range(6), drop=nothing_to_drop, workers=workers)) == [0, 1, 4, 9, 16, 25]


def test_one_worker_works_in_the_thread_of_the_caller() -> None:
    threads = set(results_in_order(lambda _: threading.current_thread(), range(3), drop=nothing_to_drop, workers=1))
    assert threads == {threading.current_thread()}


def test_no_more_is_begun_ahead_than_there_are_workers() -> None:
    taken: list[int] = []

    def things() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = results_in_order(abs, things(), drop=nothing_to_drop, workers=2)
    next(results)
    results.close()
    assert taken == [0, 1, 2]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_at_its_turn(workers: int) -> None:
    results = results_in_order(lambda number: 6 // (2 - number), range(9), drop=nothing_to_drop, workers=workers)
    assert [next(results), next(results)] == [3, 6]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_what_was_begun_after_an_error_is_dropped() -> None:
    begun, dropped = set(), set()

    def work(number: int) -> int:
        begun.add(number)
        if number == 1:
            raise ZeroDivisionError
        return number

    with pytest.raises(ZeroDivisionError):
        list(results_in_order(work, range(9), drop=dropped.add, workers=3))
    assert dropped == begun - {0, 1}


def test_what_a_caller_who_stops_did_not_get_is_dropped() -> None:
    begun, dropped = set(), set()

    def work(number: int) -> int:
        begun.add(number)
        return number

    results = results_in_order(work, range(9), drop=dropped.add, workers=2)
    next(results)
    results.close()
    assert dropped == begun - {0}
