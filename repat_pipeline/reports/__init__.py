"""What a sender and the person on duty are told of deliveries: contract check, error reports, rejected rows. Texts in Danish."""
