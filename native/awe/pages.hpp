// awe/pages: sets of pages of RAM.
#pragma once

#include <windows.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "native/handle.hpp"
#include "native/lock.hpp"

namespace ntpages {

class Window;

// Which page is shown where concerns all sets and windows at once, as it does in the kernel: one
// lock for everything here. Closing a set reaches into windows, so that a lease of each would end
// in a deadlock. Nobody who holds it waits for the GIL.
inline constinit SlimLock mapping;

// A set of pages of RAM. It is given back when nobody can reach its pages any more: not through
// the Python object, and not through a window either.
class PhysicalPages : public Exposed, public std::enable_shared_from_this<PhysicalPages> {
public:
    PhysicalPages(std::size_t count, std::optional<ULONG> node);
    ~PhysicalPages();
    PhysicalPages(const PhysicalPages&) = delete;
    PhysicalPages& operator=(const PhysicalPages&) = delete;

    void close();
    [[nodiscard]] bool closed() const {
        const std::scoped_lock locked(mapping);
        return closed_;
    }
    [[nodiscard]] std::size_t obtained() const noexcept { return frames_.size(); }
    [[nodiscard]] std::size_t mapped() const {
        const std::scoped_lock locked(mapping);
        return mapped_;
    }

private:
    friend class Window;
    struct Place {
        Window* window;  // nullptr: shown nowhere
        std::size_t slot;
    };

    void check_unmapped(std::size_t page) const;
    // Windows says how many it took, also where it refuses the rest: those may be anyone's now.
    bool give_frames_back() noexcept;

    std::vector<ULONG_PTR> frames_;  // page frame numbers, Windows' own names for the pages
    std::vector<Place> places_;      // where each is shown
    std::size_t given_back_ = 0;     // of the frames, from the first on
    std::size_t mapped_ = 0;
    std::shared_ptr<PhysicalPages> kept_;  // itself, while a window shows some of it
    bool closed_ = false;
};

}  // namespace ntpages
