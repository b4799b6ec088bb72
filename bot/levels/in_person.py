"""Procedures as they are filed while their online way is stopped, for whoever renders them: answers, cards, guides. Pure."""

from collections.abc import Iterator, Mapping

from bot.catalogue.schema import Procedure


class AsDecided(Mapping[str, Procedure]):
    """Procedures by code, those that were stopped without their online way."""

    def __init__(self, procedures: Mapping[str, Procedure], stopped: frozenset[str]) -> None:
        self._procedures, self._stopped = procedures, stopped

    def __getitem__(self, code: str) -> Procedure:
        procedure = self._procedures[code]
        return in_person_only(procedure) if code in self._stopped else procedure

    def __contains__(self, code: object) -> bool:
        return code in self._procedures

    def __iter__(self) -> Iterator[str]:
        return iter(self._procedures)

    def __len__(self) -> int:
        return len(self._procedures)


def in_person_only(procedure: Procedure) -> Procedure:
    """The procedure as it is filed while its online way is stopped: fees and times of that way are not told."""
    return procedure.model_copy(
        update={
            "online": procedure.online.model_copy(update={"available": False}),
            "times": tuple(one for one in procedure.times if one.channel != "online"),
            "fees": tuple(one for one in procedure.fees if one.channel != "online"),
        }
    )
