// processes/bench: where one thread of a look works, and what it can't read.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/handle.hpp"
#include "native/processes/frontier.hpp"
#include "native/processes/kept.hpp"
#include "native/processes/process.hpp"

namespace ntpages {

// A range that could not be read.
struct Hole {
    std::uint64_t address;
    std::uint64_t size;
    HoleReason reason;
};

// Which value of a part is left, and of which form it is now: the look knows what that means.
struct Hit {
    std::uint32_t which;
    std::uint32_t form;
};

// What there is to do for one thread: a share, or a part that was left.
struct Work {
    std::optional<Share> share;
    const Kept* part = nullptr;
};

class Bench {
public:
    static constexpr std::size_t chunk = 512 * 1024;   // looked at while the processor caches it
    static constexpr std::size_t longest = 64 * 1024;  // bytes of a value

    explicit Bench(Process& process) : process_(&process) {}

    // Takes the memory it needs. False where Windows has none; with `needed`, throws Error instead.
    bool prepare(bool needed);
    // What Windows said of pages is of the last look, and so is the work.
    void forget() noexcept;
    // Nothing of this was read.
    void begin(const Work& next_work) noexcept;

    // Read to where it belongs what can be read; the rest are holes. A share, of which only what
    // values begin in counts:
    void read(const Share& share);
    // [from, to) of a part:
    void read(const Kept& part, std::uint64_t from, std::uint64_t to);
    // So many bytes each of some values of a part, and no page that none of them lies in:
    void read_at(const Kept& part, std::span<const std::uint32_t> which, std::size_t size);

    // How many bytes from an address on were read, of so many that were asked for.
    [[nodiscard]] std::size_t readable(std::uint64_t address, std::size_t size) const noexcept;

    [[nodiscard]] const void* memory() const noexcept { return memory_.get(); }

    std::byte* now = nullptr;
    std::byte* before = nullptr;
    std::span<std::uint64_t> bits;  // of what is left
    std::span<std::uint64_t> left;  // of what was
    std::vector<Hole> holes;        // in what it looks at, ascending
    std::uint64_t bytes = 0;        // that were read of it
    std::vector<Hit> hits;          // in what was looked at
    std::size_t next = 0;           // what comes then
    std::optional<Work> work;       // that was begun and not ended
    bool taken = false;

private:
    // What Windows says of all bytes of a range: whether they can be read.
    struct Known {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        std::optional<HoleReason> reason;
    };
    [[nodiscard]] Known ask(std::uint64_t address) const;

    Process* process_;
    Pages memory_;
    Known known_{};
};

}  // namespace ntpages
