// physical/pool_records: the layouts of SystemPoolTagInformation and SystemBigPoolInformation.
#include "native/physical/pool_records.hpp"

#include <stdexcept>

#include "native/answer.hpp"

namespace ntpages {
namespace {

constexpr std::size_t head = 8;  // a count, and padding

// Source: phnt, ntexapi.h: SYSTEM_POOLTAG and SYSTEM_BIGPOOL_ENTRY.
struct TagEntry {
    PoolTag tag;
    std::uint32_t paged_allocations;
    std::uint32_t paged_frees;
    std::uint64_t paged;
    std::uint32_t nonpaged_allocations;
    std::uint32_t nonpaged_frees;
    std::uint64_t nonpaged;
};
static_assert(sizeof(TagEntry) == 40 && offsetof(TagEntry, paged) == 16 &&
              offsetof(TagEntry, nonpaged) == 32);

struct BigEntry {
    std::uint64_t address;  // the lowest bit says that it is non-paged
    std::uint64_t size;
    PoolTag tag;
    std::uint32_t padding;
};
static_assert(sizeof(BigEntry) == 24);

template <typename Entry, typename Read>
void read_entries(std::span<const std::byte> written, Read read) {
    if (written.size() < head) throw std::runtime_error("the pools are cut short");
    const auto count = value_at<std::uint32_t>(written, 0);
    if (count == 0) throw std::runtime_error("the pools have no entries");
    if (count > (written.size() - head) / sizeof(Entry)) {
        throw std::runtime_error("the pools have more entries than were written");
    }
    for (std::size_t i = 0; i < count; ++i)
        read(value_at<Entry>(written, head + i * sizeof(Entry)));
}

}  // namespace

std::vector<PoolUse> read_pool_uses(std::span<const std::byte> written) {
    std::vector<PoolUse> uses;
    read_entries<TagEntry>(written, [&](const TagEntry& each) {
        uses.push_back({each.tag, each.paged_allocations, each.paged_frees, each.paged,
                        each.nonpaged_allocations, each.nonpaged_frees, each.nonpaged});
    });
    return uses;
}

std::vector<BigAllocation> read_big_allocations(std::span<const std::byte> written) {
    std::vector<BigAllocation> found;
    read_entries<BigEntry>(written, [&](const BigEntry& each) {
        const auto nonpaged = (each.address & 1) != 0;
        found.push_back({each.address & ~std::uint64_t{1}, each.size, each.tag, nonpaged});
    });
    return found;
}

}  // namespace ntpages
