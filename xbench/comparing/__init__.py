"""Two rows face to face: which records a text names, can they be told apart, which examples decide, in which words.

contenders    the rows or runs that a text names
comparisons   the difference of two of them, with its interval
deciding      the test examples that most decide it
verdicts      the answer as sentences
explaining    why two of them may not be compared
"""
