// fuzz_process_table: a process table of a kernel that lies about every length and pointer.
// Input: one byte for the kind of table, eight for the address it was read to, then the table.
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "native/processes/records.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t header = 9;
    if (size < header) return 0;
    const auto kind = (data[0] & 1) != 0 ? ntpages::TableKind::full : ntpages::TableKind::plain;
    std::uint64_t base = 0;
    std::memcpy(&base, data + 1, sizeof base);

    // Of its own exact size: a byte too far is seen.
    std::vector<std::byte> table(size - header);
    if (!table.empty()) std::memcpy(table.data(), data + header, table.size());
    const auto* const first = reinterpret_cast<const char*>(table.data());
    try {
        const auto entries = ntpages::read_process_table(table, base, kind);
        if (entries.size() > table.size() / 256) std::abort();
        for (const auto& entry : entries) {
            if (entry.name.empty()) continue;
            const auto* const begin = reinterpret_cast<const char*>(entry.name.data());
            const auto* const end = begin + entry.name.size() * sizeof(char16_t);
            if (begin < first || end > first + table.size()) std::abort();
        }
    } catch (const std::runtime_error&) {
        // An entry that does not fit.
    }
    return 0;
}
