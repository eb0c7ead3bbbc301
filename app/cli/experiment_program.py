"""`donjon library experiment …`: the commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import experiment_commands, question_commands
from app.cli.call import AsJson, Collection, call_of
from app.cli.terminal import stoppable
from app.domain.experiments import Axes
from app.domain.ranking import FUSION_METHODS

experiment = typer.Typer(
    help="Test on your own questions how search finds best in your documents.", no_args_is_help=True
)
questions = typer.Typer(help="The questions, and the documents that answer them.", no_args_is_help=True)
experiment.add_typer(questions, name="questions")

Number = Annotated[int, typer.Argument(help="Its number in `donjon library experiment list`.")]


@experiment.command("run")
def experiment_run(
    context: typer.Context,
    words: Annotated[list[int] | None, typer.Option("--words", help="Words of a passage; may be repeated.")] = None,
    embedder: Annotated[list[str] | None, typer.Option(help="An embedder's id; may be repeated.")] = None,
    fusion: Annotated[
        list[str] | None, typer.Option(help=f"How it ranks: {', '.join(FUSION_METHODS)}; may be repeated.")
    ] = None,
    k: Annotated[list[int] | None, typer.Option("-k", help="Passages per question; may be repeated.")] = None,
    collection: Collection = None,
    resume: Annotated[int | None, typer.Option(help="Go on with this one, which was stopped.")] = None,
    as_json: AsJson = False,
) -> int:
    """Compare ways of searching with the present settings; Ctrl-C stops, --resume goes on."""
    unknown = [one for one in fusion or () if one not in FUSION_METHODS]
    if unknown:
        raise typer.BadParameter(f"--fusion is one of {', '.join(FUSION_METHODS)}, not {unknown[0]}.")
    with call_of(context).services() as services, stoppable() as cancel:
        usual = services.experiments.axes()
        axes = Axes(
            tuple(words or usual.chunk_words),
            tuple(embedder or usual.embedders),
            tuple(one for one in FUSION_METHODS if one in (fusion or usual.fusions)),
            tuple(k or usual.passages),
        )
        run = services.experiments.get(resume) if resume else services.experiments.start(axes, collection)
        return experiment_commands.work(services, run, cancel, as_json=as_json)


@experiment.command("list")
def experiment_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the experiments."""
    with call_of(context).services() as services:
        experiment_commands.say_runs(services, as_json=as_json)


@experiment.command("show")
def experiment_show(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """Show how the variants of an experiment did."""
    with call_of(context).services() as services:
        experiment_commands.say_results(services, services.experiments.get(number), as_json=as_json)


@experiment.command("use")
def experiment_use(
    context: typer.Context,
    number: Number,
    variant: Annotated[int, typer.Argument(help="Its number in `… show`.")],
    as_json: AsJson = False,
) -> None:
    """Search as a variant did from now on; documents are embedded anew where that needs it."""
    with call_of(context).services() as services, stoppable() as cancel:
        experiment_commands.use(services, number, variant, cancel, as_json=as_json)


@experiment.command("remove")
def experiment_remove(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """Forget an experiment and its results."""
    with call_of(context).services() as services:
        services.experiments.remove(number)
        experiment_commands.say_runs(services, as_json=as_json)


@experiment.command("generate")
def experiment_generate(
    context: typer.Context,
    count: Annotated[int, typer.Argument(min=1, max=200)] = 10,
    collection: Collection = None,
    as_json: AsJson = False,
) -> None:
    """Have the chat model of this device write questions; none counts before you approve it."""
    with call_of(context).services() as services, stoppable() as cancel:
        question_commands.generate(services, count, collection, cancel, as_json=as_json)


@questions.command("list")
def questions_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the questions."""
    with call_of(context).services() as services:
        question_commands.say_questions(services.questions.all(), as_json=as_json)


@questions.command("add")
def questions_add(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="QUESTION")],
    document: Annotated[list[str], typer.Argument(help="The documents that answer it, by name.")],
    page: Annotated[int, typer.Option(min=0, help="The page that does, of a single document.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Add a question."""
    with call_of(context).services() as services:
        question_commands.say_questions([services.questions.add(text, document, page)], as_json=as_json)


@questions.command("import")
def questions_import(context: typer.Context, path: Path, as_json: AsJson = False) -> None:
    """Add the questions of a file: TOML ([[question]] with text, document, page) or CSV (question, document, page)."""
    with call_of(context).services() as services:
        question_commands.say_questions(services.questions.import_file(path), as_json=as_json)


@questions.command("approve")
def questions_approve(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(help="Their numbers in `… questions list`.")],
    as_json: AsJson = False,
) -> None:
    """Let questions that a model wrote count."""
    with call_of(context).services() as services:
        for number in numbers:
            services.questions.approve(number)
        question_commands.say_questions(services.questions.all(), as_json=as_json)


@questions.command("remove")
def questions_remove(context: typer.Context, numbers: list[int], as_json: AsJson = False) -> None:
    """Forget questions."""
    with call_of(context).services() as services:
        for number in numbers:
            services.questions.remove(number)
        question_commands.say_questions(services.questions.all(), as_json=as_json)
