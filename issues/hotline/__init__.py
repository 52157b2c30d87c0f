"""Orders of the 12345 hotline as Excel files: columns, cells, places, categories, rows. Values in, values out."""
