"""Token buckets."""

from connectors.gateway.rate_limit import Rate, RateLimiter


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_then_a_steady_pace() -> None:
    seconds = Seconds()
    limiter = RateLimiter(Rate(burst=3, per_second=0.5), seconds)
    assert [limiter.seconds_to_wait("a") for _ in range(4)] == [0, 0, 0, 2]
    assert limiter.seconds_to_wait("b") == 0
    seconds.now = 1.0
    assert limiter.seconds_to_wait("a") == 1
    seconds.now = 2.0
    assert [limiter.seconds_to_wait("a"), limiter.seconds_to_wait("a")] == [0, 2]
    seconds.now = 1000.0
    assert [limiter.seconds_to_wait("a") for _ in range(4)] == [0, 0, 0, 2]


def test_memory_is_bounded_and_the_least_recent_are_forgotten() -> None:
    limiter = RateLimiter(Rate(burst=1, per_second=0.001), Seconds(), max_keys=2)
    assert [limiter.seconds_to_wait(key) for key in ("a", "b", "c")] == [0, 0, 0]
    assert limiter.seconds_to_wait("c") > 0
    assert limiter.seconds_to_wait("a") == 0
