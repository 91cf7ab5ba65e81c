// lease: who is using a piece of memory right now, so that it is never freed under anyone.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <shared_mutex>

#include "native/error.hpp"
#include "native/lock.hpp"

namespace ntpages {

// What a class hands out when a view of it is asked for.
struct Lent {
    void* data;
    std::size_t size;  // bytes
    bool readonly;
};

// Every object that lends its memory to Python holds one. Calls on the object share it; closing
// it, or taking pages out from under it, wants it alone and without a view. Waiting is safe: no
// holder of the lock ever waits for the GIL.
class Lease {
public:
    // Shared use for the length of a call. Throws Closed.
    class Use {
    public:
        explicit Use(Lease& lease) : lease_(lease), held_(lease.lock_) {
            if (lease_.closed_) throw Closed(lease_.name_);
        }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

        // Counts a view, which outlives this use. drop_view() ends it.
        void add_view() noexcept { ++lease_.views_; }

    private:
        Lease& lease_;
        const std::shared_lock<SlimLock> held_;
    };

    // Exclusive use, with no view alive. Throws Closed or InUse.
    class Alone {
    public:
        explicit Alone(Lease& lease) : lease_(lease), held_(lease.lock_) {
            if (lease_.closed_) throw Closed(lease_.name_);
            if (lease_.views_ != 0) throw InUse(lease_.name_);
        }
        Alone(const Alone&) = delete;
        Alone& operator=(const Alone&) = delete;

        void close() noexcept { lease_.closed_ = true; }

    private:
        Lease& lease_;
        const std::scoped_lock<SlimLock> held_;
    };

    explicit Lease(const char* name) : name_(name) {}

    void add_view() { Use(*this).add_view(); }
    void drop_view() noexcept { --views_; }

    // Ends what is lent. Harmless where it was done before, by another thread a moment ago as well.
    template <typename End>
    void close(End end) {
        if (closed_) return;
        try {
            Alone alone(*this);
            end();
            alone.close();
        } catch (const Closed&) {
            return;
        }
    }

    [[nodiscard]] long views() const noexcept { return views_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    SlimLock lock_;
    std::atomic<long> views_{0};
    std::atomic<bool> closed_{false};
    const char* name_;
};

}  // namespace ntpages
