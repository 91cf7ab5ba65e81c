// lease: who is using a piece of memory right now, so that it is never freed under anyone.
#pragma once

#include <windows.h>

#include <cstddef>

#include "native/error.hpp"

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
        explicit Use(Lease& lease) : lease_(lease) {
            AcquireSRWLockShared(&lease_.lock_);
            if (lease_.closed_) {
                ReleaseSRWLockShared(&lease_.lock_);
                throw Closed(lease_.name_);
            }
        }
        ~Use() { ReleaseSRWLockShared(&lease_.lock_); }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

        // Counts a view, which outlives this use. drop_view() ends it.
        void add_view() noexcept { InterlockedIncrement(&lease_.views_); }

    private:
        Lease& lease_;
    };

    // Exclusive use, with no view alive. Throws Closed or InUse.
    class Alone {
    public:
        explicit Alone(Lease& lease) : lease_(lease) {
            AcquireSRWLockExclusive(&lease_.lock_);
            if (lease_.closed_ || lease_.views_ != 0) {
                const auto closed = lease_.closed_;
                ReleaseSRWLockExclusive(&lease_.lock_);
                if (closed) throw Closed(lease_.name_);
                throw InUse(lease_.name_);
            }
        }
        ~Alone() { ReleaseSRWLockExclusive(&lease_.lock_); }
        Alone(const Alone&) = delete;
        Alone& operator=(const Alone&) = delete;

        void close() noexcept { lease_.closed_ = true; }

    private:
        Lease& lease_;
    };

    explicit Lease(const char* name) : name_(name) {}

    void add_view() { Use(*this).add_view(); }
    void drop_view() noexcept { InterlockedDecrement(&views_); }

    [[nodiscard]] long views() const noexcept { return views_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    SRWLOCK lock_ = SRWLOCK_INIT;
    volatile long views_ = 0;
    volatile bool closed_ = false;
    const char* name_;
};

}  // namespace ntpages
