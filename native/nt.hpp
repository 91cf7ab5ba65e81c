// nt: what no SDK header has. Every number carries its source; every layout is checked here.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "error.hpp"
#include "handle.hpp"

namespace ntmem::nt {

// The address of an export, or nullptr. Asks GetModuleHandle only: ntmem never loads a library by
// name, so no file can be planted for it to run.
FARPROC find(const wchar_t* module, const char* name) noexcept;

// A function looked up on first call, then remembered. Safe to call from any thread.
template <typename Signature>
class Import {
public:
    constexpr Import(const wchar_t* module, const char* name) : module_(module), name_(name) {}

    template <typename... Args>
    auto operator()(Args... args) const {
        auto* function = resolve();
        if (!function) throw Missing(name_);
        return function(args...);
    }

    // Nullptr where this Windows lacks it.
    Signature* resolve() const noexcept {
        auto* found = address_.load(std::memory_order_acquire);
        if (!found) {
            // Through void(*)(), the one function pointer that compilers let become any other.
            found =
                reinterpret_cast<Signature*>(reinterpret_cast<void (*)()>(find(module_, name_)));
            address_.store(found, std::memory_order_release);
        }
        return found;
    }

    explicit operator bool() const noexcept { return resolve() != nullptr; }

private:
    const wchar_t* module_;
    const char* name_;
    mutable std::atomic<Signature*> address_{nullptr};
};

// ---- Calls shared by several rooms. Source: System Informer phnt, ntexapi.h, ntrtl.h ----------

inline constinit Import<Status NTAPI(ULONG, void*, ULONG, ULONG*)> query_system_information{
    L"ntdll.dll", "NtQuerySystemInformation"};
inline constinit Import<Status NTAPI(ULONG, void*, ULONG)> set_system_information{
    L"ntdll.dll", "NtSetSystemInformation"};
inline constinit Import<ULONG NTAPI(Status)> status_to_dos_error{L"ntdll.dll",
                                                                 "RtlNtStatusToDosError"};

inline constexpr Status status_info_length_mismatch = static_cast<Status>(0xC0000004);
inline constexpr Status status_no_more_entries = static_cast<Status>(0x8000001A);
inline constexpr Status status_privilege_not_held = static_cast<Status>(0xC0000061);

struct UnicodeString {  // phnt, ntdef.h
    USHORT length;      // bytes
    USHORT maximum;
    const wchar_t* buffer;
};
static_assert(sizeof(UnicodeString) == 16 && offsetof(UnicodeString, buffer) == 8);

// ---- system -----------------------------------------------------------------------------------

inline constinit Import<Status NTAPI(RTL_OSVERSIONINFOW*)> get_version{L"ntdll.dll",
                                                                       "RtlGetVersion"};
// Exported by Wine alone.
inline constinit Import<const char*()> wine_get_version{L"ntdll.dll", "wine_get_version"};

inline constexpr ULONG system_performance_information = 2;
inline constexpr ULONG system_page_file_information = 18;
inline constexpr ULONG system_page_file_information_ex = 144;
inline constexpr ULONG system_memory_usage_information = 182;

// phnt, ntexapi.h. It has grown twice: 312 bytes, then 344 (Windows 10), then 376 (24H2). Only the
// fields ntmem reads are named; what lies beyond the returned length stays zero.
struct SystemPerformanceInformation {
    std::byte reserved0[60];
    ULONG page_faults;  // all counts are pages or events, and wrap at 32 bits
    ULONG copy_on_write_faults;
    ULONG transition_faults;  // resolved from the standby or modified list, without a read
    ULONG cache_transition_faults;
    ULONG demand_zero_faults;
    ULONG pages_read;
    ULONG page_reads;  // read operations: the hard faults
    std::byte reserved1[312 - 88];
    std::uint64_t dirty_cache_pages;  // from here on: Windows 10
    std::uint64_t dirty_cache_threshold;
    std::int64_t resident_available_pages;
    std::uint64_t shared_committed_pages;
    std::byte reserved2[376 - 344];
};
static_assert(sizeof(SystemPerformanceInformation) == 376);
static_assert(offsetof(SystemPerformanceInformation, page_faults) == 60);
static_assert(offsetof(SystemPerformanceInformation, transition_faults) == 68);
static_assert(offsetof(SystemPerformanceInformation, demand_zero_faults) == 76);
static_assert(offsetof(SystemPerformanceInformation, page_reads) == 84);
static_assert(offsetof(SystemPerformanceInformation, dirty_cache_pages) == 312);
static_assert(offsetof(SystemPerformanceInformation, shared_committed_pages) == 336);

struct SystemMemoryUsageInformation {  // phnt, ntexapi.h; bytes
    std::uint64_t total_physical;
    std::uint64_t available;
    std::int64_t resident_available;
    std::uint64_t committed;
    std::uint64_t shared_committed;
    std::uint64_t commit_limit;
    std::uint64_t commit_peak;
};
static_assert(sizeof(SystemMemoryUsageInformation) == 56);

// ---- memory_lists -----------------------------------------------------------------------------

inline constexpr ULONG system_memory_list_information = 80;
inline constexpr ULONG system_file_cache_information_ex = 81;
inline constexpr ULONG system_combine_physical_memory_information = 130;
inline constexpr ULONG system_registry_reconciliation_information = 155;

struct SystemMemoryListInformation {  // phnt, ntexapi.h; pages
    std::size_t zero;
    std::size_t free;
    std::size_t modified;
    std::size_t modified_no_write;
    std::size_t bad;
    std::size_t standby[8];
    std::size_t repurposed[8];
    std::size_t modified_page_file;  // Windows 8 and later
};
static_assert(sizeof(SystemMemoryListInformation) == 176);
static_assert(offsetof(SystemMemoryListInformation, bad) == 32);
static_assert(offsetof(SystemMemoryListInformation, standby) == 40);
static_assert(offsetof(SystemMemoryListInformation, repurposed) == 104);
static_assert(offsetof(SystemMemoryListInformation, modified_page_file) == 168);

enum class MemoryListCommand : ULONG {  // phnt, ntexapi.h: SYSTEM_MEMORY_LIST_COMMAND
    capture_accessed_bits = 0,
    capture_and_reset_accessed_bits = 1,
    empty_working_sets = 2,
    flush_modified_list = 3,
    purge_standby_list = 4,
    purge_low_priority_standby_list = 5,
};
static_assert(sizeof(MemoryListCommand) == 4);

struct SystemFileCacheInformation {  // phnt, ntexapi.h; bytes
    std::size_t current_size;
    std::size_t peak_size;
    ULONG page_faults;
    std::size_t minimum_working_set;
    std::size_t maximum_working_set;
    std::size_t current_size_including_transition;  // pages, this and the next
    std::size_t peak_size_including_transition;
    ULONG transition_repurposed;
    ULONG flags;
};
static_assert(sizeof(SystemFileCacheInformation) == 64);
static_assert(offsetof(SystemFileCacheInformation, minimum_working_set) == 24);
static_assert(offsetof(SystemFileCacheInformation, flags) == 60);

struct MemoryCombineInformationEx {  // phnt, ntexapi.h; Windows 8
    HANDLE event;
    std::size_t pages_combined;  // written back
    ULONG flags;
};
static_assert(sizeof(MemoryCombineInformationEx) == 24);
static_assert(offsetof(MemoryCombineInformationEx, pages_combined) == 8);

// ---- regions ----------------------------------------------------------------------------------
// Source: winnt.h and memoryapi.h of a Windows 11 SDK; phnt, ntmmapi.h.

inline constexpr DWORD mem_coalesce_placeholders = 0x1;
inline constexpr DWORD mem_preserve_placeholder = 0x2;
inline constexpr DWORD mem_replace_placeholder = 0x4000;
inline constexpr DWORD mem_reserve_placeholder = 0x40000;
inline constexpr DWORD mem_reset_undo = 0x1000000;

// Of indirect calls into executable pages; VirtualProtect calls the same bit "no update".
inline constexpr DWORD page_targets_invalid = 0x40000000;

inline constexpr DWORD attribute_nonpaged = 0x2;  // MEM_EXTENDED_PARAMETER_...
inline constexpr DWORD attribute_zero_pages_optional = 0x4;
inline constexpr DWORD attribute_nonpaged_large = 0x8;
inline constexpr DWORD attribute_nonpaged_huge = 0x10;
inline constexpr DWORD attribute_soft_fault_pages = 0x20;
inline constexpr DWORD attribute_ec_code = 0x40;

struct AddressRequirements {  // MEM_ADDRESS_REQUIREMENTS
    std::uintptr_t lowest;
    std::uintptr_t highest;
    std::size_t alignment;
};
static_assert(sizeof(AddressRequirements) == 24);

struct ExtendedParameter {  // MEM_EXTENDED_PARAMETER
    std::uint64_t type;     // in the low 8 bits
    std::uint64_t value;
};
static_assert(sizeof(ExtendedParameter) == 16);

inline constexpr std::uint64_t parameter_addresses = 1;
inline constexpr std::uint64_t parameter_node = 2;
inline constexpr std::uint64_t parameter_partition = 3;
inline constexpr std::uint64_t parameter_attributes = 5;
inline constexpr std::uint64_t node_mandatory = 1ULL << 63;

struct RegionInformation {  // WIN32_MEMORY_REGION_INFORMATION, MEMORY_REGION_INFORMATION
    void* allocation_base;
    ULONG allocation_protect;
    ULONG type;
    std::size_t size;
    std::size_t committed;
};
static_assert(sizeof(RegionInformation) == 32 && offsetof(RegionInformation, type) == 12);

inline constexpr ULONG region_huge_pages = 1 << 12;

inline constinit Import<void* WINAPI(HANDLE, void*, SIZE_T, ULONG, ULONG, ExtendedParameter*,
                                     ULONG)>
    virtual_alloc2{L"kernelbase.dll", "VirtualAlloc2"};
inline constinit Import<BOOL WINAPI(HANDLE, const void*, int, void*, SIZE_T, SIZE_T*)>
    query_virtual_memory_information{L"kernelbase.dll", "QueryVirtualMemoryInformation"};
inline constinit Import<DWORD WINAPI(void*, SIZE_T, int)> offer_virtual_memory{
    L"kernel32.dll", "OfferVirtualMemory"};
inline constinit Import<DWORD WINAPI(const void*, SIZE_T)> reclaim_virtual_memory{
    L"kernel32.dll", "ReclaimVirtualMemory"};
inline constinit Import<DWORD WINAPI(void*, SIZE_T)> discard_virtual_memory{L"kernel32.dll",
                                                                            "DiscardVirtualMemory"};
inline constinit Import<BOOL WINAPI(HANDLE, ULONG_PTR, WIN32_MEMORY_RANGE_ENTRY*, ULONG)>
    prefetch_virtual_memory{L"kernel32.dll", "PrefetchVirtualMemory"};

// ---- regions: the walk ------------------------------------------------------------------------
// Source: phnt, ntmmapi.h, ntpsapi.h, ntpebteb.h.

inline constinit Import<Status NTAPI(HANDLE, const void*, ULONG, void*, SIZE_T, SIZE_T*)>
    query_virtual_memory{L"ntdll.dll", "NtQueryVirtualMemory"};
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*, ULONG, ULONG*)>
    query_information_process{L"ntdll.dll", "NtQueryInformationProcess"};
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*, ULONG, ULONG*)> query_information_thread{
    L"ntdll.dll", "NtQueryInformationThread"};
inline constinit Import<Status NTAPI(HANDLE, HANDLE, ACCESS_MASK, ULONG, ULONG, HANDLE*)>
    get_next_thread{L"ntdll.dll", "NtGetNextThread"};

inline constexpr ULONG memory_mapped_filename_information = 2;
inline constexpr int memory_region_info = 0;  // of QueryVirtualMemoryInformation
inline constexpr ULONG region_mapped_data_file = 1 << 1;

inline constexpr ULONG process_basic_information = 0;
inline constexpr ULONG process_wow64_information = 26;  // answers the 32-bit PEB's address
inline constexpr ULONG thread_basic_information = 0;

struct ProcessBasicInformation {
    Status exit_status;
    void* peb;
    std::uintptr_t affinity;
    LONG base_priority;
    std::uintptr_t process;
    std::uintptr_t parent;
};
static_assert(sizeof(ProcessBasicInformation) == 48 && offsetof(ProcessBasicInformation, peb) == 8);

struct ThreadBasicInformation {
    Status exit_status;
    void* teb;
    std::uintptr_t process;
    std::uintptr_t thread;
    std::uintptr_t affinity;
    LONG priority;
    LONG base_priority;
};
static_assert(sizeof(ThreadBasicInformation) == 48);
static_assert(offsetof(ThreadBasicInformation, teb) == 8);
static_assert(offsetof(ThreadBasicInformation, thread) == 24);

// The next three are memory of a process: Pointer is 32 bits wide in a 32-bit one.

template <typename Pointer>
struct ThreadBlock {     // TEB, whose start is NT_TIB (winnt.h)
    Pointer exceptions;  // in the 64-bit TEB of a WOW64 thread: its 32-bit TEB
    Pointer stack_base;  // where the stack ends: it grows downwards
    Pointer stack_limit;
    Pointer subsystem;
    Pointer fiber;
    Pointer user;
    Pointer self;
};
static_assert(offsetof(ThreadBlock<std::uint64_t>, self) == 0x30);
static_assert(offsetof(ThreadBlock<std::uint32_t>, self) == 0x18);

template <typename Pointer>
struct ProcessBlock {  // PEB
    std::byte reserved0[sizeof(Pointer) == 8 ? 0x30 : 0x18];
    Pointer process_heap;
    std::byte reserved1[sizeof(Pointer) == 8 ? 0xB0 : 0x6C];
    ULONG heaps;
    ULONG heaps_maximum;
    Pointer heap_list;
};
static_assert(offsetof(ProcessBlock<std::uint64_t>, process_heap) == 0x30);
static_assert(offsetof(ProcessBlock<std::uint64_t>, heaps) == 0xE8);
static_assert(offsetof(ProcessBlock<std::uint64_t>, heap_list) == 0xF0);
static_assert(offsetof(ProcessBlock<std::uint32_t>, process_heap) == 0x18);
static_assert(offsetof(ProcessBlock<std::uint32_t>, heaps) == 0x88);
static_assert(offsetof(ProcessBlock<std::uint32_t>, heap_list) == 0x90);

// Start of a _HEAP_SEGMENT; a heap begins with its first segment. Source: ntdll's public symbols,
// the same in these fields since Windows Vista.
template <typename Pointer>
struct HeapSegment {
    std::byte entry[2 * sizeof(Pointer)];
    ULONG signature;
    ULONG flags;
    Pointer next;  // a ring through all segments of the heap and the ring's head
    Pointer previous;
    Pointer heap;
};
static_assert(offsetof(HeapSegment<std::uint64_t>, signature) == 0x10);
static_assert(offsetof(HeapSegment<std::uint64_t>, next) == 0x18);
static_assert(offsetof(HeapSegment<std::uint64_t>, heap) == 0x28);
static_assert(offsetof(HeapSegment<std::uint32_t>, signature) == 0x8);
static_assert(offsetof(HeapSegment<std::uint32_t>, next) == 0x10);
static_assert(offsetof(HeapSegment<std::uint32_t>, heap) == 0x18);

inline constexpr ULONG heap_segment_signature = 0xFFEEFFEE;

// ---- awe --------------------------------------------------------------------------------------

// memoryapi.h, Windows XP; Wine lacks it.
inline constinit Import<BOOL WINAPI(void**, ULONG_PTR, ULONG_PTR*)> map_user_physical_pages_scatter{
    L"kernel32.dll", "MapUserPhysicalPagesScatter"};

// ---- heaps ------------------------------------------------------------------------------------

struct HeapWalkEntry {  // phnt, ntrtl.h: RTL_HEAP_WALK_ENTRY
    void* data;         // null to begin
    std::size_t size;   // where PROCESS_HEAP_ENTRY has 32 bits
    UCHAR overhead;
    UCHAR segment;
    USHORT flags;
    union {
        struct {
            std::size_t settable;
            USHORT tag;
            USHORT back_trace;
            ULONG reserved[2];
        } block;
        struct {
            ULONG committed;
            ULONG uncommitted;
            void* first;
            void* last;
        } region;
    };
};
static_assert(sizeof(HeapWalkEntry) == 48);
static_assert(offsetof(HeapWalkEntry, size) == 8);
static_assert(offsetof(HeapWalkEntry, flags) == 18);
static_assert(offsetof(HeapWalkEntry, region) == 24);

// What HeapWalk calls. Undocumented, in every Windows since NT 3.1.
inline constinit Import<Status NTAPI(HANDLE, HeapWalkEntry*)> walk_heap{L"ntdll.dll",
                                                                        "RtlWalkHeap"};
inline constinit Import<BOOL WINAPI(HANDLE, DWORD, HEAP_SUMMARY*)> heap_summary{L"kernel32.dll",
                                                                                "HeapSummary"};
static_assert(sizeof(HEAP_SUMMARY) == 40 && offsetof(HEAP_SUMMARY, cbAllocated) == 8);

// Flags of RtlQueryProcessDebugInformation. Source: phnt, ntrtl.h. Its answer: heaps_snapshot.hpp.
inline constexpr ULONG query_heap_summary = 0x00000004;
inline constexpr ULONG query_heap_entries = 0x00000010;
inline constexpr ULONG query_heap_segments = 0x00000200;
inline constexpr ULONG query_noninvasive = 0x80000000;

inline constexpr Status status_no_memory = static_cast<Status>(0xC0000017);

inline constinit Import<void* NTAPI(ULONG, BOOLEAN)> create_query_debug_buffer{
    L"ntdll.dll", "RtlCreateQueryDebugBuffer"};
inline constinit Import<Status NTAPI(void*)> destroy_query_debug_buffer{
    L"ntdll.dll", "RtlDestroyQueryDebugBuffer"};
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*)> query_process_debug_information{
    L"ntdll.dll", "RtlQueryProcessDebugInformation"};

struct ProcessReflection {  // phnt, ntrtl.h: PROCESS_REFLECTION_INFORMATION
    HANDLE process;
    HANDLE thread;
    HANDLE process_id;
    HANDLE thread_id;
};
static_assert(sizeof(ProcessReflection) == 32);

inline constexpr ULONG reflection_inherit_handles = 0x2;

// Windows 7, undocumented.
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*, void*, HANDLE, ProcessReflection*)>
    create_process_reflection{L"ntdll.dll", "RtlCreateProcessReflection"};

// ---- processes --------------------------------------------------------------------------------

// Source: phnt, ntexapi.h. The second also counts shared commit, and is for administrators.
inline constexpr ULONG system_process_information = 5;
inline constexpr ULONG system_full_process_information = 148;

// Source: phnt, ntpsapi.h.
inline constexpr ULONG process_vm_counters = 3;

struct VmCounters {  // phnt, ntpsapi.h: VM_COUNTERS_EX2 (Windows 10)
    SIZE_T peak_virtual_size;
    SIZE_T virtual_size;
    ULONG faults;
    SIZE_T peak_working_set;
    SIZE_T working_set;
    SIZE_T peak_paged_pool;
    SIZE_T paged_pool;
    SIZE_T peak_nonpaged_pool;
    SIZE_T nonpaged_pool;
    SIZE_T commit;
    SIZE_T peak_commit;
    SIZE_T private_bytes;
    SIZE_T private_working_set;  // from here on, VM_COUNTERS_EX (96 bytes) has nothing
    SIZE_T shared_commit;
};
static_assert(sizeof(VmCounters) == 112 && offsetof(VmCounters, working_set) == 32 &&
              offsetof(VmCounters, private_working_set) == 96);
// ---- working_sets -----------------------------------------------------------------------------

// Source: phnt, ntmmapi.h, MEMORY_WORKING_SET_EX_BLOCK; its valid part is documented (psapi.h), the
// other is not. What a page is like, as bits of one number.
class PageBits {
    // One field, as the smallest type that holds it.
    template <unsigned start, unsigned width>
    [[nodiscard]] constexpr auto field() const {
        using Field = std::conditional_t<(width > 8), std::uint16_t, std::uint8_t>;
        return static_cast<Field>(bits_ >> start & ((1U << width) - 1));
    }

public:
    explicit constexpr PageBits(std::uint64_t bits) : bits_(bits) {}

    [[nodiscard]] constexpr bool valid() const { return field<0, 1>() != 0; }
    [[nodiscard]] constexpr bool shared() const { return field<15, 1>() != 0; }
    [[nodiscard]] constexpr bool bad() const { return field<31, 1>() != 0; }
    [[nodiscard]] constexpr std::uint8_t priority() const { return field<24, 3>(); }

    // Only of valid pages.
    [[nodiscard]] constexpr std::uint8_t share_count() const { return field<1, 3>(); }
    [[nodiscard]] constexpr std::uint16_t protection() const { return field<4, 11>(); }
    [[nodiscard]] constexpr std::uint8_t node() const { return field<16, 6>(); }
    [[nodiscard]] constexpr bool locked() const { return field<22, 1>() != 0; }
    [[nodiscard]] constexpr bool large() const { return field<23, 1>() != 0; }

    // Only of those that are not: 0 nowhere, 1 in memory, 2 in a page file, 3 reserved.
    [[nodiscard]] constexpr std::uint8_t location() const { return field<22, 2>(); }

private:
    std::uint64_t bits_;
};

}  // namespace ntmem::nt
