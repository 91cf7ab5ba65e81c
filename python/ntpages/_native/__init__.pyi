# The treaty between the halves: every compiled name, typed, a stub for each noun.

from ntpages._native import (
    awe as awe,
)
from ntpages._native import (
    heaps as heaps,
)
from ntpages._native import (
    memory_lists as memory_lists,
)
from ntpages._native import (
    numa as numa,
)
from ntpages._native import (
    privileges as privileges,
)
from ntpages._native import (
    processes as processes,
)
from ntpages._native import (
    regions as regions,
)
from ntpages._native import (
    sparse as sparse,
)
from ntpages._native import (
    system as system,
)
from ntpages._native import (
    table as table,
)
from ntpages._native import (
    working_sets as working_sets,
)
from ntpages._native import (
    write_watch as write_watch,
)
