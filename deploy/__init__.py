"""What takes a model elsewhere: code that calls it, and what others run it from."""
