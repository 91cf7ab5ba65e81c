// model_heaps: another process's heaps as its debug buffer and Toolhelp tell them, a clone of that
// process, HeapSummary, and the list of this one's heaps. Sources: phnt, ntrtl.h; tlhelp32.h;
// heapapi.h.
#include <windows.h>

#include <tlhelp32.h>

#include <cstring>

#include "ntlab.hpp"

namespace ntlab {
namespace {

// What the modelled heaps hold. Everything follows from these numbers: see entry_at().
struct Shape {
    std::uint64_t base;  // of the first heap; the next ones follow at distances of 64 GiB
    std::uint32_t heaps;
    std::uint32_t segments;  // of each heap
    std::uint32_t blocks;    // of each segment
    std::uint32_t large;     // blocks of each heap with memory of their own
    std::uint32_t version;   // of the layout: 1, or 2 as since Windows 11 22H2
    std::uint64_t large_size;
};

constexpr std::uint64_t heap_distance = 64ULL << 30;
constexpr std::uint64_t segment_size = 1ULL << 30;
constexpr std::uint64_t page = 0x1000;
constexpr std::uint16_t overhead = 16;

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit Shape shape{};
constinit bool wow64 = false;                // targets are 32-bit processes
constinit std::uint32_t build = 0;           // of Windows; 0: what it really is
constinit std::uint32_t no_memory_left = 0;  // queries that fail for want of memory, whatever
constinit bool hanging = false;
constinit volatile long waiting = 0;       // queries that hang right now
constinit volatile long threads_made = 0;  // in targets, to answer for them
HANDLE released = nullptr;                 // they go on when it is set
struct Mangle {                            // bytes of the answer that come out wrong
    std::uint32_t offset;
    std::uint64_t value;
};
constinit Mangle mangles[8]{};
constinit std::size_t mangle_count = 0;

void reset() noexcept {
    const Locked locked(lock);
    shape = {.base = 0x10000,
             .heaps = 2,
             .segments = 2,
             .blocks = 20,
             .large = 1,
             .version = 2,
             .large_size = 2 << 20};
    no_memory_left = 0;
    wow64 = hanging = false;
    build = 0;
    mangle_count = 0;
    threads_made = 0;
    if (!released) released = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    SetEvent(released);
}

// ---- What is in the heaps -----------------------------------------------------------------------

enum : std::uint16_t { busy = 1, segment = 2, uncommitted = 0x1000, large = 0x4000, lfh = 0x8000 };

struct Entry {  // RTL_HEAP_ENTRY
    std::uint64_t size;
    std::uint16_t flags;
    std::uint16_t back_trace;
    std::uint64_t committed;
    std::uint64_t first;
};
static_assert(sizeof(Entry) == 32);

std::uint64_t base_of(const Shape& heaps, std::uint32_t heap) noexcept {
    return heaps.base + heap * heap_distance;
}

std::uint32_t entries_in(const Shape& heaps, bool with_blocks) noexcept {
    return with_blocks ? heaps.segments * (1 + heaps.blocks) + heaps.large : heaps.segments;
}

Entry segment_at(const Shape& heaps, std::uint32_t heap, std::uint32_t number) noexcept {
    const auto first = base_of(heaps, heap) + number * segment_size + page;
    return {segment_size, segment, 0, page + heaps.blocks * 48ULL, first};
}

Entry block_at(std::uint32_t number) noexcept {
    if (number % 1000 == 999) return {page, uncommitted, 0, 0, 0};
    const auto flags = number % 5 == 4 ? 0 : number % 3 == 0 ? busy | lfh : busy;
    return {32 + 16ULL * (number % 7), static_cast<std::uint16_t>(flags), 0, 0, 0};
}

// The entries of a heap as Windows lists them: each segment with its blocks, then the large ones.
Entry entry_at(const Shape& heaps, std::uint32_t heap, std::uint32_t number,
               bool with_blocks) noexcept {
    if (!with_blocks) return segment_at(heaps, heap, number);
    const auto entries = 1 + heaps.blocks;
    if (number >= heaps.segments * entries) return {heaps.large_size, busy | large, 0, 0, 0};
    const auto place = number % entries;
    return place == 0 ? segment_at(heaps, heap, number / entries) : block_at(place - 1);
}

// ---- The debug buffer ---------------------------------------------------------------------------

struct DebugInformation {  // RTL_DEBUG_INFORMATION, the fields that count
    HANDLE section;
    void* view;
    std::uint64_t before[6];
    ULONG flags;  // what was asked for
    ULONG padding;
    std::uint64_t offset_free;
    std::uint64_t committed;
    std::uint64_t view_size;
    std::uint64_t modules[2];
    std::uint64_t heaps;
};
static_assert(offsetof(DebugInformation, flags) == 64);
static_assert(offsetof(DebugInformation, heaps) == 112);
constexpr std::uint64_t header_size = 208;

struct HeapInformation {  // RTL_HEAP_INFORMATION_V2; V1 ends before the last field
    std::uint64_t address;
    std::uint32_t flags;
    std::uint16_t overhead;
    std::uint16_t back_trace;
    std::uint64_t allocated;
    std::uint64_t committed;
    std::uint32_t tags_count;
    std::uint32_t entries_count;
    std::uint32_t pseudo_tags;
    std::uint32_t granularity;
    std::uint32_t reserved[5];
    std::uint64_t tags;
    std::uint64_t entries;
    std::uint64_t heap_tag;
};
static_assert(offsetof(HeapInformation, entries) == 80 && sizeof(HeapInformation) == 96);

void* NTAPI create_buffer(ULONG most, BOOLEAN) {
    auto* const view = VirtualAlloc(nullptr, most, MEM_RESERVE, PAGE_READWRITE);
    if (!view || !VirtualAlloc(view, header_size, MEM_COMMIT, PAGE_READWRITE)) return nullptr;
    DebugInformation information{};
    information.section = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    information.view = view;
    information.view_size = most;
    std::memcpy(view, &information, sizeof(information));
    return view;
}

Status NTAPI destroy_buffer(void* buffer) {
    DebugInformation information;
    std::memcpy(&information, buffer, sizeof(information));
    CloseHandle(information.section);
    return VirtualFree(information.view, 0, MEM_RELEASE) ? status_success
                                                         : status_invalid_parameter;
}

constexpr ULONG flag_entries = 0x10;
constexpr ULONG flag_segments = 0x200;
constexpr ULONG flags_heaps = 0x21C;  // summary, tags, entries, segments: any of them
constexpr ULONG flags_modules = 0x1 | 0x40 | 0x100;
constexpr ULONG flag_handle = 0x40000000;       // the first argument is a handle, not an id
constexpr ULONG flag_noninvasive = 0x80000000;  // no thread in the target, if none is needed
constexpr Status status_no_memory = status(0xC0000017);
constexpr Status status_not_supported = status(0xC00000BB);
constexpr Status status_invalid_cid = status(0xC000000B);
constexpr Status status_process_is_terminating = status(0xC000010A);

Status fill(std::byte* view, const Shape& heaps, ULONG flags) noexcept {
    const auto with_blocks = (flags & flag_entries) != 0;
    const auto listed = with_blocks || (flags & flag_segments) != 0;
    const std::uint64_t stride = heaps.version == 1 ? 88 : 96;
    const auto told = (flags & flags_heaps) != 0 ? heaps.heaps : 0;
    const auto count = listed ? entries_in(heaps, with_blocks) : 0;
    const auto entries_at = header_size + 8 + told * stride;
    const auto size = entries_at + std::uint64_t{told} * count * sizeof(Entry);

    DebugInformation information;
    std::memcpy(&information, view, sizeof(information));
    if (size > information.view_size) return status_no_memory;
    if (!VirtualAlloc(view, size, MEM_COMMIT, PAGE_READWRITE)) return status_no_memory;
    const auto base = reinterpret_cast<std::uint64_t>(view);
    information.heaps = told == 0 ? 0 : base + header_size;
    std::memcpy(view, &information, sizeof(information));
    std::memcpy(view + header_size, &told, sizeof(told));

    auto* next = view + entries_at;
    for (std::uint32_t heap = 0; heap < told; ++heap) {
        HeapInformation about{};
        about.address = base_of(heaps, heap);
        about.flags = heap == 0 ? 0x00000002 : 0x00001002;
        about.overhead = overhead;
        about.allocated = 100;
        about.committed = 200;
        about.entries_count = count;
        about.entries = base + static_cast<std::uint64_t>(next - view);
        about.heap_tag = heap;
        std::memcpy(view + header_size + 8 + heap * stride, &about, stride);
        for (std::uint32_t i = 0; i < count; ++i, next += sizeof(Entry)) {
            const auto entry = entry_at(heaps, heap, i, with_blocks);
            std::memcpy(next, &entry, sizeof(entry));
        }
    }
    for (std::size_t i = 0; i < mangle_count; ++i) {
        if (mangles[i].offset + sizeof(mangles[i].value) > size) continue;
        std::memcpy(view + mangles[i].offset, &mangles[i].value, sizeof(mangles[i].value));
    }
    return status_success;
}

// Until the test lets go of it, or the target is ended, as a real one does.
Status hang(HANDLE target) noexcept {
    const HANDLE both[] = {released, target};
    InterlockedIncrement(&waiting);
    const auto which = WaitForMultipleObjects(2, both, FALSE, INFINITE);
    InterlockedDecrement(&waiting);
    return which == WAIT_OBJECT_0 ? status_success : status_process_is_terminating;
}

Status NTAPI query(HANDLE id, ULONG flags, void* buffer) {
    if (!buffer) return status_invalid_parameter;
    if ((flags & flag_handle) != 0) return status_not_supported;  // of modules alone; not modelled
    // It stays in the buffer, also where the query fails later on.
    std::memcpy(static_cast<std::byte*>(buffer) + offsetof(DebugInformation, flags), &flags,
                sizeof(flags));
    // Whether it says noninvasive or not: but for modules, the target is asked by a thread in it.
    const auto kept_out = (flags & flag_noninvasive) != 0;
    if (!kept_out || (flags & ~(flag_noninvasive | flags_modules)) != 0) {
        InterlockedIncrement(&threads_made);
    }
    const auto pid = static_cast<DWORD>(reinterpret_cast<std::uintptr_t>(id));
    const auto target = OpenProcess(SYNCHRONIZE, FALSE, pid);
    if (!target) return status_invalid_cid;
    Shape now{};
    auto answer = status_success;
    auto hangs = false;
    {
        const Locked locked(lock);
        now = shape;
        hangs = hanging;
        if (no_memory_left != 0) {
            --no_memory_left;
            answer = status_no_memory;
        }
    }
    if (hangs) answer = hang(target);
    CloseHandle(target);
    return answer < 0 ? answer : fill(static_cast<std::byte*>(buffer), now, flags);
}

// ---- The clone ----------------------------------------------------------------------------------

struct Reflection {  // PROCESS_REFLECTION_INFORMATION
    HANDLE process;
    HANDLE thread;
    std::uint64_t process_id;
    std::uint64_t thread_id;
};

// Another suspended process: what matters here is that somebody ends it.
Status NTAPI reflect(HANDLE target, ULONG, void*, void*, HANDLE, Reflection* made) {
    if (GetProcessId(target) == 0) return status_invalid_handle;
    wchar_t program[MAX_PATH];
    GetModuleFileNameW(nullptr, program, MAX_PATH);
    STARTUPINFOW startup{};
    startup.cb = sizeof(startup);
    PROCESS_INFORMATION started{};
    if (!CreateProcessW(program, nullptr, nullptr, nullptr, FALSE,
                        CREATE_SUSPENDED | CREATE_NO_WINDOW, nullptr, nullptr, &startup,
                        &started)) {
        return status_insufficient_resources;
    }
    *made = {started.hProcess, started.hThread, started.dwProcessId, started.dwThreadId};
    return status_success;
}

// ---- Toolhelp -----------------------------------------------------------------------------------

HANDLE WINAPI snapshot(DWORD flags, DWORD pid) {
    if (flags != TH32CS_SNAPHEAPLIST) {
        static const auto system = real(&snapshot, L"kernel32.dll", "CreateToolhelp32Snapshot");
        return system(flags, pid);
    }
    return CreateEventW(nullptr, TRUE, FALSE, nullptr);
}

BOOL WINAPI next_heap(HANDLE, HEAPLIST32* heap) {
    const Locked locked(lock);
    const auto number = heap->dwFlags >> 8;  // kept where the caller does not look
    if (heap->dwSize != sizeof(*heap)) return refuse(ERROR_INVALID_PARAMETER);
    if (number >= shape.heaps) return refuse(ERROR_NO_MORE_FILES);
    heap->th32HeapID = static_cast<ULONG_PTR>(base_of(shape, number));
    heap->dwFlags = (number + 1) << 8 | (number == 0 ? HF32_DEFAULT : 0);
    return TRUE;
}

BOOL WINAPI first_heap(HANDLE of, HEAPLIST32* heap) {
    heap->dwFlags = 0;
    return next_heap(of, heap);
}

// As Windows does it: everything is listed again, up to the block that is asked for.
BOOL WINAPI next_block(HEAPENTRY32* block) {
    const Locked locked(lock);
    if (block->dwSize != sizeof(*block)) return refuse(ERROR_INVALID_PARAMETER);
    const auto heap = static_cast<std::uint32_t>((block->th32HeapID - shape.base) / heap_distance);
    const auto count = entries_in(shape, true);
    std::uint64_t address = 0;
    for (std::uint32_t i = 0, seen = 0; i < count; ++i) {
        const auto entry = entry_at(shape, heap, i, true);
        if (entry.flags & segment) {
            address = entry.first + overhead;
            continue;
        }
        if (seen++ == block->dwResvd) {
            ++block->dwResvd;
            block->dwAddress = static_cast<ULONG_PTR>(address);
            block->dwBlockSize = static_cast<SIZE_T>(entry.size);
            block->dwFlags = entry.flags & busy ? LF32_FIXED : LF32_FREE;
            return TRUE;
        }
        address += entry.size;
    }
    return refuse(ERROR_NO_MORE_FILES);
}

BOOL WINAPI first_block(HEAPENTRY32* block, DWORD pid, ULONG_PTR heap) {
    block->th32ProcessID = pid;
    block->th32HeapID = heap;
    block->dwResvd = 0;
    return next_block(block);
}

// ---- This process ------------------------------------------------------------------------------

// As Windows does it: nobody makes or destroys a heap while it runs, and a failure ends it. Under
// Wine, the lock of the default heap keeps the others away; on Windows, its own function does.
Status NTAPI enumerate(Status(NTAPI* each)(void*, void*), void* context) {
    static const auto own = real(&enumerate, L"ntdll.dll", "RtlEnumProcessHeaps");
    static const auto wine = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version");
    if (!wine) return own(each, context);
    void* heaps[256];
    auto* const list = GetProcessHeap();
    HeapLock(list);
    const auto count = GetProcessHeaps(256, heaps);
    auto answer = status_success;
    for (DWORD i = 0; i < count && i < 256 && answer >= 0; ++i) answer = each(heaps[i], context);
    HeapUnlock(list);
    return answer;
}

BOOL WINAPI summary(HANDLE heap, DWORD flags, HEAP_SUMMARY* about) {
    if (!heap || flags != 0 || !about || about->cb != sizeof(*about)) {
        return refuse(ERROR_INVALID_PARAMETER);
    }
    *about = {sizeof(*about), 1000, 2000, 3000, 4000};
    return TRUE;
}

// What this Windows is; 0 for what it really is.
Status NTAPI get_version(RTL_OSVERSIONINFOW* information) {
    static const auto system = real(&get_version, L"ntdll.dll", "RtlGetVersion");
    const auto answer = system(information);
    const Locked locked(lock);
    if (build != 0) information->dwBuildNumber = build;
    return answer;
}

BOOL WINAPI is_wow64(HANDLE target, BOOL* answer) {
    const Locked locked(lock);
    if (GetProcessId(target) == 0) return FALSE;
    *answer = wow64;
    return TRUE;
}

const Service services[] = {
    {"ntdll.dll", "RtlCreateQueryDebugBuffer", &create_buffer},
    {"ntdll.dll", "RtlDestroyQueryDebugBuffer", &destroy_buffer},
    {"ntdll.dll", "RtlQueryProcessDebugInformation", &query},
    {"ntdll.dll", "RtlCreateProcessReflection", &reflect},
    {"kernel32.dll", "CreateToolhelp32Snapshot", &snapshot},
    {"kernel32.dll", "Heap32ListFirst", &first_heap},
    {"kernel32.dll", "Heap32ListNext", &next_heap},
    {"kernel32.dll", "Heap32First", &first_block},
    {"kernel32.dll", "Heap32Next", &next_block},
    {"kernel32.dll", "HeapSummary", &summary},
    {"ntdll.dll", "RtlEnumProcessHeaps", &enumerate},
    {"ntdll.dll", "RtlGetVersion", &get_version},
    {"kernel32.dll", "IsWow64Process", &is_wow64},
};
const Model model{"heaps", &reset, services, {}, "heaps_options"};

}  // namespace
}  // namespace ntlab

using namespace ntlab;

extern "C" {

__declspec(dllexport) void heaps_get(Shape* to) {
    const Locked locked(lock);
    *to = shape;
}

__declspec(dllexport) void heaps_set(const Shape* from) {
    const Locked locked(lock);
    shape = *from;
}

__declspec(dllexport) void heaps_no_memory(std::uint32_t times) {
    const Locked locked(lock);
    no_memory_left = times;
}

__declspec(dllexport) void heaps_hang() {
    const Locked locked(lock);
    ResetEvent(released);
    hanging = true;
}

__declspec(dllexport) void heaps_release() {
    const Locked locked(lock);
    hanging = false;
    SetEvent(released);
}

__declspec(dllexport) void heaps_wow64() {
    const Locked locked(lock);
    wow64 = true;
}

__declspec(dllexport) void heaps_build(std::uint32_t number) {
    const Locked locked(lock);
    build = number;
}

__declspec(dllexport) long heaps_waiting() {
    return waiting;
}

__declspec(dllexport) long heaps_threads_made() {
    return threads_made;
}

__declspec(dllexport) int heaps_mangle(std::uint32_t offset, std::uint64_t value) {
    const Locked locked(lock);
    if (mangle_count == sizeof(mangles) / sizeof(mangles[0])) return 0;
    mangles[mangle_count++] = {offset, value};
    return 1;
}

}  // extern "C"
