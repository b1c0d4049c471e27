"""Work over many predictions: a data set, row by row, and what comes of it."""
