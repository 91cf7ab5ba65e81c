// processes/listing: all of them at once, from one call to the kernel.
#pragma once

#include "native/table/table.hpp"

namespace ntpages {

// `full` asks for the table that only administrators get; `limits` adds the working-set limits of
// those processes that can be opened, or that `known_limits`, an earlier table, tells of.
Table list_processes(bool full, bool limits, const Table* known_limits);

}  // namespace ntpages
