"""The only modules that interpret a CPR number: its form (`cpr`), its pseudonyms (`pseudonym`), the way back (`vault`)."""
