// memory: the memory manager, over mmap and mprotect. Built without ThreadSanitizer: what orders
// calls in here must not be taken for order among the callers.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <vector>

#include "tests/race/windows/windows.hpp"

namespace {

using windows::page;

constexpr std::size_t unit = 64 * 1024;
constexpr std::uintptr_t last_address = 0x7FFF'FFFE'FFFF;
constexpr DWORD preserve_placeholder = 0x2;
constexpr DWORD coalesce_placeholders = 0x1;
constexpr DWORD replace_placeholder = 0x4000;

struct Page {
    bool committed = false;
    DWORD protection = 0;
    bool operator==(const Page&) const = default;
};

struct Allocation {
    std::size_t size;
    DWORD protection;
    std::vector<Page> pages;
};

using Allocations = std::map<std::uintptr_t, Allocation>;

Allocations& allocations() {
    static auto& all = *new Allocations;  // threads may outlive what ends at exit
    return all;
}

class Turn {  // no lock that ThreadSanitizer knows
public:
    Turn() {
        while (taken_.test_and_set(std::memory_order_acquire)) sched_yield();
    }
    ~Turn() { taken_.clear(std::memory_order_release); }

private:
    static inline std::atomic_flag taken_;
};

int access_of(DWORD protection) {
    if (protection & PAGE_GUARD) return PROT_NONE;
    switch (protection & 0xFF) {
        case PAGE_READONLY:
        case PAGE_EXECUTE_READ:
            return PROT_READ;
        case PAGE_READWRITE:
        case PAGE_WRITECOPY:
        case PAGE_EXECUTE_READWRITE:
            return PROT_READ | PROT_WRITE;
        default:
            return PROT_NONE;
    }
}

template <typename Result>
Result refuse(DWORD code, Result result = {}) {
    SetLastError(code);
    return result;
}

Allocations::iterator holder_of(std::uintptr_t address) {
    auto after = allocations().upper_bound(address);
    if (after == allocations().begin()) return allocations().end();
    --after;
    return address < after->first + after->second.size ? after : allocations().end();
}

// The pages of [address, address + size) in one allocation; none if they are not all in it.
struct Part {
    Allocations::iterator holder = allocations().end();
    std::size_t first = 0;
    std::size_t last = 0;
    explicit operator bool() const { return holder != allocations().end(); }
};

Part part_of(const void* at, std::size_t size) {
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    const auto holder = holder_of(address);
    if (holder == allocations().end()) return {};
    const auto first = (address - holder->first) / page;
    const auto last = (address + size - holder->first + page - 1) / page;
    return last <= holder->second.pages.size() ? Part{holder, first, last} : Part{};
}

std::byte* address_of(const Part& part) {
    return reinterpret_cast<std::byte*>(part.holder->first) + part.first * page;
}

void* reserve(std::size_t size, DWORD protection) {
    size = (size + page - 1) / page * page;
    constexpr auto flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    auto* const raw = mmap(nullptr, size + unit, PROT_NONE, flags, -1, 0);
    if (raw == MAP_FAILED) return refuse<void*>(ERROR_NOT_ENOUGH_MEMORY);
    const auto start = reinterpret_cast<std::uintptr_t>(raw);
    const auto base = (start + unit - 1) / unit * unit;
    if (base > start) munmap(raw, base - start);
    munmap(reinterpret_cast<void*>(base + size), start + unit - base);
    allocations()[base] = {size, protection, std::vector<Page>(size / page)};
    return reinterpret_cast<void*>(base);
}

void* commit(const Part& part, DWORD protection) {
    auto& pages = part.holder->second.pages;
    for (auto at = part.first; at < part.last; ++at) {
        if (pages[at].committed) continue;
        pages[at] = {true, protection};
        mprotect(reinterpret_cast<std::byte*>(part.holder->first) + at * page, page,
                 access_of(protection));
    }
    return address_of(part);
}

void empty(const Part& part) {
    constexpr auto flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    mmap(address_of(part), (part.last - part.first) * page, PROT_NONE, flags, -1, 0);
    auto& pages = part.holder->second.pages;
    for (auto at = part.first; at < part.last; ++at) pages[at] = {};
}

void cut(Allocations::iterator holder, std::size_t size) {
    auto& whole = holder->second;
    if (size == whole.size) return;
    Allocation rest{whole.size - size, whole.protection,
                    std::vector<Page>((whole.size - size) / page)};
    allocations().emplace(holder->first + size, std::move(rest));
    whole.size = size;
    whole.pages.resize(size / page);
}

BOOL release(void* at, std::size_t size, DWORD type) {
    const auto part = part_of(at, size);
    if (!part) return refuse(ERROR_INVALID_ADDRESS, FALSE);
    if (type & preserve_placeholder) {
        auto holder = part.holder;
        if (part.first > 0) {
            cut(holder, part.first * page);
            ++holder;
        }
        cut(holder, size);
        empty({holder, 0, holder->second.pages.size()});
        return TRUE;
    }
    if (type & coalesce_placeholders) {
        auto& first = part.holder->second;
        for (auto next = std::next(part.holder); first.size < size;) {
            first.size += next->second.size;
            next = allocations().erase(next);
        }
        first.pages.resize(first.size / page);
        return TRUE;
    }
    if (part.first != 0) return refuse(ERROR_INVALID_ADDRESS, FALSE);
    const auto whole = part.holder->second.size;
    allocations().erase(part.holder);
    munmap(at, whole);
    return TRUE;
}

// ---- Faults -------------------------------------------------------------------------------------

std::array<std::atomic<PVECTORED_EXCEPTION_HANDLER>, 64> handlers{};

void on_fault(int, siginfo_t* info, void* context) {
    constexpr auto writing = 2;
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    EXCEPTION_RECORD record{};
    record.ExceptionCode = EXCEPTION_ACCESS_VIOLATION;
    record.NumberParameters = 2;
    record.ExceptionInformation[0] = (registers[REG_ERR] & writing) != 0;
    record.ExceptionInformation[1] = reinterpret_cast<ULONG_PTR>(info->si_addr);
    EXCEPTION_POINTERS raised{&record, nullptr};
    for (auto& each : handlers) {
        const auto handler = each.load();
        if (handler && handler(&raised) == EXCEPTION_CONTINUE_EXECUTION) return;
    }
    signal(SIGSEGV, SIG_DFL);  // touched again, it ends the process
}

// ---- Physical pages -----------------------------------------------------------------------------

struct Frames {
    int file = memfd_create("frames", 0);
    ULONG_PTR next = 1;
    std::map<ULONG_PTR, void*> shown;  // of those that are somebody's
};

Frames& frames() {
    static auto& all = *new Frames;
    return all;
}

void hide(ULONG_PTR frame) {
    auto*& place = frames().shown[frame];
    if (place) empty(part_of(place, page));
    place = nullptr;
}

BOOL show(void* place, ULONG_PTR frame) {
    const auto part = part_of(place, page);
    if (!part) return refuse(ERROR_INVALID_ADDRESS, FALSE);
    for (auto& [each, shown] : frames().shown) {
        if (shown == place) shown = nullptr;
    }
    empty(part);
    if (frame == 0) return TRUE;
    hide(frame);
    mmap(place, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, frames().file,
         static_cast<off_t>(frame * page));
    part.holder->second.pages[part.first] = {true, PAGE_READWRITE};
    frames().shown[frame] = place;
    return TRUE;
}

BOOL map_scatter(void** places, ULONG_PTR count, ULONG_PTR* wanted) {
    const Turn turn;
    for (ULONG_PTR i = 0; i < count; ++i) {
        if (!show(places[i], wanted[i])) return FALSE;
    }
    return TRUE;
}

}  // namespace

extern "C" {

void* VirtualAlloc(void* at, SIZE_T size, DWORD type, DWORD protection) {
    const Turn turn;
    if (type & (MEM_RESET | 0x1000000)) return part_of(at, size) ? at : nullptr;
    if ((type & MEM_RESERVE) && !(type & replace_placeholder)) at = reserve(size, protection);
    if (!(type & MEM_COMMIT) || !at) return at;
    const auto part = part_of(at, size);
    return part ? commit(part, protection) : refuse<void*>(ERROR_INVALID_ADDRESS);
}

BOOL VirtualFree(void* at, SIZE_T size, DWORD type) {
    const Turn turn;
    if (type & MEM_RELEASE) return release(at, size, type);
    const auto part = part_of(at, size);
    if (!part) return refuse(ERROR_INVALID_ADDRESS, FALSE);
    empty(part);
    return TRUE;
}

BOOL VirtualProtect(void* at, SIZE_T size, DWORD protection, DWORD* old) {
    const Turn turn;
    const auto part = part_of(at, size);
    if (!part) return refuse(ERROR_INVALID_ADDRESS, FALSE);
    auto& pages = part.holder->second.pages;
    for (auto page = part.first; page < part.last; ++page) {
        if (!pages[page].committed) return refuse(ERROR_INVALID_ADDRESS, FALSE);
    }
    *old = pages[part.first].protection;
    for (auto page = part.first; page < part.last; ++page) pages[page].protection = protection;
    mprotect(address_of(part), (part.last - part.first) * page, access_of(protection));
    return TRUE;
}

SIZE_T VirtualQuery(const void* at, MEMORY_BASIC_INFORMATION* found, SIZE_T) {
    const Turn turn;
    const auto address = reinterpret_cast<std::uintptr_t>(at) / page * page;
    if (address > last_address) return refuse(ERROR_INVALID_PARAMETER, SIZE_T{0});
    *found = {};
    found->BaseAddress = reinterpret_cast<void*>(address);
    const auto part = part_of(found->BaseAddress, page);
    if (!part) {
        const auto next = allocations().upper_bound(address);
        const auto end = next == allocations().end() ? last_address + 1 : next->first;
        found->RegionSize = end - address;
        found->State = MEM_FREE;
        return sizeof *found;
    }
    const auto& [size, protection, pages] = part.holder->second;
    auto last = part.first;
    while (last < pages.size() && pages[last] == pages[part.first]) ++last;
    found->AllocationBase = reinterpret_cast<void*>(part.holder->first);
    found->AllocationProtect = protection;
    found->RegionSize = (last - part.first) * page;
    found->State = pages[part.first].committed ? MEM_COMMIT : MEM_RESERVE;
    found->Protect = pages[part.first].protection;
    found->Type = MEM_PRIVATE;
    return sizeof *found;
}

// All committed pages are told as written: more than there are, and none too few.
UINT GetWriteWatch(DWORD, void* at, SIZE_T size, void** found, ULONG_PTR* count, DWORD* unit_size) {
    const Turn turn;
    const auto part = part_of(at, size);
    if (!part) return 1;
    const auto room = *count;
    *count = 0;
    *unit_size = page;
    for (auto next = part.first; next < part.last && *count < room; ++next) {
        if (!part.holder->second.pages[next].committed) continue;
        found[(*count)++] = reinterpret_cast<std::byte*>(part.holder->first) + next * page;
    }
    return 0;
}

UINT ResetWriteWatch(void*, SIZE_T) {
    return 0;
}

void* VirtualAllocEx(HANDLE, void* at, SIZE_T size, DWORD type, DWORD protection) {
    return VirtualAlloc(at, size, type, protection);
}
void* VirtualAllocExNuma(HANDLE, void* at, SIZE_T size, DWORD type, DWORD protection, DWORD) {
    return VirtualAlloc(at, size, type, protection);
}
BOOL VirtualFreeEx(HANDLE, void* at, SIZE_T size, DWORD type) {
    return VirtualFree(at, size, type);
}
BOOL VirtualProtectEx(HANDLE, void* at, SIZE_T size, DWORD protection, DWORD* old) {
    return VirtualProtect(at, size, protection, old);
}
SIZE_T VirtualQueryEx(HANDLE, const void* at, MEMORY_BASIC_INFORMATION* found, SIZE_T size) {
    return VirtualQuery(at, found, size);
}
BOOL VirtualLock(void* at, SIZE_T size) {
    const Turn turn;
    return part_of(at, size) ? TRUE : refuse(ERROR_INVALID_ADDRESS, FALSE);
}
BOOL VirtualUnlock(void* at, SIZE_T size) {
    return VirtualLock(at, size);
}

BOOL ReadProcessMemory(HANDLE, const void* from, void* to, SIZE_T size, SIZE_T* done) {
    const iovec local{to, size};
    const iovec remote{const_cast<void*>(from), size};
    const auto got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
    if (done) *done = got < 0 ? 0 : static_cast<SIZE_T>(got);
    return got == static_cast<ssize_t>(size) ? TRUE : refuse(ERROR_PARTIAL_COPY, FALSE);
}

BOOL WriteProcessMemory(HANDLE, void* to, const void* from, SIZE_T size, SIZE_T* done) {
    const iovec local{const_cast<void*>(from), size};
    const iovec remote{to, size};
    const auto got = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
    if (done) *done = got < 0 ? 0 : static_cast<SIZE_T>(got);
    return got == static_cast<ssize_t>(size) ? TRUE : refuse(ERROR_PARTIAL_COPY, FALSE);
}

BOOL FlushInstructionCache(HANDLE, const void*, SIZE_T) {
    return TRUE;
}

void* AddVectoredExceptionHandler(ULONG, PVECTORED_EXCEPTION_HANDLER handler) {
    struct sigaction action{};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigaction(SIGSEGV, &action, nullptr);
    for (auto& each : handlers) {
        PVECTORED_EXCEPTION_HANDLER none = nullptr;
        if (each.compare_exchange_strong(none, handler)) return &each;
    }
    return refuse<void*>(ERROR_NOT_ENOUGH_MEMORY);
}

ULONG RemoveVectoredExceptionHandler(void* registration) {
    static_cast<std::atomic<PVECTORED_EXCEPTION_HANDLER>*>(registration)->store(nullptr);
    return 1;
}

BOOL AllocateUserPhysicalPages(HANDLE, ULONG_PTR* count, ULONG_PTR* found) {
    const Turn turn;
    for (ULONG_PTR i = 0; i < *count; ++i) {
        found[i] = frames().next++;
        frames().shown[found[i]] = nullptr;
    }
    static_cast<void>(ftruncate(frames().file, static_cast<off_t>(frames().next * page)));
    return TRUE;
}
BOOL AllocateUserPhysicalPagesNuma(HANDLE process, ULONG_PTR* count, ULONG_PTR* found, DWORD) {
    return AllocateUserPhysicalPages(process, count, found);
}

BOOL FreeUserPhysicalPages(HANDLE, ULONG_PTR* count, ULONG_PTR* given) {
    const Turn turn;
    for (ULONG_PTR i = 0; i < *count; ++i) {
        hide(given[i]);
        frames().shown.erase(given[i]);
    }
    return TRUE;
}

BOOL MapUserPhysicalPages(void* at, ULONG_PTR count, ULONG_PTR* wanted) {
    const Turn turn;
    for (ULONG_PTR i = 0; i < count; ++i) {
        if (!show(static_cast<std::byte*>(at) + i * page, wanted ? wanted[i] : 0)) return FALSE;
    }
    return TRUE;
}

}  // extern "C"

namespace windows {

FARPROC memory_function(const char* name) noexcept {
    if (std::strcmp(name, "VirtualAlloc2") == 0) {
        return as_found(+[](HANDLE, void* at, SIZE_T size, ULONG type, ULONG protection, void*,
                            ULONG) { return VirtualAlloc(at, size, type, protection); });
    }
    if (std::strcmp(name, "MapUserPhysicalPagesScatter") == 0) return as_found(&map_scatter);
    if (std::strcmp(name, "DiscardVirtualMemory") == 0 ||
        std::strcmp(name, "ReclaimVirtualMemory") == 0) {
        return as_found(+[](void*, SIZE_T) { return DWORD{ERROR_SUCCESS}; });
    }
    if (std::strcmp(name, "OfferVirtualMemory") == 0) {
        return as_found(+[](void*, SIZE_T, int) { return DWORD{ERROR_SUCCESS}; });
    }
    return nullptr;
}

}  // namespace windows
