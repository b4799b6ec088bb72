"""All that the simulated portal knows and remembers, and the acts that change a dossier."""

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulators.messaging.clock import SimClock
from simulators.portal.accounts import Accounts
from simulators.portal.demo_dossiers import DemoDossier, weekday_from
from simulators.portal.distortions import distorted
from simulators.portal.drafts import Drafts, SimDraft, draft_view
from simulators.portal.exchange import VIETNAM_TIME, public_view
from simulators.portal.faults import FaultOrder, Faults
from simulators.portal.idempotency import Idempotency
from simulators.portal.limits import SlidingWindow
from simulators.portal.one_time_codes import OneTimeCodes
from simulators.portal.people import IdentityChecks, Person
from simulators.portal.procedures import Procedures
from simulators.portal.register import Register
from simulators.portal.store import DossierStore
from simulators.portal.survey_invitations import SurveyInvitations
from simulators.portal.tokens import Tokens, random_token
from simulators.portal.watches import Watches
from simulators.portal.webhook import Webhook

LOOKUPS_PER_MINUTE = 20
WRONG_FACTORS = 5
CODES = 5
QUARTER_OF_AN_HOUR = 15 * 60
ACCESS_LIFE = timedelta(hours=1)
SESSION_LIFE = timedelta(hours=8)
PROOF_LIFE = timedelta(minutes=30)
_CODE_LETTERS = "ACDEFGHKMNPQRTVWXY"


class PortalWorld:
    """The state. ``clock`` is simulated time; ``monotonic`` counts the limits. Used from one event loop."""

    def __init__(
        self,
        store: DossierStore,
        accounts: Accounts,
        clock: SimClock,
        *,
        webhook_url: str | None = None,
        dossiers_a_day: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        new_token: Callable[[], str] = random_token,
    ) -> None:
        self.store, self.accounts, self.clock = store, accounts, clock
        self.faults = Faults(FaultOrder(mode="ok"))
        self.access: Tokens[str] = Tokens(ACCESS_LIFE, self.now, new_token)
        self.sessions: Tokens[str] = Tokens(SESSION_LIFE, self.now)
        self.phone_proofs: Tokens[str] = Tokens(PROOF_LIFE, self.now)
        self.codes, self.identity = OneTimeCodes(self.now), IdentityChecks(self.now)
        self.procedures, self.drafts, self.watches = Procedures(), Drafts(self.now), Watches(self.now)
        self.register = Register(dossiers_a_day, self.now, store.records)
        self.surveys = SurveyInvitations()
        self.webhook = Webhook(accounts.webhook_secret, webhook_url, clock)
        self.idempotency = Idempotency()
        self.lookups = SlidingWindow(LOOKUPS_PER_MINUTE, 60, monotonic)
        self.wrong_factors = SlidingWindow(WRONG_FACTORS, QUARTER_OF_AN_HOUR, monotonic)
        self.code_requests = SlidingWindow(CODES, QUARTER_OF_AN_HOUR, monotonic)

    def now(self) -> datetime:
        """The simulated time in Bắc Ninh."""
        return self.clock.now().astimezone(VIETNAM_TIME)

    def stamp(self) -> str:
        """Now, as the exchange writes it."""
        return f"{self.now():%Y%m%d%H%M%S}"

    def view(self, record: dict[str, Any], fault: str = "ok") -> dict[str, Any]:
        """The contract's dossier of a record."""
        return public_view(distorted(record, fault), self.now()).model_dump()

    def behave(self) -> None:
        """Ends all faults and webhook orders, and forgets all counted attempts."""
        self.faults.order = FaultOrder(mode="ok")
        self.webhook.order = self.webhook.base
        for limit in (self.lookups, self.wrong_factors, self.code_requests):
            limit.clear()

    async def start_over(self) -> None:
        """As after a start: the first dossiers, nothing else; tokens stay valid."""
        self.behave()
        self.store.restore()
        self.clock.reset()
        await self.webhook.deliveries.reset()
        memories = (self.codes, self.identity, self.drafts, self.procedures, self.watches, self.idempotency)
        for memory in (*memories, self.register, self.surveys):
            memory.clear()
        self.phone_proofs.clear()

    async def rewrite(self, record: dict[str, Any]) -> None:
        """A dossier's new state: kept, and told to whoever watches it."""
        self.store.rewrite(record["MaHoSo"], record)
        self.register.changed(record)
        for change in self.watches.changed(record["MaHoSo"], self.view(record), record["TrangThaiHoSo"]):
            await self.webhook.send("dossier.changed", change)

    async def paid(self, draft: SimDraft) -> None:
        """The draft's fee has been paid."""
        draft.paid = True
        await self.webhook.send("draft.changed", draft_view(draft))

    async def submit(self, draft: SimDraft, person: Person) -> None:
        """The citizen has signed: an application becomes a dossier, an answer goes to the agency."""
        draft.status, draft.submitted_at, draft.submitted_by = "submitted", self.now(), person.id
        if draft.kind == "application":
            filed = self._new_dossier(draft, person)
            draft.dossier_code, draft.lookup_code = filed.code, filed.lookup_code
            self.store.put(filed)
            self.register.filed(filed.record)
        elif draft.dossier_code is not None:
            await self._supplemented(draft.dossier_code)
        await self.webhook.send("draft.changed", draft_view(draft))

    async def _supplemented(self, code: str) -> None:
        record = self.store.record(code)
        if record is None:
            return
        for entry in record["DanhSachHoSoBoSung"]:
            entry["NgayTiepNhanBoSung"] = entry["NgayTiepNhanBoSung"] or self.stamp()
        record.update(TrangThaiHoSo=4, BenPhaiThucHien="agency")
        await self.rewrite(record)

    def _new_dossier(self, draft: SimDraft, person: Person) -> DemoDossier:
        procedure = self.procedures.record(draft.procedure_code)
        unit = "Trung tâm Phục vụ hành chính công phường Kinh Bắc"
        code = f"H05.12.3-{self.now():%y%m%d}-{10_000 + secrets.randbelow(89_999)}"
        lookup_code = "".join(secrets.choice("23456789") + secrets.choice(_CODE_LETTERS) for _ in range(2))
        due = weekday_from(self.now().date(), 5)
        record = {
            "MaHoSo": code,
            "HeThong": "provincial",
            "ThoiDiemDongBo": None,
            "MaTTHC": draft.procedure_code,
            "TenTTHC": procedure["TENTTHC"] if procedure else None,
            "TenDonVi": unit,
            "ChuHoSo": person.name,
            "DinhDanhCHS": [{"LoaiDinhDanh": 1, "SoDinhDanh": person.id}],
            "SoDienThoai": "0000129999",
            "TrichYeuHoSo": "",
            "NgayTiepNhan": None,
            "NgayHenTra": f"{due:%Y%m%d}163000",
            "NgayKetThucXuLy": None,
            "TrangThaiHoSo": 1,
            "HinhThuc": 0,
            "ThongTinTra": unit,
            "DonViXuLy": unit,
            "TienDo": None,
            "BenPhaiThucHien": "agency",
            "DanhSachHoSoBoSung": [],
        }
        return DemoDossier(record, lookup_code, "nộp qua bản nháp")

    async def stop(self) -> None:
        """Ends what is on its way."""
        await self.webhook.stop()
