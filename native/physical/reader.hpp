// physical/reader: the pages of the machine, batch by batch.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "native/handle.hpp"
#include "native/physical/identities.hpp"
#include "native/physical/nt.hpp"
#include "native/physical/ranges.hpp"

namespace ntpages {

// Asks for so many pages at once: the kernel copies each request into non-paged pool, so never for
// all. The pages go on changing meanwhile.
class PageReader {
public:
    explicit PageReader(std::vector<PageRange> ranges);

    // The next ones in the order of addresses, until the next call; none at the end. Pages that the
    // kernel has no record of, as of memory that was removed, are stepped over and counted.
    std::span<const PageIdentity> next();

    // Hands batches over until so much time has passed. False when there is nothing left.
    template <typename Take>
    bool read(std::uint32_t milliseconds, Take take) {
        for (const auto end = GetTickCount64() + milliseconds;;) {
            const auto pages = next();
            if (pages.empty()) return false;
            take(pages);
            if (GetTickCount64() >= end) return true;
        }
    }

    [[nodiscard]] std::uint64_t total() const noexcept { return pages_in(ranges_); }
    [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
    [[nodiscard]] std::uint64_t unidentified() const noexcept { return unidentified_; }
    // What the kernel said of its page lists with the last batch.
    [[nodiscard]] const nt::SystemMemoryListInformation& lists() const noexcept { return lists_; }

private:
    std::span<PageIdentity> ask(std::size_t count, Status& status);
    void check_answered(std::span<const PageIdentity> entries) const;
    void advance(std::size_t pages) noexcept;
    [[nodiscard]] const nt::PfnRequest& request() const noexcept {
        return *static_cast<const nt::PfnRequest*>(buffer_.get());
    }

    std::vector<PageRange> ranges_;
    std::size_t range_ = 0;     // where the reader is: in which range,
    std::uint64_t offset_ = 0;  // and how many pages into it
    std::size_t batch_;
    std::size_t largest_;  // that there was pool for
    std::uint64_t done_ = 0;
    std::uint64_t unidentified_ = 0;
    nt::SystemMemoryListInformation lists_{};
    Pages buffer_;
};

}  // namespace ntpages
