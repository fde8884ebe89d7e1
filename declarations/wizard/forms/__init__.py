"""One form per step: fields, labels, presence and format. What the office judges is in `rules`."""
