"""`donjon judge`: documents and folders by a template."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import judge_commands
from app.cli.call import AsJson, ModelId, call_of
from app.cli.terminal import stoppable
from app.services.judge import MOST_RUNS, JudgeOptions
from app.services.judge_exports import FORMATS


def judge(
    context: typer.Context,
    template: Annotated[str | None, typer.Argument(help="A template; without one, they are listed.")] = None,
    files: Annotated[list[Path] | None, typer.Argument(help="Documents, or folders of them.", metavar="FILE…")] = None,
    runs: Annotated[int, typer.Option(min=1, max=MOST_RUNS, help="Judge so often, and say how many agree.")] = 1,
    instruction: Annotated[str, typer.Option(help="What is to be minded, in a sentence.")] = "",
    model: ModelId = None,
    out: Annotated[Path | None, typer.Option(help="Write a file: .md, .docx, .json or .csv.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Of a folder, judge what failed before, too.")] = False,
    examples: Annotated[bool, typer.Option("--examples", help="Print what was accepted and corrected.")] = False,
    as_json: AsJson = False,
) -> int:
    """Judge documents by a template: typed fields, each with quotes that stand in the document."""
    form = next((form for form in FORMATS if out is not None and out.suffix.lower() == f".{form}"), None)
    if out is not None and form is None:
        raise typer.BadParameter(f"--out ends in one of {', '.join(f'.{form}' for form in FORMATS)}.")
    with call_of(context).services() as services, stoppable() as cancel:
        if examples:
            return judge_commands.say_examples(services)
        if template is None:
            return judge_commands.say_templates(services, as_json=as_json)
        if not files:
            raise typer.BadParameter("name the documents to judge, or a folder of them.")
        options = JudgeOptions(runs, instruction, model)
        run = judge_commands.Run(services, services.judge.template(template), options, retry=retry)
        return run.go(files, cancel, (out, form) if out is not None and form is not None else None, as_json=as_json)
