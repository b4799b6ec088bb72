"""The worker's rounds with the portal: one that fails does not keep the others from their turn."""

from sqlalchemy.exc import OperationalError

from connectors.gateway.portal_rounds import MOST_AT_ONCE, PortalRounds


class Papers:
    """So many papers are due; ``away``: the database does not answer."""

    def __init__(self, due: int, *, away: bool = False) -> None:
        self.due, self.away, self.sent = due, away, 0

    def run_once(self) -> bool:
        if self.away:
            raise OperationalError("SELECT 1", {}, Exception("away"))
        if not self.due:
            return False
        self.due, self.sent = self.due - 1, self.sent + 1
        return True


class Counted:
    """Counts its turns."""

    turns = 0

    def run_once(self) -> int:
        self.turns += 1
        return 0


def test_all_due_papers_go_and_the_others_have_their_turn() -> None:
    papers, receipts = Papers(3), Counted()
    PortalRounds(papers, [receipts]).run_once()
    assert (papers.sent, receipts.turns) == (3, 1)


def test_a_long_queue_does_not_hold_the_receipts_up() -> None:
    papers, receipts = Papers(1000), Counted()
    PortalRounds(papers, [receipts]).run_once()
    assert (papers.sent, receipts.turns) == (MOST_AT_ONCE, 1)


def test_a_database_that_is_away_is_waited_out() -> None:
    papers, receipts = Papers(1, away=True), Counted()
    rounds = PortalRounds(papers, [receipts])
    rounds.run_once()
    assert receipts.turns == 1
    papers.away = False
    rounds.run_once()
    assert papers.sent == 1


def test_it_ends_when_it_is_told_to() -> None:
    rounds = PortalRounds(Papers(0), [])
    rounds.stop()
    rounds.run()
