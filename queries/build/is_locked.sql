-- Is locked: whether the configuration of this connection can still be changed.
-- grain: one row
select current_setting('lock_configuration') as is_locked
