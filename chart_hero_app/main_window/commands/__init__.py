"""What the commands of the window do, one module per menu or dock that offers them."""
