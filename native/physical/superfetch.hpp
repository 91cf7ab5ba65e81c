// physical/superfetch: asking the kernel where memory is, and who has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/physical/nt.hpp"
#include "native/physical/ranges.hpp"
#include "native/physical/sources.hpp"
#include "native/table/table.hpp"

namespace ntpages {

inline constexpr const char* superfetch_call = "NtQuerySystemInformation";

struct SuperfetchAnswer {
    Status status;
    std::size_t needed;  // bytes
};
SuperfetchAnswer ask_superfetch(ULONG kind, void* buffer, std::size_t size);

// What the kernel wrote, read by a function that trusts nothing: where it makes no sense, that is
// an error of Windows' like any other, and never a number.
template <typename Read>
auto sensible(Read read) {
    try {
        return read();
    } catch (const Error&) {
        throw;
    } catch (const std::runtime_error& nonsense) {
        fail_status(superfetch_call, nt::status_internal_error, nonsense.what());
    }
}

std::vector<PageRange> query_ranges();
// Memory and holes, in the order of addresses.
Table list_ranges();

// Who has private pages; with `stored`, how many of them are compressed.
Table list_sources(bool stored);

// The page lists as everybody may see them. Bytes.
struct CoarseLists : Exposed {
    std::uint64_t free, standby, modified;
};
CoarseLists query_coarse_lists();

}  // namespace ntpages
