-- How many products a destination holds: distinct SKUs of the synced products. Parameters: $destination.
SELECT count(DISTINCT sku) AS products FROM search.synced_products WHERE destination = $destination
