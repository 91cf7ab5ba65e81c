// physical/pools: what the kernel and its drivers take from their pools.
#pragma once

#include "native/table/table.hpp"

namespace ntpages {

// By tag.
Table list_pools();
// Each allocation of a page or more.
Table list_big_allocations();

}  // namespace ntpages
