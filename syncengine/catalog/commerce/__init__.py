"""Reading a Commerce store over REST: client, paging, and the order of a whole read."""
