// system/memory: page sizes, totals, page files, the Windows version, and the kernel's signals.
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

DWORD allocation_granularity() noexcept;
std::size_t large_page_size() noexcept;  // 0 where there are none

struct SystemMemory : Exposed {  // bytes
    std::uint64_t total, available, committed, commit_limit, commit_peak, cache, kernel_paged,
        kernel_nonpaged;
    std::optional<std::uint64_t> installed, shared_committed;
    std::optional<std::int64_t> resident_available;
    std::optional<std::uint64_t> dirty_cache;
    std::uint64_t processes, threads, handles;  // counts
};
SystemMemory query_memory();

struct FaultCounters : Exposed {  // counts that wrap at 2**32
    std::uint32_t page_faults, transition_faults, demand_zero_faults, copy_on_write_faults,
        page_reads, pages_read;

    // What was added after `earlier`, counting through one wrap.
    [[nodiscard]] FaultCounters since(const FaultCounters& earlier) const;
};
FaultCounters query_fault_counters();

struct PageFile : Exposed {
    std::string path;
    std::uint64_t size, used, peak;                 // bytes
    std::optional<std::uint64_t> minimum, maximum;  // bytes; Windows 8.1 and later
};
std::vector<PageFile> query_page_files();

struct WindowsVersion : Exposed {
    std::string version;
    std::uint32_t build;
    std::optional<std::string> wine;

    [[nodiscard]] std::string line() const;  // for a report's head
};
WindowsVersion query_version();

// The kernel's own signal that memory is short, or plentiful.
class MemoryNotification : public Exposed {
public:
    explicit MemoryNotification(bool low);

    // Whether the condition holds, after waiting at most that long for it.
    bool wait(std::uint32_t milliseconds) const;

private:
    Handle handle_;
};

}  // namespace ntpages
