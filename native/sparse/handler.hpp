// sparse/handler: finds the sparse range that an access violation hit, without locks.
#pragma once

#include <cstddef>
#include <span>

#include "native/sparse/range.hpp"

namespace ntpages {

// From here on touches of the range are served. Also puts our handler before those of others that
// were registered since (faulthandler prints every fault it sees first).
void watch(SparseRange& range);

// No touch of the range is served after this. False if a handler may still be inside it, because
// its thread was killed or stopped there: then the range must be left to live for ever.
bool unwatch(const SparseRange& range) noexcept;

// What of these bytes is sparse memory is committed, and stays so while this lives. For whoever has
// the kernel read or write memory of a caller's: its touches are not served.
class Pinned {
public:
    explicit Pinned(std::span<const std::byte> bytes);
    ~Pinned();
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;

private:
    SparseRange* range_ = nullptr;
    std::size_t offset_ = 0;
    std::size_t size_ = 0;
};

}  // namespace ntpages
