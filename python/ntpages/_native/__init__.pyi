# The treaty between the halves: every compiled name, typed, in a stub for each noun, or for each
# part of it where one would be too long.
# ``native/docstrings.py`` hands what is said here to C++, so that ``help()`` shows it too.
