"""One file per pipeline tag: `<tag with underscores>.py` holds the record `TASK`."""
