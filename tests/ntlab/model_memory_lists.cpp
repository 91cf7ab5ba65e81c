// model_memory_lists: the kernel's page lists, its file cache, and the calls that move pages.
// Sources: phnt, ntexapi.h; for what each command does, Windows Internals and RAMMap's help; for
// what they ask of the token, readings of ntoskrnl.exe.
#include "model_memory_lists.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit Pages machine{};
constinit ULONG list_size = 0;          // of SYSTEM_MEMORY_LIST_INFORMATION on this "Windows"
constinit std::uint32_t captures[2]{};  // of accessed bits, and of those with a reset
constinit std::uint32_t reconciliations = 0;

void reset() noexcept {
    const Locked locked(lock);
    machine = {.zero = 100'000,
               .free = 5'000,
               .modified = 40'000,
               .modified_page_file = 30'000,
               .modified_no_write = 12,
               .bad = 1,
               .standby = {7'000, 600, 500, 400, 300, 200'000, 20, 10},
               .repurposed = {1, 2, 3, 4, 5, 6, 7, 8},
               .working_sets = 300'000,
               .cache = 25'000,
               .duplicates = 700,
               .fixed = 50'000};
    list_size = 176;
    captures[0] = captures[1] = 0;
    reconciliations = 0;
}

// ---- Class 80: the lists
// -------------------------------------------------------------------------

struct ListInformation {  // SYSTEM_MEMORY_LIST_INFORMATION; 168 bytes before Windows 8
    std::uint64_t zero, free, modified, modified_no_write, bad;
    std::array<std::uint64_t, 8> standby, repurposed;
    std::uint64_t modified_page_file;
};
static_assert(sizeof(ListInformation) == 176);

Status query_lists(void* buffer, ULONG length, ULONG* returned) {
    const Locked locked(lock);
    *returned = list_size;
    if (length < list_size) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    if (!privilege_enabled(profile_single_process)) return status_privilege_not_held;
    const ListInformation now{
        machine.zero, machine.free,    machine.modified,   machine.modified_no_write,
        machine.bad,  machine.standby, machine.repurposed, machine.modified_page_file};
    std::memcpy(buffer, &now, list_size);
    return status_success;
}

// Trimmed pages that were changed have to be written first; the others can be reused at once.
void trim(std::uint64_t& from) noexcept {
    const auto changed = from / 4;
    machine.modified += changed;
    machine.modified_page_file += changed;
    machine.standby[5] += from - changed;
    from = 0;
}

void write_modified() noexcept {
    machine.standby[5] += machine.modified;
    machine.modified = machine.modified_page_file = 0;
}

void purge(std::size_t priorities) noexcept {
    for (std::size_t priority = 0; priority < priorities; ++priority) {
        machine.free += machine.standby[priority];
        machine.standby[priority] = 0;
    }
}

// The machine does not stand still: whenever somebody looks again, programs have read and written
// more. So no list is empty after a command, and nobody may count on zeros.
void live_on() noexcept {
    constexpr std::array<std::uint64_t, 8> read{8, 1, 2, 1, 1, 31, 2, 2};  // by priority
    constexpr std::uint64_t written = 16;
    const auto taken = std::accumulate(read.begin(), read.end(), written);
    if (machine.free < taken) return;
    machine.free -= taken;
    std::ranges::transform(machine.standby, read, machine.standby.begin(), std::plus());
    machine.modified += written;
    machine.modified_page_file += written;
}

Status set_lists(void* buffer, ULONG length) {
    constexpr ULONG flush_modified = 3;  // the one command that everybody may give
    constexpr ULONG last = 5;
    ULONG command = 0;
    if (length != sizeof command) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    std::memcpy(&command, buffer, sizeof command);
    if (command > last) return status_invalid_parameter;
    if (command != flush_modified && !privilege_enabled(profile_single_process)) {
        return status_privilege_not_held;
    }
    const Locked locked(lock);
    switch (command) {
        case 0:
        case 1:
            ++captures[command];
            break;
        case 2:
            machine.duplicates = 0;
            trim(machine.working_sets);
            break;
        case flush_modified:
            write_modified();
            break;
        case 4:
            purge(machine.standby.size());
            break;
        default:
            purge(1);
    }
    live_on();
    return status_success;
}

// ---- Classes 21 and 81: the file cache
// ------------------------------------------------------------

struct CacheInformation {  // SYSTEM_FILECACHE_INFORMATION
    std::uint64_t current, peak;
    ULONG faults;
    std::uint64_t minimum, maximum, with_transition, peak_with_transition;
    ULONG repurposed, flags;
};
static_assert(sizeof(CacheInformation) == 64);

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t flush = ~std::uint64_t{0};

Status query_cache(void* buffer, ULONG length, ULONG* returned) {
    *returned = sizeof(CacheInformation);
    if (length < sizeof(CacheInformation)) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    const Locked locked(lock);
    const CacheInformation now{machine.cache * page,
                               2 * machine.cache * page,
                               1234,
                               1 << 20,
                               1ULL << 40,
                               machine.cache,
                               machine.cache,
                               0,
                               0};
    std::memcpy(buffer, &now, sizeof now);
    return status_success;
}

Status set_cache(void* buffer, ULONG length) {
    CacheInformation wanted{};
    if (length < sizeof wanted) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    std::memcpy(&wanted, buffer, sizeof wanted);
    if (!privilege_enabled(increase_quota)) return status_privilege_not_held;
    const auto flushing = wanted.minimum == flush && wanted.maximum == flush;
    if ((wanted.flags & ~0xFU) != 0) return status_invalid_parameter;
    if (!flushing && wanted.minimum > wanted.maximum) return status_invalid_parameter;
    const Locked locked(lock);
    if (flushing) trim(machine.cache);
    return status_success;
}

// ---- Classes 130 and 155
// --------------------------------------------------------------------------

Status combine(void* buffer, ULONG length) {
    struct {  // MEMORY_COMBINE_INFORMATION_EX2; 16 and 24 bytes are the older forms
        HANDLE event;
        std::uint64_t combined;
        ULONG flags;
        HANDLE process;
    } wanted{};
    static_assert(sizeof wanted == 32);
    if (length != 16 && length != 24 && length != 32) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    std::memcpy(&wanted, buffer, length);
    if ((wanted.flags & ~3U) != 0) return status_invalid_parameter;
    if (wanted.process && (wanted.flags & 2U) == 0) return status_invalid_parameter;
    if (!privilege_enabled(profile_single_process)) return status_privilege_not_held;
    const Locked locked(lock);
    wanted.combined = machine.duplicates;
    machine.working_sets -= machine.duplicates;
    machine.free += machine.duplicates;
    machine.duplicates = 0;
    std::memcpy(static_cast<std::byte*>(buffer) + 8, &wanted.combined, sizeof wanted.combined);
    return status_success;
}

Status reconcile(void* buffer, ULONG length) {
    if (buffer || length != 0) return status_info_length_mismatch;
    if (!token_elevated()) return status_access_denied;
    const Locked locked(lock);
    ++reconciliations;
    return status_success;
}

const SystemClass classes[] = {
    {21, &query_cache, &set_cache}, {80, &query_lists, &set_lists}, {81, &query_cache, &set_cache},
    {130, nullptr, &combine},       {155, nullptr, &reconcile},
};
const Model model{"memory_lists", &reset, {}, classes, "privileges"};

}  // namespace

Pages pages() noexcept {
    const Locked locked(lock);
    return machine;
}

std::uint64_t total(const Pages& all) noexcept {
    return all.zero + all.free + all.modified + all.modified_no_write + all.bad +
           std::accumulate(all.standby.begin(), all.standby.end(), std::uint64_t{0}) +
           all.working_sets + all.cache + all.fixed;
}

}  // namespace ntlab

extern "C" {

__declspec(dllexport) void memory_lists_get(ntlab::Pages* pages) {
    *pages = ntlab::pages();
}

__declspec(dllexport) void memory_lists_set(const ntlab::Pages* pages) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::machine = *pages;
}

// 176, or 168 as on Windows 7.
__declspec(dllexport) void memory_lists_size(std::uint32_t size) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::list_size = size;
}

__declspec(dllexport) std::uint32_t memory_lists_captures(int with_reset) {
    const ntlab::Locked locked(ntlab::lock);
    return ntlab::captures[with_reset != 0 ? 1 : 0];
}

__declspec(dllexport) std::uint32_t memory_lists_reconciliations() {
    const ntlab::Locked locked(ntlab::lock);
    return ntlab::reconciliations;
}

}  // extern "C"
