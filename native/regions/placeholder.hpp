// regions/placeholder: reserved address space that can be split, merged, and replaced in place.
#pragma once

#include <atomic>
#include <cstddef>

#include "native/lease.hpp"
#include "native/regions/region.hpp"

namespace ntpages {

class Placeholder : public Exposed {
public:
    // Of addresses reserved as one.
    explicit Placeholder(Allocation allocation);
    // The place of a region, whose memory goes.
    explicit Placeholder(Region& region) : memory_(region.vacate()), size_(region.size()) {}
    // What begins at `offset` of another one, which keeps what is before.
    Placeholder(Placeholder& whole, std::size_t offset);
    Placeholder(const Placeholder&) = delete;
    Placeholder& operator=(const Placeholder&) = delete;

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    [[nodiscard]] void* base() const noexcept { return base_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    // Takes in the one that begins where this one ends.
    void merge(Placeholder& next);
    // Puts memory in its place. The request's size and address are the placeholder's own.
    Allocation replace(Request request);
    // Calls put(address, size), after which something else is there, and closes.
    template <typename Put>
    void give_up(Put put) {
        Lease::Alone alone(lease_);
        put(base_, size_);
        static_cast<void>(memory_.release());
        alone.close();
    }

private:
    Lease lease_{"Placeholder"};
    Pages memory_;
    void* base_ = memory_.get();
    std::atomic<std::size_t> size_{0};
};

}  // namespace ntpages
