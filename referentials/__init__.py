"""Reference tables, official numbers and the employers' repertory. Independent of declarations."""
