# The bare C++ loops, typed, in a stub for each noun.
