-- Decisions: how things in a list that asks for something stand, and the close of deals, as people decided.
-- Of the close of a deal: the day that was set, the one that the data expected then, and of which day the data were.
-- grain: kind, customer and subject
-- params: decided json
select unnest(
    from_json(
        coalesce($decided, '[]'),
        '[{"kind": "varchar", "customer_id": "varchar", "subject": "varchar", "status": "varchar", "until": "date",
        "channel": "varchar", "version": "bigint", "close_on": "date", "loaded_close_on": "date", "seen_on": "date"}]'
    ),
    max_depth := 2
)
