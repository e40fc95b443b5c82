"""The table of steps as a page: who may take which step, and where it leads (docs/workflow.md)."""

from collections.abc import Iterator

from django.utils.translation import override

from requests.types import Actor, State, Verb, verb_label
from requests.workflow.table import TABLE, Rule

HEAD = """# The steps of a case

Written by `manage.py show_workflow` from the table in `requests/workflow/table.py`; a test compares the two. Steps that
leave the state as it is are in the table below alone.
"""


def page() -> str:
    """The whole page, in Markdown with a Mermaid diagram."""
    with override("zh-hans"):
        return "\n".join([HEAD, "```mermaid", *_diagram(), "```", "", *_table(), ""])


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    for state in State:
        yield f"    {state.value} : {state.label}"
    yield f"    [*] --> {State.SUBMITTED.value} : {Verb.SUBMIT.label}"
    labels: dict[tuple[State, State], list[str]] = {}
    for rule in TABLE:
        for origin in rule.states:
            for target in rule.to or ():
                labels.setdefault((origin, target), []).append(str(verb_label(rule.verb, origin)))
    for (origin, target), verbs in labels.items():
        yield f"    {origin.value} --> {target.value} : {'、'.join(dict.fromkeys(verbs))}"


def _table() -> Iterator[str]:
    yield "| step | | from | to | who | needs |"
    yield "|---|---|---|---|---|---|"
    for rule in TABLE:
        cells = [f"`{rule.verb.value}`", rule.verb.label, _states(rule.states), _to(rule), _who(rule), _needs(rule)]
        yield f"| {' | '.join(map(str, cells))} |"


def _states(states: tuple[State, ...]) -> str:
    return "any" if len(states) == len(State) else "、".join(str(state.label) for state in states)


def _to(rule: Rule) -> str:
    return "as it was" if rule.to is None else _states(rule.to)


def _who(rule: Rule) -> str:
    # In the order of the words themselves, so that the page is the same each time.
    who = "、".join(str(actor.label) for actor in Actor if actor in rule.actors)
    return who if rule.is_offered else f"{who} (comes with another step)"


def _needs(rule: Rule) -> str:
    return ", ".join(f"`{need}`" for need in rule.needs)
