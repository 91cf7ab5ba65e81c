// processes/listing: all of them at once, from one call to the kernel.
#pragma once

#include <windows.h>

#include <cstdint>

#include "native/table/table.hpp"

namespace ntpages {

// `full` asks for the table that only administrators get; `limits` adds the working-set limits of
// those processes that can be opened, or that `known_limits`, an earlier table, tells of.
Table list_processes(bool full, bool limits, const Table* known_limits);

// When the process that has this id now was created, in units of 100 ns since 1601. Asked of the
// kernel, so that it takes no right. Throws NoSuchProcess.
std::uint64_t creation_of(DWORD pid);

// The same as the table has it: seconds since 1970.
double started(std::uint64_t created) noexcept;

}  // namespace ntpages
