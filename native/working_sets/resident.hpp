// working_sets/resident: how much is in a working set, and of which kind, range by range.
#pragma once

#include <windows.h>

#include <psapi.h>

#include <cstdint>
#include <span>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

struct Resident : Exposed {  // bytes
    std::uint64_t total = 0;
    std::uint64_t private_ = 0;
    std::uint64_t shareable = 0;
    std::uint64_t shared = 0;  // of the shareable ones: with others, right now
    std::uint64_t uss = 0;     // what is not
    std::uint64_t locked = 0;
    std::uint64_t large = 0;

    void add(std::span<const PSAPI_WORKING_SET_EX_INFORMATION> pages) noexcept;
};

// Asks for the pages of many ranges with as few calls as can be: small ones share a call, and
// nothing is kept of a page.
class ResidentCounter {
public:
    explicit ResidentCounter(HANDLE process);

    // Adds what is resident of [address, address + size) to `counts`: by finish() at the latest.
    void add(std::uint64_t address, std::uint64_t size, Resident& counts);
    void finish();

    // What looking takes, and is not in the picture.
    [[nodiscard]] const void* memory() const noexcept { return memory_.get(); }

private:
    using Query = PSAPI_WORKING_SET_EX_INFORMATION;
    struct Piece {
        std::size_t end;  // in the batch; it starts where the one before ends
        Resident* counts;
    };

    HANDLE process_;
    Pages memory_;
    std::span<Query> batch_;
    std::size_t asked_ = 0;
    std::vector<Piece> pieces_;
};

// All that a process has in its working set.
Resident count_resident(DWORD pid);

}  // namespace ntpages
