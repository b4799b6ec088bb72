"""Builds the services of the dialogue from the settings, and builds them anew when another catalogue goes live: the one place
where the action server constructs anything."""

import logging
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from actions.data_rights import LedgerRights
from actions.dossier_status import DossierStatusAnswers
from actions.filed_dossiers import PortalFiledDossiers
from actions.guide_counts import LedgerCounts
from actions.notices import ChatNotices
from actions.submissions import ChatSubmissions
from bot.catalogue.embedding.encoder import EncoderLoad, load_encoder
from bot.catalogue.embedding.sliced import SlicedEncoder
from bot.catalogue.importing.store import Pointer, live_pointer
from bot.catalogue.live import UNREADABLE, LiveCatalogue, read_combined, reviewed_in_force
from bot.catalogue.load import CatalogueError
from bot.catalogue.publishing.content import UNUSABLE, ReviewedContent, ReviewedSource
from bot.catalogue.publishing.releases import ContentState, live_state
from bot.catalogue.search import ProcedureSearch
from bot.clock import vietnam_today
from bot.conversations.private_values import PrivateValues
from bot.dialogue.services import (
    CountPress,
    DataRights,
    DossierStatus,
    FiledDossiers,
    Notices,
    SecondFactors,
    Services,
    Submissions,
    nothing_counted,
)
from bot.guides.book import NO_GUIDES, GuideBook, load_guides
from bot.guides.channels import public_address
from bot.heap import settle_heap
from bot.language.places import PlaceIndex
from bot.language.sensitive import SensitiveWords, load_sensitive_words
from bot.levels.partial_reasons import PartialReasonWatch
from bot.portal.assembly import assemble_portal
from bot.settings import Settings
from bot.storage.database import SessionFactory, open_database
from bot.switches.watch import SwitchWatch

logger = logging.getLogger(__name__)

POLL_SECONDS = 3.0
"""How often the pointer to the live catalogue is read: one small query."""

LOOKS_BEFORE_RETRY = 20
"""A version that could not be used is tried again after this many looks (a minute); another one that goes live at once."""

SLICE = 64
"""Texts that are encoded at one go while citizens' questions wait for the same encoder: about half a second."""

_BREATH = 0.02


def _breathe(_done: int, _total: int) -> None:
    """The encoder's lock is not fair: without a breath between slices a waiting question would not get it."""
    time.sleep(_BREATH)


@dataclass(frozen=True)
class Desks:
    """What the dialogue reaches outside the catalogue: the same whichever catalogue is live."""

    dossiers: DossierStatus
    hotline: str | None = None
    submissions: Submissions | None = None
    factors: SecondFactors | None = None
    notices: Notices | None = None
    sensitive: SensitiveWords | None = None
    filed: FiledDossiers | None = None
    rights: DataRights | None = None
    cards_at: str | None = None
    guides: GuideBook = NO_GUIDES
    address: str = ""
    count: CountPress = nothing_counted


@dataclass(frozen=True)
class Furnished:
    """Everything that belongs to one catalogue; replaced as a whole."""

    services: Services
    search: ProcedureSearch
    live: LiveCatalogue


class House:
    """The services in force. Reading ``services`` is atomic: a turn works with one catalogue from beginning to end."""

    def __init__(
        self,
        reviewed: ReviewedContent,
        encoder: EncoderLoad,
        sessions: SessionFactory,
        desks: Desks,
        source: ReviewedSource | None = None,
    ) -> None:
        """Builds the services of the reviewed procedures at once: they answer within seconds of a start. ``look`` brings the
        imported ones, whose index takes longer and is built only once, because two of them are hundreds of megabytes. ``source``:
        where releases that trainers publish come from; None: ``reviewed`` stands."""
        self._encoder, self._sessions, self._desks, self._source = encoder, sessions, desks, source
        self._switches, self._partial_reasons = SwitchWatch(sessions), PartialReasonWatch(sessions)
        self._stopped = threading.Event()
        self._building = False
        self._problem: str | None = None
        self._refused: tuple[Pointer, ContentState] | None = None
        self._looks_to_retry = 0
        self._reviewed = reviewed
        self._present = self._furnish(LiveCatalogue(reviewed.catalogue, Pointer(None, 0), reviewed=reviewed), encoder)

    @property
    def services(self) -> Services:
        """The services of the catalogue that is live now."""
        return self._present.services

    def describe(self) -> dict[str, Any]:
        """For people who look after the system."""
        present = self._present
        return {
            "status": "ok",
            "procedures": len(present.live.catalogue.procedures),
            "search": present.search.describe(),
            "catalogue": present.live.describe() | {"building": self._building, "problem": self._problem},
        }

    def keep_current(self) -> None:
        """Watches the live catalogue in a thread until ``stop``."""
        threading.Thread(target=self._watch, name="catalogue-watch", daemon=True).start()

    def stop(self) -> None:
        """Ends the watch."""
        self._stopped.set()

    def look(self) -> bool:
        """One look at the database: takes another catalogue into use where one went live. Whether it did. What fails is logged,
        and the present catalogue stays."""
        try:
            with self._sessions() as session:
                wanted = (live_pointer(session), live_state(session) if self._source else self._reviewed.state)
        except SQLAlchemyError as error:
            self._fail("the database does not answer", error)
            return False
        if wanted == (self._present.live.pointer, self._reviewed.state):
            self._problem = None
            return False
        if wanted == self._refused and self._looks_to_retry > 0:
            self._looks_to_retry -= 1
            return False
        return self._switch(wanted)

    def _switch(self, wanted: tuple[Pointer, ContentState]) -> bool:
        self._building = True
        try:
            reviewed = self._reviewed_now(wanted[1])
            live = replace(read_combined(reviewed.catalogue, self._sessions), reviewed=reviewed)
            # Words serve first: the vectors of a new catalogue take minutes.
            self._present = self._furnish(live, self._sliced(), vectors_later=True)
            self._reviewed = reviewed
            self._present.search.add_vectors()
        except (*UNREADABLE, *UNUSABLE, RuntimeError, MemoryError) as error:
            self._fail("the live catalogue cannot be used", error)
            self._refused, self._looks_to_retry = wanted, LOOKS_BEFORE_RETRY
            return False
        finally:
            self._building = False
        self._problem = self._refused = None
        logger.info("catalogue.switched", extra=self._present.live.describe())
        return True

    def _reviewed_now(self, state: ContentState) -> ReviewedContent:
        """The release that is live; the one at hand where it is that one. Raises one of ``UNUSABLE``."""
        if self._source is None or state == self._reviewed.state:
            return self._reviewed
        with self._sessions() as session:
            return self._source.read(session)

    def _watch(self) -> None:
        changed = self.look()
        while True:
            if changed:
                settle_heap()
            if self._stopped.wait(POLL_SECONDS):
                return
            changed = self.look()

    def _fail(self, what: str, error: Exception) -> None:
        problem = f"{what} ({type(error).__name__})"
        if problem != self._problem:
            where = str(error.problems[0]) if isinstance(error, CatalogueError) and error.problems else None
            logger.warning("catalogue.not_switched", extra={"reason": problem, "where": where})
        self._problem = problem

    def _sliced(self) -> EncoderLoad:
        encoder = self._encoder.encoder
        return replace(self._encoder, encoder=SlicedEncoder(encoder, SLICE, _breathe)) if encoder else self._encoder

    def _furnish(self, live: LiveCatalogue, encoder: EncoderLoad, *, vectors_later: bool = False) -> Furnished:
        search = ProcedureSearch(live.catalogue, encoder, vectors_later=vectors_later)
        services = Services(
            catalogue=live.catalogue,
            search=search,
            places=PlaceIndex(live.catalogue.places),
            today=vietnam_today,
            dossiers=self._desks.dossiers,
            hotline=self._desks.hotline,
            submissions=self._desks.submissions,
            factors=self._desks.factors,
            notices=self._desks.notices,
            sensitive=self._desks.sensitive,
            filed=self._desks.filed,
            rights=self._desks.rights,
            cards_at=self._desks.cards_at,
            guides=self._desks.guides,
            address=self._desks.address,
            count=self._desks.count,
            switches=self._switches,
            partial_reasons=self._partial_reasons,
        )
        return Furnished(services, search, live)


def cards_at(settings: Settings) -> str | None:
    """Below which address citizens find the service cards; None where PUBLIC_URL is no https address: no chat shows another."""
    base = (settings.public_url or "").rstrip("/")
    return f"{base}/thu-tuc" if base.startswith("https://") else None


def build_house(settings: Settings) -> House:
    """Loads the catalogue in force, the encoder (or goes on without it) and the portal client. Raises ``CatalogueError``,
    ``SensitiveWordsError`` and ``GuideFileError``."""
    database, source = open_database(settings.database_url, pool_size=1), ReviewedSource.from_settings(settings)
    reviewed = reviewed_in_force(source, database.sessions)
    catalogue = reviewed.catalogue
    dossiers = DossierStatusAnswers.from_settings(settings, catalogue.calendar)
    portal = assemble_portal(settings).gateway
    drafts = open_database(settings.database_url, pool_size=2)
    submissions = ChatSubmissions.from_settings(settings, catalogue, drafts.sessions, portal)
    notices = ChatNotices.from_settings(settings, catalogue.calendar, drafts.sessions, portal, dossiers.outcome)
    sensitive = load_sensitive_words(Path(settings.data_dir))
    filed = PortalFiledDossiers(portal, PrivateValues(drafts.sessions, settings.ledger_key.get_secret_value()))
    rights = LedgerRights.from_settings(settings, catalogue.calendar, drafts.sessions)
    guides, address = load_guides(Path(settings.data_dir) / "guides"), public_address(settings)
    count = LedgerCounts(drafts.sessions)
    desks = Desks(
        dossiers,
        settings.hotline,
        submissions,
        dossiers.factors,
        notices,
        sensitive,
        filed,
        rights,
        cards_at(settings),
        guides,
        address,
        count,
    )
    return House(reviewed, load_encoder(settings), database.sessions, desks, source)
