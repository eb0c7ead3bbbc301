"""Facts as chips: how far data may travel, where a question would go, what a model computes on."""

from PySide6.QtWidgets import QWidget

from app.domain.data_class import DEFAULT_CLASS, DataClass, exceeds
from app.domain.fit import Verdict
from app.domain.fit_texts import device_reason, device_text
from app.domain.route_texts import headline, reason
from app.domain.routing import Destination
from app.ui.fact import Fact
from app.ui.translate import tr


class DataClassBadge(Fact):
    """How far what is here may travel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Class of the data"), "chip", parent)

    def show_class(self, data_class: DataClass, why: str) -> None:
        """Name the class, and in the tip why it is that one."""
        self.state(tr(data_class), why, "warn" if exceeds(data_class, DEFAULT_CLASS) else "")


class RouteChip(Fact):
    """Where a question would go, before it is sent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Where the question would go"), "quiet", parent)
        self.setWordWrap(True)

    def show_destination(self, destination: Destination) -> None:
        """Say where it would go, or why it would not be sent."""
        tone = "bad" if destination.refused is not None else ""
        self.state(tr(headline(destination)), tr(reason(destination)), tone)


class DeviceChip(Fact):
    """What a model computes on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Where the model computes"), "chip", parent)

    def show_verdict(self, verdict: Verdict | None, host: str = "") -> None:
        """Name the device, or the gateway at `host`; nothing for neither."""
        if verdict is not None:
            self.state(tr(device_text(verdict)), tr(device_reason(verdict)))
        else:
            self.state(tr("gateway") if host else "", host)
