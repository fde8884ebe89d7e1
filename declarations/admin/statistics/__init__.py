"""Statistics of the office: declarations counted by day, and the page that shows them."""
