"""One person: what there is about them (`repat subject-access`), and its removal (`repat erase`)."""
