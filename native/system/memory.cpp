// system/memory: what GetPerformanceInfo and the kernel's own information classes say.
#include "native/system/memory.hpp"

#include <psapi.h>

#include <algorithm>

#include "native/error.hpp"
#include "native/ranges.hpp"
#include "native/system/nt.hpp"
#include "native/system/pagefiles.hpp"

namespace ntpages {
namespace {

// The struct, and how much of it this Windows filled in.
struct Performance {
    nt::SystemPerformanceInformation counters{};
    std::size_t filled = 0;

    // A counter that lies beyond what was filled in is unknown, not zero.
    template <typename Field>
    std::optional<Field> get(Field nt::SystemPerformanceInformation::* field) const {
        const auto* address = reinterpret_cast<const std::byte*>(&(counters.*field));
        const auto* base = reinterpret_cast<const std::byte*>(&counters);
        const auto end = static_cast<std::size_t>(address - base) + sizeof(Field);
        return end <= filled ? std::optional(counters.*field) : std::nullopt;
    }
};

Performance query_performance() {
    constexpr auto least = offsetof(nt::SystemPerformanceInformation, dirty_cache_pages);
    constexpr auto call = "NtQuerySystemInformation";
    Performance performance;
    const auto answer = nt::query_system(nt::system_performance_information, &performance.counters,
                                         sizeof(performance.counters));
    check_status(answer.status, call);
    if (answer.filled < least) fail_status(call, nt::status_info_length_mismatch);
    performance.filled = answer.filled;
    return performance;
}

// What the kernel wrote, in the units and the encoding that leave C++.
std::vector<PageFile> page_files_in(const std::vector<std::byte>& buffer, PageFileChain chain) {
    constexpr std::uint64_t page = page_size;
    const auto bytes = [&](std::optional<std::uint32_t> pages) {
        return pages ? std::optional(*pages * page) : std::nullopt;
    };
    std::vector<PageFile> files;
    for (const auto& entry :
         read_page_files(buffer, reinterpret_cast<std::uintptr_t>(buffer.data()), chain)) {
        auto& file = files.emplace_back();
        file.path = utf8(reinterpret_cast<const wchar_t*>(entry.path.data()), entry.path.size());
        file.size = entry.size * page;
        file.used = entry.used * page;
        file.peak = entry.peak * page;
        file.minimum = bytes(entry.minimum);
        file.maximum = bytes(entry.maximum);
    }
    return files;
}

// Asks with a growing buffer; on success the buffer is cut to what the kernel wrote.
Status query_chain(ULONG information, std::vector<std::byte>& buffer) {
    constexpr std::size_t enough = 1u << 20;  // far beyond the 16 page files Windows allows
    for (buffer.resize(4096);; buffer.resize(buffer.size() * 2)) {
        ULONG returned = 0;
        const auto status = nt::query_system_information(
            information, buffer.data(), static_cast<ULONG>(buffer.size()), &returned);
        if (status != nt::status_info_length_mismatch || buffer.size() >= enough) {
            buffer.resize(std::min<std::size_t>(returned, buffer.size()));
            return status;
        }
    }
}

}  // namespace

DWORD allocation_granularity() noexcept {
    SYSTEM_INFO info{};
    GetSystemInfo(&info);
    return info.dwAllocationGranularity;
}

std::size_t large_page_size() noexcept {
    return GetLargePageMinimum();
}

SystemMemory query_memory() {
    PERFORMANCE_INFORMATION info{};
    check(K32GetPerformanceInfo(&info, sizeof(info)), "GetPerformanceInfo");
    const std::uint64_t page = info.PageSize;
    SystemMemory memory{};
    memory.total = info.PhysicalTotal * page;
    memory.available = info.PhysicalAvailable * page;
    memory.committed = info.CommitTotal * page;
    memory.commit_limit = info.CommitLimit * page;
    memory.commit_peak = info.CommitPeak * page;
    memory.cache = info.SystemCache * page;
    memory.kernel_paged = info.KernelPaged * page;
    memory.kernel_nonpaged = info.KernelNonpaged * page;
    memory.processes = info.ProcessCount;
    memory.threads = info.ThreadCount;
    memory.handles = info.HandleCount;

    ULONGLONG kibibytes = 0;  // what is plugged in; firmware and devices take some of it
    if (GetPhysicallyInstalledSystemMemory(&kibibytes)) memory.installed = kibibytes << 10;

    const auto performance = query_performance();
    if (const auto pages =
            performance.get(&nt::SystemPerformanceInformation::shared_committed_pages)) {
        memory.shared_committed = *pages * page;
        memory.dirty_cache = performance.counters.dirty_cache_pages * page;
        memory.resident_available =
            performance.counters.resident_available_pages * static_cast<std::int64_t>(page);
    }

    // GetPerformanceInfo goes through 32-bit page counts, which end at 16 TiB: where Windows has
    // the same numbers as 64-bit bytes, those win.
    nt::SystemMemoryUsageInformation usage{};
    const auto newer = nt::query_system(nt::system_memory_usage_information, &usage, sizeof(usage));
    if (newer.status >= 0 && newer.filled == sizeof(usage)) {
        memory.total = usage.total_physical;
        memory.available = usage.available;
        memory.committed = usage.committed;
        memory.commit_limit = usage.commit_limit;
        memory.commit_peak = usage.commit_peak;
        memory.shared_committed = usage.shared_committed;
        memory.resident_available = usage.resident_available;
    }
    return memory;
}

FaultCounters query_fault_counters() {
    const auto found = query_performance().counters;
    FaultCounters counters;
    counters.page_faults = found.page_faults;
    counters.transition_faults = found.transition_faults;
    counters.demand_zero_faults = found.demand_zero_faults;
    counters.copy_on_write_faults = found.copy_on_write_faults;
    counters.page_reads = found.page_reads;
    counters.pages_read = found.pages_read;
    return counters;
}

FaultCounters FaultCounters::since(const FaultCounters& earlier) const {
    auto added = *this;
    for (const auto counter :
         {&FaultCounters::page_faults, &FaultCounters::transition_faults,
          &FaultCounters::demand_zero_faults, &FaultCounters::copy_on_write_faults,
          &FaultCounters::page_reads, &FaultCounters::pages_read}) {
        added.*counter -= earlier.*counter;
    }
    return added;
}

std::vector<PageFile> query_page_files() {
    std::vector<std::byte> chain;
    if (query_chain(nt::system_page_file_information_ex, chain) >= 0) {
        return page_files_in(chain, PageFileChain::with_limits);
    }
    check_status(query_chain(nt::system_page_file_information, chain), "NtQuerySystemInformation");
    return page_files_in(chain, PageFileChain::plain);
}

WindowsVersion query_version() {
    RTL_OSVERSIONINFOW info{};
    info.dwOSVersionInfoSize = sizeof(info);
    check_status(nt::get_version(&info), "RtlGetVersion");  // never lies about the manifest
    WindowsVersion found;
    found.version = std::to_string(info.dwMajorVersion) + "." + std::to_string(info.dwMinorVersion);
    found.build = info.dwBuildNumber;
    if (nt::wine_get_version) found.wine = nt::wine_get_version();
    return found;
}

std::string WindowsVersion::line() const {
    const auto host = wine ? " (Wine " + *wine + ")" : "";
    return "Windows " + version + "." + std::to_string(build) + host;
}

MemoryNotification::MemoryNotification(bool low)
    : handle_(check(CreateMemoryResourceNotification(low ? LowMemoryResourceNotification
                                                         : HighMemoryResourceNotification),
                    "CreateMemoryResourceNotification")) {}

bool MemoryNotification::wait(std::uint32_t milliseconds) const {
    const auto result = WaitForSingleObject(handle_.get(), milliseconds);
    if (result == WAIT_FAILED) fail("WaitForSingleObject");
    return result == WAIT_OBJECT_0;
}

}  // namespace ntpages
