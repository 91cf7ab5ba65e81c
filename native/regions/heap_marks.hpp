// regions/heap_marks: what belongs to a heap, found from its own records.
#pragma once

#include <cstdint>

#include "native/regions/landmarks.hpp"

namespace ntpages {

// Marks a heap with pointers so wide, the segments behind its first, and each block that it got
// from the system on its own. Of a segment heap whose layout is none that is known, the heap alone.
template <typename Pointer>
void mark_heap(Marking& marking, std::uint64_t heap);

extern template void mark_heap<std::uint64_t>(Marking&, std::uint64_t);
extern template void mark_heap<std::uint32_t>(Marking&, std::uint64_t);

}  // namespace ntpages
