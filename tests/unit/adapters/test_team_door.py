"""The way to the team's library: closed where nothing may leave this device."""

from pathlib import Path

import pytest

from app.adapters.combined_passages import CombinedPassages
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.adapters.team_door import TeamDoor
from app.domain.errors import AppError, ErrorCode
from app.domain.query import Query
from app.services.audit import Audit
from tests.fakes.passages import FakePassages
from tests.unit.services.test_routing import NoSecrets


def test_where_nothing_may_leave_it_is_closed_and_the_device_answers(tmp_path: Path) -> None:
    ledger, device = SqliteLedger(tmp_path / "ledger.db", SystemClock()), FakePassages()
    address = ("postgresql://anna@127.0.0.1:1/donjon", str(tmp_path / "ca.pem"))
    door = TeamDoor(lambda: address, NoSecrets, Audit(ledger), device, lambda: "mini", tmp_path, lambda: True)
    both = CombinedPassages(device, door.passages)
    assert both.search(Query("kestrel"), 3) == []
    left_out = both.left_out()
    assert left_out is not None and left_out.code is ErrorCode.TEAM_LOCAL_ONLY
    for ask in (lambda: both.documents("team:Sales"), door.account, lambda: door.administration("root", "secret")):
        with pytest.raises(AppError) as refused:
            ask()
        assert refused.value.code is ErrorCode.TEAM_LOCAL_ONLY
    assert list(ledger.entries()) == []
