from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.demo.services.faults import NAMES, Fault, FaultPlan, RateLimit, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("status-500", Fault(name="status-500")),
        ("503=0.25", Fault(name="status-503", rate=0.25)),
        ("lost-answer=1", Fault(name="lost-answer")),
        ("reject-item=0", Fault(name="reject-item", rate=0.0)),
    ],
)
def test_a_fault_is_name_and_rate(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize("text", ["nonsense", "status-200", "reset=2", "reset=-1", "reset=often", "reset=nan"])
def test_a_fault_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.split("=", maxsplit=1)[0]):
        parse_fault(text)


def test_the_dice_fall_at_the_rate_and_the_same_way_for_a_seed() -> None:
    def struck(seed: int) -> list[bool]:
        plan = FaultPlan([Fault(name="reset", rate=0.3)], seed)
        return [plan.choose() is not None for _ in range(2000)]

    assert struck(1) == struck(1) != struck(2)
    assert 500 < sum(struck(1)) < 700


def test_item_faults_do_not_strike_requests() -> None:
    assert FaultPlan([Fault(name="reject-item"), Fault(name="poison-item")]).choose() is None


def test_an_item_fault_strikes_its_share_of_items() -> None:
    plan = FaultPlan([Fault(name="reject-item", rate=0.1)])
    struck = sum(plan.marks("reject-item", f'["S{number}"]') for number in range(5000))
    assert 400 < struck < 600
    assert not any(plan.marks("poison-item", f'["S{number}"]') for number in range(100))


def test_the_rate_limit_lets_through_exactly_its_rate() -> None:
    now = [0.0]
    limit = RateLimit(per_second=5.0, clock=lambda: now[0])
    passed = 0
    for step in range(1000):
        now[0] = step / 100
        passed += limit.wait_seconds() == 0.0
    assert passed in range(54, 56)  # five saved up, and five for each of ten seconds


def test_the_wait_it_asks_for_is_enough() -> None:
    now = [0.0]
    limit = RateLimit(per_second=0.5, clock=lambda: now[0])
    assert limit.wait_seconds() == 0.0
    now[0] += limit.wait_seconds()
    assert limit.wait_seconds() == 0.0


def test_every_fault_is_documented() -> None:
    page = Path(__file__).resolve().parents[3].joinpath("docs", "services-api.md").read_text("utf-8")
    assert [name for name in sorted(NAMES) if f"`{name}`" not in page] == []
