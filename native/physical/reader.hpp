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

// Where a batch of pages is asked for and answered.
class PageBatch {
public:
    PageBatch();

private:
    friend class PageReader;
    [[nodiscard]] nt::PfnRequest* request() const noexcept {
        return static_cast<nt::PfnRequest*>(buffer_.get());
    }
    Pages buffer_;
};

// Asks for so many pages at once: the kernel copies each request into non-paged pool, so never for
// all. The pages go on changing meanwhile.
class PageReader {
public:
    explicit PageReader(std::vector<PageRange> ranges);

    // The next ones in the order of addresses, in this batch until it is used again; none at the
    // end. Pages that the kernel has no record of, as of memory that was removed, are stepped over
    // and counted.
    std::span<const PageIdentity> next(const PageBatch& batch);

    // Hands batches over until so much time has passed. False when there is nothing left.
    template <typename Take>
    bool read(const PageBatch& batch, std::uint32_t milliseconds, Take take) {
        for (const auto end = GetTickCount64() + milliseconds;;) {
            const auto pages = next(batch);
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
    std::span<PageIdentity> ask(const PageBatch& batch, std::size_t count, Status& status) const;
    void advance(std::size_t pages) noexcept;

    std::vector<PageRange> ranges_;
    std::size_t range_ = 0;     // where the reader is: in which range,
    std::uint64_t offset_ = 0;  // and how many pages into it
    std::size_t count_;         // of a batch
    std::size_t largest_;       // that there was pool for
    std::uint64_t done_ = 0;
    std::uint64_t unidentified_ = 0;
    nt::SystemMemoryListInformation lists_{};
};

}  // namespace ntpages
