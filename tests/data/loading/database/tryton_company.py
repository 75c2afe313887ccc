"""A small company in Tryton, entered as its people would; runs in Tryton's own environment.

tryton_company.py ADDRESS DATABASE first|later
"""

import os
import sys
from decimal import Decimal
from typing import Any

from proteus import Model, config


def first() -> None:
    """A company with a rep, a price list, three customers and a sale in each state."""
    from trytond.modules.account.tests.tools import create_chart, get_accounts  # noqa: PLC0415
    from trytond.modules.company.tests.tools import create_company, get_company  # noqa: PLC0415 (asks for a database)

    create_company()
    company = get_company()
    config.get_config()._context = {**config.get_config()._context, "company": company.id}
    create_chart(company)
    revenue = get_accounts(company)["revenue"]
    rep = Model.get("company.employee")(party=_saved("party.party", name="Rita Rep"), company=company)
    rep.save()
    accounting = _saved("product.category", name="Goods", accounting=True, account_revenue=revenue)
    fixings = _saved("product.category", name="Fixings")
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    products = []
    for name, code, price, cost in (("Bolt", "B1", "10", "6"), ("Nut", "N1", "2.5", "1")):
        template = Model.get("product.template")()
        template.name, template.code, template.default_uom, template.type = name, code, unit, "goods"
        template.salable, template.list_price = True, Decimal(price)
        template.account_category = accounting
        template.categories.append(Model.get("product.category")(fixings.id))
        (product,) = template.products
        product.cost_price = Decimal(cost)
        template.save()
        products.append(template.products[0])
    dealers = Model.get("product.price_list")(name="Dealers", price="list_price")
    line = dealers.lines.new()
    line.product, line.formula = products[0], "unit_price * 0.9"
    dealers.lines.new().formula = "unit_price * 0.95"
    dealers.save()
    customers = [_customer(name) for name in ("Ada Ltd", "Bob Ltd", "Cyd Ltd")]
    customers[0].sale_price_list = dealers
    customers[0].save()

    lead = Model.get("sale.opportunity")(description="Asks for bolts", party=customers[2])
    lead.address, lead.employee, lead.amount = customers[2].addresses[0], rep, Decimal(100)
    lead.save()
    lead.click("opportunity")
    lost = Model.get("sale.opportunity")(description="Asks for nails", party=customers[2])
    lost.address, lost.employee, lost.lost_reason = customers[2].addresses[0], rep, "no nails"
    lost.save()
    lost.click("opportunity")
    lost.click("lost")

    _sale(customers[0], products, "quote", "draft", "quote", "confirm")
    _sale(customers[1], products, "quote")
    _sale(customers[1], products, "quote", "cancel")
    _sale(customers[1], products)
    line = lead.lines.new()
    line.product, line.quantity = products[0], 4
    lead.save()
    (sale,) = lead.click("convert")
    sale.invoice_method = sale.shipment_method = "manual"
    sale.click("quote")


def later() -> None:
    """The next day: a quote is won, another revised, a product dearer, a customer renamed, a draft deleted."""
    Sale = Model.get("sale.sale")  # noqa: N806 (Tryton's way)
    (bob,) = Model.get("party.party").find([("name", "=", "Bob Ltd")])
    (quoted,) = Sale.find([("party", "=", bob.id), ("state", "=", "quotation")])
    quoted.click("confirm")
    (converted,) = Sale.find([("state", "=", "quotation")])
    converted.click("draft")
    converted.lines[0].quantity = 3
    converted.save()
    converted.click("quote")
    (bolt,) = Model.get("product.template").find([("name", "=", "Bolt")])
    bolt.list_price = Decimal(11)
    bolt.save()
    bob.name = "Bob & Sons Ltd"
    bob.save()
    (draft,) = Sale.find([("state", "=", "draft")])
    draft.click("cancel")
    draft.delete()


def _saved(model: str, **values: Any) -> Any:
    record = Model.get(model)(**values)
    record.save()
    return record


def _customer(name: str) -> Any:
    party = Model.get("party.party")(name=name)
    party.save()
    return party


def _sale(customer: Any, products: list[Any], *clicks: str) -> None:
    sale = Model.get("sale.sale")(party=customer)
    sale.invoice_method = sale.shipment_method = "manual"
    for quantity, product in enumerate(products, 2):
        line = sale.lines.new()
        line.product, line.quantity = product, quantity
    sale.save()
    for click in clicks:
        sale.click(click)


if __name__ == "__main__":
    address, database, what = sys.argv[1:]
    os.environ["TRYTOND_DATABASE__URI"] = address
    config.set_trytond(database=database, user="admin")
    {"first": first, "later": later}[what]()
