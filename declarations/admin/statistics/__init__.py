"""The office's figures: declarations counted by day, and the page that shows them."""
