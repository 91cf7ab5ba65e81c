// physical/identities: what the kernel says of a page, and the sums of it. Pure: calls nothing,
// trusts nothing, and builds on any system, so that a fuzzer can have it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

namespace ntpages {

enum class PageList : std::uint8_t {
    zero,
    free,
    standby,
    modified,
    modified_no_write,
    bad,
    active,
    transition,
};
inline constexpr std::size_t page_lists = 8;

// The kernel's numbers, and behind them what it has none for.
enum class PageUse : std::uint8_t {
    process_private,
    file,
    shared,
    page_table,
    paged_pool,
    nonpaged_pool,
    system_pte,
    session,
    metafile,
    awe,
    driver_locked,
    kernel_stack,
    process_internal,
    large_page,
    huge_page,
    unknown,
    none,
};
inline constexpr std::size_t page_uses = 17;
// What tables call them.
inline constexpr std::array<const char*, page_lists> page_list_labels{
    "zero", "free", "standby", "modified", "modified no-write", "bad", "active", "transition",
};
inline constexpr std::array<const char*, page_uses> page_use_labels{
    "process private",  "file",       "shared",    "page table", "paged pool",    "nonpaged pool",
    "system PTE",       "session",    "metafile",  "AWE",        "driver locked", "kernel stack",
    "process internal", "large page", "huge page", "unknown",    "none",
};
inline constexpr std::size_t page_priorities = 8;

// Source: phnt, ntmmapi.h, MMPFN_IDENTITY; for what is in which case where, readings of
// ntoskrnl.exe.
struct PageIdentity {
    std::uint64_t word;
    std::uint64_t page;    // its number; the kernel is asked with it
    std::uint64_t detail;  // of a file's page the key of the file; else an address

    [[nodiscard]] constexpr PageList list() const noexcept {
        return static_cast<PageList>(word >> 4 & 7);
    }
    // A page that nobody has comes back as a process': the list it is on counts first.
    [[nodiscard]] constexpr PageUse use() const noexcept {
        return list() < PageList::standby || list() == PageList::bad
                   ? PageUse::none
                   : static_cast<PageUse>(word & 15);
    }
    [[nodiscard]] constexpr bool pinned() const noexcept { return (word >> 8 & 1) != 0; }
    [[nodiscard]] constexpr std::uint8_t priority() const noexcept {
        return list() == PageList::standby ? static_cast<std::uint8_t>(word >> 57 & 7)
                                           : std::uint8_t{0};
    }
    // The id of the process, or the low 48 bits of its key.
    [[nodiscard]] constexpr std::uint64_t owner() const noexcept {
        return word >> 9 & 0xFFFFFFFFFFFF;
    }
    // Where the page is in its file, in bytes.
    [[nodiscard]] constexpr std::uint64_t offset() const noexcept {
        return word & 0x01FFFFFFFFFFFE00;
    }
    [[nodiscard]] constexpr std::uint64_t file() const noexcept {
        return detail & ~std::uint64_t{7};
    }
    // The low bit says of a file's page that it is of a program or a library, and of shared memory
    // that pages of equal content became one.
    [[nodiscard]] constexpr bool flagged() const noexcept { return (detail & 1) != 0; }

    [[nodiscard]] constexpr bool is_owned() const noexcept {
        const auto whose = use();
        return whose == PageUse::process_private || whose == PageUse::page_table ||
               whose == PageUse::awe || whose == PageUse::large_page || whose == PageUse::huge_page;
    }
    [[nodiscard]] constexpr bool is_of_file() const noexcept {
        return use() == PageUse::file || use() == PageUse::metafile;
    }
    [[nodiscard]] constexpr bool is_image() const noexcept {
        return use() == PageUse::file && flagged();
    }
    [[nodiscard]] constexpr bool is_combined() const noexcept {
        return use() == PageUse::shared && flagged();
    }
};
static_assert(sizeof(PageIdentity) == 24);

// How many pages there are of each kind. No memory for a page.
class PageCounts {
public:
    void add(std::span<const PageIdentity> pages) noexcept;

    // Calls `use` with one page of each kind, and how many there are.
    template <typename Use>
    void each(Use use) const {
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            if (counts_[kind] != 0) use(example(kind), counts_[kind]);
        }
    }
    template <typename Choice>
    [[nodiscard]] std::uint64_t count(Choice chosen) const {
        std::uint64_t found = 0;
        each([&](const PageIdentity& page, std::uint64_t pages) {
            if (chosen(page)) found += pages;
        });
        return found;
    }

private:
    // Use, list, pinned, priority and the low bit of the detail, side by side.
    static constexpr std::size_t kinds = std::size_t{1} << 12;
    static std::size_t kind_of(const PageIdentity& page) noexcept {
        return static_cast<std::size_t>((page.word & 0x7F) | (page.word >> 1 & 0x80) |
                                        (page.word >> 49 & 0x700) | (page.detail & 1) << 11);
    }
    static PageIdentity example(std::size_t kind) noexcept {
        const std::uint64_t bits = kind;
        return {(bits & 0x7F) | (bits & 0x80) << 1 | (bits & 0x700) << 49, 0, bits >> 11};
    }

    std::array<std::uint64_t, kinds> counts_{};
};

// The pages of one process, or of one file.
struct OwnerCounts {
    std::array<std::uint64_t, page_lists> by_list{};  // private ones
    std::uint64_t page_tables = 0;
    std::uint64_t large = 0;  // AWE and large pages, which are on no list
};
struct FileCounts {
    std::array<std::uint32_t, page_lists> by_list{};
    std::array<std::uint32_t, page_priorities> standby{};
    std::uint32_t image = 0;
    bool metafile = false;
};

// By owner, and by file: memory for each of these, never for a page.
template <typename Counts>
class CountsByKey {
public:
    Counts& of(std::uint64_t key) {
        if (!last_ || key != last_key_) {  // neighbours are often of one file
            last_ = &counts_[key];
            last_key_ = key;
        }
        return *last_;
    }
    [[nodiscard]] const std::unordered_map<std::uint64_t, Counts>& all() const noexcept {
        return counts_;
    }
    // Whether there are some, and the kernel names none of them.
    [[nodiscard]] bool hidden() const noexcept {
        return counts_.size() == 1 && counts_.begin()->first == 0;
    }

private:
    std::unordered_map<std::uint64_t, Counts> counts_;
    std::uint64_t last_key_ = 0;
    Counts* last_ = nullptr;
};
using OwnersCounts = CountsByKey<OwnerCounts>;
using FilesCounts = CountsByKey<FileCounts>;

void add(OwnersCounts& owners, std::span<const PageIdentity> pages);
void add(FilesCounts& files, std::span<const PageIdentity> pages);

// Which entry the kernel stopped at: it leaves those behind it as they came, zero but for the
// number, and marks the one that has no page. All of them where it marked none.
std::size_t refused_at(std::span<const PageIdentity> entries) noexcept;

}  // namespace ntpages
