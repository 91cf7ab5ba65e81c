// heaps/block: what heaps give out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "native/heaps/gate.hpp"
#include "native/heaps/heap.hpp"
#include "native/lease.hpp"

namespace ntpages {

// One allocation. It keeps its heap, and gives the memory back when it is freed or forgotten.
class Block {
public:
    Block(std::shared_ptr<Heap> heap, void* address, std::size_t size) noexcept
        : heap_(std::move(heap)), address_(address), size_(size), origin_(heap_->origin()) {}
    ~Block();
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    void free();  // throws Closed if done before, InUse while a view lives

    [[nodiscard]] bool live() noexcept;
    [[nodiscard]] std::uintptr_t address();
    [[nodiscard]] std::size_t size();

    Lent lend(bool writable);
    void give_back() noexcept;

    [[nodiscard]] Origin origin() const noexcept { return origin_; }

private:
    friend class Heap;

    std::shared_ptr<Heap> heap_;  // until freed: the last block of a pool takes the heap with it
    void* address_;
    std::size_t size_;
    const Origin origin_;
    Gate gate_{"Block"};
};

}  // namespace ntpages
