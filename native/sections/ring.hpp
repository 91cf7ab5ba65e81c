// sections/ring: bytes on their way from one thread or process to another, in memory that goes on
// behind its end where it begins.
#pragma once

#include <windows.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/sections/section.hpp"
#include "native/sections/view.hpp"

namespace ntpages {

// What the ends share lies before the bytes. Each writes a line of the processor's cache of its
// own. Whoever shares the memory may write anything here: nothing of it is trusted.
struct RingHeader;

// One end pushes, one pulls; each may be any thread of any process. Positions count all bytes that
// ever went through.
class Ring : public Exposed {
public:
    static constexpr std::size_t granularity = 64 * 1024;  // of sizes, and of what is before

    // A request for the whole section, the bytes before included.
    explicit Ring(const SectionRequest& request);
    // One that somebody made.
    explicit Ring(const std::string& name);
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::byte* base() const noexcept { return bytes_; }
    [[nodiscard]] std::optional<std::string> name() const { return section_.name(); }
    [[nodiscard]] std::string security() const { return section_.security(); }
    std::size_t filled() const;

    // All of it, or, where there is no room, nothing.
    bool push(std::span<const std::byte> bytes);
    // Calls take(bytes) with so many that came first, and forgets them. Where there are fewer, it
    // answers false; with a size of 0 it takes all.
    template <typename Take>
    bool pull(std::size_t size, Take take) {
        const Lease::Use use(lease_);
        const auto found = first(size);
        if (found.size() < std::max<std::size_t>(size, 1)) return false;
        take(found);
        forget(found.size());
        return true;
    }

    // As much as is in, and has room in these; answers how many bytes.
    std::size_t pull_into(std::span<std::byte> bytes);

    // The halves of push and pull, for those who write and read in place.
    Lent lend_room(std::size_t size);
    Lent lend_filled(std::size_t size);  // 0 for all
    void give_back() noexcept { lease_.drop_view(); }
    void publish(std::size_t size);
    void consume(std::size_t size);

private:
    void map();
    [[nodiscard]] std::byte* at(std::uint64_t position) const noexcept {
        return bytes_ + (mask_ != 0 ? position & mask_ : position % size_);
    }
    struct Positions {
        std::uint64_t head;
        std::uint64_t tail;
    };
    [[nodiscard]] Positions positions() const;
    [[nodiscard]] std::span<const std::byte> first(std::size_t size) const;
    void forget(std::size_t size) noexcept;

    mutable Lease lease_{"Ring"};
    Section section_;
    Mapped once_;   // what is before, and the bytes
    Mapped again_;  // the bytes
    RingHeader* header_ = nullptr;
    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::size_t mask_ = 0;  // where the size is a power of two: faster than to divide by it
};

}  // namespace ntpages
