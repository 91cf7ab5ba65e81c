// sparse/handler: finds the sparse range that an access violation hit, without locks.
#pragma once

#include "native/sparse/range.hpp"

namespace ntpages {

// From here on touches of the range are served. Also puts our handler before those of others that
// were registered since (faulthandler prints every fault it sees first).
void watch(SparseRange& range);

// No touch of the range is served after this. False if a handler may still be inside it, because
// its thread was killed or stopped there: then the range must be left to live for ever.
bool unwatch(const SparseRange& range) noexcept;

}  // namespace ntpages
