// sections/view: a section, or some of it, at addresses of this process.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/lock.hpp"
#include "native/owed.hpp"
#include "native/ranges.hpp"
#include "native/regions/placeholder.hpp"
#include "native/regions/request.hpp"
#include "native/sections/section.hpp"
#include "native/table/table.hpp"

namespace ntpages {

using Mapped = std::unique_ptr<void, Closer<&UnmapViewOfFile>>;

// What of a section is mapped, and how.
struct ViewRequest {
    std::uint64_t offset = 0;
    std::size_t size = 0;  // bytes, never 0
    DWORD protection = PAGE_READWRITE;
    std::uintptr_t at = 0;
    DWORD node = NUMA_NO_PREFERRED_NODE;
    bool large_pages = false;
};

// Calls may come from any thread. It needs the section no more once it is made: what it shows lives
// as long as it is shown.
class View : public Exposed {
public:
    View(const Section& section, const ViewRequest& wish);
    // In the place of a placeholder, of its size.
    View(const Section& section, const ViewRequest& wish, Placeholder& place);
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    // Closes it, but keeps its place in the address space as a placeholder.
    Allocation vacate();

    [[nodiscard]] std::byte* base() const noexcept { return base_; }
    [[nodiscard]] std::size_t size() const noexcept { return wish_.size; }
    [[nodiscard]] std::uint64_t offset() const noexcept { return wish_.offset; }
    [[nodiscard]] DWORD protection() const noexcept { return wish_.protection; }
    [[nodiscard]] std::size_t page() const noexcept { return page_; }

    std::size_t committed() const;
    Table spans(Range bytes) const;
    Range commit(Range bytes);
    ProtectedRange protect(Range bytes, DWORD protection);
    // Answers when the bytes have reached the file, where there is one.
    void flush(Range bytes) const;

    Lent lend(Range bytes);
    Lent lend(bool) { return lend(Range{0, wish_.size}); }
    void give_back() noexcept { lease_.drop_view(); }

private:
    void take(void* mapped);
    [[nodiscard]] Range pages(Range bytes) const;

    mutable Lease lease_{"View"};
    ViewRequest wish_;
    std::shared_ptr<void> file_;
    Mapped memory_;
    std::byte* base_ = nullptr;
    std::size_t page_ = page_size;
    mutable SlimLock layout_;  // one change of pages at a time
};

// What MapViewOfFile wants to know of a protection.
DWORD mapping_access(DWORD protection) noexcept;

}  // namespace ntpages
