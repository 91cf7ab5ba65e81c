// model_sections: what Wine takes without a word where sections are concerned: large pages, nodes,
// names of the whole machine, MapViewOfFile3 and placeholders. The memory itself is the system's.
// Sources: Microsoft's reference pages; Wine's conformance tests for placeholders. Assumed: 87 for
// a view with large pages of a section without, 487 for a place that a view was never put in.
#include <windows.h>
// It needs windows.h before it.
#include <psapi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cwchar>
#include <span>

#include "model_numa.hpp"
#include "model_privileges.hpp"
#include "model_regions_places.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t granularity = 64 * 1024;
constexpr std::size_t large_page = 2 << 20;
constexpr DWORD file_map_large_pages = 0x20000000;
constexpr ULONG create_global = 30;  // SeCreateGlobalPrivilege

// ---- State ------------------------------------------------------------------------------------

// A handle to a section of large pages, and its name, by which others get to it.
struct Large {
    HANDLE handle;
    wchar_t name[64];
};

struct Shown {
    std::byte* base;
    std::size_t size;
    bool large;
    bool placed;  // where a placeholder was
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Large, 64> sections{};
constinit std::array<Shown, 256> views{};

void reset() noexcept {
    const Locked locked(lock);
    sections = {};
    views = {};
}

Large* large_at(HANDLE handle) noexcept {
    if (!handle) return nullptr;
    const auto found = std::ranges::find(sections, handle, &Large::handle);
    return found == sections.end() ? nullptr : &*found;
}

bool is_large(HANDLE handle) noexcept {
    const Locked locked(lock);
    return large_at(handle) != nullptr;
}

void note_large(HANDLE handle, const wchar_t* name) noexcept {
    const Locked locked(lock);
    const auto free = std::ranges::find(sections, nullptr, &Large::handle);
    if (free == sections.end()) return;
    *free = {handle, {}};
    const auto length = name ? std::wcslen(name) : 0;
    if (length < std::size(free->name)) std::copy_n(name, length, free->name);
}

void* refused(DWORD code) noexcept {
    SetLastError(code);
    return nullptr;
}

void* note_view(void* base, std::size_t size, bool large, bool placed) noexcept {
    const Locked locked(lock);
    const auto free = std::ranges::find(views, nullptr, &Shown::base);
    if (base && free != views.end()) *free = {static_cast<std::byte*>(base), size, large, placed};
    return base;
}

Shown view_at(const void* address) noexcept {
    const Locked locked(lock);
    const auto* const at = static_cast<const std::byte*>(address);
    const auto found = std::ranges::find_if(views, [at](const Shown& each) {
        return each.base && each.base <= at && at < each.base + each.size;
    });
    return found == views.end() ? Shown{} : *found;
}

void forget_view(const std::byte* base) noexcept {
    const Locked locked(lock);
    const auto found = std::ranges::find(views, base, &Shown::base);
    if (base && found != views.end()) *found = {};
}

// ---- Sections -----------------------------------------------------------------------------------

bool exists(const wchar_t* name) noexcept {
    const auto found = OpenFileMappingW(SECTION_QUERY, FALSE, name);
    return found && CloseHandle(found);
}

// 0, or the code that Windows refuses this with.
DWORD wrong(HANDLE file, DWORD protection, std::uint64_t size, const wchar_t* name,
            DWORD node) noexcept {
    if (node != NUMA_NO_PREFERRED_NODE && !node_exists(node)) return ERROR_INVALID_PARAMETER;
    constexpr wchar_t global[] = L"Global\\";
    if (name && std::wcsncmp(name, global, std::size(global) - 1) == 0 &&
        !privilege_enabled(create_global) && !exists(name)) {
        return ERROR_ACCESS_DENIED;
    }
    if ((protection & SEC_LARGE_PAGES) == 0) return ERROR_SUCCESS;
    if ((protection & SEC_COMMIT) == 0 || file != INVALID_HANDLE_VALUE) {
        return ERROR_INVALID_PARAMETER;
    }
    if (!privilege_enabled(lock_memory)) return ERROR_PRIVILEGE_NOT_HELD;
    return size % large_page != 0 ? ERROR_INVALID_PARAMETER : ERROR_SUCCESS;
}

HANDLE WINAPI create(HANDLE file, SECURITY_ATTRIBUTES* security, DWORD protection, DWORD high,
                     DWORD low, const wchar_t* name, DWORD node) {
    const auto size = std::uint64_t{high} << 32 | low;
    if (const auto code = wrong(file, protection, size, name, node)) return refused(code);
    auto* const made = beyond("CreateFileMappingNumaW", &create)(file, security, protection, high,
                                                                 low, name, node);
    const auto outcome = GetLastError();
    if (made && (protection & SEC_LARGE_PAGES) != 0) note_large(made, name);
    SetLastError(outcome);
    return made;
}

HANDLE WINAPI open(DWORD access, BOOL inherit, const wchar_t* name) {
    auto* const opened = beyond("OpenFileMappingW", &open)(access, inherit, name);
    const auto large = [name] {
        const Locked locked(lock);
        return std::ranges::any_of(sections, [name](const Large& each) {
            return each.handle && each.name[0] != L'\0' && std::wcscmp(each.name, name) == 0;
        });
    };
    if (opened && large()) note_large(opened, name);
    return opened;
}

BOOL WINAPI close(HANDLE handle) {
    {
        const Locked locked(lock);
        if (auto* const known = large_at(handle)) *known = {};
    }
    return beyond("CloseHandle", &close)(handle);
}

struct Basic {  // SECTION_BASIC_INFORMATION
    void* base;
    ULONG attributes;
    LARGE_INTEGER size;
};

Status NTAPI query(HANDLE section, ULONG number, void* buffer, SIZE_T length, SIZE_T* returned) {
    const auto answer = beyond("NtQuerySection", &query)(section, number, buffer, length, returned);
    if (answer == status_success && number == 0 && is_large(section)) {
        static_cast<Basic*>(buffer)->attributes |= SEC_LARGE_PAGES;
    }
    return answer;
}

// ---- Views --------------------------------------------------------------------------------------

struct Wish {
    HANDLE section;
    DWORD access;  // FILE_MAP_...
    std::uint64_t offset;
    SIZE_T size;
    void* base;
};

void* map(const Wish& wish) noexcept {
    return MapViewOfFileEx(wish.section, wish.access & ~file_map_large_pages,
                           static_cast<DWORD>(wish.offset >> 32), static_cast<DWORD>(wish.offset),
                           wish.size, wish.base);
}

// Somewhere that large pages can begin.
void* map_aligned(Wish wish) noexcept {
    for (auto turn = 0; turn < 16; ++turn) {
        auto* const room =
            VirtualAlloc(nullptr, wish.size + large_page, MEM_RESERVE, PAGE_NOACCESS);
        if (!room) return nullptr;
        VirtualFree(room, 0, MEM_RELEASE);
        const auto at = reinterpret_cast<std::uintptr_t>(room);
        wish.base = reinterpret_cast<void*>((at + large_page - 1) / large_page * large_page);
        if (auto* const mapped = map(wish)) return mapped;
    }
    return nullptr;
}

void* map_large(const Wish& wish) noexcept {
    if (!is_large(wish.section) || wish.size % large_page != 0) {
        return refused(ERROR_INVALID_PARAMETER);
    }
    if (wish.offset % large_page != 0 ||
        reinterpret_cast<std::uintptr_t>(wish.base) % large_page != 0) {
        return refused(ERROR_MAPPED_ALIGNMENT);
    }
    auto* const mapped = wish.base ? map(wish) : map_aligned(wish);
    return note_view(mapped, wish.size, true, false);
}

void* WINAPI map_ex(HANDLE section, DWORD access, DWORD high, DWORD low, SIZE_T size, void* base) {
    if ((access & file_map_large_pages) == 0) {
        return beyond("MapViewOfFileEx", &map_ex)(section, access, high, low, size, base);
    }
    return map_large({section, access, std::uint64_t{high} << 32 | low, size, base});
}

void* WINAPI map_on_node(HANDLE section, DWORD access, DWORD high, DWORD low, SIZE_T size,
                         void* base, DWORD node) {
    if (node != NUMA_NO_PREFERRED_NODE && !node_exists(node)) {
        return refused(ERROR_INVALID_PARAMETER);
    }
    if ((access & file_map_large_pages) == 0) {
        return beyond("MapViewOfFileExNuma", &map_on_node)(section, access, high, low, size, base,
                                                           node);
    }
    return map_large({section, access, std::uint64_t{high} << 32 | low, size, base});
}

// 0 for a protection that views don't have.
DWORD access_for(ULONG protection) noexcept {
    switch (protection) {
        case PAGE_READONLY:
            return FILE_MAP_READ;
        case PAGE_READWRITE:
            return FILE_MAP_READ | FILE_MAP_WRITE;
        case PAGE_WRITECOPY:
            return FILE_MAP_COPY;
        case PAGE_EXECUTE_READ:
            return FILE_MAP_READ | FILE_MAP_EXECUTE;
        case PAGE_EXECUTE_READWRITE:
            return FILE_MAP_READ | FILE_MAP_WRITE | FILE_MAP_EXECUTE;
        case PAGE_EXECUTE_WRITECOPY:
            return FILE_MAP_COPY | FILE_MAP_EXECUTE;
        default:
            return 0;
    }
}

struct Parameter {  // MEM_EXTENDED_PARAMETER
    std::uint64_t type;
    std::uint64_t value;
};

DWORD wrong(std::span<const Parameter> parameters) noexcept {
    constexpr std::uint64_t node = 2;
    if (parameters.size() > 1) return ERROR_INVALID_PARAMETER;  // bounds go with no placeholder
    for (const auto& each : parameters) {
        if (each.type != node || !node_exists(static_cast<ULONG>(each.value))) {
            return ERROR_INVALID_PARAMETER;
        }
    }
    return ERROR_SUCCESS;
}

void* map_in_place(const Wish& wish, bool large) noexcept {
    const auto step = large ? large_page : page;
    if (wish.offset % step != 0) return refused(ERROR_MAPPED_ALIGNMENT);
    if (wish.size == 0 || wish.size % step != 0 || (large && !is_large(wish.section))) {
        return refused(ERROR_INVALID_PARAMETER);
    }
    if (const auto code = open_placeholder(wish.base, wish.size)) return refused(code);
    auto* const mapped = map(wish);
    const auto code = GetLastError();
    if (!mapped) {
        reserve_placeholder(wish.base, wish.size, MEM_RESERVE | mem_reserve_placeholder,
                            PAGE_NOACCESS);
        return refused(code);
    }
    return note_view(mapped, wish.size, large, true);
}

void* WINAPI map3(HANDLE section, HANDLE process, void* base, ULONG64 offset, SIZE_T size,
                  ULONG type, ULONG protection, Parameter* parameters, ULONG number) {
    constexpr ULONG known = MEM_RESERVE | mem_replace_placeholder | MEM_LARGE_PAGES;
    if (process != GetCurrentProcess()) return refused(ERROR_INVALID_HANDLE);
    const auto access = access_for(protection);
    if (access == 0 || (type & ~known) != 0 || (number != 0 && !parameters)) {
        return refused(ERROR_INVALID_PARAMETER);
    }
    if (const auto code = wrong({parameters, number})) return refused(code);
    const Wish wish{section, access, offset, size, base};
    const auto large = (type & MEM_LARGE_PAGES) != 0;
    if ((type & mem_replace_placeholder) != 0) return map_in_place(wish, large);
    if (offset % granularity != 0) return refused(ERROR_MAPPED_ALIGNMENT);
    return large ? map_large(wish) : map(wish);
}

BOOL WINAPI unmap(const void* address) {
    const auto view = view_at(address);
    if (!beyond("UnmapViewOfFile", &unmap)(address)) return FALSE;
    forget_view(view.base);
    return TRUE;
}

BOOL WINAPI unmap2(HANDLE process, void* address, ULONG flags) {
    constexpr ULONG transient_boost = 1;
    if (process != GetCurrentProcess()) return refuse(ERROR_INVALID_HANDLE);
    if ((flags & ~(transient_boost | mem_preserve_placeholder)) != 0) {
        return refuse(ERROR_INVALID_PARAMETER);
    }
    const auto view = view_at(address);
    const auto keeps = (flags & mem_preserve_placeholder) != 0;
    if (keeps && !view.placed) return refuse(ERROR_INVALID_ADDRESS);
    if (!UnmapViewOfFile(address)) return FALSE;
    forget_view(view.base);
    if (keeps) {
        reserve_placeholder(view.base, view.size, MEM_RESERVE | mem_reserve_placeholder,
                            PAGE_NOACCESS);
    }
    return TRUE;
}

BOOL WINAPI query_pages(HANDLE process, void* buffer, DWORD size) {
    if (!beyond("K32QueryWorkingSetEx", &query_pages)(process, buffer, size)) return FALSE;
    using Page = PSAPI_WORKING_SET_EX_INFORMATION;
    for (auto& asked : std::span(static_cast<Page*>(buffer), size / sizeof(Page))) {
        if (!view_at(asked.VirtualAddress).large) continue;
        asked.VirtualAttributes.Valid = 1;
        asked.VirtualAttributes.LargePage = 1;
    }
    return TRUE;
}

const Service services[] = {
    {"kernel32.dll", "CreateFileMappingNumaW", &create},
    {"kernel32.dll", "OpenFileMappingW", &open},
    {"kernel32.dll", "CloseHandle", &close},
    {"ntdll.dll", "NtQuerySection", &query},
    {"kernel32.dll", "MapViewOfFileEx", &map_ex},
    {"kernel32.dll", "MapViewOfFileExNuma", &map_on_node},
    {"kernelbase.dll", "MapViewOfFile3", &map3},
    {"kernel32.dll", "UnmapViewOfFile", &unmap},
    {"kernelbase.dll", "UnmapViewOfFile2", &unmap2},
    {"kernel32.dll", "K32QueryWorkingSetEx", &query_pages},
};
const Model model{"sections", &reset, services, {}, "regions"};

}  // namespace
}  // namespace ntlab

extern "C" {

// Bytes that views show in large pages.
__declspec(dllexport) std::size_t sections_large() {
    const ntlab::Locked locked(ntlab::lock);
    std::size_t bytes = 0;
    for (const auto& each : ntlab::views) bytes += each.large ? each.size : 0;
    return bytes;
}

}  // extern "C"
