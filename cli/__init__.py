"""What is typed: the commands, each thin over what the other packages do."""
