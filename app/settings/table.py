"""Every setting, once: its key, type, default, limits and texts. Preferences, help and the file are made from this."""

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from app.domain.chunking import MAX_WORDS
from app.domain.data_class import CLASSES
from app.domain.ranking import FUSION_METHODS

Value = str | int | float | bool
T = TypeVar("T", str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One row. `choices` or `low` and `high`, where given, say what fits."""

    key: str  # "section.name", as in the file
    default: T
    label: str
    help: str
    choices: tuple[T, ...] = ()
    low: T | None = None
    high: T | None = None

    @property
    def kind(self) -> type[T]:
        """The type of its values."""
        return type(self.default)

    def misfit(self, value: object) -> str:
        """Why `value` does not fit, in words that follow the setting's name; "" if it does."""
        whole_as_fraction = self.kind is float and type(value) is int
        if type(value) is not self.kind and not whole_as_fraction:
            return f"must be {_KIND_NAMES[self.kind]}"
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(map(str, self.choices))}"
        if isinstance(value, int | float):
            if self.low is not None and value < float(self.low):
                return f"must be at least {self.low}"
            if self.high is not None and value > float(self.high):
                return f"must be at most {self.high}"
        return ""


_KIND_NAMES: Final[dict[type, str]] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}

MODEL_CHAT: Final = Setting(
    "model.chat",
    "",
    "Chat model",
    "The id of the model that answers; empty for the first that is installed.",
)
MODEL_ADAPTERS: Final = Setting(
    "models.adapters",
    "",
    "Adapters of the chat model",
    "LoRA adapters that change how the model on this device answers: ID, or ID=0.5 for half, with spaces between them.",
)
MODEL_CONTEXT: Final = Setting(
    "model.context",
    8192,
    "Context window",
    "Tokens of conversation and passages that the model keeps in sight; more needs more memory.",
    low=512,
    high=131072,
)
MODEL_TEMPERATURE: Final = Setting(
    "model.temperature",
    0.3,
    "Temperature",
    "0 always takes the likeliest word; higher varies more.",
    low=0.0,
    high=2.0,
)
MODEL_THINKS: Final = Setting(
    "model.thinks",
    False,
    "Let models think first",
    "Models that can reason write for themselves before they answer: better at hard questions, and much slower. What"
    " they thought can be read, and is no part of the answer.",
)
MODEL_MAX_TOKENS: Final = Setting(
    "model.max_tokens",
    1024,
    "Longest answer",
    "Tokens after which an answer is ended.",
    low=16,
    high=32768,
)
MODEL_MEMORY: Final = Setting(
    "model.memory",
    0.0,
    "Memory for models",
    "GB that all loaded models may take together; 0 for what is free.",
    low=0.0,
    high=1024.0,
)
MODEL_IDLE_MINUTES: Final = Setting(
    "model.idle_minutes",
    30,
    "Unload when idle",
    "Minutes without a question after which a model gives its memory back; 0 for never.",
    low=0,
    high=1440,
)
MODEL_PINNED: Final = Setting(
    "models.pinned",
    "",
    "Models that stay in memory",
    "IDs of models, with spaces between them, that are not unloaded for another model or when idle.",
)
MODEL_KEEP_READ: Final = Setting(
    "model.keep_read",
    True,
    "Keep what was read",
    "Keeps on this disk what a model has read of a conversation, so that it need not be read again when you reopen it.",
)
MODEL_KEEP_MEGABYTES: Final = Setting(
    "model.keep_megabytes",
    2048,
    "Disk space for that",
    "Megabytes that it may take; the conversations not opened for longest go first.",
    low=64,
    high=1048576,
)
MODELS_MIRROR: Final = Setting(
    "models.mirror",
    "",
    "Mirror of the model hub",
    "A base URL of your company's that stands in for the hosts that models come from, as https://models.example/hub.",
)
MODELS_CATALOGUES: Final = Setting(
    "models.catalogues",
    "",
    "More catalogues",
    "A folder of catalogues (*.toml) whose models can be fetched besides the shipped ones.",
)
MODELS_SHARED_FOLDER: Final = Setting(
    "models.shared_folder",
    "",
    "Shared models",
    "A folder that all users of this machine can read, laid out like a home's models folder; never written to.",
)
MODELS_TRUSTED_KEYS: Final = Setting(
    "models.trusted_keys",
    "",
    "Trusted bundle keys",
    "The public keys, separated by spaces, of those whose model bundles are accepted.",
)
PROMPTS_COMPANY: Final = Setting(
    "prompts.company",
    "",
    "Your company's prompts",
    "A folder of prompts (*.toml) that everybody in the company can use; they are never written to.",
)
NETWORK_EXTRA_CA: Final = Setting(
    "network.extra_ca",
    "",
    "Extra certificate authorities",
    "A PEM file of your company's own certificate authorities, trusted besides the system's.",
)
GATEWAY_URL: Final = Setting(
    "gateway.url",
    "",
    "Gateway",
    "The address of your company's OpenAI-compatible gateway, as https://llm.example/v1; empty for none.",
)
GATEWAY_MODELS: Final = Setting(
    "gateway.models",
    "",
    "Gateway's models",
    "The names of the models to use there, separated by spaces; the first is the one that steps in.",
)
GATEWAY_CONTEXT: Final = Setting(
    "gateway.context",
    16384,
    "Gateway's context window",
    "Tokens that the gateway's models keep in sight; Donjon can only estimate how many a text has.",
    low=512,
    high=1_048_576,
)
GATEWAY_PROXY: Final = Setting(
    "gateway.proxy",
    "",
    "Proxy",
    "The proxy to the gateway, as http://proxy.example:3128; empty for the system's.",
)
GATEWAY_CLASS_CEILING: Final = Setting(
    "gateway.class_ceiling",
    "internal",
    "What may leave this device",
    "The highest class of data that may be sent to the gateway.",
    choices=CLASSES,
)
GATEWAY_LOCAL_ONLY: Final = Setting(
    "gateway.local_only",
    False,
    "Stay on this device",
    "Whatever else is set, no question and no passage is sent to a gateway, or to a team's library.",
)
ROUTING_TASKS: Final = Setting(
    "routing.tasks",
    "",
    "Models by task",
    "Which model does which task, as answer=gateway:large, title=smollm2-135m; the chat model does the others.",
)
POWER_THREADS: Final = Setting(
    "power.threads",
    0,
    "Threads",
    "Threads that a model on this device computes with; 0 for one on each core of the processor.",
    low=0,
    high=256,
)
POWER_SAVE: Final = Setting(
    "power.save_on_battery",
    True,
    "Save power on battery",
    "On battery, half of the cores compute, and passages wait to be embedded until somebody waits for that or there is"
    " power again: answers come more slowly, and the battery lasts longer.",
)
LIBRARY_PASSAGES: Final = Setting(
    "library.passages",
    4,
    "Passages per question",
    "How many passages of your documents are shown to the model, at most.",
    low=1,
    high=20,
)
LIBRARY_EMBEDDER_RUNTIME: Final = Setting(
    "library.embedder_runtime",
    "onnx-int8",
    "Search by meaning runs on",
    "onnx-int8 is fast and needs little memory; sentence-transformers is the exact original. After a change passages"
    " are embedded again in the background.",
    choices=("onnx-int8", "sentence-transformers"),
)
LIBRARY_EMBEDDER: Final = Setting(
    "library.embedder",
    "",
    "Model for search by meaning",
    "The id of an embedding model; empty for the first that is installed. After a change passages are embedded again"
    " in the background.",
)
LIBRARY_CHUNK_WORDS: Final = Setting(
    "library.chunk_words",
    MAX_WORDS,
    "Length of passages",
    "Words that a passage has at most. After a change documents are cut and embedded again in the background.",
    low=40,
    high=400,
)
LIBRARY_FUSION: Final = Setting(
    "library.fusion",
    "blend",
    "How search ranks",
    "blend weighs words and meaning by their scores, ranks by their places; or words alone, or meaning alone.",
    choices=FUSION_METHODS,
)
LIBRARY_RERANK: Final = Setting(
    "library.rerank",
    False,
    "Look at passages twice",
    "An installed reranker orders the 20 best passages again, which takes seconds without a graphics card. Never run"
    " with a real reranker yet, only with small stand-ins.",
)
LIBRARY_OCR: Final = Setting(
    "library.ocr",
    False,
    "Read scanned pages and pictures",
    "Pages of a PDF, pictures in folders and those in mails and archives are read by text recognition on this device,"
    " some seconds each, and marked so. Needs the extra “ocr” (pip install 'donjon[ocr]'). Holds for files that are"
    " added from now on; a picture that is added by itself is read in any case.",
)
JUDGE_TEMPLATES: Final = Setting(
    "judge.templates",
    "",
    "Company's templates",
    "A folder with templates of judgements, one TOML file each, that all users of this machine can read.",
)
LIBRARY_RETENTION_DAYS: Final = Setting(
    "library.retention_days",
    0,
    "Days that documents are kept",
    "A document is forgotten so many days after it was added or last changed; 0 keeps documents for ever. Those of"
    " watched folders stay as long as their files do.",
    low=0,
    high=36_500,
)
CHAT_RETENTION_DAYS: Final = Setting(
    "chat.retention_days",
    0,
    "Days that conversations are kept",
    "A conversation is deleted so many days after it was last written in; 0 keeps conversations for ever.",
    low=0,
    high=36_500,
)
JUDGE_RETENTION_DAYS: Final = Setting(
    "judge.retention_days",
    0,
    "Days that judgements are kept",
    "A judgement is deleted so many days after it was last made anew, a folder's table with its last; 0 keeps them for"
    " ever.",
    low=0,
    high=36_500,
)
PLAYBOOKS_RETENTION_DAYS: Final = Setting(
    "playbooks.retention_days",
    0,
    "Days that runs of playbooks are kept",
    "A run is deleted so many days after it was last gone on with; 0 keeps runs for ever.",
    low=0,
    high=36_500,
)
TEAM_URL: Final = Setting(
    "team.url",
    "",
    "Team library",
    "Your company's PostgreSQL with the team's documents, as postgresql://anna@library.example/donjon; empty for none.",
)
TEAM_CA: Final = Setting(
    "team.ca",
    "",
    "Team library's certificate authority",
    "A PEM file of the one authority that may vouch for the team library's server.",
)
CHAT_TITLES: Final = Setting(
    "chat.titles",
    True,
    "Titles for conversations",
    "Once the first answer is there, a model on this device gives the conversation a short title.",
)
CHAT_WITHHOLD: Final = Setting(
    "chat.only_from_documents",
    False,
    "Only what documents say",
    "Where documents are searched, sentences of an answer that they do not say are left out of it, and nothing is shown"
    " before it is checked. Off, such sentences are underlined.",
)
COPILOT_HOTKEY: Final = Setting(
    "copilot.hotkey",
    "Ctrl+Alt+Space",
    "Keys that open the quick copilot",
    "From any program, while Donjon runs, on Windows and X11. On macOS and Wayland the menu of the tray's icon does,"
    " and a shortcut in the window. Empty for none.",
)
COPILOT_CLIPBOARD: Final = Setting(
    "copilot.clipboard",
    False,
    "Look at the clipboard",
    "The quick copilot looks at the clipboard as it opens. Off, it does so when you press the button for it.",
)
COPILOT_SELECTION: Final = Setting(
    "copilot.selection",
    False,
    "Look at the selection",
    "On X11, the quick copilot looks at the marked text of any program as it opens, before the clipboard.",
)
COPILOT_MODEL: Final = Setting(
    "copilot.ask_model",
    True,
    "Ask the model what it is",
    "Where patterns do not know what was shown, the model on this device says what it looks like; nothing leaves here.",
)
PLAYBOOKS_SHARED_FOLDER: Final = Setting(
    "playbooks.shared_folder",
    "",
    "Shared playbooks",
    "A folder of playbooks (*.toml) that your company offers besides the shipped ones; never written to.",
)
CHAT_DISCLOSE_ON_COPY: Final = Setting(
    "chat.disclose_on_copy",
    False,
    "Copied answers say who wrote them",
    "A line below an answer that is copied names the model that wrote it, where it ran and the day.",
)
API_ENABLED: Final = Setting(
    "api.enabled",
    False,
    "Local API",
    "While the window is open, other programs on this machine may use your models; each needs a token of its own.",
)
API_PORT: Final = Setting(
    "api.port",
    11435,
    "Port of the local API",
    "Where the local API listens on this machine; 0 takes any free port.",
    low=0,
    high=65535,
)
API_ORIGINS: Final = Setting(
    "api.origins",
    "",
    "Web origins that may use the local API",
    "Origins such as https://notes.example.com, with spaces between them; empty for none. Each needs a token, too.",
)
UI_THEME: Final = Setting(
    "ui.theme",
    "system",
    "Theme",
    "Light, dark, or as the system is set.",
    choices=("system", "light", "dark"),
)
UI_LANGUAGE: Final = Setting(
    "ui.language",
    "system",
    "Language",
    "Of the window, from its next start on.",
    choices=("system", "english", "deutsch"),
)
UI_NOTICE_SEEN: Final = Setting(
    "ui.notice_seen",
    0,
    "Welcome seen",
    "The version of the welcome that was shown; 0 shows it at the next start.",
    low=0,
)
UI_CONTRAST: Final = Setting(
    "ui.contrast",
    "system",
    "Contrast",
    "Stronger colours and lines, or as the system is set.",
    choices=("system", "normal", "high"),
)
UI_TEXT_SCALE: Final = Setting(
    "ui.text_scale",
    100,
    "Text size",
    "Per cent of the usual size; whatever text stands in grows with it.",
    low=80,
    high=200,
)
UI_DENSITY: Final = Setting(
    "ui.density",
    "comfortable",
    "Density",
    "How much room there is around things.",
    choices=("comfortable", "compact"),
)
UI_REDUCED_MOTION: Final = Setting(
    "ui.reduced_motion",
    False,
    "Less motion",
    "Nothing blinks or slides.",
)
UI_SHOW_CHATS: Final = Setting(
    "ui.show_chats",
    True,
    "List of chats",
    "Whether the list of chats stands beside the chat.",
)
UI_SHORTCUTS: Final = Setting(
    "ui.shortcuts",
    "",
    "Shortcuts of your own",
    "Keys in place of the usual ones, as new_chat=Ctrl+T, palette=Ctrl+P; Ctrl+/ lists them all.",
)

TABLE: Final[tuple[Setting[str] | Setting[int] | Setting[float] | Setting[bool], ...]] = (
    MODEL_CHAT,
    MODEL_ADAPTERS,
    MODEL_CONTEXT,
    MODEL_TEMPERATURE,
    MODEL_THINKS,
    MODEL_MAX_TOKENS,
    MODEL_MEMORY,
    MODEL_IDLE_MINUTES,
    MODEL_PINNED,
    MODEL_KEEP_READ,
    MODEL_KEEP_MEGABYTES,
    MODELS_MIRROR,
    MODELS_CATALOGUES,
    MODELS_SHARED_FOLDER,
    MODELS_TRUSTED_KEYS,
    PROMPTS_COMPANY,
    NETWORK_EXTRA_CA,
    GATEWAY_URL,
    GATEWAY_MODELS,
    GATEWAY_CONTEXT,
    GATEWAY_PROXY,
    GATEWAY_CLASS_CEILING,
    GATEWAY_LOCAL_ONLY,
    ROUTING_TASKS,
    POWER_THREADS,
    POWER_SAVE,
    LIBRARY_PASSAGES,
    LIBRARY_EMBEDDER_RUNTIME,
    LIBRARY_EMBEDDER,
    LIBRARY_CHUNK_WORDS,
    LIBRARY_FUSION,
    JUDGE_TEMPLATES,
    LIBRARY_OCR,
    LIBRARY_RERANK,
    LIBRARY_RETENTION_DAYS,
    CHAT_RETENTION_DAYS,
    JUDGE_RETENTION_DAYS,
    PLAYBOOKS_RETENTION_DAYS,
    TEAM_URL,
    TEAM_CA,
    CHAT_TITLES,
    CHAT_WITHHOLD,
    CHAT_DISCLOSE_ON_COPY,
    COPILOT_HOTKEY,
    COPILOT_CLIPBOARD,
    COPILOT_SELECTION,
    COPILOT_MODEL,
    PLAYBOOKS_SHARED_FOLDER,
    API_ENABLED,
    API_PORT,
    API_ORIGINS,
    UI_THEME,
    UI_LANGUAGE,
    UI_NOTICE_SEEN,
    UI_CONTRAST,
    UI_TEXT_SCALE,
    UI_DENSITY,
    UI_REDUCED_MOTION,
    UI_SHOW_CHATS,
    UI_SHORTCUTS,
)

# What most people look at; the other rows are found by search, or shown on demand.
EVERYDAY: Final[tuple[Setting[Any], ...]] = (
    *(MODEL_THINKS, MODEL_MAX_TOKENS, POWER_SAVE, GATEWAY_LOCAL_ONLY),
    *(LIBRARY_OCR, LIBRARY_RETENTION_DAYS, CHAT_RETENTION_DAYS, JUDGE_RETENTION_DAYS),
    *(CHAT_TITLES, CHAT_WITHHOLD, CHAT_DISCLOSE_ON_COPY),
    *(COPILOT_HOTKEY, COPILOT_CLIPBOARD, COPILOT_SELECTION, COPILOT_MODEL),
    *(UI_THEME, UI_LANGUAGE, UI_CONTRAST, UI_TEXT_SCALE, UI_DENSITY, UI_REDUCED_MOTION),
)
