"""The pages there are. One is registered here and nowhere else; who may open it is a matter of permissions."""

from dataclasses import dataclass

from presentation.words import N_


@dataclass(frozen=True)
class Page:
    """A page: its name is that of its file, of its address and of the folder of its queries.

    Without the tables of `needs` it has nothing to say. What it compares is of the days of the table `dated`.
    """

    name: str
    title: str
    needs: tuple[str, ...] = ()
    dated: str = "orders"


PAGES = (
    Page("customers", N_("Customers"), needs=("customers", "orders", "order_lines")),
    Page("catalogs", N_("Catalogs"), needs=("products", "orders", "order_lines")),
    Page("negotiations", N_("Negotiations"), needs=("quotes",), dated="quotes"),
    Page("team", N_("Team"), needs=("sales_reps",)),
    Page("delivery", N_("Delivery")),
    Page("data_admin", N_("Data")),
    Page("people", N_("People")),
)

BY_NAME = {page.name: page for page in PAGES}
