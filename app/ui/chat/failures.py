"""What is said when there is no answer, or when rails had a hand in it."""

from PySide6.QtCore import QObject, Signal

from app.domain.appeals import notice_of_refusal
from app.domain.errors import AppError, ErrorCode
from app.domain.models import InstalledModel
from app.ui.chat.view_model import ChatViewModel
from app.ui.models.view_model import ModelsViewModel
from app.ui.notices import Action, Notices
from app.ui.rail_notes import RailNotes
from app.ui.translate import tr


class Failures(QObject):
    """Tells why an answer failed, and offers the one change that helps where it can be made here."""

    models_wanted = Signal()
    unlock_wanted = Signal()

    def __init__(
        self, chat: ChatViewModel, models: ModelsViewModel, notices: Notices, rail_notes: RailNotes, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._models = models
        self._notices = notices
        self._rail_notes = rail_notes
        chat.flagged.connect(rail_notes.tell)
        chat.busy_changed.connect(lambda busy: rail_notes.hide() if busy else None)
        chat.failed.connect(self.tell)

    def tell(self, error: Exception) -> None:
        """Tell it, with what can be done about it."""
        refusal = notice_of_refusal(error)
        if refusal is not None:
            self._rail_notes.tell_notice(refusal)
        else:
            self._notices.show_error(error, self._remedy(error))

    def _remedy(self, error: Exception) -> Action | None:
        if isinstance(error, AppError) and error.code is ErrorCode.MODEL_DOES_NOT_FIT:
            fitting = self._models.largest_that_fits(str(error.facts.get("model")))
            if fitting is None:
                return tr("See the models"), self.models_wanted.emit
            return tr("Use {model}", model=fitting.name), lambda: self._use(fitting)
        if isinstance(error, AppError) and error.code in (ErrorCode.VAULT_LOCKED, ErrorCode.VAULT_WRONG_PASSPHRASE):
            return tr("Unlock…"), self.unlock_wanted.emit
        turns = self._chat.turns
        if turns and turns[-1].is_answer and turns[-1].message.text:
            return tr("Continue"), self._chat.resume_last
        return None

    def _use(self, model: InstalledModel) -> None:
        self._chat.picked = None
        self._models.use(model.id)
