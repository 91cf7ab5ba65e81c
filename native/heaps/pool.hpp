// heaps/pool: items of one size, from a heap of their own.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "native/handle.hpp"
#include "native/heaps/heap.hpp"
#include "native/lock.hpp"

namespace ntpages {

// A heap for items of one size, which is there only while there are items.
class Pool : public Exposed {
public:
    // The sizes are those of Heap::create, for each heap that it makes.
    Pool(std::size_t item_size, std::size_t initial, std::size_t maximum) noexcept
        : item_size_(item_size), initial_(initial), maximum_(maximum) {}

    std::shared_ptr<Heap> heap();  // made if there is none; throws Closed
    void close();

    [[nodiscard]] std::size_t item_size() const noexcept { return item_size_; }
    [[nodiscard]] std::size_t initial() const noexcept { return initial_; }
    [[nodiscard]] std::size_t maximum() const noexcept { return maximum_; }
    [[nodiscard]] std::size_t items();
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    const std::size_t item_size_;
    const std::size_t initial_;
    const std::size_t maximum_;
    SlimLock lock_;
    std::weak_ptr<Heap> heap_;
    std::atomic<bool> closed_ = false;
};

}  // namespace ntpages
