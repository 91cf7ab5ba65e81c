// physical/compression: the store that keeps pages compressed instead of writing them out.
#pragma once

#include <cstdint>

#include "native/handle.hpp"

namespace ntpages {

struct StoreSizes : Exposed {
    std::uint32_t pid;                       // of the process whose memory it is
    std::uint32_t working_set;               // bytes, of which there are no more than 32 bits
    std::uint64_t data, compressed, unique;  // bytes
};
StoreSizes query_store();

// Lets so many pages of it go: they are written to a page file.
void trim_store(std::uint64_t pages);

}  // namespace ntpages
