"""The pages beside the rail: each is made when it is first shown."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QStackedWidget, QWidget


class Pages(QStackedWidget):
    """Shows one page at a time; what nobody has looked at costs neither time nor memory."""

    def __init__(self, makers: Sequence[Callable[[], QWidget]]) -> None:
        """`makers` in the order of the rail."""
        super().__init__(objectName="page")
        self._makers = tuple(makers)
        self._made: dict[int, QWidget] = {}
        self.shown = -1  # the number of the page, as the rail has it

    def __len__(self) -> int:
        return len(self._makers)

    def show_page(self, index: int) -> None:
        """Show a page, and make it before if that is the first time."""
        if index not in self._made:
            self._made[index] = self._makers[index]()
            self.addWidget(self._made[index])
        self.setCurrentWidget(self._made[index])
        self.shown = index
