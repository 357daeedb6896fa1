"""What a class understood: a page and tables from the gradebook, and exports of the grades."""
