// fuzz_heaps_snapshot: debug buffers of a hostile process, which may go on writing into them.
// Input: eight bytes for the address it was read to, then the buffer.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "native/heaps/snapshot.hpp"

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void read(const ntpages::HeapSnapshot& snapshot) {
    std::uint64_t heaps = 0;
    std::uint64_t entries = 0;
    std::uint64_t promised = 0;
    snapshot.read(
        [&](const ntpages::HeapRecord& heap) {
            require(entries == promised);  // all of the heap before
            promised += heap.entries;
            ++heaps;
            return true;
        },
        [&](const ntpages::HeapEntryRecord& entry) {
            require((entry.flags & ntpages::heap_entry::segment) != 0 || entry.committed == 0);
            ++entries;
            return true;
        });
    require(heaps == snapshot.heaps());
    require(entries == promised && entries <= snapshot.entries());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t header = 8;
    if (size < header) return 0;
    std::uint64_t base = 0;
    std::memcpy(&base, data, sizeof base);

    // Of its own exact size: a byte too far is seen.
    std::vector<std::byte> buffer(size - header);
    if (!buffer.empty()) std::memcpy(buffer.data(), data + header, buffer.size());
    const ntpages::HeapSnapshot snapshot(buffer, base);
    require(snapshot.entries() <= buffer.size() / 32);
    read(snapshot);

    // The target writes on: what was checked may be something else by the time it is read.
    std::uint64_t change = size;
    for (const auto byte : buffer) change = change * 31 + static_cast<std::uint64_t>(byte);
    for (int i = 0; i < 64 && !buffer.empty(); ++i) {
        change = change * 6364136223846793005ULL + 1442695040888963407ULL;
        buffer[(change >> 16) % buffer.size()] = static_cast<std::byte>(change >> 56);
    }
    read(snapshot);
    return 0;
}
