"""What the page shows of a result: one small file per family of output kinds."""
