// model_pools: what drivers have in the kernel's pools, classes 22 and 66. Source: phnt, ntexapi.h.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

struct Use {  // SYSTEM_POOLTAG
    std::array<char, 4> tag;
    ULONG paged_allocations, paged_frees;
    std::uint64_t paged;
    ULONG nonpaged_allocations, nonpaged_frees;
    std::uint64_t nonpaged;
};
static_assert(sizeof(Use) == 40);

struct Big {  // SYSTEM_BIGPOOL_ENTRY
    std::uint64_t address, size;
    std::array<char, 4> tag;
    ULONG padding;
};
static_assert(sizeof(Big) == 24);

constexpr std::size_t most = 8192;
constexpr std::size_t head = 8;

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Use, most> uses{};
constinit std::size_t use_count = 0;
constinit std::array<Big, 2> bigs{};
constinit bool restricted = false;

void reset() noexcept {
    const Locked locked(lock);
    use_count = 3;
    uses[0] = {{'M', 'm', 'S', 't'}, 900, 100, 800 << 10, 0, 0, 0};
    uses[1] = {{'N', 't', 'f', 'F'}, 500, 400, 100 << 10, 0, 0, 0};
    uses[2] = {{'L', 'e', 'a', 'k'}, 0, 0, 0, 70, 0, 70 << 20};
    bigs[0] = {0xFFFFC00000010000, 64 << 10, {'M', 'm', 'S', 't'}, 0};
    bigs[1] = {0xFFFFA00000020001, 1 << 20, {'L', 'e', 'a', 'k'}, 0};
    restricted = false;
}

// Who has too little room learns how much there is.
template <typename Items>
Status tell(const Items& items, std::size_t count, void* buffer, ULONG length, ULONG* returned) {
    const auto size = head + count * sizeof(items[0]);
    *returned = static_cast<ULONG>(size);
    if (length < size) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    const auto said = static_cast<ULONG>(count);
    std::memcpy(buffer, &said, sizeof said);
    std::memcpy(static_cast<std::byte*>(buffer) + head, items.data(), size - head);
    return status_success;
}

Status query_uses(void* buffer, ULONG length, ULONG* returned) {
    const Locked locked(lock);
    return tell(uses, use_count, buffer, length, returned);
}

Status query_bigs(void* buffer, ULONG length, ULONG* returned) {
    const Locked locked(lock);
    auto shown = bigs;
    if (restricted && !privilege_enabled(debug_others)) {
        for (auto& each : shown) each.address &= 1;
    }
    return tell(shown, shown.size(), buffer, length, returned);
}

const SystemClass classes[] = {{22, &query_uses, nullptr}, {66, &query_bigs, nullptr}};
const Model model{"pools", &reset, {}, classes, "privileges"};

}  // namespace
}  // namespace ntlab

extern "C" {

// One tag has taken so many bytes more, in as many allocations.
__declspec(dllexport) void pools_grow(const char* tag, std::uint64_t bytes, std::uint32_t times) {
    const ntlab::Locked locked(ntlab::lock);
    for (auto& each : ntlab::uses) {
        if (std::memcmp(each.tag.data(), tag, each.tag.size()) != 0) continue;
        each.nonpaged += bytes;
        each.nonpaged_allocations += times;
        return;
    }
}

// So many tags in all; those beyond the first three are of one kind.
__declspec(dllexport) void pools_tags(std::uint32_t count) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::use_count = std::min<std::size_t>(count, ntlab::most);
    for (std::size_t i = 3; i < ntlab::use_count; ++i) {
        ntlab::uses[i] = {{'T', 'a', 'g', static_cast<char>(i)}, 1, 0, 16, 0, 0, 0};
    }
}

__declspec(dllexport) void pools_hide_addresses() {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::restricted = true;
}

}  // extern "C"
