// model_system: the system's numbers, in the sizes that they have had over the years.
// Source: phnt, ntexapi.h.
#include <algorithm>
#include <array>
#include <cstring>

#include "model_memory_lists.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::uint64_t page = 4096;

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit ULONG performance_size = 0;  // of SYSTEM_PERFORMANCE_INFORMATION on this "Windows"
constinit std::size_t pagefile_count = 0;
constinit bool usage_known = false;
constinit bool limits_known = false;  // class 144, from Windows 8.1 on

void reset() noexcept {
    const Locked locked(lock);
    performance_size = 344;
    pagefile_count = 2;
    usage_known = true;
    limits_known = true;
}

struct Usage {  // SYSTEM_MEMORY_USAGE_INFORMATION
    std::uint64_t total, available;
    std::int64_t resident_available;
    std::uint64_t committed, shared_committed, commit_limit, commit_peak;
};
static_assert(sizeof(Usage) == 56);

Usage usage() noexcept {
    const auto now = pages();
    auto available = now.zero + now.free;
    for (const auto each : now.standby) available += each;
    const auto all = total(now) * page;
    return {.total = all,
            .available = available * page,
            .resident_available = static_cast<std::int64_t>(available * page),
            .committed = (now.working_sets + now.modified) * page,
            .shared_committed = 3000 * page,
            .commit_limit = 2 * all,
            .commit_peak = all};
}

Status query_usage(void* buffer, ULONG length, ULONG* returned) {
    const Locked locked(lock);
    if (!usage_known) return status_invalid_info_class;
    *returned = sizeof(Usage);
    if (length != sizeof(Usage)) return status_info_length_mismatch;
    const auto now = usage();
    std::memcpy(buffer, &now, sizeof now);
    return status_success;
}

// Older callers pass the shorter form, newer ones a longer than this Windows fills.
Status query_performance(void* buffer, ULONG length, ULONG* returned) {
    constexpr ULONG shortest = 312;
    constexpr ULONG longest = 376;
    const Locked locked(lock);
    *returned = performance_size;
    if (length < shortest) return status_info_length_mismatch;
    const auto now = usage();
    std::array<std::byte, longest> all{};
    const auto put = [&](std::size_t offset, auto value) {
        std::memcpy(&all[offset], &value, sizeof value);
    };
    const auto count = [](std::uint64_t bytes) { return static_cast<ULONG>(bytes / page); };
    put(44, count(now.available));
    put(48, count(now.committed));
    put(52, count(now.commit_limit));
    put(56, count(now.commit_peak));
    put(60, ULONG{1'000'000});  // page faults
    put(64, ULONG{20'000});     // copies on write
    put(68, ULONG{30'000});     // transitions
    put(72, ULONG{400});        // transitions of the cache
    put(76, ULONG{500'000});    // demand zero
    put(80, ULONG{60'000});     // page reads
    put(84, ULONG{7'000});      // and their operations
    put(112, ULONG{9'000});     // paged pool
    put(116, ULONG{8'000});     // nonpaged pool
    put(164, static_cast<ULONG>(pages().cache));
    put(328, now.available / page);         // ResidentAvailablePages
    put(336, now.shared_committed / page);  // SharedCommittedPages
    *returned = std::min(length, performance_size);
    std::memcpy(buffer, all.data(), *returned);
    return status_success;
}

struct PageFile {  // SYSTEM_PAGEFILE_INFORMATION, followed by its name
    ULONG next, total, used, peak;
    USHORT length, maximum;
    const wchar_t* name;
};
static_assert(sizeof(PageFile) == 32);

struct LimitedPageFile {  // SYSTEM_PAGEFILE_INFORMATION_EX, likewise
    PageFile file;
    ULONG minimum, maximum;
};
static_assert(sizeof(LimitedPageFile) == 40);

// A chain of entries, each with its name behind it.
template <typename Entry>
Status chain_of_pagefiles(void* buffer, ULONG length, ULONG* returned) {
    static constexpr wchar_t names[][20]{L"\\??\\C:\\pagefile.sys", L"\\??\\D:\\pagefile.sys"};
    constexpr auto stride = static_cast<ULONG>(sizeof(Entry) + sizeof names[0]);
    static_assert(stride % 8 == 0);
    *returned = static_cast<ULONG>(pagefile_count) * stride;
    if (length < *returned) return status_info_length_mismatch;
    for (ULONG at = 0; at < pagefile_count; ++at) {
        auto* const to = static_cast<std::byte*>(buffer) + at * stride;
        auto* const name = to + sizeof(Entry);
        std::memcpy(name, names[at], sizeof names[at]);
        const LimitedPageFile entry{
            {at + 1 < pagefile_count ? stride : 0, 500'000 * (at + 1), 10'000 * (at + 1),
             20'000 * (at + 1), sizeof names[at] - sizeof(wchar_t), sizeof names[at],
             reinterpret_cast<const wchar_t*>(name)},
            400'000 * (at + 1),
            900'000 * (at + 1)};
        std::memcpy(to, &entry, sizeof(Entry));
    }
    return status_success;
}

Status query_pagefiles(void* buffer, ULONG length, ULONG* returned) {
    const Locked locked(lock);
    return chain_of_pagefiles<PageFile>(buffer, length, returned);
}

Status query_limited_pagefiles(void* buffer, ULONG length, ULONG* returned) {
    const Locked locked(lock);
    if (!limits_known) return status_invalid_info_class;
    return chain_of_pagefiles<LimitedPageFile>(buffer, length, returned);
}

const SystemClass classes[] = {
    {2, &query_performance, nullptr},
    {18, &query_pagefiles, nullptr},
    {144, &query_limited_pagefiles, nullptr},
    {182, &query_usage, nullptr},
};
const Model model{"system", &reset, {}, classes, "memory_lists"};

}  // namespace
}  // namespace ntlab

extern "C" {

// 312, 344 (Windows 10) or 376 (24H2).
__declspec(dllexport) void system_performance_size(std::uint32_t size) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::performance_size = size;
}

__declspec(dllexport) void system_pagefiles(std::uint32_t count) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::pagefile_count = std::min<std::size_t>(count, 2);
}

// Whether this "Windows" has SystemMemoryUsageInformation.
__declspec(dllexport) void system_usage_known(int known) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::usage_known = known != 0;
}

// Whether this "Windows" has SystemPageFileInformationEx.
__declspec(dllexport) void system_limits_known(int known) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::limits_known = known != 0;
}

}  // extern "C"
