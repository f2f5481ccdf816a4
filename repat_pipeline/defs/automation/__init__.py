"""What starts runs by itself: the inbox sensor, the daily schedule, lists that fall due, freshness, alerts."""
