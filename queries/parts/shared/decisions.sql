-- Decisions: how things in a list that asks for something stand, as people decided.
-- grain: kind, customer and subject
-- params: decided json
select unnest(
    from_json(
        coalesce($decided, '[]'),
        '[{"kind": "varchar", "customer_id": "varchar", "subject": "varchar", "status": "varchar", "until": "date",
        "channel": "varchar", "version": "bigint"}]'
    ),
    max_depth := 2
)
