"""照合番号B read off the card front (券面), offline, in a worker process of its own.

Refuses rather than guesses: a wrong number costs the card one of ten tries that only a municipality gives back.
Not for any other text: name and address on the front are never kept. Facts: `face` reference 7, `my-number-card` 7.
"""
