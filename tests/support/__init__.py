"""Small builders that several rooms' tests share: feed items, a lake with deliveries, a scripted destination."""
