// physical/pools: what the kernel and its drivers take from their pools.
#include "native/physical/pools.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "native/physical/nt_store.hpp"
#include "native/physical/pool_records.hpp"
#include "native/physical/superfetch.hpp"

namespace ntpages {
namespace {

constexpr std::array pool_fields{
    Field{"tag", Kind::text},           Field{"paged", Kind::u64},
    Field{"nonpaged", Kind::u64},       Field{"paged_allocations", Kind::u32},
    Field{"paged_frees", Kind::u32},    Field{"nonpaged_allocations", Kind::u32},
    Field{"nonpaged_frees", Kind::u32},
};
constexpr std::array big_fields{
    Field{"address", Kind::u64},
    Field{"size", Kind::u64},
    Field{"tag", Kind::text},
    Field{"nonpaged", Kind::boolean},
};

std::vector<std::byte> ask_for_all(ULONG information) {
    constexpr auto attempts = 16;  // there may be more of it by the next call
    std::vector<std::byte> buffer(64 * 1024);
    for (auto attempt = 0;; ++attempt) {
        ULONG needed = 0;
        const auto status = nt::query_system_information(
            information, buffer.data(), static_cast<ULONG>(buffer.size()), &needed);
        if (status != nt::status_info_length_mismatch || attempt == attempts) {
            check_status(status, superfetch_call);
            return buffer;
        }
        buffer.assign(std::max<std::size_t>(needed, 2 * buffer.size()), std::byte{});
    }
}

// Four characters, of which any may be; the high bit of the last one is a flag.
std::wstring text_of(const PoolTag& tag) {
    std::wstring text;
    for (const auto each : tag) {
        const auto character = static_cast<wchar_t>(static_cast<unsigned char>(each) & 0x7F);
        text += character < L' ' || character == 0x7F ? L'?' : character;
    }
    return text;
}

}  // namespace

Table list_pools() {
    const auto written = ask_for_all(nt::system_pool_tag_information);
    const auto uses = sensible([&] { return read_pool_uses(written); });
    Rows<pool_fields> rows(uses.size());
    for (const auto& each : uses) {
        const auto tag = text_of(each.tag);
        rows.append(tag, each.paged, each.nonpaged, each.paged_allocations, each.paged_frees,
                    each.nonpaged_allocations, each.nonpaged_frees);
    }
    return rows.finish("PoolUse");
}

Table list_big_allocations() {
    const auto written = ask_for_all(nt::system_big_pool_information);
    const auto found = sensible([&] { return read_big_allocations(written); });
    Rows<big_fields> rows(found.size());
    for (const auto& each : found) {
        const auto tag = text_of(each.tag);
        rows.append(each.address, each.size, tag, each.nonpaged);
    }
    return rows.finish("BigAllocation");
}

}  // namespace ntpages
