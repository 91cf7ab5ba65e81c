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
    explicit Pool(std::size_t item_size) noexcept : item_size_(item_size) {}

    std::shared_ptr<Heap> heap();  // made if there is none; throws Closed
    void close();

    [[nodiscard]] std::size_t item_size() const noexcept { return item_size_; }
    [[nodiscard]] std::size_t items();
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    const std::size_t item_size_;
    SlimLock lock_;
    std::weak_ptr<Heap> heap_;
    std::atomic<bool> closed_ = false;
};

}  // namespace ntpages
