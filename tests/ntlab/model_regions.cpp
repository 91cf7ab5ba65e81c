// model_regions: what allocating memory may be asked for: large pages, and VirtualAlloc2's
// parameters, which Wine mostly accepts unread. Locked, offered and reset pages, and placeholders,
// are the business of the models it needs.
// Sources: Microsoft's reference pages; Wine's conformance tests. Assumed: that large pages are
// not decommitted.
#include <windows.h>
// It needs windows.h before it.
#include <psapi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>

#include "model_memory_lists.hpp"
#include "model_numa.hpp"
#include "model_partitions.hpp"
#include "model_privileges.hpp"
#include "model_regions_places.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t granularity = 64 * 1024;
constexpr std::size_t large_page = 2 << 20;
constexpr std::size_t huge_page = 1 << 30;

// ---- State ------------------------------------------------------------------------------------

struct Allocation {
    std::byte* base;
    std::size_t size;
    std::size_t page;
};

// Bytes that large and huge pages can be made of: memory that lies together.
struct Pool {
    std::size_t large;
    std::size_t huge;
};

constexpr Pool plenty{8ULL << 30, 8ULL << 30};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Allocation, 64> room{};
constinit std::size_t count = 0;
constinit Pool now{};
constinit Pool after_purge{};
constinit HANDLE partition = nullptr;
constinit HANDLE physical = nullptr;  // an AWE section

constinit std::uint64_t hypervisor_page = 0;

void reset() noexcept {
    hypervisor_page = 0;
    const Locked locked(lock);
    count = 0;
    now = after_purge = plenty;
    partition = physical = nullptr;
}

std::span<Allocation> allocations() noexcept {
    return {room.data(), count};
}

Allocation* allocation_at(const void* address) noexcept {
    const auto* const at = static_cast<const std::byte*>(address);
    const auto found = std::ranges::find_if(allocations(), [at](const Allocation& each) {
        return each.base <= at && at < each.base + each.size;
    });
    return found == allocations().end() ? nullptr : &*found;
}

bool purged() noexcept {
    const auto& standby = pages().standby;
    constexpr std::uint64_t little = 2'000;  // pages that programs have read since
    return std::accumulate(standby.begin(), standby.end(), std::uint64_t{0}) < little;
}

std::size_t obtainable(std::size_t page) noexcept {
    const auto pool = purged() ? after_purge : now;
    auto bytes = page == huge_page ? pool.huge : pool.large;
    for (const auto& each : allocations()) bytes -= std::min(bytes, each.size);
    return bytes;
}

// ---- Where --------------------------------------------------------------------------------------

struct Bounds {  // MEM_ADDRESS_REQUIREMENTS
    std::uintptr_t lowest;
    std::uintptr_t highest;
    std::size_t alignment;
};

bool sensible(const Bounds& bounds) noexcept {
    constexpr std::uintptr_t most = 0x7FFF'FFFE'FFFF;  // of a process's addresses
    const auto& [lowest, highest, alignment] = bounds;
    if (lowest % granularity != 0) return false;
    if (highest != 0 && ((highest + 1) % 4096 != 0 || highest > most || highest <= lowest)) {
        return false;
    }
    return alignment == 0 || (alignment >= granularity && (alignment & (alignment - 1)) == 0);
}

// Another process, with the rights of the kernel.
class Whole {
public:
    explicit Whole(HANDLE process) noexcept {
        const auto self = GetCurrentProcess();
        if (!process) process = self;
        DuplicateHandle(self, process, self, &handle_, PROCESS_ALL_ACCESS, FALSE, 0);
    }
    ~Whole() { CloseHandle(handle_); }
    Whole(const Whole&) = delete;
    Whole& operator=(const Whole&) = delete;
    [[nodiscard]] HANDLE get() const noexcept { return handle_; }

private:
    HANDLE handle_ = nullptr;
};

bool is_own(HANDLE process) noexcept {
    return !process || process == GetCurrentProcess();
}

// Whether the system would give it: a host keeps addresses for itself that look free.
bool free_for(HANDLE process, void* at, std::size_t size) noexcept {
    auto* const probe = VirtualAllocEx(process, at, size, MEM_RESERVE, PAGE_NOACCESS);
    return probe && VirtualFreeEx(process, probe, 0, MEM_RELEASE);
}

// The first free place within the bounds; nullptr where there is none.
void* place_for(HANDLE owner, std::size_t size, const Bounds& bounds) noexcept {
    const Whole process(owner);
    const auto step = std::max(bounds.alignment, granularity);
    const auto up = [step](std::uintptr_t at) { return (at + step - 1) / step * step; };
    MEMORY_BASIC_INFORMATION pages{};
    auto at = std::max<std::uintptr_t>(bounds.lowest, granularity);
    while (VirtualQueryEx(process.get(), reinterpret_cast<void*>(at), &pages, sizeof pages) != 0) {
        const auto end = reinterpret_cast<std::uintptr_t>(pages.BaseAddress) + pages.RegionSize;
        const auto first = up(at);
        if (bounds.highest != 0 && first + size - 1 > bounds.highest) return nullptr;
        auto* const place = reinterpret_cast<void*>(first);
        if (pages.State == MEM_FREE && first + size <= end &&
            free_for(process.get(), place, size)) {
            return place;
        }
        at = end;
    }
    return nullptr;
}

// ---- Large pages ------------------------------------------------------------------------------

struct Wish {
    void* address;
    SIZE_T size;
    ULONG type;
    ULONG protection;
    Bounds bounds{};
    std::size_t page = large_page;
    HANDLE process = nullptr;  // this one
};

void* refused(DWORD code) noexcept {
    SetLastError(code);
    return nullptr;
}

// 0, or what large pages as wished are refused with.
DWORD wrong(const Wish& wish) noexcept {
    constexpr ULONG needed = MEM_RESERVE | MEM_COMMIT;
    constexpr ULONG no_pages = PAGE_NOACCESS | PAGE_GUARD;
    if ((wish.type & needed) != needed || (wish.type & MEM_WRITE_WATCH) != 0 ||
        (wish.protection & no_pages) != 0) {
        return ERROR_INVALID_PARAMETER;
    }
    if (!privilege_enabled(lock_memory)) return ERROR_PRIVILEGE_NOT_HELD;
    const auto at = reinterpret_cast<std::uintptr_t>(wish.address);
    if (wish.size == 0 || wish.size % wish.page != 0 || at % wish.page != 0) {
        return ERROR_INVALID_PARAMETER;
    }
    if (wish.size > obtainable(wish.page) || count == room.size()) {
        return ERROR_NO_SYSTEM_RESOURCES;
    }
    return ERROR_SUCCESS;
}

// `allocate` is what would serve the wish with small pages.
template <typename Allocate>
void* with_large_pages(Wish wish, Allocate allocate) noexcept {
    const Locked locked(lock);
    if (const auto code = wrong(wish); code != ERROR_SUCCESS) return refused(code);
    if (!wish.address) {
        wish.bounds.alignment = std::max(wish.bounds.alignment, wish.page);
        wish.address = place_for(wish.process, wish.size, wish.bounds);
        if (!wish.address) return refused(ERROR_NOT_ENOUGH_MEMORY);
    }
    wish.type &= ~static_cast<ULONG>(MEM_LARGE_PAGES);
    auto* const base = static_cast<std::byte*>(allocate(wish));
    if (base && is_own(wish.process)) room[count++] = {base, wish.size, wish.page};
    return base;
}

// ---- VirtualAlloc and its relatives -----------------------------------------------------------

constexpr ULONG placeholders = mem_reserve_placeholder | mem_replace_placeholder;

void* WINAPI allocate(void* address, SIZE_T size, DWORD type, DWORD protection) {
    if ((type & placeholders) != 0) return refused(ERROR_INVALID_PARAMETER);
    const auto next = beyond("VirtualAlloc", &allocate);
    if ((type & MEM_LARGE_PAGES) == 0) return next(address, size, type, protection);
    return with_large_pages({address, size, type, protection}, [next](const Wish& wish) {
        return next(wish.address, wish.size, wish.type, wish.protection);
    });
}

void* WINAPI allocate_on_node(HANDLE process, void* address, SIZE_T size, DWORD type,
                              DWORD protection, DWORD node) {
    if (node != NUMA_NO_PREFERRED_NODE && !node_exists(node)) {
        return refused(ERROR_INVALID_PARAMETER);
    }
    if ((type & placeholders) != 0) return refused(ERROR_INVALID_PARAMETER);
    const auto next = beyond("VirtualAllocExNuma", &allocate_on_node);
    if ((type & MEM_LARGE_PAGES) == 0) return next(process, address, size, type, protection, node);
    Wish wish{address, size, type, protection};
    wish.process = process;
    return with_large_pages(wish, [=](const Wish& settled) {
        return next(process, settled.address, settled.size, settled.type, settled.protection, node);
    });
}

void* WINAPI allocate_ex(HANDLE process, void* address, SIZE_T size, DWORD type, DWORD protection) {
    if ((type & placeholders) != 0) return refused(ERROR_INVALID_PARAMETER);
    const auto next = beyond("VirtualAllocEx", &allocate_ex);
    if ((type & MEM_LARGE_PAGES) == 0) return next(process, address, size, type, protection);
    Wish wish{address, size, type, protection};
    wish.process = process;
    return with_large_pages(wish, [=](const Wish& settled) {
        return next(process, settled.address, settled.size, settled.type, settled.protection);
    });
}

struct Parameter {  // MEM_EXTENDED_PARAMETER
    std::uint64_t type;
    std::uint64_t value;
};

constexpr std::uint64_t nonpaged = 0x2;
constexpr std::uint64_t nonpaged_large = 0x8;
constexpr std::uint64_t nonpaged_huge = 0x10;
constexpr std::uint64_t attributes = 0x3E;  // without code for the emulator of ARM64

// IMAGE_FILE_MACHINE_AMD64, _I386, _ARM64 and _ARMNT.
bool known_machine(std::uint64_t number) noexcept {
    return number == 0x8664 || number == 0x14C || number == 0xAA64 || number == 0x1C4;
}

// What the parameters say; a node is left to whom it concerns.
struct Read {
    Bounds bounds{};
    Parameter* node = nullptr;
    std::uint64_t attributes = 0;
};

DWORD read(const Parameter& one, void* address, Read& into) noexcept {
    constexpr std::uint64_t mandatory = 1ULL << 63;
    switch (one.type) {  // what is beyond the low 8 bits must be 0
        case 1:
            into.bounds = *reinterpret_cast<const Bounds*>(one.value);
            if (!sensible(into.bounds)) return ERROR_INVALID_PARAMETER;
            if (address && (into.bounds.lowest | into.bounds.highest | into.bounds.alignment)) {
                return ERROR_INVALID_PARAMETER;
            }
            return ERROR_SUCCESS;
        case 2:
            return node_exists(static_cast<ULONG>(one.value & ~mandatory))
                       ? ERROR_SUCCESS
                       : ERROR_INVALID_PARAMETER;
        case 3:
            return (partition && reinterpret_cast<HANDLE>(one.value) == partition) ||
                           is_partition(reinterpret_cast<HANDLE>(one.value))
                       ? ERROR_SUCCESS
                       : ERROR_INVALID_HANDLE;
        case 4:
            return physical && reinterpret_cast<HANDLE>(one.value) == physical
                       ? ERROR_SUCCESS
                       : ERROR_INVALID_HANDLE;
        case 6:
            return known_machine(one.value) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
        case 5:
            into.attributes = one.value;
            if ((one.value & ~attributes) != 0) return ERROR_INVALID_PARAMETER;
            if ((one.value & (nonpaged | nonpaged_large | nonpaged_huge)) != 0 &&
                !privilege_enabled(lock_memory)) {
                return ERROR_PRIVILEGE_NOT_HELD;
            }
            return ERROR_SUCCESS;
        default:
            return ERROR_INVALID_PARAMETER;
    }
}

DWORD read(std::span<Parameter> parameters, void* address, Read& into) noexcept {
    std::uint64_t seen = 0;
    for (auto& one : parameters) {
        if (const auto code = read(one, address, into); code != ERROR_SUCCESS) return code;
        if ((seen & 1ULL << one.type) != 0) return ERROR_INVALID_PARAMETER;
        seen |= 1ULL << one.type;
        if (one.type == 2) into.node = &one;
    }
    return ERROR_SUCCESS;
}

void* WINAPI allocate2(HANDLE process, void* address, SIZE_T size, ULONG type, ULONG protection,
                       Parameter* parameters, ULONG number) {
    if (number != 0 && !parameters) return refused(ERROR_INVALID_PARAMETER);
    Read given;
    {
        const Locked locked(lock);
        if (const auto code = read({parameters, number}, address, given)) return refused(code);
    }
    Wish wish{address, size, type, protection, given.bounds, large_page, process};
    const auto huge = (given.attributes & nonpaged_huge) != 0;
    if (huge && (type & MEM_LARGE_PAGES) == 0) return refused(ERROR_INVALID_PARAMETER);
    if (huge) wish.page = huge_page;
    const auto bounded = wish.bounds.lowest | wish.bounds.highest | wish.bounds.alignment;
    const auto next = beyond("VirtualAlloc2", &allocate2);
    const auto pass_on = [=](const Wish& settled) {
        return next(process, settled.address, settled.size, settled.type, settled.protection,
                    given.node, given.node ? 1U : 0U);
    };
    if ((type & mem_replace_placeholder) != 0) {
        if (bounded) return refused(ERROR_INVALID_PARAMETER);
        return replace_placeholder(address, size, type, protection);
    }
    if ((type & MEM_LARGE_PAGES) != 0 && (type & placeholders) == 0) {
        return with_large_pages(wish, pass_on);
    }
    if (bounded) {
        wish.address = place_for(process, size, wish.bounds);
        if (!wish.address) return refused(ERROR_NOT_ENOUGH_MEMORY);
    }
    if ((type & mem_reserve_placeholder) != 0) {
        return reserve_placeholder(wish.address, size, type, protection);
    }
    return pass_on(wish);
}

// ---- Afterwards -------------------------------------------------------------------------------

// Large pages come and go together.
BOOL WINAPI release(void* address, SIZE_T size, DWORD type) {
    {
        const Locked locked(lock);
        if (allocation_at(address) && (type & MEM_DECOMMIT) != 0) {
            return refuse(ERROR_INVALID_PARAMETER);
        }
    }
    const auto answer = beyond("VirtualFree", &release)(address, size, type);
    const Locked locked(lock);
    if (auto* const gone = allocation_at(address); gone && answer) *gone = room[--count];
    return answer;
}

struct RegionInformation {  // WIN32_MEMORY_REGION_INFORMATION
    void* base;
    ULONG protection;
    ULONG type;
    SIZE_T size;
    SIZE_T committed;
};

// What Windows tells by the type of an allocation, where Wine tells nothing.
ULONG kind_of(HANDLE process, const void* address) noexcept {
    constexpr ULONG private_memory = 1 << 0;
    constexpr ULONG data_file = 1 << 1;
    constexpr ULONG image = 1 << 2;
    constexpr ULONG page_file = 1 << 3;
    MEMORY_BASIC_INFORMATION region;
    if (VirtualQueryEx(process, address, &region, sizeof(region)) == 0) return 0;
    if (region.Type == MEM_PRIVATE) return private_memory;
    if (region.Type == MEM_IMAGE) return image;
    if (region.Type != MEM_MAPPED) return 0;
    wchar_t name[1024];
    const auto length = K32GetMappedFileNameW(process, const_cast<void*>(address), name, 1024);
    return length != 0 ? data_file : page_file;
}

BOOL WINAPI query_region(HANDLE process, const void* address, int number, void* buffer, SIZE_T size,
                         SIZE_T* returned) {
    constexpr ULONG large = 1 << 11;
    constexpr ULONG huge = 1 << 12;
    const auto answer = beyond("QueryVirtualMemoryInformation", &query_region)(
        process, address, number, buffer, size, returned);
    if (!answer || number != 0 || size < sizeof(RegionInformation)) return answer;
    auto& type = static_cast<RegionInformation*>(buffer)->type;
    type |= kind_of(process, address);
    const Locked locked(lock);
    if (const auto* const found = allocation_at(address)) {
        type |= found->page == huge_page ? huge : large;
    }
    return answer;
}

const Service services[] = {
    {"kernel32.dll", "VirtualAlloc", &allocate},
    {"kernel32.dll", "VirtualAllocExNuma", &allocate_on_node},
    {"kernel32.dll", "VirtualAllocEx", &allocate_ex},
    {"kernelbase.dll", "VirtualAlloc2", &allocate2},
    {"kernel32.dll", "VirtualFree", &release},
    {"kernelbase.dll", "QueryVirtualMemoryInformation", &query_region},
};

// SYSTEM_HYPERVISOR_SHARED_PAGE_INFORMATION: an address, 0 without a hypervisor.
Status query_hypervisor_page(void* buffer, ULONG length, ULONG* returned) {
    const Locked locked(lock);
    *returned = sizeof hypervisor_page;
    if (length != sizeof hypervisor_page) return status_info_length_mismatch;
    std::memcpy(buffer, &hypervisor_page, sizeof hypervisor_page);
    return status_success;
}

const SystemClass classes[] = {{197, &query_hypervisor_page, nullptr}};
const Model model{"regions", &reset, services, classes, "regions_pages"};

}  // namespace
}  // namespace ntlab

extern "C" {

// How much memory lies together, in pieces of 2 MiB and of 1 GiB: now, or once the standby list
// has been purged.
__declspec(dllexport) void regions_contiguous(int purged, std::size_t large, std::size_t huge) {
    const ntlab::Locked locked(ntlab::lock);
    (purged ? ntlab::after_purge : ntlab::now) = {large, huge};
}

// The handle of a memory partition: the only one that is accepted.
__declspec(dllexport) void regions_partition(HANDLE handle) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::partition = handle;
}

// The handle of an AWE section: the only one that physical pages come from.
__declspec(dllexport) void regions_physical(HANDLE handle) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::physical = handle;
}

// Where a hypervisor's page is in every process.
__declspec(dllexport) void regions_hypervisor_page(std::uint64_t address) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::hypervisor_page = address;
}

// Bytes in large pages.
__declspec(dllexport) std::size_t regions_large() {
    const ntlab::Locked locked(ntlab::lock);
    std::size_t bytes = 0;
    for (const auto& each : ntlab::allocations()) bytes += each.size;
    return bytes;
}

}  // extern "C"
