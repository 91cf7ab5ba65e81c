// physical/pages: the pages of the machine as a table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/physical/identities.hpp"
#include "native/physical/reader.hpp"
#include "native/table/table.hpp"

namespace ntpages {

inline constexpr std::array physical_page_fields{
    Field{"address", Kind::u64},
    Field{"list", Kind::u8, page_list_labels},
    Field{"use", Kind::u8, page_use_labels},
    Field{"priority", Kind::u8},
    Field{"pinned", Kind::boolean},
    Field{"combined", Kind::boolean},
    Field{"image", Kind::boolean},
    Field{"owner", Kind::u64},
    Field{"offset", Kind::u64},
};

// Which pages: those in [start, end), and where they are asked for, those of some owners, or of a
// file.
struct PageChoice {
    std::uint64_t start, end;  // physical addresses
    std::vector<std::uint64_t> owners;
    std::optional<std::uint64_t> file;

    [[nodiscard]] bool is_all() const noexcept { return owners.empty() && !file; }
    [[nodiscard]] bool has(const PageIdentity& page) const noexcept;
};

class PageListing : public Exposed {
public:
    explicit PageListing(PageChoice choice);

    // Goes on for so long. False when all have been looked at.
    bool advance(std::uint32_t milliseconds);
    [[nodiscard]] std::uint64_t total() const noexcept;  // bytes
    [[nodiscard]] std::uint64_t done() const noexcept;
    // What was found, once; there is no going on behind it.
    Table finish();

private:
    bool list_all(std::uint32_t milliseconds);
    bool list_chosen(std::uint32_t milliseconds);

    mutable SlimLock turn_;  // held by whoever looks, and by whoever asks
    PageChoice choice_;
    PageReader reader_;
    std::optional<Rows<physical_page_fields>> rows_;
    std::array<PageBatch, 2> batches_;  // one for each thread
    std::vector<PageIdentity> chosen_;  // of the pages at hand, where not all are
};

}  // namespace ntpages
