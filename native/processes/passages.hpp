// processes/passages: the memory of a process piece by piece, for who searches it in words of its
// own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/processes/frontier.hpp"
#include "native/processes/process.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// Lends what it has read, and what lies before it: pages that can't be read become holes, guard
// pages are never touched, and in one's own process what it works with is left out.
//
// Calls may come from any thread; each waits for the one before, and none goes on while a view of
// what was read lives.
class Passages : public Exposed {
public:
    // Looks at [start, end), only at pages that can be written if `writable`. No match is longer
    // than `longest`: so much is seen before and behind it, as far as there is so much.
    Passages(Process& process, std::uint64_t start, std::uint64_t end, bool writable,
             std::size_t longest);

    // Reads the next one. False where there is none.
    bool advance();

    // Where the starts that are new begin, how many they are, and the bytes lent before them.
    [[nodiscard]] std::uint64_t address() const;
    [[nodiscard]] std::size_t starts() const;
    [[nodiscard]] std::size_t before() const;
    [[nodiscard]] std::uint64_t scanned() const;
    [[nodiscard]] Table holes() const;

    Lent lend(bool writable);
    void give_back() noexcept { lease_.drop_view(); }

private:
    void read(const Share& share);
    void add_hole(std::uint64_t address, std::uint64_t size, HoleReason reason);
    [[nodiscard]] std::byte* first() const noexcept {
        return static_cast<std::byte*>(memory_.get()) + longest_;
    }

    mutable Lease lease_{"passages"};
    Process& process_;
    const std::size_t longest_;
    Pages memory_;  // what is before, and the share
    Frontier frontier_;
    std::optional<Share> rest_;  // of a share that could not be read at once
    std::uint64_t address_ = 0;
    std::size_t before_ = 0;
    std::size_t filled_ = 0;
    std::size_t starts_ = 0;
    std::uint64_t scanned_ = 0;
    std::vector<Share> holes_;
};

}  // namespace ntpages
