// heaps/walk: a heap of this process, entry by entry.
#pragma once

#include "native/heaps/heap.hpp"
#include "native/heaps/sums.hpp"
#include "native/table/table.hpp"

namespace ntpages {

Table walk_heap(Heap& heap);
// What is counted on the way, without a table of it.
Table count_heap(Heap& heap);
Fragmentation sum_heap(Heap& heap);
// Asked of Windows where it can tell.
HeapSummary summarize_heap(Heap& heap);

}  // namespace ntpages
