// model_physical: every page of the modelled machine, and who has it: superfetch information (class
// 79), and how much memory is plugged in.
// Sources: phnt, ntpfapi.h and ntmmapi.h; for codes and their order, readings of ntoskrnl.exe.
#include "model_physical.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr Status status_invalid_parameter_2 = status(0xC00000F0);
constexpr Status status_invalid_buffer_size = status(0xC0000206);

struct Range {
    std::uint64_t first, count;
};

// A table in memory of its own, which no test asks for so much of that it would have to grow.
template <typename Item>
class List {
public:
    void clear() noexcept { size_ = 0; }
    bool push(const Item& item) noexcept {
        if (!items_) {
            items_ = static_cast<Item*>(VirtualAlloc(nullptr, most * sizeof(Item),
                                                     MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
        }
        if (!items_ || size_ == most) return false;
        items_[size_++] = item;
        return true;
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<Item> all() const noexcept { return {items_, size_}; }

private:
    static constexpr std::size_t most = 200'000;
    Item* items_ = nullptr;
    std::size_t size_ = 0;
};

// Pages that lie side by side, and where the first of them is among all of the machine.
struct Laid {
    Stretch stretch;
    std::uint64_t start;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit List<Laid> laid{};
constinit List<Range> ranges{};
constinit List<Source> sources{};
constinit bool owners_by_key = false;   // pages name processes as older kernels do
constinit bool restricted = false;      // addresses of the kernel's are for debuggers
constinit bool old_ranges = false;      // the older form alone
constinit std::uint64_t pool = 0;       // bytes that a request may take
constinit std::uint64_t installed = 0;  // KiB
constinit PageLists lists{};

constexpr std::uint64_t everything = ~std::uint64_t{0};

std::uint64_t machine_pages() noexcept {
    std::uint64_t pages = 0;
    for (const auto& range : ranges.all()) pages += range.count;
    return pages;
}

std::uint64_t key_of(std::uint32_t pid) noexcept {
    return 0xFFFFA00000000000 + std::uint64_t{pid} * 0x1080;
}

bool addresses_shown() noexcept {
    return !restricted || privilege_enabled(debug_others);
}

void count() noexcept {
    lists = {};
    std::uint64_t* const by_list[]{
        &lists.zero, &lists.free, nullptr, &lists.modified, &lists.modified_no_write, &lists.bad};
    std::uint64_t known = 0;
    for (const auto& each : laid.all()) {
        const auto& stretch = each.stretch;
        known += stretch.pages;
        if ((stretch.flags & Stretch::no_record) != 0) continue;
        if (stretch.list == 2) lists.standby[stretch.priority] += stretch.pages;
        if (stretch.list < 6 && stretch.list != 2) *by_list[stretch.list] += stretch.pages;
    }
    lists.zero += machine_pages() - std::min(known, machine_pages());
    lists.modified_page_file = lists.modified / 2;
    lists.repurposed = {5, 4, 3, 2, 1, 6, 7, 8};
}

void lay(const Stretch& stretch) noexcept {
    const auto all = laid.all();
    const auto start = all.empty() ? 0 : all.back().start + all.back().stretch.pages;
    if (stretch.pages > 0) laid.push({stretch, start});
}

// A machine of 64 MiB with a page of every kind, and a hole where firmware lives.
void reset() noexcept {
    const Locked locked(lock);
    laid.clear();
    ranges.clear();
    sources.clear();
    ranges.push({1, 0x9E});
    ranges.push({0x100, 0x4000 - 0x9E});
    sources.push({.pid = 4, .name = "System", .private_pages = 40, .private_working_set = 40});
    sources.push({.pid = 400,
                  .name = "game.exe",
                  .session = 1,
                  .foreground = 1,
                  .private_pages = 4000,
                  .private_working_set = 3000,
                  .stored = 900});
    constexpr std::uint64_t file = 0xFFFFC00012345670;
    for (std::uint32_t use = 0; use < 15; ++use) {
        const auto of_file = use == 1 || use == 8;
        lay({.pages = 100 + use,
             .use = use,
             .list = 6,
             .flags = use == 11 ? Stretch::pinned : 0,
             .owner = 400,
             .detail = of_file ? file + use * 0x100 : 0});
    }
    lay({.pages = 50, .use = 1, .list = 6, .flags = Stretch::flagged, .detail = file});
    for (std::uint32_t priority = 0; priority < 8; ++priority) {
        lay({.pages = 200 + priority, .use = 1, .list = 2, .priority = priority, .detail = file});
    }
    lay({.pages = 70, .use = 0, .list = 3, .owner = 400});
    lay({.pages = 7, .use = 2, .list = 6, .flags = Stretch::flagged, .detail = 0xFFFFC00000001000});
    lay({.pages = 12, .use = 1, .list = 4, .detail = file});
    lay({.pages = 3, .use = 0, .list = 5});
    lay({.pages = 2, .flags = Stretch::no_record});
    lay({.pages = 300, .use = 0, .list = 1});
    owners_by_key = restricted = old_ranges = false;
    pool = everything;
    installed = (machine_pages() + 0x62) * 4;
    count();
}

// ---- Class 79 ----------------------------------------------------------------------------------

struct Question {  // SUPERFETCH_INFORMATION
    ULONG version, magic, kind;
    std::byte* buffer;
    ULONG length;
};
static_assert(sizeof(Question) == 32);

constexpr std::size_t identity_size = 24;  // MMPFN_IDENTITY
constexpr std::size_t request_head = 192;  // PF_PFN_PRIO_REQUEST before its entries
constexpr std::size_t spare_entries = 8;

// Where a page is among all of the machine; `everything` where it is in no range. `behind` is the
// first page that is not in its range any more.
std::uint64_t place_of(std::uint64_t page, std::uint64_t& behind) noexcept {
    std::uint64_t before = 0;
    behind = 0;
    for (const auto& range : ranges.all()) {
        if (page >= range.first && page - range.first < range.count) {
            behind = range.first + range.count;
            return before + page - range.first;
        }
        before += range.count;
    }
    return everything;
}

const Laid* stretch_at(std::uint64_t place) noexcept {
    const auto all = laid.all();
    const auto behind = std::ranges::upper_bound(all, place, {}, &Laid::start);
    if (behind == all.begin()) return nullptr;
    const auto& found = *std::prev(behind);
    return place - found.start < found.stretch.pages ? &found : nullptr;
}

struct Identity {
    std::uint64_t word, page, detail;
};
static_assert(sizeof(Identity) == identity_size);

// What nothing was laid at is a page of zeros.
Identity identity_of(const Laid* found, std::uint64_t page, std::uint64_t place) noexcept {
    if (!found) return {0, page, 0};
    const auto& stretch = found->stretch;
    const auto of_file = stretch.use == 1 || stretch.use == 8;
    const auto owned = stretch.use == 0 || stretch.use == 3 || stretch.use == 9 ||
                       stretch.use == 13 || stretch.use == 14;
    const auto lost = stretch.list < 2 || stretch.list == 5;
    std::uint64_t word =
        stretch.use | std::uint64_t{stretch.list} << 4 | std::uint64_t{stretch.priority} << 57;
    if ((stretch.flags & Stretch::pinned) != 0) word |= 0x100;
    auto detail = addresses_shown() ? stretch.detail : 0;
    if (of_file) word |= (stretch.offset + (place - found->start) * 4096) & 0x01FFFFFFFFFFFE00;
    if (owned && !lost) {
        const auto key = owners_by_key ? (addresses_shown() ? key_of(stretch.owner) : 0)
                                       : std::uint64_t{stretch.owner};
        word |= (key & 0xFFFFFFFFFFFF) << 9;
    }
    if ((stretch.flags & Stretch::flagged) != 0) detail |= 1;
    return {word, page, detail};
}

Status tell_pages(const Question& asked, ULONG* returned) {
    constexpr ULONG least = 216;
    constexpr ULONG with_lists = 1;
    struct {
        ULONG version, flags;
        std::uint64_t count;
    } head{};
    if (asked.length < least) return status_invalid_buffer_size;
    if (!asked.buffer) return status_access_violation;
    std::memcpy(&head, asked.buffer, sizeof head);
    const auto highest =
        ranges.all().empty() ? 0 : ranges.all().back().first + ranges.all().back().count - 1;
    if (head.version != 1 || (head.flags & ~with_lists) != 0 || head.count == 0 ||
        head.count > highest + 1 || identity_size * (head.count + spare_entries) > asked.length) {
        return status_invalid_parameter;
    }
    *returned = static_cast<ULONG>(identity_size * (head.count + spare_entries));
    if (*returned > pool) return status_insufficient_resources;
    if (head.flags == with_lists) std::memcpy(asked.buffer + 16, &lists, sizeof lists);
    auto* const entries = asked.buffer + request_head;
    const Laid* found = nullptr;
    std::uint64_t expected = 0;
    std::uint64_t behind = 0;
    std::uint64_t place = 0;
    for (std::uint64_t i = 0; i < head.count; ++i) {
        Identity entry{};
        std::memcpy(&entry, entries + i * identity_size, sizeof entry);
        place = entry.page == expected && entry.page < behind ? place + 1
                                                              : place_of(entry.page, behind);
        expected = entry.page + 1;
        if (!found || place - found->start >= found->stretch.pages) found = stretch_at(place);
        if (place == everything || (found && (found->stretch.flags & Stretch::no_record) != 0)) {
            entry.detail |= 2;
            std::memcpy(entries + i * identity_size, &entry, sizeof entry);
            return status_invalid_parameter_2;
        }
        entry = identity_of(found, entry.page, place);
        std::memcpy(entries + i * identity_size, &entry, sizeof entry);
    }
    return status_success;
}

struct SourceEntry {  // PF_PRIVSOURCE_INFO
    ULONG kind, id;
    std::uint64_t hashes[2], key, private_working_set, private_pages;
    ULONG session;
    char name[16];
    ULONG padding;
    std::uint64_t stored, working_set;
    ULONG frozen_for, flags;
};
static_assert(sizeof(SourceEntry) == 96 && offsetof(SourceEntry, stored) == 72);

Status tell_sources(const Question& asked, ULONG* returned) {
    constexpr ULONG head = 16;
    constexpr ULONG with_swapped = 1;
    constexpr ULONG with_stored = 2;
    struct {
        ULONG version, flags, count, padding;
    } request{};
    const auto all = sources.all();
    *returned = head + static_cast<ULONG>(all.size() * sizeof(SourceEntry));
    if (asked.length < head) return status_buffer_too_small;
    if (!asked.buffer) return status_access_violation;
    std::memcpy(&request, asked.buffer, sizeof request);
    const auto both = with_swapped | with_stored;
    if (request.version != 8 || (request.flags & both) == both || request.flags > 7) {
        return status_invalid_parameter;
    }
    if (asked.length < *returned) return status_buffer_too_small;
    request.count = static_cast<ULONG>(all.size());
    std::memcpy(asked.buffer, &request, sizeof request);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& source = all[i];
        SourceEntry entry{};
        entry.kind = source.kind;
        entry.id = source.pid;
        entry.key = owners_by_key ? (addresses_shown() ? key_of(source.pid) : 0) : source.pid;
        entry.private_working_set = source.private_working_set;
        entry.private_pages = source.private_pages;
        entry.session = source.session;
        std::memcpy(entry.name, source.name, sizeof entry.name);
        entry.stored = request.flags == with_stored ? source.stored : 0;
        entry.working_set = source.private_working_set * 2;
        entry.flags = source.foreground != 0 ? 4 : 0;
        std::memcpy(asked.buffer + head + i * sizeof entry, &entry, sizeof entry);
    }
    return status_success;
}

// PF_MEMORY_LIST_INFO of one node. The code for a short buffer is assumed.
Status tell_coarse_lists(const Question& asked, ULONG* returned) {
    struct {
        ULONG version, size, count, padding;
        std::uint64_t node, low, medium, high, free, modified;
    } answer{};
    static_assert(sizeof answer == 64);
    *returned = sizeof answer;
    if (asked.length < sizeof answer) return status_buffer_too_small;
    if (!asked.buffer) return status_access_violation;
    std::memcpy(&answer.version, asked.buffer, sizeof answer.version);
    if (answer.version != 1) return status_invalid_parameter;
    answer.size = sizeof answer;
    answer.count = 1;
    const auto& standby = lists.standby;
    answer.low = standby[0] + standby[1] + standby[2];
    answer.medium = standby[3] + standby[4] + standby[5];
    answer.high = standby[6] + standby[7];
    answer.free = lists.zero + lists.free;
    answer.modified = lists.modified;
    std::memcpy(asked.buffer, &answer, sizeof answer);
    return status_success;
}

// PF_MEMORY_RANGE_INFO, of which a kernel knows one version alone.
Status tell_ranges(const Question& asked, ULONG* returned) {
    constexpr ULONG legal_flags = 1;
    const ULONG head = old_ranges ? 8 : 16;
    const ULONG count_at = old_ranges ? 4 : 8;
    const auto all = ranges.all();
    std::array<ULONG, 2> start{};
    if (asked.length < head) {
        *returned = head + static_cast<ULONG>(all.size_bytes());
        return status_buffer_too_small;
    }
    if (!asked.buffer) return status_access_violation;
    std::memcpy(start.data(), asked.buffer, sizeof start);
    if (start[0] != (old_ranges ? 1 : 2)) return status_invalid_parameter;
    if (!old_ranges && (start[1] & ~legal_flags) != 0) return status_invalid_parameter;
    *returned = head + static_cast<ULONG>(all.size_bytes());
    if (asked.length < *returned) return status_buffer_too_small;
    const auto count = static_cast<ULONG>(all.size());
    std::memcpy(asked.buffer + count_at, &count, sizeof count);  // 32 bits of 64
    std::memcpy(asked.buffer + head, all.data(), all.size_bytes());
    return status_success;
}

Status query(void* buffer, ULONG length, ULONG* returned) {
    constexpr ULONG version = 45;
    constexpr ULONG magic = 0x6B756843;
    constexpr ULONG for_everybody = 1U << 8 | 1U << 16 | 1U << 28;
    Question asked{};
    *returned = sizeof asked;
    if (length != sizeof asked) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    std::memcpy(&asked, buffer, sizeof asked);
    if (asked.version != version || asked.magic != magic) return status_invalid_parameter;
    if (asked.kind != 6 && asked.kind != 8 && asked.kind != 16 && asked.kind != 17) {
        return status_invalid_info_class;
    }
    if ((for_everybody >> asked.kind & 1) == 0 && !privilege_enabled(profile_single_process)) {
        return status_access_denied;
    }
    const Locked locked(lock);
    switch (asked.kind) {
        case 6:
            return tell_pages(asked, returned);
        case 8:
            return tell_sources(asked, returned);
        case 16:
            return tell_coarse_lists(asked, returned);
        default:
            return tell_ranges(asked, returned);
    }
}

BOOL WINAPI installed_memory(std::uint64_t* kibibytes) {
    if (!kibibytes) return refuse(ERROR_INVALID_PARAMETER);
    const Locked locked(lock);
    *kibibytes = installed;
    return TRUE;
}

const Service services[] = {
    {"kernel32.dll", "GetPhysicallyInstalledSystemMemory", &installed_memory},
};
const SystemClass classes[] = {{79, &query, nullptr, false}};
const Model model{"physical", &reset, services, classes, "physical_files"};

}  // namespace

void purge(std::uint64_t key, bool mapped) noexcept {
    const Locked locked(lock);
    for (auto& each : laid.all()) {
        auto& stretch = each.stretch;
        const auto of_file = stretch.use == 1 && (stretch.detail & ~7ULL) == key;
        if (!of_file || (mapped && stretch.list == 6)) continue;
        stretch = {.pages = stretch.pages, .list = 1};
    }
    count();
}

}  // namespace ntlab

extern "C" {

using namespace ntlab;

// Forgets all pages, and has memory in these ranges alone, all of it zero.
__declspec(dllexport) void physical_ranges(const std::uint64_t* pairs, std::uint32_t count_) {
    const Locked locked(lock);
    laid.clear();
    ranges.clear();
    for (std::uint32_t i = 0; i < count_; ++i) ranges.push({pairs[2 * i], pairs[2 * i + 1]});
    installed = machine_pages() * 4;
    count();
}

__declspec(dllexport) void physical_lay(const Stretch* stretches, std::uint32_t count_) {
    const Locked locked(lock);
    for (std::uint32_t i = 0; i < count_; ++i) lay(stretches[i]);
    count();
}

__declspec(dllexport) void physical_sources(const Source* all, std::uint32_t count_) {
    const Locked locked(lock);
    sources.clear();
    for (std::uint32_t i = 0; i < count_; ++i) sources.push(all[i]);
}

__declspec(dllexport) void physical_kernel(int by_key, int hides, int old) {
    const Locked locked(lock);
    owners_by_key = by_key != 0;
    restricted = hides != 0;
    old_ranges = old != 0;
}

__declspec(dllexport) void physical_free_meanwhile(std::uint64_t pages) {
    const Locked locked(lock);
    lists.free += pages;
}

__declspec(dllexport) void physical_pool(std::uint64_t bytes) {
    const Locked locked(lock);
    pool = bytes;
}

__declspec(dllexport) void physical_installed(std::uint64_t kibibytes) {
    const Locked locked(lock);
    installed = kibibytes;
}

}  // extern "C"
