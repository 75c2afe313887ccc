"""Words for the input tables and their columns, as whoever loads files chooses among them."""

from presentation.words import N_, text

TABLES = {
    "exchange_rates": N_("Exchange rates"),
    "sales_reps": N_("Reps"),
    "rep_teams": N_("Teams over time"),
    "catalogs": N_("Catalogs"),
    "customers": N_("Customers"),
    "account_owners": N_("Owners over time"),
    "products": N_("Products"),
    "catalog_items": N_("Prices of catalogs"),
    "leads": N_("Leads"),
    "contacts": N_("Contacts"),
    "quotes": N_("Quotes"),
    "quote_lines": N_("Quote lines"),
    "quote_events": N_("Steps of quotes"),
    "orders": N_("Orders"),
    "order_lines": N_("Order lines"),
    "quotas": N_("Quotas"),
    "contracts": N_("Contracts"),
    "activities": N_("Activities"),
    "feedback": N_("Feedback"),
}
COLUMNS = {
    "accepted_on": N_("Accepted on"),
    "accounts_a_day": N_("Accounts a day"),
    "activity_id": N_("Number"),
    "actor": N_("Who moved"),
    "amount": N_("Amount"),
    "annual_turnover": N_("Annual turnover"),
    "annual_value": N_("Value a year"),
    "brand": N_("Brand"),
    "buying_job": N_("Buying job"),
    "capacity": N_("Capacity"),
    "catalog_id": N_("Catalog"),
    "category": N_("Category"),
    "channel": N_("Channel"),
    "closed_on": N_("Closed"),
    "comment": N_("Comment"),
    "company": N_("Company"),
    "contact_id": N_("Contact"),
    "contract_id": N_("Contract"),
    "created_on": N_("Created on"),
    "currency": N_("Currency"),
    "customer_id": N_("Customer"),
    "delivered_on": N_("Delivered on"),
    "discontinued_on": N_("Discontinued on"),
    "email": N_("E-mail"),
    "ends_on": N_("Ends"),
    "event_id": N_("Number"),
    "expected_annual_volume": N_("Expected a year"),
    "expected_close_on": N_("Expected close"),
    "feedback_id": N_("Number"),
    "first_response_on": N_("First answer on"),
    "given_on": N_("Date"),
    "industry": N_("Industry"),
    "issued_on": N_("Issued"),
    "joined_on": N_("First day in the team"),
    "kind": N_("Kind"),
    "lead_id": N_("Lead"),
    "line_no": N_("Line"),
    "list_price": N_("List price"),
    "manager_id": N_("Team lead"),
    "merged_into": N_("Merged into"),
    "metric": N_("Metric"),
    "month": N_("Month"),
    "name": N_("Name"),
    "occurred_at": N_("Moment"),
    "occurred_on": N_("Date"),
    "order_id": N_("Order"),
    "ordered_on": N_("Date"),
    "outcome": N_("Outcome"),
    "outcome_reason": N_("Reason"),
    "outlets": N_("Outlets"),
    "owned_from": N_("First day with the rep"),
    "owner_rep_id": N_("Owner"),
    "paid_on": N_("Paid on"),
    "parent_id": N_("Parent company"),
    "payment_due_on": N_("Payment due"),
    "phone": N_("Telephone"),
    "picked_on": N_("Picked on"),
    "price": N_("Price"),
    "product_id": N_("Product"),
    "promised_on": N_("Promised"),
    "quantity": N_("Units"),
    "quote_id": N_("Quote"),
    "rate": N_("Rate"),
    "rated_on": N_("Date"),
    "region": N_("Region"),
    "rejected_reason": N_("Reason"),
    "rep_id": N_("Rep"),
    "requested_on": N_("Requested"),
    "review_on": N_("Review"),
    "revision_of": N_("Revision of"),
    "role": N_("Role"),
    "score": N_("Would recommend, of 10"),
    "segment": N_("Segment"),
    "shipped_on": N_("Shipped on"),
    "site": N_("Site"),
    "sku": N_("Article"),
    "source": N_("Source"),
    "split_from": N_("Split from"),
    "stage": N_("Stage"),
    "starts_on": N_("Starts"),
    "status": N_("Status"),
    "stock": N_("Stock"),
    "target": N_("Target"),
    "target_group": N_("Made for"),
    "team": N_("Team"),
    "unit_cost": N_("Unit cost"),
    "unit_price": N_("Unit price"),
    "valid_from": N_("Valid from"),
    "valid_to": N_("Valid to"),
    "valid_until": N_("Valid until"),
    # Of refused rows: where they came from, and why they are.
    "source_file": N_("File"),
    "source_line": N_("Line of the file"),
    "reason": N_("Why it is refused"),
}
_NUMBER = N_("Number")


def table(name: str) -> str:
    """An input table in words; a dash for none."""
    return text(TABLES[name]) if name in TABLES else name or "–"


def column(table_name: str, name: str) -> str:
    """A column in words; the id of what the table is about is its number."""
    if name == f"{table_name.removesuffix('s')}_id" or (table_name, name) == ("sales_reps", "rep_id"):
        return text(_NUMBER)
    return text(COLUMNS[name]) if name in COLUMNS else name.replace("_", " ")


def target(name: str) -> str:
    """A column of a table ("orders.ordered_on") in words."""
    of, _, what = name.partition(".")
    return f"{table(of)}: {column(of, what)}"
