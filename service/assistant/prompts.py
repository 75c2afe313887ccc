"""Ways to begin that people choose in their assistant."""

from collections.abc import Mapping

from mcp_types import GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from service.assistant.answers import plain

PROMPTS = (
    Prompt(
        name="monday_review",
        title="Monday review",
        description="What changed, whom to take up first this week and why, and what is due.",
    ),
    Prompt(
        name="customer_brief",
        title="Customer brief",
        description="One account before a call or a visit, on half a page.",
        arguments=[PromptArgument(name="customer", description="customer_id or part of the name", required=True)],
    ),
)
_LONGEST = 200
_TEXTS = {
    "monday_review": (
        "Prepare my review of the week with the tools of Orderbeat. Begin with data_status and say of which day the "
        "data are. Then my_list: take its first five accounts, explain_alert of each, and tell in two sentences why it "
        "stands there, what is at stake and whom to reach. Then query_metric customers.kpis and negotiations.kpis for "
        "the current month against last year. Give every figure with its link, say where a record tells that such "
        "alerts are often wrong, and decide nothing for me."
    ),
    "customer_brief": (
        "Prepare me for a talk with the customer {customer} with the tools of Orderbeat. If that is no customer_id, "
        "find it by list_values of customers, and ask me where several fit. Then customer_brief: on half a page, how "
        "the account stands against its own rhythm, what it is leaving, what it could buy, what is open, whom to ask "
        "for. Give every figure with its link, and say what is not known."
    ),
}


def prompt(name: str, arguments: Mapping[str, str]) -> GetPromptResult:
    """The prompt of that name. Raises KeyError for one there is not."""
    customer = plain(arguments.get("customer", ""))[:_LONGEST]
    said = _TEXTS[name].replace("{customer}", f"“{customer}”")
    return GetPromptResult(messages=[PromptMessage(role="user", content=TextContent(text=said))])
