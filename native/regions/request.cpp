// regions/request: VirtualAlloc, VirtualAllocExNuma, VirtualAlloc2, and a search of our own.
#include "native/regions/request.hpp"

#include <algorithm>
#include <vector>

#include "native/commit.hpp"
#include "native/regions/nt.hpp"

namespace ntpages {
namespace {

constexpr std::size_t granularity = 64 * 1024;  // of the addresses VirtualAlloc chooses

bool has_address_wish(const Request& request) {
    return request.lowest != 0 || request.highest != 0 || request.alignment != 0;
}

// What no older call can express.
bool needs_allocate2(const Request& request) {
    constexpr DWORD placeholders = nt::mem_reserve_placeholder | nt::mem_replace_placeholder;
    return request.only_node || request.attributes != 0 || request.partition != 0 ||
           (request.type & placeholders) != 0;
}

bool fits(const Request& request, std::uintptr_t address) {
    return address >= request.lowest &&
           (request.highest == 0 || address + request.size - 1 <= request.highest) &&
           (request.alignment == 0 || address % request.alignment == 0);
}

void* allocate_plain(const Request& request, std::uintptr_t at) {
    auto* const address = reinterpret_cast<void*>(at);
    if (request.node == Request::any_node) {
        return patiently(request.type, [&] {
            return VirtualAlloc(address, request.size, request.type, request.protection);
        });
    }
    return patiently(request.type, [&] {
        return VirtualAllocExNuma(GetCurrentProcess(), address, request.size, request.type,
                                  request.protection, request.node);
    });
}

const char* plain_name(const Request& request) {
    return request.node == Request::any_node ? "VirtualAlloc" : "VirtualAllocExNuma";
}

void* allocate2(const Request& request) {
    nt::AddressRequirements addresses{request.lowest, request.highest, request.alignment};
    std::vector<nt::ExtendedParameter> parameters;
    const auto add = [&](std::uint64_t type, std::uint64_t value) {
        parameters.push_back({type, value});
    };
    if (has_address_wish(request)) {
        add(nt::parameter_addresses, reinterpret_cast<std::uint64_t>(&addresses));
    }
    if (request.node != Request::any_node) {
        add(nt::parameter_node, request.node | (request.only_node ? nt::node_mandatory : 0));
    }
    if (request.partition != 0) add(nt::parameter_partition, request.partition);
    if (request.attributes != 0) add(nt::parameter_attributes, request.attributes);
    return patiently(request.type, [&] {
        return nt::virtual_alloc2(nullptr, reinterpret_cast<void*>(request.at), request.size,
                                  request.type, request.protection, parameters.data(),
                                  static_cast<ULONG>(parameters.size()));
    });
}

// Addresses in free space that will do, in the order to try them.
std::vector<std::uintptr_t> candidates(const Request& request) {
    const auto step = std::max(request.alignment, granularity);
    const auto up = [step](std::uintptr_t address) { return (address + step - 1) / step * step; };
    std::vector<std::uintptr_t> found;
    MEMORY_BASIC_INFORMATION pages{};
    auto at = std::max<std::uintptr_t>(request.lowest, granularity);
    while (VirtualQuery(reinterpret_cast<void*>(at), &pages, sizeof(pages)) != 0) {
        const auto base = reinterpret_cast<std::uintptr_t>(pages.BaseAddress);
        const auto first = up(std::max(base, at));
        const auto end = base + pages.RegionSize;
        if (pages.State == MEM_FREE && first < end && end - first >= request.size) {
            const auto last = (end - request.size) / step * step;
            const auto top_down = (request.type & MEM_TOP_DOWN) != 0;
            auto address = top_down ? last : first;
            if (top_down && request.highest != 0) {
                address = std::min<std::uintptr_t>(
                    address, (request.highest + 1 - request.size) / step * step);
            }
            if (address >= first && fits(request, address)) found.push_back(address);
        }
        at = end;
    }
    if ((request.type & MEM_TOP_DOWN) != 0) std::ranges::reverse(found);
    return found;
}

// What VirtualAlloc2 does for address wishes, on a Windows without it: another thread may take a
// place between looking and asking, so try them all.
void* search(const Request& request) {
    for (const auto address : candidates(request)) {
        auto* const memory = allocate_plain(request, address);
        if (memory || GetLastError() != ERROR_INVALID_ADDRESS) return memory;
    }
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return nullptr;
}

Pages allocate_as_wished(const Request& request) {
    const auto only_newer = needs_allocate2(request);
    if (!only_newer && !has_address_wish(request)) {
        return Pages(check(allocate_plain(request, request.at), plain_name(request)));
    }
    if (only_newer || nt::virtual_alloc2) {
        Pages memory(check(allocate2(request), "VirtualAlloc2"));
        // Not every Windows keeps what it promised: Wine forgets the lowest address.
        if (fits(request, reinterpret_cast<std::uintptr_t>(memory.get()))) return memory;
        if (only_newer) fail("VirtualAlloc2", ERROR_INVALID_ADDRESS, "not where it was asked for");
    }
    return Pages(check(search(request), plain_name(request)));
}

}  // namespace

Allocation allocate(const Request& request) {
    return {{}, allocate_as_wished(request), request};
}

}  // namespace ntpages
