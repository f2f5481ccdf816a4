"""What happens to rows: typed (`typing`), checked by pandera against the contract (`validate`), set aside (`quarantine`)."""
