// heaps/walk: a heap of this process, entry by entry.
#pragma once

#include <utility>

#include "native/heaps/heap.hpp"
#include "native/heaps/sums.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// What a walk found, and whether the heap's records were sound: if not, it is part of what there
// is.
template <typename Found>
using Walked = std::pair<Found, bool>;

Walked<Table> walk_heap(Heap& heap);
// With what only a region or a movable block has: it takes thrice the room.
Walked<Table> walk_heap_in_detail(Heap& heap);
// What is counted on the way, without a table of it.
Walked<Table> count_heap(Heap& heap);
Walked<Fragmentation> sum_heap(Heap& heap);
// Asked of Windows where it can tell.
Walked<HeapSummary> summarize_heap(Heap& heap);

}  // namespace ntpages
