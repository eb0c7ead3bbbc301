"""The settings page: a card for each section, a row for each setting."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.settings.table import EVERYDAY, GATEWAY_URL, Value
from app.ui.preferences.gateway_card import GatewayKey
from app.ui.preferences.gateway_view_model import GatewayViewModel
from app.ui.preferences.view_model import AnySetting, PreferencesViewModel
from app.ui.translate import tr

STEPS = 20  # of a fraction, from its lowest to its highest


class PreferencesPage(QWidget):
    """Settings, changed where they are shown: those of everyday, all of them, or what is searched for."""

    diagnostics_wanted = Signal()

    def __init__(
        self, preferences: PreferencesViewModel, gateway: GatewayViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        preferences.changed.connect(lambda key: gateway.refresh() if key == GATEWAY_URL.key else None)
        self._find = QLineEdit(placeholderText=tr("Find a setting"), clearButtonEnabled=True)
        self._find.setAccessibleName(tr("Find a setting"))
        self._all = QPushButton(tr("All settings"), objectName="toggle", checkable=True)
        self._all.setToolTip(tr("Also those that only few people change."))
        self._none = QLabel(tr("No setting is called so, or speaks of it."), objectName="muted", wordWrap=True)
        extras = {"gateway": GatewayKey(gateway)}
        self._sections = [
            Section(name, settings, preferences, extras.get(name)) for name, settings in preferences.sections()
        ]
        column = QVBoxLayout(spacing=10)
        column.setContentsMargins(32, 20, 32, 24)
        column.addWidget(self._none)
        for section in self._sections:
            column.addWidget(section)
        column.addWidget(self._help())
        column.addStretch(1)
        inner = QWidget(objectName="reading_column")
        inner.setLayout(column)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        page = QVBoxLayout(self, spacing=0)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self._top())
        page.addWidget(scroll, 1)
        self._find.textChanged.connect(self._filter)
        self._all.toggled.connect(self._filter)
        self._filter()

    def look_for(self, typed: str) -> None:
        """Show what is called so, or speaks of it."""
        self._find.setText(typed)

    def show_all(self, everything: bool) -> None:
        """Show all settings, or those of everyday."""
        self._all.setChecked(everything)

    def _help(self) -> QWidget:
        """What to do when something is wrong."""
        card = QFrame(objectName="card")
        copy = QPushButton(tr("Copy diagnostics"))
        copy.clicked.connect(self.diagnostics_wanted)
        text = tr("For whoever helps you: versions, this machine, what is set. No content, no secret, no name.")
        row = QHBoxLayout(card, spacing=12)
        row.setContentsMargins(16, 14, 16, 14)
        row.addWidget(QLabel(text, objectName="small", wordWrap=True), 1)
        row.addWidget(copy)
        return card

    def _top(self) -> QWidget:
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=10)
        row.setContentsMargins(32, 0, 32, 0)
        row.addWidget(QLabel(tr("Settings"), objectName="title"), 1)
        row.addWidget(self._find)
        row.addWidget(self._all, 0, Qt.AlignmentFlag.AlignVCenter)
        return top

    def _filter(self) -> None:
        words = self._find.text().casefold().split()

        def wanted(setting: AnySetting) -> bool:
            if not words:
                return self._all.isChecked() or setting in EVERYDAY
            told = f"{tr(setting.label)} {tr(setting.help)} {setting.key}".casefold()
            return all(word in told for word in words)

        shown = [section.show_only(wanted) for section in self._sections]
        self._none.setVisible(not any(shown))


class Section(QWidget):
    """Settings that belong together; a row is made when it is first wanted."""

    def __init__(
        self,
        name: str,
        settings: Sequence[AnySetting],
        preferences: PreferencesViewModel,
        extra: QWidget | None = None,
    ) -> None:
        """`extra` is what belongs to them and is no setting; it stands below them."""
        super().__init__()
        self._settings = settings
        self._preferences = preferences
        self._rows: dict[str, SettingRow] = {}
        self._shown: list[AnySetting] = []
        title = _title(name)
        self._reset = QPushButton(tr("All to default"), objectName="small")
        self._reset.setAccessibleName(tr("Set what is shown of {section} to its defaults", section=title))
        self._reset.clicked.connect(lambda: preferences.reset(self._shown))
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing moves when the first value is changed
        self._reset.setSizePolicy(policy)
        top = QHBoxLayout()
        top.addWidget(QLabel(title, objectName="section"), 1)
        top.addWidget(self._reset)
        card = QFrame(objectName="card")
        self._card = QVBoxLayout(card, spacing=16)
        self._card.setContentsMargins(16, 14, 16, 14)
        if extra is not None:
            self._card.addWidget(extra)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(0, 0, 0, 10)
        column.addLayout(top)
        column.addWidget(card)
        preferences.changed.connect(self._offer_reset)

    def show_only(self, wanted: Callable[[AnySetting], bool]) -> bool:
        """Show the rows that are wanted, in the order of the table; whether there are any."""
        place = 0
        for setting in self._settings:
            is_wanted = wanted(setting)
            if is_wanted and setting.key not in self._rows:
                self._rows[setting.key] = SettingRow(setting, self._preferences)
                self._card.insertWidget(place, self._rows[setting.key])
            if setting.key in self._rows:
                self._rows[setting.key].setVisible(is_wanted)
                place += 1
        self._shown = [setting for setting in self._settings if wanted(setting)]
        self.setVisible(bool(self._shown))
        self._offer_reset()
        return bool(self._shown)

    def _offer_reset(self) -> None:
        """What is not shown is not reset either."""
        self._reset.setVisible(any(self._preferences.value(one) != one.default for one in self._shown))


class SettingRow(QWidget):
    """A setting: what it is, what it does, what it is set to, and a way back to its default."""

    def __init__(self, setting: AnySetting, preferences: PreferencesViewModel) -> None:
        super().__init__()
        self._setting = setting
        self._preferences = preferences
        field, self._put = _field(setting, self._change)
        field.setAccessibleName(tr(setting.label))
        field.setAccessibleDescription(tr(setting.help))
        if not isinstance(field, QCheckBox | Choice):
            field.setObjectName("field")
        self._reset = QPushButton(tr("Default"), objectName="small")
        self._reset.setAccessibleName(tr("Set {label} to its default", label=tr(setting.label)))
        self._reset.clicked.connect(lambda: preferences.reset([setting]))
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the fields stay in one line, whatever is at its default
        self._reset.setSizePolicy(policy)
        texts = QVBoxLayout(spacing=2)
        texts.addWidget(QLabel(tr(setting.label)))
        texts.addWidget(QLabel(tr(setting.help), objectName="small", wordWrap=True))
        row = QHBoxLayout(self, spacing=12)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(texts, 1)
        row.addWidget(self._reset)
        row.addWidget(field)
        preferences.changed.connect(lambda key: self._show() if key == setting.key else None)
        self._show()

    def _change(self, value: Value) -> None:
        self._preferences.change(self._setting, value)

    def _show(self) -> None:
        value = self._preferences.value(self._setting)
        self._put(value)
        self._reset.setVisible(value != self._setting.default)


class WholeNumber(QSpinBox):
    """A field for a whole number; the wheel scrolls the page, not the number."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page."""
        event.ignore()


class Fraction(QDoubleSpinBox):
    """A field for a fraction; the wheel scrolls the page, not the number."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page."""
        event.ignore()


def _field(setting: AnySetting, change: Callable[[Value], None]) -> tuple[QWidget, Callable[[Value], None]]:
    """The widget that fits a setting, and how a value is put into it without being taken for a change."""
    if setting.choices:
        choice = Choice(setting.choices)
        choice.chosen.connect(change)
        return choice, choice.choose
    if setting.kind is bool:
        box = QCheckBox()
        box.toggled.connect(change)
        return box, _quietly(box, lambda value: box.setChecked(bool(value)))
    if setting.kind is str:
        edit = QLineEdit()
        edit.editingFinished.connect(lambda: change(edit.text().strip()))
        return edit, _quietly(edit, lambda value: edit.setText(str(value)))
    return _number(setting, change)


class Choice(QWidget):
    """A button for each of a few choices, one of them pressed."""

    chosen = Signal(object)

    def __init__(self, choices: Sequence[Value]) -> None:
        super().__init__()
        self._buttons = {choice: QPushButton(tr(str(choice)).capitalize(), objectName="choice") for choice in choices}
        group = QButtonGroup(self)
        row = QHBoxLayout(self, spacing=4)
        row.setContentsMargins(0, 0, 0, 0)
        for choice, button in self._buttons.items():
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, choice=choice: self.chosen.emit(choice))
            group.addButton(button)
            row.addWidget(button)

    def choose(self, choice: Value) -> None:
        """Press the button of a choice."""
        self._buttons[choice].setChecked(True)


def _number(setting: AnySetting, change: Callable[[Value], None]) -> tuple[QWidget, Callable[[Value], None]]:
    box = WholeNumber() if setting.kind is int else Fraction(decimals=2)
    low, high = float(setting.low or 0), float(setting.high if setting.high is not None else 2**31 - 1)
    if isinstance(box, WholeNumber):
        box.setRange(int(low), int(high))
    else:
        box.setRange(low, high)
        box.setSingleStep((high - low) / STEPS)
    box.lineEdit().setTextMargins(8, 0, 8, 0)  # a style sheet does not reach it
    box.setKeyboardTracking(False)  # a number is taken once it is typed whole
    box.valueChanged.connect(change)
    put = box.setValue
    return box, _quietly(box, lambda value: put(setting.kind(value)))


def _quietly(widget: QWidget, put: Callable[[Value], None]) -> Callable[[Value], None]:
    def quiet(value: Value) -> None:
        with QSignalBlocker(widget):
            put(value)

    return quiet


def _title(section: str) -> str:
    titles = {
        "model": tr("Answers"),
        "models": tr("Models"),
        "network": tr("Network"),
        "gateway": tr("Gateway"),
        "routing": tr("Which model does what"),
        "power": tr("Computing"),
        "library": tr("Documents"),
        "chat": tr("Conversations"),
        "team": tr("Team"),
        "api": tr("Other programs"),
        "copilot": tr("Quick copilot"),
        "judge": tr("Judge"),
        "playbooks": tr("Playbooks"),
        "prompts": tr("Prompts"),
        "ui": tr("Appearance"),
    }
    return titles.get(section, section.capitalize())
