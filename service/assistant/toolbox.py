"""The tools there are, with their schemas; the tools somebody has are those that were opened to them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import Tool as Described
from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, create_model

from data.people import ways
from data.people.permissions import Action, allowed
from data.people.store import Store
from service.assistant.answers import Answer
from service.assistant.callers import Caller
from service.assistant.tools import briefs, company, deeds, lists, metrics


@dataclass(frozen=True)
class Tool:
    """A function that answers, or does, and what it takes; `needs` is what somebody must be allowed to do for it."""

    function: Callable[..., Answer]
    takes: type[BaseModel]
    needs: Action | None = None

    @property
    def name(self) -> str:
        """By which it is called."""
        return self.function.__name__

    def described(self) -> Described:
        """As an assistant is told of it."""
        return Described(
            name=self.name,
            description=inspect.cleandoc(self.function.__doc__ or ""),
            input_schema=self.takes.model_json_schema(),
            annotations=ToolAnnotations(
                title=self.name.replace("_", " ").capitalize(),
                read_only_hint=self.needs is None,
                destructive_hint=False,
                idempotent_hint=self.needs is None,
                open_world_hint=False,
            ),
        )


def _tool(function: Callable[..., Answer], needs: Action | None = None) -> Tool:
    signature = inspect.signature(function, eval_str=True)
    fields: dict[str, Any] = {}
    for name, each in list(signature.parameters.items())[1:]:
        fields[name] = (each.annotation, ... if each.default is inspect.Parameter.empty else each.default)
    return Tool(function, create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields), needs)


_READING = (
    metrics.list_metrics, metrics.get_metric, metrics.list_values, metrics.query_metric, lists.my_list,
    lists.explain_alert, briefs.customer_brief, briefs.deal_brief, company.compare_catalogs, company.forecast,
    company.data_status,
)  # fmt: skip
_WRITING: Mapping[Callable[..., Answer], Action] = {deeds.accept: "decide", deeds.snooze: "decide", deeds.note: "note"}
_ALL = [*(_tool(function) for function in _READING), *(_tool(function, needs) for function, needs in _WRITING.items())]
TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _ALL}


def theirs(store: Store, caller: Caller) -> dict[str, Tool]:
    """The tools that somebody has at this moment, by name. Those that write are of tokens that may, where it is open.

    Raises AccessDenied where the way is not open to them.
    """
    ways.require_open(store, "assistant", caller.person)
    writes = caller.may_write and ways.is_open(store, "assistant_writes", caller.person)
    return {
        name: tool
        for name, tool in TOOLS.items()
        if tool.needs is None or (writes and allowed(caller.person, tool.needs))
    }
