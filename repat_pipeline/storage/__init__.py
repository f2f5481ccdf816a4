"""State on disk: every path (`layout`), atomic writing (`atomic`), the delivery log and which deliveries count."""
