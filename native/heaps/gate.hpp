// heaps/gate: who is inside a heap or a block right now.
#pragma once

#include <atomic>

#include "native/error.hpp"

namespace ntpages {

// Nobody waits here, unlike at a Lease: whoever is inside a locked heap may be waiting for the
// very thread that wants to close it, so closing under anyone is refused at once.
class Gate {
public:
    explicit Gate(const char* name) noexcept : name_(name) {}

    // False: it is shut.
    bool try_enter() noexcept {
        auto inside = inside_.load(std::memory_order_relaxed);
        do {
            if (inside < 0) return false;
        } while (!inside_.compare_exchange_weak(inside, inside + 1, std::memory_order_acquire));
        return true;
    }
    void enter() {  // throws Closed
        if (!try_enter()) throw Closed(name_);
    }
    void leave() noexcept { inside_.fetch_sub(1, std::memory_order_release); }

    void shut() {  // throws Closed, or InUse while anyone is inside
        long inside = 0;
        if (inside_.compare_exchange_strong(inside, -1, std::memory_order_acquire)) return;
        if (inside < 0) throw Closed(name_);
        throw InUse(name_);
    }
    void reopen() noexcept { inside_.store(0, std::memory_order_release); }
    [[nodiscard]] bool is_shut() const noexcept { return inside_.load() < 0; }

private:
    std::atomic<long> inside_{0};  // below zero: shut
    const char* name_;
};

class Inside {
public:
    explicit Inside(Gate& gate) : gate_(gate) { gate_.enter(); }
    ~Inside() { gate_.leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    Gate& gate_;
};

}  // namespace ntpages
