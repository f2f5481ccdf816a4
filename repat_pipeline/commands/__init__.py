"""What the commands of `repat` do, where it is more than a call; parsing is `cli`, drawing on the terminal is here."""
