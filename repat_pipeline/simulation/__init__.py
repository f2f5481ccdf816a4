"""What another rule, or another way of holding the talk, would mean: scenarios against the rules in force. Nothing here reaches a feed."""
