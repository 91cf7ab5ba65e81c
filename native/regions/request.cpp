// regions/request: VirtualAlloc and its relatives, and a search of our own.
#include "native/regions/request.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "native/commit.hpp"
#include "native/lock.hpp"
#include "native/regions/nt.hpp"

namespace ntpages {
namespace {

constexpr std::size_t granularity = 64 * 1024;  // of the addresses VirtualAlloc chooses

constinit SlimLock taking;  // held while an allocation changes hands

bool has_address_wish(const Request& request) {
    return request.lowest != 0 || request.highest != 0 || request.alignment != 0;
}

// What no older call can express.
bool needs_allocate2(const Request& request) {
    constexpr DWORD placeholders = nt::mem_reserve_placeholder | nt::mem_replace_placeholder;
    const auto node_from_app = request.from_app && request.node != Request::any_node;
    return request.only_node || request.attributes != 0 || request.partition != 0 ||
           request.physical != 0 || request.machine != 0 || node_from_app ||
           (request.type & placeholders) != 0;
}

HANDLE process_of(const Space& space) {
    return space.process ? space.process : GetCurrentProcess();
}

// Memory of a process until it is kept.
struct Release {
    HANDLE process;
    void operator()(void* base) const noexcept {
        const auto last_error = GetLastError();
        VirtualFreeEx(process, base, 0, MEM_RELEASE);
        SetLastError(last_error);
    }
};
using Memory = std::unique_ptr<void, Release>;

bool fits(const Request& request, std::uintptr_t address) {
    return address >= request.lowest &&
           (request.highest == 0 || address + request.size - 1 <= request.highest) &&
           (request.alignment == 0 || address % request.alignment == 0);
}

void* allocate_plain(const Space& space, const Request& request, std::uintptr_t at) {
    auto* const address = reinterpret_cast<void*>(at);
    const auto size = request.size;
    const auto type = request.type;
    const auto protection = request.protection;
    return patiently(request.type, [&]() -> void* {
        if (request.from_app) return nt::virtual_alloc_from_app(address, size, type, protection);
        if (request.node != Request::any_node) {
            return VirtualAllocExNuma(process_of(space), address, size, type, protection,
                                      request.node);
        }
        if (space.process) return VirtualAllocEx(space.process, address, size, type, protection);
        return VirtualAlloc(address, size, type, protection);
    });
}

const char* plain_name(const Space& space, const Request& request) {
    if (request.from_app) return "VirtualAllocFromApp";
    if (request.node != Request::any_node) return "VirtualAllocExNuma";
    return space.process ? "VirtualAllocEx" : "VirtualAlloc";
}

const auto& newer(const Request& request) {
    return request.from_app ? nt::virtual_alloc2_from_app : nt::virtual_alloc2;
}

const char* newer_name(const Request& request) {
    return request.from_app ? "VirtualAlloc2FromApp" : "VirtualAlloc2";
}

void* allocate2(const Space& space, const Request& request) {
    nt::AddressRequirements addresses{request.lowest, request.highest, request.alignment};
    std::vector<nt::ExtendedParameter> parameters;
    const auto add = [&](std::uint64_t type, std::uint64_t value) {
        if (value != 0) parameters.push_back({type, value});
    };
    if (has_address_wish(request)) {
        add(nt::parameter_addresses, reinterpret_cast<std::uint64_t>(&addresses));
    }
    if (request.node != Request::any_node) {  // 0 is a node, too
        parameters.push_back(
            {nt::parameter_node, request.node | (request.only_node ? nt::node_mandatory : 0)});
    }
    add(nt::parameter_partition, request.partition);
    add(nt::parameter_physical, request.physical);
    add(nt::parameter_attributes, request.attributes);
    add(nt::parameter_machine, request.machine);
    return patiently(request.type, [&] {
        return newer(request)(space.process, reinterpret_cast<void*>(request.at), request.size,
                              request.type, request.protection, parameters.data(),
                              static_cast<ULONG>(parameters.size()));
    });
}

// Addresses in free space that will do, in the order to try them.
std::vector<std::uintptr_t> candidates(HANDLE process, const Request& request) {
    const auto step = std::max(request.alignment, granularity);
    const auto up = [step](std::uintptr_t address) { return (address + step - 1) / step * step; };
    std::vector<std::uintptr_t> found;
    MEMORY_BASIC_INFORMATION pages{};
    auto at = std::max<std::uintptr_t>(request.lowest, granularity);
    while (VirtualQueryEx(process, reinterpret_cast<void*>(at), &pages, sizeof(pages)) != 0) {
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
void* search(const Space& space, const Request& request) {
    const auto process = space.look ? space.look() : process_of(space);
    for (const auto address : candidates(process, request)) {
        auto* const memory = allocate_plain(space, request, address);
        if (memory || GetLastError() != ERROR_INVALID_ADDRESS) return memory;
    }
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return nullptr;
}

}  // namespace

void* allocate_in(const Space& space, const Request& request) {
    const auto only_newer = needs_allocate2(request);
    if (!only_newer && !has_address_wish(request)) {
        return check(allocate_plain(space, request, request.at), plain_name(space, request));
    }
    if (only_newer || newer(request)) {
        const auto* const call = newer_name(request);
        Memory memory(check(allocate2(space, request), call), Release{process_of(space)});
        // Not every Windows keeps what it promised: Wine forgets the lowest address.
        if (fits(request, reinterpret_cast<std::uintptr_t>(memory.get()))) return memory.release();
        if (only_newer) fail(call, ERROR_INVALID_ADDRESS, "not where it was asked for");
    }
    return check(search(space, request), plain_name(space, request));
}

Allocation allocate(const Request& request) {
    return {{}, Pages(allocate_in({}, request)), request};
}

Allocation taken(Allocation& allocation) {
    const std::scoped_lock lock(taking);
    if (!allocation.memory) throw std::invalid_argument("the allocation was taken before");
    return std::move(allocation);
}

}  // namespace ntpages
