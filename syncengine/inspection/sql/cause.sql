-- What a message says once names in backticks or quotes and numbers are taken out: these make no cause of their own.
-- An expression over `message`.
regexp_replace(coalesce(message, ''), '`[^`]*`|"[^"]*"|''[^'']*''|[0-9]+', '…', 'g')
