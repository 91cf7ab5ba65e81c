// system/memory: page sizes, totals, page files, the Windows version.
#include <windows.h>

#include <psapi.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "native/bind.hpp"
#include "native/system/nt.hpp"
#include "native/system/pagefiles.hpp"

namespace ntpages {
namespace {

SYSTEM_INFO system_info() {
    SYSTEM_INFO info{};
    GetSystemInfo(&info);
    return info;
}

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
    Performance performance;
    ULONG returned = 0;
    check_status(
        nt::query_system_information(nt::system_performance_information, &performance.counters,
                                     sizeof(performance.counters), &returned),
        "NtQuerySystemInformation");
    performance.filled = std::min<std::size_t>(returned, sizeof(performance.counters));
    return performance;
}

struct Totals {  // bytes
    std::uint64_t total, available, committed, commit_limit, commit_peak, cache, kernel_paged,
        kernel_nonpaged;
    std::uint64_t processes, threads, handles;  // counts
    std::optional<std::uint64_t> installed, shared_committed, dirty_cache;
    std::optional<std::int64_t> resident_available;
};

Totals query_totals() {
    PERFORMANCE_INFORMATION info{};
    check(K32GetPerformanceInfo(&info, sizeof(info)), "GetPerformanceInfo");
    const std::uint64_t page = info.PageSize;
    Totals totals{};
    totals.total = info.PhysicalTotal * page;
    totals.available = info.PhysicalAvailable * page;
    totals.committed = info.CommitTotal * page;
    totals.commit_limit = info.CommitLimit * page;
    totals.commit_peak = info.CommitPeak * page;
    totals.cache = info.SystemCache * page;
    totals.kernel_paged = info.KernelPaged * page;
    totals.kernel_nonpaged = info.KernelNonpaged * page;
    totals.processes = info.ProcessCount;
    totals.threads = info.ThreadCount;
    totals.handles = info.HandleCount;

    ULONGLONG kibibytes = 0;  // what is plugged in; firmware and devices take some of it
    if (GetPhysicallyInstalledSystemMemory(&kibibytes)) totals.installed = kibibytes << 10;

    const auto performance = query_performance();
    if (const auto pages =
            performance.get(&nt::SystemPerformanceInformation::shared_committed_pages)) {
        totals.shared_committed = *pages * page;
        totals.dirty_cache = performance.counters.dirty_cache_pages * page;
        totals.resident_available =
            performance.counters.resident_available_pages * static_cast<std::int64_t>(page);
    }

    // GetPerformanceInfo goes through 32-bit page counts, which end at 16 TiB: where Windows has
    // the same numbers as 64-bit bytes, those win.
    nt::SystemMemoryUsageInformation usage{};
    ULONG returned = 0;
    if (nt::query_system_information(nt::system_memory_usage_information, &usage, sizeof(usage),
                                     &returned) >= 0 &&
        returned >= sizeof(usage)) {
        totals.total = usage.total_physical;
        totals.available = usage.available;
        totals.committed = usage.committed;
        totals.commit_limit = usage.commit_limit;
        totals.commit_peak = usage.commit_peak;
        totals.shared_committed = usage.shared_committed;
        totals.resident_available = usage.resident_available;
    }
    return totals;
}

struct PageFile {
    std::string path;
    std::uint64_t size, used, peak;                 // bytes
    std::optional<std::uint64_t> minimum, maximum;  // bytes; Windows 8.1 and later
};

// What the kernel wrote, in the units and the encoding that leave C++.
std::vector<PageFile> page_files_in(const std::vector<std::byte>& buffer, PageFileChain chain) {
    const std::uint64_t page = system_info().dwPageSize;
    const auto bytes = [&](std::optional<std::uint32_t> pages) {
        return pages ? std::optional(*pages * page) : std::nullopt;
    };
    std::vector<PageFile> files;
    for (const auto& entry :
         read_page_files(buffer, reinterpret_cast<std::uintptr_t>(buffer.data()), chain)) {
        files.push_back(
            {.path = utf8(reinterpret_cast<const wchar_t*>(entry.path.data()), entry.path.size()),
             .size = entry.size * page,
             .used = entry.used * page,
             .peak = entry.peak * page,
             .minimum = bytes(entry.minimum),
             .maximum = bytes(entry.maximum)});
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

std::vector<PageFile> query_page_files() {
    std::vector<std::byte> chain;
    if (query_chain(nt::system_page_file_information_ex, chain) >= 0) {
        return page_files_in(chain, PageFileChain::with_limits);
    }
    check_status(query_chain(nt::system_page_file_information, chain), "NtQuerySystemInformation");
    return page_files_in(chain, PageFileChain::plain);
}

struct Version {
    ULONG major, minor, build;
    std::optional<std::string> wine;
};

Version query_version() {
    RTL_OSVERSIONINFOW info{};
    info.dwOSVersionInfoSize = sizeof(info);
    check_status(nt::get_version(&info), "RtlGetVersion");  // never lies about the manifest
    Version version{info.dwMajorVersion, info.dwMinorVersion, info.dwBuildNumber, std::nullopt};
    if (nt::wine_get_version) version.wine = nt::wine_get_version();
    return version;
}

// The kernel's own signal that memory is short, or plentiful.
class MemoryNotification {
public:
    explicit MemoryNotification(bool low)
        : handle_(check(CreateMemoryResourceNotification(low ? LowMemoryResourceNotification
                                                             : HighMemoryResourceNotification),
                        "CreateMemoryResourceNotification")) {}

    // Whether the condition holds, after waiting at most that long for it.
    bool wait(std::uint32_t milliseconds) const {
        const auto result = WaitForSingleObject(handle_.get(), milliseconds);
        if (result == WAIT_FAILED) fail("WaitForSingleObject");
        return result == WAIT_OBJECT_0;
    }

private:
    Handle handle_;
};

// The address of Windows' own function would be taken once, before anyone can stand in for it.
std::size_t large_page_size() noexcept {
    return GetLargePageMinimum();
}

}  // namespace

void bind_system(py::module_& module) {
    module.def("page_size", [] { return system_info().dwPageSize; });
    module.def("allocation_granularity", [] { return system_info().dwAllocationGranularity; });
    module.def("large_page_size", &large_page_size);

    py::class_<Totals>(module, "Totals")
        .def_readonly("total", &Totals::total)
        .def_readonly("available", &Totals::available)
        .def_readonly("committed", &Totals::committed)
        .def_readonly("commit_limit", &Totals::commit_limit)
        .def_readonly("commit_peak", &Totals::commit_peak)
        .def_readonly("cache", &Totals::cache)
        .def_readonly("kernel_paged", &Totals::kernel_paged)
        .def_readonly("kernel_nonpaged", &Totals::kernel_nonpaged)
        .def_readonly("processes", &Totals::processes)
        .def_readonly("threads", &Totals::threads)
        .def_readonly("handles", &Totals::handles)
        .def_readonly("installed", &Totals::installed)
        .def_readonly("shared_committed", &Totals::shared_committed)
        .def_readonly("dirty_cache", &Totals::dirty_cache)
        .def_readonly("resident_available", &Totals::resident_available);
    module.def("query_totals", &query_totals, ReleaseGil());

    using Counters = nt::SystemPerformanceInformation;
    py::class_<Counters>(module, "FaultCounters")
        .def_readonly("page_faults", &Counters::page_faults)
        .def_readonly("transition_faults", &Counters::transition_faults)
        .def_readonly("demand_zero_faults", &Counters::demand_zero_faults)
        .def_readonly("copy_on_write_faults", &Counters::copy_on_write_faults)
        .def_readonly("page_reads", &Counters::page_reads)
        .def_readonly("pages_read", &Counters::pages_read);
    module.def("query_fault_counters", [] { return query_performance().counters; }, ReleaseGil());

    py::class_<PageFile>(module, "PageFile")
        .def_readonly("path", &PageFile::path)
        .def_readonly("size", &PageFile::size)
        .def_readonly("used", &PageFile::used)
        .def_readonly("peak", &PageFile::peak)
        .def_readonly("minimum", &PageFile::minimum)
        .def_readonly("maximum", &PageFile::maximum);
    module.def("query_page_files", &query_page_files, ReleaseGil());

    py::class_<Version>(module, "Version")
        .def_readonly("major", &Version::major)
        .def_readonly("minor", &Version::minor)
        .def_readonly("build", &Version::build)
        .def_readonly("wine", &Version::wine);
    module.def("query_version", &query_version, ReleaseGil());

    py::class_<MemoryNotification>(module, "MemoryNotification")
        .def(py::init<bool>(), "low"_a)
        .def("wait", &MemoryNotification::wait, "milliseconds"_a, ReleaseGil());
}

}  // namespace ntpages
