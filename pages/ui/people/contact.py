"""How a person at a customer is erased: by a command on the server, since it loads, builds and removes."""

import streamlit as st

from presentation.words import text

COMMAND = "python -m data erase-contact CONTACT_ID"


def show() -> None:
    """What to run, and what it does."""
    with (
        st.container(horizontal=True, key="people-contact"),
        st.popover(text("Erase a person at a customer"), icon=":material/delete:", type="tertiary"),
    ):
        st.markdown(
            text(
                "Whoever runs the server does it there, with the id of the contact. The first line says what would go "
                "and what remains, the second one erases:"
            )
        )
        st.code(f"{COMMAND} --dry-run\n{COMMAND}", language=None, wrap_lines=True)
        st.markdown(
            text(
                "Name, role, e-mail address, telephone number and site go from what was loaded, what was refused and "
                "what is published, and no later load brings them back. What was done with the person stays, under the "
                "id alone. Erase the person at the source as well; backups made before hold them still."
            )
        )
