"""What a letter holds until it is sent: a report in the forms of the way it goes out by."""

import json

from data.people.store import Store, channels
from presentation.digest import forms
from presentation.digest.content import Report


def of(store: Store, report: Report, channel_id: str, stop: str = "") -> str:
    """The report as the sender takes it, as JSON: text and HTML of a mail, which `stop` ends, or a channel's message.

    Nothing where the channel is gone, which the sender then says.
    """
    if not channel_id:
        return json.dumps(
            {"plain": forms.plain(report, stop=stop), "html": forms.html(report, stop=stop), "stop": stop}
        )
    channel = channels.find(store, channel_id)
    return json.dumps({"message": forms.message(report, channel.program)} if channel else {})
