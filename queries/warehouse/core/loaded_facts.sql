-- Loaded facts: how many rows say each thing that not every company loads.
-- grain: fact
-- scope: all
-- sort: fact
with counted as (
    select
        'cost' as fact,
        count(costed_revenue) as facts_loaded
    from orders
    union all
    select 'list_price', count(list_value) from orders
    union all
    select 'catalog_orders', count(catalog_id) from orders
    union all
    select 'channels', count(channel) from orders
    union all
    select 'catalogs', count(*) from input_catalogs
    union all
    select 'catalog_prices', count(*) from input_catalog_items
    union all
    select 'account_catalogs', count(catalog_id) from input_customers
    union all
    select 'owners', count(owner_rep_id) from input_customers
    union all
    select 'stock', count(stock) from input_products
    union all
    select 'quotes', count(*) from input_quotes
    union all
    select 'quote_amounts', count(amount) from input_quotes
    union all
    select 'decisions', count(outcome) from input_quotes
    union all
    select 'expected_days', count(expected_close_on) from input_quotes
    union all
    select 'validity', count(valid_until) from input_quotes
    union all
    select 'quote_orders', count(*) from input_orders where quote_id in (select q.quote_id from input_quotes as q)
    union all
    select 'quote_list_prices', count(*) from input_quote_lines where list_price is not null
    union all
    select 'steps', count(*) from input_quote_events where stage is not null or buying_job is not null
    union all
    select 'stages', count(stage) from input_quote_events
    union all
    select 'jobs', count(buying_job) from input_quote_events
    union all
    select 'people', count(contact_id) from input_quote_events
    union all
    select 'touches', count(channel) from input_quote_events
    union all
    select 'quotas', count(*) from input_quotas
    union all
    select 'leads', count(*) from input_leads
    union all
    select 'contacts', count(*) from input_contacts
    union all
    select 'contracts', count(*) from input_contracts
    union all
    select 'activities', count(*) from input_activities
    union all
    select 'feedback', count(*) from input_feedback
    union all
    select 'capacity', count(capacity) from input_sales_reps
    union all
    select
        'order_steps',
        count(coalesce(accepted_on, picked_on, shipped_on, delivered_on, paid_on, promised_on, payment_due_on))
    from input_orders
)

select
    cast(fact as varchar) as fact,
    cast(facts_loaded as bigint) as facts_loaded
from counted
