// sparse/growable: a buffer that grows in place: much is reserved, and committed ahead of the end.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/lock.hpp"

namespace ntpages {

// Memory past the end is either not committed or zero, so growing needs no clearing.
class GrowableBuffer : public Exposed {
public:
    explicit GrowableBuffer(std::size_t maximum);
    GrowableBuffer(const GrowableBuffer&) = delete;
    GrowableBuffer& operator=(const GrowableBuffer&) = delete;

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }

    Lent lend(bool);
    void give_back() noexcept { lease_.drop_view(); }

    [[nodiscard]] std::size_t maximum() const noexcept { return maximum_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t committed() const noexcept { return committed_; }
    [[nodiscard]] std::uintptr_t address();

    // Both answer where the new bytes begin.
    std::size_t append(std::span<const std::byte> bytes);
    std::size_t extend(std::size_t bytes);
    void truncate(std::size_t size);

private:
    [[nodiscard]] std::byte* data() const noexcept {
        return static_cast<std::byte*>(memory_.get());
    }
    void make_room(std::size_t bytes);

    Lease lease_{"GrowableBuffer"};
    SlimLock growing_;
    const std::size_t maximum_;
    Pages memory_;
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> committed_{0};
};

}  // namespace ntpages
