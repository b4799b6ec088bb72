"""What the action server answers from, for its metrics."""

from collections.abc import Iterable

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from actions.house import House
from bot.metrics import declared
from bot.metrics.process import family


class HouseCollector(Collector):
    """Reads the house at each scrape."""

    def __init__(self, house: House) -> None:
        self._house = house

    def describe(self) -> Iterable[Metric]:
        """Nothing is read at the start."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures now."""
        told = self._house.describe()
        yield family(declared.SEARCH_DENSE, ((), float(bool(told["search"].get("dense")))))
        yield family(declared.CATALOGUE_PROCEDURES, ((), float(told["procedures"])))
