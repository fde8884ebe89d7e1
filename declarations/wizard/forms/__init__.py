"""A form per step: fields, labels, presence and format. The office's rules are in `rules`."""
